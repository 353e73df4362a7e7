"""Receipts from a ledger's directory or from a node that nobody trusts: what comes is judged elsewhere."""

import time
from collections.abc import Iterator
from typing import Any

import httpx

from ledger.errors import CannotCheckError, LedgerError
from ledger.json_text import parse_json
from ledger.proofs.receipt import Receipt
from ledger.proofs.receipt_json import MAX_BYTES, decode_receipt
from scripts.running.sources import PREFIX, AnsweredFaultError, AnsweredProblemError, NodeUnreachableError
from scripts.voting.ballotfile import BallotFile

CONNECT_S = 10.0
SILENCE_S = 20.0
"""How long a node may send nothing."""
ANSWER_S = 60.0
"""How long one answer may take as a whole."""


class ForeignProofError(CannotCheckError):
    """A node that gave something else than the receipt of the ballot that was asked for."""

    type = "foreign-proof"


def fetch_by_code(url: str, code: str) -> Receipt:
    """Ask a node for the receipt of an accepted ballot.

    Errors  AnsweredProblemError, of type `unknown-ballot` where the node knows none; AnsweredFaultError,
            NodeUnreachableError, ForeignProofError.
    """
    receipt = _receipt(url, ask_node(url, "GET", f"ballots/{code}/receipt"))
    if receipt.code != code:
        raise ForeignProofError(f"{url}: gave the receipt of another ballot, expected that of {code}")
    return receipt


def fetch_of_ballot(url: str, ballot: BallotFile) -> Receipt:
    """Ask a node for the receipt of a signed ballot, which need not be in the count. Errors: as `fetch_by_code`."""
    receipt = _receipt(url, ask_node(url, "POST", "receipts", json=ballot.message()))
    if receipt.ballot != ballot.signed or (receipt.chain_id, receipt.contract) != (ballot.chain_id, ballot.contract):
        raise ForeignProofError(f"{url}: gave the receipt of another ballot or ledger, expected that of {ballot.code}")
    return receipt


def _receipt(url: str, data: bytes) -> Receipt:
    try:
        return decode_receipt(data)
    except LedgerError as error:
        raise ForeignProofError(f"{url}: gave no receipt ({error.detail})") from error


def ask_node(url: str, method: str, path: str, **options: Any) -> bytes:
    """The body of an answer: bounded in time and bytes, from this host alone, not compressed.

    Errors  AnsweredProblemError, AnsweredFaultError, NodeUnreachableError, ForeignProofError.
    """
    timeout = httpx.Timeout(SILENCE_S, connect=CONNECT_S)
    client = httpx.Client(timeout=timeout, follow_redirects=False, headers={"accept-encoding": "identity"})
    try:
        with client, client.stream(method, url.rstrip("/") + PREFIX + path, **options) as answer:
            data = b"".join(_bounded(url, answer))
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise NodeUnreachableError(f"{url}: {error or type(error).__name__}, expected a node that runs") from error
    if answer.status_code != httpx.codes.OK:
        raise _problem(url, answer.status_code, data)
    return data


def _bounded(url: str, answer: httpx.Response) -> Iterator[bytes]:
    until, seen = time.monotonic() + ANSWER_S, 0
    if answer.headers.get("content-encoding", "identity") != "identity":
        raise ForeignProofError(f"{url}: a compressed answer, expected it plain")
    declared = answer.headers.get("content-length", "0")
    if not declared.isdigit() or int(declared[:20]) > MAX_BYTES:
        raise ForeignProofError(f"{url}: {declared[:30]} bytes announced, expected a receipt of at most {MAX_BYTES}")
    for piece in answer.iter_raw():
        seen += len(piece)
        if seen > MAX_BYTES:
            raise ForeignProofError(f"{url}: more than {MAX_BYTES} bytes, expected a receipt")
        if time.monotonic() > until:
            raise ForeignProofError(f"{url}: an answer of more than {ANSWER_S:g} s, expected a receipt")
        yield piece


def _problem(url: str, status: int, data: bytes) -> LedgerError:
    try:
        record = parse_json(data)
        kind, detail = str(record["type"])[:100], str(record["detail"])[:1000]
    except (ValueError, KeyError, TypeError):
        return NodeUnreachableError(f"{url}: answered {status}, expected a node's API")
    error = (AnsweredFaultError if status >= httpx.codes.INTERNAL_SERVER_ERROR else AnsweredProblemError)(detail)
    error.type = kind
    return error
