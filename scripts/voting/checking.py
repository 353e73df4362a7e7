"""Saying that one checked: a statement under the seat's key, given to a server that counts and publishes such."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coincurve import PrivateKey
from rich.markup import escape

from ledger.errors import BadInputError, LedgerError
from ledger.primitives import to_hex
from ledger.proofs.receipt import Receipt
from ledger.proofs.verdict import Standing, Verdict
from ledger.secp256k1 import address_of
from ledger.voting.ballot import recover_voter
from ledger.voting.checked import Checked, checked_domain, sign_checked
from scripts.running.ledgers import is_url
from scripts.voting.ballots import open_seat_key
from scripts.voting.proof_source import ask_node


class ReportError(BadInputError):
    """A report of a checked ballot that cannot be made: no key, another seat's key, or no URL."""

    type = "bad-report"


@dataclass(frozen=True, slots=True)
class Reported:
    """What came of it. Shape: `is_kept`: the server has it; `facts`, `line`: for the reader."""

    is_kept: bool
    facts: dict[str, Any]
    line: str


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """Where to say it, and with which key."""

    url: str
    key: Path
    passphrase_file: Path | None = None

    def send(self, receipt: Receipt, verdict: Verdict) -> Reported:
        """Sign and give it away, if the ballot counts; a server that does not take it changes no verdict.

        Errors  ReportError for a key that did not cast the ballot, KeyFileError, PassphraseNeededError.
        """
        if verdict.standing is not Standing.COUNTED:
            return _unsent("only a ballot that was found in the count is reported")
        key = self._open(receipt)
        said = receipt.ballot.ballot
        signed = sign_checked(
            checked_domain(receipt.chain_id, receipt.contract),
            Checked(said.question, said.seat, receipt.digest),
            key,
        )
        body = {"seat": said.seat, "ballot": to_hex(receipt.digest), "signature": to_hex(signed.signature)}
        try:
            ask_node(self.url, "POST", f"votes/{receipt.question.id}/checked", json=body)
        except LedgerError as error:
            return _unsent(error.detail)
        return Reported(
            True,
            {"reported": True, "report_problem": None},
            f"reported: {escape(self.url)} now says to everybody that seat {said.seat} looked",
        )

    def _open(self, receipt: Receipt) -> PrivateKey:
        key = open_seat_key(self.key, self.passphrase_file)
        voter = recover_voter(receipt.domain, receipt.ballot)
        if address_of(key) != voter:
            raise ReportError(f"key: {to_hex(address_of(key))}, expected {to_hex(voter)}, which cast this ballot")
        return key


def read_report(url: str | None, key: Path | None, passphrase_file: Path | None) -> ReportRequest | None:
    """What the command line asks for; None if nothing. Errors: ReportError."""
    if url is None:
        if key is not None:
            raise ReportError("key: given without --report URL, which it is for")
        return None
    if not is_url(url):
        raise ReportError(f"report: {url[:100]!r}, expected the URL of a node, http:// or https://")
    if key is None:
        raise ReportError("report: needs --key FILE, the key file of your seat")
    return ReportRequest(url, key, passphrase_file)


def _unsent(reason: str) -> Reported:
    return Reported(False, {"reported": False, "report_problem": reason}, f"not reported: {escape(reason)}")
