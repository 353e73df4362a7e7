"""Evidence on the command line: kept, anchored, fetched, checked."""

import sys
from dataclasses import dataclass
from pathlib import Path

from rich.table import Column, Table

from ledger.errors import BadInputError, CheckFailedError, LedgerError
from ledger.evidence.cid import Cid, encode_cid_bytes, parse_cid
from ledger.evidence.errors import MalformedBlockError
from ledger.founding.constitution import Duty
from ledger.ports import EvidenceStore
from ledger.primitives import ZERO_HASH, Hash32
from ledger.system import SystemContract
from ledger.views.evidence import BytesState, EvidenceStatus, check_bytes, evidence_count, load_evidence
from ledger.views.text import label_text
from node.evidence import DiskStore
from node.files import write_durably
from scripts.running.ledgers import ledger_directory, open_ledger
from scripts.running.office import open_office
from scripts.terminal.console import EXIT_CANNOT_CHECK, EXIT_DIFFERS, EXIT_DONE, Output

GOOD = (BytesState.MATCHING, BytesState.VERIFIED)


class UnknownDutyError(BadInputError):
    """A word that is no duty."""

    type = "unknown-duty"


@dataclass(frozen=True, slots=True)
class AddRequest:
    """Shape   `role`: a duty; `anchor`: False keeps the bytes and writes nothing to the chain."""

    path: Path
    purpose: str
    subject: str | None
    role: str
    anchor: bool
    key: Path | None


def add_evidence(request: AddRequest, ledger: str | None, passphrase_file: Path | None, output: Output) -> None:
    """Keep and anchor. Errors: BadInputError for words that do not fit, and those of the store and the office."""
    path = ledger_directory(ledger, "evidence add")
    word, subject = purpose_word(request.purpose), subject_word(request.subject)
    if request.role not in list(Duty):
        raise UnknownDutyError(f"--as: {request.role!r}, expected one of {', '.join(Duty)}")
    if not request.anchor:
        with open_ledger(path) as opened:
            cid = keep(opened.evidence, request.path)
        output.result({"cid": cid, "number": None, "height": None}, cid)
        return
    with open_office(path, passphrase_file) as office:
        key = office.ring.open(request.role, request.key)
        cid = keep(office.evidence, request.path)
        data = encode_cid_bytes(parse_cid(cid))
        height = office.call(key, SystemContract.EVIDENCE, "anchor", data, word, subject)
        number = office.read(SystemContract.EVIDENCE, "count")
    output.result({"cid": cid, "number": number, "height": height}, f"document {number}, block {height}: {cid}")


def keep(store: EvidenceStore, path: Path) -> str:
    """Put a file, or a directory with all that is in it, into a store; the CID."""
    if path.is_dir():
        files = {str(file.relative_to(path)): file.read_bytes() for file in sorted(path.rglob("*")) if file.is_file()}
        return store.add_directory(files)
    return store.add(path.read_bytes())


def get_evidence(what: str, out: Path | None, ledger: str | None, output: Output) -> None:
    """Write a document's bytes. Errors: UnknownEvidenceError, BadCidError, and those of reading evidence."""
    with open_ledger(ledger_directory(ledger, "evidence get")) as opened:
        cid = str(load_evidence(opened.chain.state(), int(what)).cid) if what.isdecimal() else str(parse_cid(what))
        found = read_bytes(opened.evidence, cid)
    if out is None:
        if output.as_json or isinstance(found, dict):
            raise BadInputError("evidence get: a directory or --json, expected --out PATH with it")
        sys.stdout.buffer.write(found)
        return
    size = write_tree(out, found) if isinstance(found, dict) else _write_file(out, found)
    output.result({"cid": cid, "bytes": size, "path": str(out)}, f"{size} bytes in {out}")


def read_bytes(store: DiskStore, cid: str) -> bytes | dict[str, bytes]:
    """A file's bytes, or all files of a directory by path, checked on the way."""
    try:
        return store.get(cid)
    except MalformedBlockError as error:
        try:
            return store.get_directory(cid)
        except MalformedBlockError:
            raise error from None


def write_tree(out: Path, files: dict[str, bytes]) -> int:
    """Write a directory that is not there yet; the bytes of all its files. Errors: FileExistsError."""
    out.mkdir(parents=True)
    for name, data in files.items():
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return sum(map(len, files.values()))


def _write_file(out: Path, data: bytes) -> int:
    write_durably(out, data)
    return len(data)


def check_document(store: DiskStore, cid: Cid) -> BytesState:
    """What is held of a document; a directory is read whole, for the API's check knows files only."""
    state = check_bytes(store, cid).state
    if state is not BytesState.UNREADABLE:
        return state
    try:
        store.get_directory(str(cid))
    except CheckFailedError:
        return BytesState.DAMAGED
    except LedgerError:
        return state
    return BytesState.VERIFIED


def check_evidence(number: int | None, ledger: str | None, output: Output) -> int:
    """Check one document or all; the exit code is 1 for damaged bytes, 3 where some cannot be checked here."""
    with open_ledger(ledger_directory(ledger, "evidence check")) as opened:
        state = opened.chain.state()
        numbers = range(1, evidence_count(state) + 1) if number is None else (number,)
        views = [load_evidence(state, n) for n in numbers]
        found = [(view, check_document(opened.evidence, view.cid)) for view in views]
    table = Table("number", Column("CID", overflow="fold"), "purpose", "status", "bytes")
    rows = []
    for view, held in found:
        status = view.status.name.lower()
        rows.append({"number": view.number, "cid": str(view.cid), "status": status, "bytes": held.value})
        table.add_row(str(view.number), str(view.cid), label_text(view.purpose), status, held.value)
    damaged = [view.number for view, held in found if held is BytesState.DAMAGED]
    expected = [held for view, held in found if view.status is EvidenceStatus.AVAILABLE]
    complete = all(state in GOOD or state is BytesState.DAMAGED for state in expected)
    output.result({"checked": len(rows), "damaged": damaged, "complete": complete, "documents": rows}, table)
    if damaged:
        return EXIT_DIFFERS
    return EXIT_DONE if complete else EXIT_CANNOT_CHECK


def purpose_word(text: str) -> Hash32:
    """A short text as a word. Errors: BadInputError."""
    if not text.isascii() or not 0 < len(text) <= 32 or not text.isprintable():
        raise BadInputError(f"--purpose: {text[:60]!r}, expected 1 to 32 ASCII letters")
    return Hash32(text.encode("ascii").ljust(32, b"\0"))


def subject_word(text: str | None) -> Hash32:
    """32 bytes from hex, zero for none. Errors: BadInputError."""
    if text is None:
        return ZERO_HASH
    try:
        data = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        data = b""
    if len(data) != 32:
        raise BadInputError(f"--subject: {text[:70]!r}, expected 0x and 64 hex digits")
    return Hash32(data)
