"""The chain in parts: cutting it when writing, putting it together when reading."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from ledger.bundle.errors import BundleError
from ledger.bundle.frames import (
    decode_block,
    decode_receipts,
    encode_receipts,
    encode_seal_frame,
    frame_block,
    split_items,
    split_seals,
)
from ledger.bundle.names import PART_BLOCKS, PART_BYTES, Kind, part_name
from ledger.bundle.reading import Bundle, ByteSource, Member
from ledger.chain.receipt import Receipt
from ledger.ports import Block
from ledger.proofs.seal import SealKind


@dataclass(frozen=True, slots=True)
class SealedBlock:
    """A block with what belongs to it, before it is written. Shape: `seal`: empty for block 0."""

    block: Block
    receipts: tuple[Receipt, ...]
    seal: bytes


@dataclass(frozen=True, slots=True)
class StoredBlock:
    """A block as a bundle holds it, nothing of it checked. Shape: `transactions`: EIP-2718 bytes."""

    height: int
    header: bytes
    transactions: tuple[bytes, ...]
    receipts: tuple[Receipt, ...]
    seal: bytes


@dataclass(slots=True)
class Part:
    """A part in the making."""

    first: int
    blocks: list[bytes] = field(default_factory=list)
    receipts: list[bytes] = field(default_factory=list)
    seals: list[bytes] = field(default_factory=list)
    size: int = 0

    def has_room(self, block: bytes, receipts: bytes) -> bool:
        return not self.blocks or is_within(len(self.blocks), self.size, len(block) + len(receipts))

    def add(self, block: bytes, receipts: bytes, seal: bytes) -> None:
        self.blocks.append(block)
        self.receipts.append(receipts)
        self.seals.append(encode_seal_frame(seal))
        self.size += len(block) + len(receipts)

    def members(self) -> Iterator[tuple[str, bytes]]:
        """Names and contents, in their order."""
        yield part_name(Kind.BLOCKS, self.first), b"".join(self.blocks)
        yield part_name(Kind.RECEIPTS, self.first), b"".join(self.receipts)
        yield part_name(Kind.SEALS, self.first), b"".join(self.seals)


def is_within(blocks: int, size: int, more: int) -> bool:
    """Whether a part of so many blocks and bytes takes another block of `more` bytes."""
    return blocks < PART_BLOCKS and size + more <= PART_BYTES


def cut_parts(chain: Iterable[SealedBlock], first: int = 0) -> Iterator[Part]:
    """Cut consecutive blocks into parts. `first`: height of the first block given, which begins a part."""
    part = Part(first)
    for height, sealed in enumerate(chain, first):
        block, receipts = frame_block(sealed.block), encode_receipts(sealed.receipts)
        if not part.has_room(block, receipts):
            yield part
            part = Part(height)
        part.add(block, receipts, sealed.seal)
    if part.blocks:
        yield part


def iterate_blocks(bundle: Bundle, last: int) -> Iterator[StoredBlock]:
    """All blocks of a bundle, one part in memory at a time.

    Errors  BundleError, `bundle.rlp`, for parts that are not cut as `cut_parts` cuts, or do not reach `last`.
    """
    height, before, unsealed = 0, None, None
    for member in bundle.of_kind(Kind.BLOCKS):
        if member.name.height != height:
            raise BundleError("bundle.rlp", f"{member.name.text}: expected the part that begins at block {height}")
        part = _split_part(height, bundle.content)
        if before is not None and is_within(len(before), sum(before), part[0].size):
            raise BundleError("bundle.rlp", f"{member.name.text}: begins too early, expected a fuller part before it")
        before = [stored.size for stored in part]
        if not all(is_within(i, sum(before[:i]), before[i]) for i in range(1, len(part))):
            raise BundleError("bundle.rlp", f"{member.name.text}: larger than a part may be")
        # One by one: decoded, a block takes many times its bytes.
        for framed in part:
            block = framed.decode()
            unsealed = _check_seal(block, unsealed)
            yield block
        height += len(part)
    if unsealed is not None:
        raise _lacks_seal(unsealed)
    if height != last + 1:
        raise BundleError("bundle.rlp", f"parts: hold {height} blocks, expected {last + 1} as bundle.json says")


def iterate_transactions(bundle: Bundle, last: int) -> Iterator[StoredBlock]:
    """Blocks without receipts and seals, for who executes them; how parts are cut, `iterate_blocks` checks."""
    height = 0
    for member in bundle.of_kind(Kind.BLOCKS):
        for item in split_items(bundle.read(member), member.name.text):
            if height > last:
                return
            yield StoredBlock(height, *decode_block(item, f"block {height}"), (), b"")
            height += 1


def _check_seal(block: StoredBlock, unsealed: int | None) -> int | None:
    """Check that no seal is missing. `unsealed`, and result: the newest block, if a succession has to follow."""
    if unsealed is not None and block.seal[:1] != bytes([SealKind.SUCCESSION]):
        raise _lacks_seal(unsealed)
    if block.height == 0 and block.seal:
        raise BundleError("bundle.rlp", f"block 0: seal of {len(block.seal)} bytes, expected none")
    return block.height if block.height > 0 and not block.seal else None


def _lacks_seal(height: int) -> BundleError:
    return BundleError("bundle.rlp", f"block {height}: no seal, expected one but for block 0 and before a succession")


@dataclass(frozen=True, slots=True)
class _Framed:
    """A block of a part, not decoded yet."""

    height: int
    block: bytes
    receipts: bytes
    seal: bytes

    @property
    def size(self) -> int:
        return len(self.block) + len(self.receipts)

    def decode(self) -> StoredBlock:
        """Errors  BundleError."""
        header, transactions = decode_block(self.block, f"block {self.height}")
        receipts = decode_receipts(self.receipts, f"receipts of block {self.height}")
        return StoredBlock(self.height, header, transactions, receipts, self.seal)


def decode_part(first: int, content: Callable[[str], bytes]) -> list[StoredBlock]:
    """The blocks of a part. `content`: gives a member's bytes, asked in the members' order. Errors: BundleError."""
    return [framed.decode() for framed in _split_part(first, content)]


def _split_part(first: int, content: Callable[[str], bytes]) -> list[_Framed]:
    names = {kind: part_name(kind, first) for kind in (Kind.BLOCKS, Kind.RECEIPTS, Kind.SEALS)}
    blocks, receipts = (
        list(islice(split_items(content(names[kind]), names[kind]), PART_BLOCKS + 1))
        for kind in (Kind.BLOCKS, Kind.RECEIPTS)
    )
    seals = split_seals(content(names[Kind.SEALS]), names[Kind.SEALS])
    if not len(blocks) == len(receipts) == len(seals) or not 0 < len(blocks) <= PART_BLOCKS:
        raise BundleError(
            "bundle.rlp",
            f"part {first}: {len(blocks)} blocks, receipts of {len(receipts)}, seals of {len(seals)}, expected equal "
            f"numbers from 1 to {PART_BLOCKS}",
        )
    return [_Framed(first + i, *row) for i, row in enumerate(zip(blocks, receipts, seals, strict=True))]


def read_stored_parts(stream: ByteSource, members: Iterable[Member]) -> Iterator[tuple[Receipt, ...]]:
    """Receipts of each block in the whole parts of an unfinished bundle. Errors: BundleError."""
    for member in members:
        if member.name.kind is Kind.RECEIPTS:
            stream.seek(member.offset)
            for item in split_items(stream.read(member.facts.length), member.name.text):
                yield decode_receipts(item, member.name.text)
