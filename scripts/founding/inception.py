"""What `ortaq init` does around a founding: reading its words, asking for a passphrase, showing the anchor."""

import importlib.resources
import io
import time
from collections.abc import Sequence
from pathlib import Path

import segno
from rich.markup import escape
from rich.table import Column, Table

from ledger.access.validators import is_balanced
from ledger.errors import BadInputError
from ledger.founding.constitution import SEALER_ROLE, parse_constitution
from ledger.primitives import Address, Timestamp, to_hex
from node.keys import list_keys
from scripts.founding.act import Founded, found_ledger
from scripts.network.words import read_validators
from scripts.terminal.addresses import read_address
from scripts.terminal.console import Output
from scripts.terminal.passphrases import new_passphrase, read_passphrase

SHIPPED = ("town", "cooperative", "replay")


class UnknownConstitutionError(BadInputError):
    """Neither a file nor the name of a shipped founding text."""

    type = "unknown-constitution"


def begin(
    directory: Path,
    constitution: str,
    keys: list[str],
    validators: list[str],
    passphrase_file: Path | None,
    output: Output,
) -> None:
    """Found a ledger and print what its people note down. Errors: as `found_ledger`, and those of its words."""
    text, text_path = read_constitution(constitution)
    parsed = parse_constitution(text, text_path)
    sealing, nodes = read_validators(validators)
    roles = tuple(role for role in parsed.roles if not (sealing and role == SEALER_ROLE))
    held = held_keys(keys, roles)
    needs_keys = len(held) < len(roles)
    if parsed.rehearsal or not needs_keys:
        passphrase = read_passphrase(passphrase_file)
    else:
        passphrase = new_passphrase(passphrase_file, str(directory))
    output.say("founding; encrypting a key takes a second or two" if passphrase else "founding")
    founded = found_ledger(
        directory,
        text,
        text_path=text_path,
        time=Timestamp(int(time.time())),
        held=held,
        passphrase=passphrase,
        validators=sealing,
        nodes=nodes,
    )
    _show(founded, output)


def read_constitution(name: str) -> tuple[bytes, str]:
    """The founding text's bytes and what to call it. Errors: UnknownConstitutionError."""
    if Path(name).is_file():
        return Path(name).read_bytes(), name
    if name not in SHIPPED:
        raise UnknownConstitutionError(f"--constitution: {name!r} is no file, expected one, or {', '.join(SHIPPED)}")
    shipped = importlib.resources.files("scripts.constitutions").joinpath(f"{name}.toml")
    return shipped.read_bytes(), f"{name}.toml (shipped)"


def held_keys(words: list[str], roles: Sequence[str]) -> dict[str, Address]:
    """Addresses by role, from ROLE=0xADDRESS. Errors: BadInputError."""
    held: dict[str, Address] = {}
    for word in words:
        role, mark, text = word.partition("=")
        if not mark or role not in roles:
            raise BadInputError(f"--key: {word!r}, expected ROLE=0xADDRESS with a role of {', '.join(roles)}")
        if role in held:
            raise BadInputError(f"--key: {role} is named twice, expected each role once")
        held[role] = read_address(text, f"--key {role}")
    return held


def _show(founded: Founded, output: Output) -> None:
    act, anchor = founded.act, founded.anchor
    table = Table("role", Column("address", overflow="fold"), "key", title=escape(act.constitution.title))
    made = {key.duty for key in list_keys(founded.folder.keys)}
    for key in act.keys:
        table.add_row(key.duty, to_hex(key.address), "held elsewhere" if key.duty not in made else "made here")
    facts = {
        "ledger": str(founded.folder.path),
        "title": act.constitution.title,
        "founding": to_hex(act.hash),
        "chain_id": founded.genesis.chain_id,
        "genesis": to_hex(founded.genesis.header.hash),
        "rehearsal": act.constitution.rehearsal,
        "keys": {key.duty: to_hex(key.address) for key in act.keys},
        "anchor": anchor.text,
        "phrase": anchor.phrase,
    }
    identity = Table.grid(padding=(0, 2))
    for name, value in (
        ("founding", to_hex(act.hash)),
        ("chain id", str(founded.genesis.chain_id)),
        ("genesis", to_hex(founded.genesis.header.hash)),
        ("phrase", f"[bold]{anchor.phrase}[/bold]"),
    ):
        identity.add_row(name, value)
    output.result(facts, table, identity, f"anchor    {anchor.text}", qr_text(anchor.text.upper()))
    if act.constitution.rehearsal:
        output.say("[yellow]a rehearsal: nothing decided on it binds anybody[/yellow]")
    if not act.validators:
        output.say(f"next: ortaq node start {founded.folder.path}")
        return
    made_here = ", ".join(sorted(made))
    if made_here and not act.constitution.rehearsal:
        output.say(f"made here, so held by whoever has this directory: {made_here}; --key leaves a key with its holder")
    if not is_balanced(act.validators):
        output.say("[yellow]not capture-resistant[/yellow]: fewer than four organisations, or one with a third")
    output.say(f"next: every member runs ortaq node join with {founded.folder.genesis} and what stands beside it")


def qr_text(text: str) -> str:
    """A QR code in block characters. Upper-case text takes less room; anchors read the same in either case."""
    shown = io.StringIO()
    segno.make(text, error="l", micro=False).terminal(out=shown, compact=True)
    return shown.getvalue()
