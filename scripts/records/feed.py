"""A node's feed, read by somebody who does not trust it: bounded in time and in bytes, one host, no redirects."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import httpx

from ledger.bundle.documents import Facts, decode_founding
from ledger.bundle.errors import BundleError
from ledger.bundle.frames import decode_block, decode_receipts
from ledger.bundle.multiproof import Multiproof, Row, decode_multiproof
from ledger.bundle.names import MAX_EVIDENCE_BLOCK, MAX_MEMBER, MAX_SEAL
from ledger.bundle.parts import SealedBlock
from ledger.chain.genesis_file import parse_genesis
from ledger.chain.header import decode_header
from ledger.errors import BadInputError, CannotCheckError
from ledger.evidence.cid import Cid
from ledger.evidence.errors import EvidenceNotFoundError
from ledger.founding.identity import FoundingKey
from ledger.json_text import parse_json
from ledger.ports import Block
from ledger.primitives import Hash32, Height, keccak256
from scripts.running.sources import NodeUnreachableError

PREFIX = "/api/v1/feed/"
CONNECT_S = 10.0
SILENCE_S = 20.0
"""How long a peer may send nothing."""
ANSWER_S = 300.0
"""How long one answer may take as a whole."""
SMALL_ANSWER = 1 << 20
MAX_ROWS = 128


class PeerMisbehavesError(CannotCheckError):
    """A peer that sends too much, too slowly, something else than was asked for, or somebody else's address."""

    type = "peer-misbehaves"


class FeedClient:
    """The feed of one node, as a `ChainSource`. Units: `answer_s`, `silence_s` in seconds."""

    def __init__(self, url: str, *, answer_s: float = ANSWER_S, silence_s: float = SILENCE_S) -> None:
        self._url = url.rstrip("/")
        self._answer_s = answer_s
        timeout = httpx.Timeout(silence_s, connect=min(CONNECT_S, silence_s))
        self._client = httpx.Client(base_url=self._url, timeout=timeout, follow_redirects=False)

    def close(self) -> None:
        self._client.close()

    def facts(self) -> Facts:
        genesis = parse_genesis(self.genesis().decode("utf-8", "replace"))
        height, block_hash = self._newest(self._json("head"))
        return Facts(Hash32(genesis.extra_data), genesis.chain_id, height, block_hash)

    def _newest(self, record: dict[str, Any]) -> tuple[Height, Hash32]:
        """Height and hash of the newest block that has its seal."""
        try:
            height, block_hash = record["height"], bytes.fromhex(record["hash"][2:])
        except (KeyError, TypeError, ValueError) as error:
            raise self._misbehaves("head", "no height and hash") from error
        if type(height) is not int or not 0 <= height < 10**12 or len(block_hash) != 32:
            raise self._misbehaves("head", "no height and hash")
        if record.get("seal") is None and height > 0:
            # The newest block waits for its seal for a moment.
            before = next(self.blocks(height - 1, height - 1)).block.header
            return before.number, before.hash
        return Height(height), Hash32(block_hash)

    def genesis(self) -> bytes:
        return self._bytes("genesis", MAX_MEMBER)

    def text(self) -> bytes:
        return self._bytes("text", MAX_MEMBER)

    def keys(self) -> tuple[tuple[FoundingKey, ...], bytes]:
        return decode_founding(self._bytes("founding", SMALL_ANSWER))

    def blocks(self, first: int, last: int) -> Iterator[SealedBlock]:
        """Blocks whose hashes are linked; that they are sealed by whom they should be, an audit checks."""
        height, parent = first, None
        while height <= last:
            before = height
            for sealed in self._range(height, last):
                header = sealed.block.header
                if header.number != height or (parent is not None and header.parent_hash != parent):
                    raise self._misbehaves("blocks", f"a block that does not follow {height - 1}")
                parent = header.hash
                height += 1
                yield sealed
            if height == before:
                raise self._misbehaves("blocks", f"no block {height}")

    def words(self, height: int, rows: Sequence[Row]) -> dict[Row, int]:
        return {row: value for proof in self._proofs(height, rows) for row, value in proof.values}

    def prove(self, height: int, rows: Sequence[Row]) -> bytes:
        proofs = list(self._proofs(height, rows))
        nodes = {keccak256(node): node for proof in proofs for node in proof.nodes}
        values = tuple(value for proof in proofs for value in proof.values)
        return Multiproof(height, values, tuple(nodes[key] for key in sorted(nodes))).encode()

    def evidence_block(self, cid: Cid) -> bytes:
        try:
            return self._bytes(f"evidence/{cid}", MAX_EVIDENCE_BLOCK)
        except _AbsentError as error:
            raise EvidenceNotFoundError(str(cid), self._url) from error

    def _range(self, first: int, last: int) -> Iterator[SealedBlock]:
        with self._open("blocks", {"first": first, "last": last}) as answer:
            pieces = _Pieces(self._bounded(answer, 4 * MAX_MEMBER))
            for height in range(first, last + 1):
                block = pieces.frame(MAX_MEMBER)
                if block is None:
                    return
                receipts, seal = pieces.frame(MAX_MEMBER), pieces.frame(MAX_SEAL)
                if receipts is None or seal is None:
                    raise self._misbehaves("blocks", "a block that is cut off")
                yield self._sealed(height, block, receipts, seal)

    def _sealed(self, height: int, block: bytes, receipts: bytes, seal: bytes) -> SealedBlock:
        place = f"block {height}"
        try:
            header, transactions = decode_block(block, place)
            return SealedBlock(Block(decode_header(header), transactions), decode_receipts(receipts, place), seal)
        except BadInputError as error:
            raise self._misbehaves("blocks", error.detail) from error

    def _proofs(self, height: int, rows: Sequence[Row]) -> Iterator[Multiproof]:
        for start in range(0, len(rows), MAX_ROWS):
            wanted = rows[start : start + MAX_ROWS]
            query = {"height": height, "row": [f"0x{address.hex()}:{slot:#x}" for address, slot in wanted]}
            try:
                proof = decode_multiproof(self._bytes("proofs", MAX_MEMBER, query), "proofs")
            except BundleError as error:
                raise self._misbehaves("proofs", error.detail) from error
            if proof.height != height or [row for row, _ in proof.values] != list(wanted):
                raise self._misbehaves("proofs", "other rows")
            yield proof

    def _json(self, path: str) -> dict[str, Any]:
        try:
            record = parse_json(self._bytes(path, SMALL_ANSWER))
        except ValueError as error:
            raise self._misbehaves(path, "no JSON") from error
        if not isinstance(record, dict):
            raise self._misbehaves(path, "no JSON object")
        return record

    def _bytes(self, path: str, limit: int, query: dict[str, object] | None = None) -> bytes:
        with self._open(path, query or {}) as answer:
            return b"".join(self._bounded(answer, limit))

    @contextmanager
    def _open(self, path: str, query: dict[str, object]) -> Iterator[httpx.Response]:
        try:
            with self._client.stream("GET", PREFIX + path, params=query) as answer:  # type: ignore[arg-type]
                if answer.status_code == httpx.codes.NOT_FOUND:
                    raise _AbsentError(f"{self._url}: {path}: it does not have it")
                if answer.status_code != httpx.codes.OK:
                    raise self._misbehaves(path, f"status {answer.status_code}")
                yield answer
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise NodeUnreachableError(f"{self._url}: {path}: {error or type(error).__name__}") from error

    def _bounded(self, answer: httpx.Response, limit: int) -> Iterator[bytes]:
        """The body, as long as it keeps within bytes and time, whatever length it declares."""
        path, until, seen = answer.url.path, time.monotonic() + self._answer_s, 0
        declared = answer.headers.get("content-length", "0")
        if not declared.isdigit() or int(declared[:20]) > limit:
            raise self._misbehaves(path, f"{declared[:30]} bytes announced, at most {limit} expected")
        for piece in answer.iter_bytes():
            seen += len(piece)
            if seen > limit:
                raise self._misbehaves(path, f"more than {limit} bytes")
            if time.monotonic() > until:
                raise self._misbehaves(path, f"an answer of more than {self._answer_s:g} s")
            yield piece

    def _misbehaves(self, path: str, found: str) -> PeerMisbehavesError:
        return PeerMisbehavesError(f"{self._url}: {path}: found {found}", url=self._url)


class _AbsentError(CannotCheckError):
    """Status 404."""

    type = "peer-lacks"


class _Pieces:
    """Frames out of a stream that is cut anywhere."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._held = bytearray()

    def frame(self, limit: int) -> bytes | None:
        """The next frame, None at the end of the stream. Errors: PeerMisbehavesError."""
        head = self._take(4)
        if head is None:
            return None
        length = int.from_bytes(head, "big")
        if length > limit:
            raise PeerMisbehavesError(f"feed: frame of {length} bytes, expected at most {limit}")
        data = self._take(length)
        if data is None and length:
            raise PeerMisbehavesError("feed: the stream ends within a frame")
        return data or b""

    def _take(self, count: int) -> bytes | None:
        while len(self._held) < count:
            piece = next(self._pieces, None)
            if piece is None:
                if self._held:
                    raise PeerMisbehavesError("feed: the stream ends within a frame")
                return None
            self._held += piece
        data = bytes(self._held[:count])
        del self._held[:count]
        return data
