"""Ballot files: one signed ballot that anyone may carry to any relay."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ledger.errors import FileFormatError, LedgerError
from ledger.json_text import parse_json
from ledger.primitives import Address, Hash32, to_hex
from ledger.proofs.code import ballot_code
from ledger.proofs.strict_json import Members, read_object
from ledger.voting.ballot import Ballot, SignedBallot, ballot_digest, domain_separator
from node.files import write_durably

FORMAT = "ortaq ballot 1"
MAX_BYTES = 16 * 1024


@dataclass(frozen=True, slots=True)
class BallotFile:
    """A signed ballot with what it was signed for. `vote`: the question's id in its contract."""

    chain_id: int
    contract: Address
    vote: int
    signed: SignedBallot

    @property
    def digest(self) -> Hash32:
        return ballot_digest(domain_separator(self.chain_id, self.contract), self.signed.ballot)

    @property
    def code(self) -> str:
        return ballot_code(self.digest)

    def message(self) -> dict[str, Any]:
        """What a relay takes (`POST /api/v1/ballots`)."""
        ballot = self.signed.ballot
        return {
            "vote": self.vote,
            "seat": ballot.seat,
            "sequence": ballot.sequence,
            "choice": to_hex(ballot.choice),
            "signature": to_hex(self.signed.signature),
        }


def save_ballot(path: Path, ballot: BallotFile) -> None:
    """Write a ballot for its voter alone: it says how she votes."""
    record = {
        "format": FORMAT,
        "chain_id": ballot.chain_id,
        "contract": to_hex(ballot.contract),
        "question": to_hex(ballot.signed.ballot.question),
        **ballot.message(),
    }
    write_durably(path, (json.dumps(record, indent=1) + "\n").encode(), mode=0o600)


def load_ballot_file(path: Path) -> BallotFile:
    """Read a ballot. Errors: FileFormatError names the member."""
    name = str(path)
    data = path.read_bytes()
    if len(data) > MAX_BYTES:
        raise FileFormatError(name, None, "size", f"{len(data)} bytes", f"at most {MAX_BYTES}")
    try:
        return _read(Members(parse_json(data, read_object), "ballot"))
    except ValueError as error:
        raise FileFormatError(name, None, "syntax", str(error), "JSON") from error
    except LedgerError as error:
        raise FileFormatError(name, None, "ballot", error.detail, f"a file of format {FORMAT!r}") from error


def _read(members: Members) -> BallotFile:
    found = members.take("format", str)
    if found != FORMAT:
        raise FileFormatError("ballot", None, "format", repr(found), repr(FORMAT))
    ballot = Ballot(
        Hash32(members.take_hex("question", 32)),
        members.number("seat", 2**32),
        members.number("sequence", 2**8),
        members.take_hex("choice"),
    )
    signed = SignedBallot(ballot, members.take_hex("signature", 64))
    file = BallotFile(
        members.number("chain_id", 2**64),
        Address(members.take_hex("contract", 20)),
        members.number("vote", 2**48),
        signed,
    )
    members.done()
    return file
