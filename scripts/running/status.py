"""How a node does: asked over HTTP, or read off its directory, with what the node that runs there says of itself."""

from typing import Any

from rich.table import Table
from rich.text import Text

from api.rendering import iso_time
from ledger.primitives import to_hex
from ledger.views.seals import SealState, check_seal
from scripts.running.control import ask_standing
from scripts.running.ledgers import is_url, ledger_directory, named_ledger, open_ledger, running_node
from scripts.running.sources import open_source
from scripts.terminal.console import EXIT_CANNOT_CHECK, EXIT_DIFFERS, EXIT_DONE, Output

UNCHECKED = "unchecked"
"""Who may seal stands in the state, which only the executor can tell."""


def show_status(ledger: str | None, output: Output) -> int:
    """Print whether a node runs and where its chain stands.

    Result  the exit code: 1 for a head without a good seal, 3 where geth holds the states and does not run.
    """
    name = named_ledger(ledger)
    facts = _of_url(name) if is_url(name) else _of_directory(ledger)
    table = Table.grid(padding=(0, 2))
    for key, value in facts.items():
        if value not in (None, []):
            table.add_row(key.replace("_", " "), Text(_word(value), "bold red" if key == "problem" else ""))
    output.result(facts, table)
    if facts["seal"] == UNCHECKED:
        return EXIT_CANNOT_CHECK
    return EXIT_DONE if facts["seal"] in (SealState.SEALED.value, SealState.FOUNDING.value) else EXIT_DIFFERS


def _of_directory(ledger: str | None) -> dict[str, Any]:
    path = ledger_directory(ledger, "node status")
    node = running_node(path)
    with open_ledger(path) as opened:
        header = opened.chain.head()
        is_open = node is not None or opened.settings.executor == "pyevm"
        seal = check_seal(opened.chain, opened.founding.chain_id, header).state.value if is_open else UNCHECKED
        facts = {
            "ledger": str(path),
            "running": node is not None,
            "pid": node.pid if node else None,
            "url": node.url if node else None,
            "title": opened.founding.constitution.title,
            "chain_id": opened.founding.chain_id,
            "height": header.number,
            "head": to_hex(header.hash),
            "time": iso_time(header.timestamp),
            "seal": seal,
        }
    if node is None:
        return facts
    standing, reason = ask_standing(path)
    said = {"problem": f"the node does not answer: {reason}"} if standing is None else standing
    return {**facts, **{name: value for name, value in said.items() if name not in facts}}


def _word(value: Any) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(value)
    return str(value)


def _of_url(url: str) -> dict[str, Any]:
    with open_source(url) as source:
        record = source.get("ledger")
    head = record["head"]
    return {
        "ledger": url,
        "running": True,
        "url": url,
        "title": record["title"],
        "chain_id": record["chain_id"],
        "height": head["height"],
        "head": head["hash"],
        "time": head["time"],
        "seal": head["seal"]["state"],
    }
