"""The body of a seal by commit: fixed widths, each byte of which is signed over or names a sealer (formats.md, 13)."""

from dataclasses import replace

from ledger.primitives import ZERO_HASH, Address, Hash32
from ledger.proofs.comet.commit import Commit, SignedHeader, Vote
from ledger.proofs.comet.ed25519 import KEY_LENGTH, SIGNATURE_LENGTH
from ledger.proofs.comet.header import CometHeader
from ledger.proofs.comet.validators import Validator, ValidatorSet
from ledger.proofs.comet.wire import BlockId, CommitError, Instant, PartSet


def encode_body(signed: SignedHeader) -> bytes:
    """Write a body. Chain, app hash and validators hash are not in it: a reader computes them."""
    header, commit = signed.header, signed.commit
    rows = zip(signed.validators.validators, commit.votes, strict=True)
    return b"".join(
        (
            header.app_version.to_bytes(8, "big"),
            header.height.to_bytes(8, "big"),
            _encode_instant(header.time),
            header.last_block.hash,
            _encode_parts(header.last_block.parts),
            header.last_commit_hash,
            header.data_hash,
            header.next_validators_hash,
            header.consensus_hash,
            header.last_results_hash,
            header.evidence_hash,
            header.proposer,
            commit.round.to_bytes(4, "big"),
            _encode_parts(commit.parts),
            bytes([len(signed.validators.validators)]),
            *(_encode_row(validator, vote) for validator, vote in rows),
        )
    )


def decode_body(body: bytes, chain: str, app_hash: Hash32) -> SignedHeader:
    """Read a body as one of this chain over this app hash. Nothing is believed yet; `validate_commit` does that.

    Errors  CommitError.
    """
    reader = _Reader(body)
    header = _read_header(reader, chain, app_hash)
    round_number, parts = reader.number(4), reader.parts()
    rows = [_read_row(reader) for _ in range(reader.number(1))]
    reader.done()
    validators = ValidatorSet(tuple(validator for validator, _ in rows))
    commit = Commit(round_number, parts, tuple(vote for _, vote in rows))
    return SignedHeader(replace(header, validators_hash=validators.hash), validators, commit)


def _encode_instant(time: Instant) -> bytes:
    return time.seconds.to_bytes(8, "big") + time.nanoseconds.to_bytes(4, "big")


def _encode_parts(parts: PartSet) -> bytes:
    return parts.total.to_bytes(4, "big") + parts.hash


def _encode_row(validator: Validator, vote: Vote | None) -> bytes:
    head = validator.key + validator.power.to_bytes(8, "big")
    return head + b"\x00" if vote is None else head + b"\x01" + _encode_instant(vote.time) + vote.signature


class _Reader:
    """Takes a body apart from its start."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._place = 0

    def take(self, length: int) -> bytes:
        end = self._place + length
        if end > len(self._data):
            raise CommitError(f"commit: {len(self._data)} bytes, expected at least {end}")
        found = self._data[self._place : end]
        self._place = end
        return found

    def number(self, length: int) -> int:
        return int.from_bytes(self.take(length), "big")

    def hash(self) -> Hash32:
        return Hash32(self.take(32))

    def instant(self) -> Instant:
        return Instant(self.number(8), self.number(4))

    def parts(self) -> PartSet:
        return PartSet(self.number(4), self.hash())

    def done(self) -> None:
        left = len(self._data) - self._place
        if left:
            raise CommitError(f"commit: {left} bytes after the last validator, expected none")


def _read_header(reader: _Reader, chain: str, app_hash: Hash32) -> CometHeader:
    """All but the validators hash, since the validators come later."""
    return CometHeader(
        chain=chain,
        app_hash=app_hash,
        validators_hash=ZERO_HASH,
        app_version=reader.number(8),
        height=reader.number(8),
        time=reader.instant(),
        last_block=BlockId(reader.hash(), reader.parts()),
        last_commit_hash=reader.hash(),
        data_hash=reader.hash(),
        next_validators_hash=reader.hash(),
        consensus_hash=reader.hash(),
        last_results_hash=reader.hash(),
        evidence_hash=reader.hash(),
        proposer=Address(reader.take(20)),
    )


def _read_row(reader: _Reader) -> tuple[Validator, Vote | None]:
    validator, flag = Validator(reader.take(KEY_LENGTH), reader.number(8)), reader.number(1)
    if flag > 1:
        raise CommitError(f"commit: {flag} as a validator's vote, expected 0 or 1")
    return validator, Vote(reader.instant(), reader.take(SIGNATURE_LENGTH)) if flag else None
