"""A network as a table: one line a member."""

from collections.abc import Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from scripts.network.members import MemberState

NOT_RESISTANT = "not capture-resistant"


def network_facts(states: Sequence[MemberState]) -> dict[str, Any]:
    """The network as one JSON object."""
    top = highest(states)
    return {
        "height": top,
        "running": sum(state.standing is not None for state in states),
        "capture_resistant": is_capture_resistant(states),
        "members": [_facts(state, top) for state in states],
    }


def network_table(states: Sequence[MemberState], title: str) -> Table:
    """What a person watches."""
    top = highest(states)
    resistant = is_capture_resistant(states)
    caption = "" if resistant or resistant is None else f"[yellow]{NOT_RESISTANT}[/yellow]: {weakness(states)}"
    table = Table(
        title=title, caption=caption, title_justify="left", caption_justify="left", box=SIMPLE_HEAD, pad_edge=False
    )
    for name in ("member", "executor"):
        table.add_column(name, no_wrap=True)
    for name in ("height", "round", "peers", "mempool", "lag"):
        table.add_column(name, justify="right")
    table.add_column("state")
    table.add_column("pages")
    for state in states:
        facts = _facts(state, top)
        numbers = [facts[name] for name in ("height", "round", "peers", "mempool", "lag")]
        cells = ["" if number is None else str(number) for number in numbers]
        table.add_row(
            state.plan.name, state.plan.executor, *cells, _word(state), (state.url or "").removeprefix("http://")
        )
    return table


def highest(states: Sequence[MemberState]) -> int | None:
    """The height that the foremost member has reached; None while none answers."""
    return max((state.height for state in states if state.height is not None), default=None)


def is_capture_resistant(states: Sequence[MemberState]) -> bool | None:
    """What the state says, by the foremost member; None while none answers."""
    foremost = _foremost(states)
    return None if foremost is None else bool(foremost["capture_resistant"])


def weakness(states: Sequence[MemberState]) -> str:
    """Why a set of validators is not capture-resistant."""
    foremost = _foremost(states) or {}
    count = foremost.get("organisations", 0)
    if unsound := foremost.get("unsound_keys"):
        return f"key of {unsound[0]}"
    if count < 4:
        return f"{count} organisation{'' if count == 1 else 's'}, expected four at least"
    return "one organisation holds a third of the power or more"


def _foremost(states: Sequence[MemberState]) -> dict[str, Any] | None:
    standings = [state.standing for state in states if state.standing is not None]
    return max(standings, key=lambda standing: int(standing["height"]), default=None)


def _facts(state: MemberState, top: int | None) -> dict[str, Any]:
    standing = state.standing or {}
    height = state.height
    return {
        "name": state.plan.name,
        "executor": state.plan.executor,
        "running": state.standing is not None,
        "pid": state.pid,
        "url": state.url,
        "height": height,
        "head": standing.get("head"),
        "sealed": standing.get("sealed"),
        "consensus_height": standing.get("consensus_height"),
        "round": standing.get("round"),
        "peers": standing.get("peers"),
        "mempool": standing.get("mempool"),
        "lag": None if height is None or top is None else top - height,
        "power": standing.get("power"),
        "organisation": standing.get("organisation"),
        "problem": standing.get("problem"),
        "state": _word(state),
    }


def _word(state: MemberState) -> str:
    if state.standing is None:
        return state.reason
    if state.standing.get("consensus_problem"):
        return "consensus starts"
    if state.standing.get("problem"):
        return "too few connected"
    if state.standing.get("catching_up"):
        return "catching up"
    return "votes" if state.standing.get("power") else "follows"
