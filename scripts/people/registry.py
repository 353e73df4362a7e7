"""Importing a roll: members and seats of files that the chain does not have yet."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from coincurve import PrivateKey
from rich.table import Table

from ledger.errors import FileFormatError
from ledger.founding.constitution import Duty
from ledger.ports import StateView
from ledger.primitives import Address, to_hex
from ledger.proofs.slots import KEY_BITS, entry_slot
from ledger.reading import read
from ledger.system import SystemContract
from ledger.views.people import load_people
from scripts.people.rolls import COMMITMENT_LENGTH, MemberRow, SeatRow, read_roll_file
from scripts.running.ledgers import ledger_directory, open_ledger
from scripts.running.office import Office, open_office
from scripts.running.sources import open_source
from scripts.terminal.console import Output, Steps

MEMBERS_A_CALL = 200
SEATS_A_CALL = 500
KEY_MASK = (1 << KEY_BITS) - 1
MEMBER_KEYS = 2**160
COMMITMENT_MASK = (1 << 8 * COMMITMENT_LENGTH) - 1

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Missing:
    """What the files hold and the chain does not. `present`: rows that are on the chain already."""

    members: list[MemberRow]
    seats: list[SeatRow]
    members_present: int
    seats_present: int


def import_roll(
    files: list[Path],
    check: bool,
    key: Path | None,
    ledger: str | None,
    passphrase_file: Path | None,
    output: Output,
) -> None:
    """Admit the members and fill the seats that are not on the ledger yet; members first.

    Shape   `check`: read and compare only.
    Errors  FileFormatError with file and line before anything is sent; TransactionFailedError.
    """
    path = ledger_directory(ledger, "roll import")
    parts = [(str(file), read_roll_file(file)) for file in files]
    with open_ledger(path) as opened:
        missing = find_missing(opened.chain.state(), parts)
    if not check and (missing.members or missing.seats):
        with open_office(path, passphrase_file) as office, output.progress() as steps:
            registrar = office.ring.open(Duty.REGISTRAR, key)
            _admit(office, registrar, missing.members, steps)
            _fill(office, registrar, missing.seats, steps)
    facts = {
        "ledger": str(path),
        "members": {"admitted": len(missing.members), "present": missing.members_present},
        "seats": {"filled": len(missing.seats), "present": missing.seats_present},
        "written": not check,
    }
    word = "would be " if check else ""
    output.result(
        facts,
        f"members: {len(missing.members)} {word}admitted, {missing.members_present} were there already",
        f"seats: {len(missing.seats)} {word}filled, {missing.seats_present} were there already",
    )


def show_roll(ledger: str | None, output: Output) -> None:
    """Print how many members and seats there are."""
    with open_source(ledger) as source:
        people = source.get("people")
    table = Table.grid(padding=(0, 2))
    for name in ("members", "ended", "seats"):
        table.add_row(name, str(people[name]))
    output.result(people, table)


def find_missing(state: StateView, parts: list[tuple[str, list[MemberRow] | list[SeatRow]]]) -> Missing:
    """Compare files with the chain.

    Errors  FileFormatError: a member with another commitment than on the chain, or whose share has ended; a seat's key
            that is a member's account (the two must never be linked); more seats than members.
    """
    members = [(name, row) for name, rows in parts for row in rows if isinstance(row, MemberRow)]
    seats = [(name, row) for name, rows in parts for row in rows if isinstance(row, SeatRow)]
    new_members = [row for name, row in members if not _is_member(state, name, row)]
    (count,) = read(state, SystemContract.ROLL, "count")
    keys = {state.storage(SystemContract.ROLL.address, entry_slot(seat)) & KEY_MASK for seat in range(count)}
    accounts = {row.account for row in new_members}
    for name, seat in seats:
        if seat.key in accounts or _member_word(state, seat.key):
            raise FileFormatError(
                name, seat.line, "seat_key", to_hex(seat.key), "a key of its own: this is a member's account"
            )
    new_seats = [seat for _, seat in seats if int.from_bytes(seat.key, "big") not in keys]
    room = load_people(state).members + len(new_members) - count
    if len(new_seats) > room:
        name, row = next((name, row) for name, row in seats if row is new_seats[room])
        raise FileFormatError(
            name, row.line, "seats", f"{len(new_seats)} new ones", f"at most {room}: one for a member"
        )
    return Missing(new_members, new_seats, len(members) - len(new_members), len(seats) - len(new_seats))


def _is_member(state: StateView, name: str, row: MemberRow) -> bool:
    """True where the share stands with this commitment."""
    word = _member_word(state, row.account)
    if not word:
        return False
    if word & COMMITMENT_MASK != int.from_bytes(row.commitment, "big"):
        raise FileFormatError(name, row.line, "commitment", to_hex(row.commitment), "that of the share on the ledger")
    (standing,) = read(state, SystemContract.MEMBERSHIP, "id_of", row.account)
    if not standing:
        raise FileFormatError(name, row.line, "account", to_hex(row.account), "a key whose share has not ended")
    return True


def _member_word(state: StateView, account: Address) -> int:
    """id << 224 | commitment of the share that a key holds or held, 0 if none (formats.md, 6)."""
    return state.storage(SystemContract.MEMBERSHIP.address, MEMBER_KEYS + int.from_bytes(account, "big"))


def _admit(office: Office, registrar: PrivateKey, rows: list[MemberRow], steps: Steps) -> None:
    steps.start("members", len(rows))
    for part in _parts(rows, MEMBERS_A_CALL):
        owners, commitments = [row.account for row in part], [row.commitment for row in part]
        office.send(registrar, SystemContract.MEMBERSHIP, "admit", owners, commitments)
        steps.advance("members", len(part))
    office.finish()


def _fill(office: Office, registrar: PrivateKey, rows: list[SeatRow], steps: Steps) -> None:
    steps.start("seats", len(rows))
    for part in _parts(rows, SEATS_A_CALL):
        office.send(registrar, SystemContract.ROLL, "fill", b"".join(row.key for row in part))
        steps.advance("seats", len(part))
    office.finish()


def _parts(rows: list[T], size: int) -> Iterator[list[T]]:
    return (rows[i : i + size] for i in range(0, len(rows), size))
