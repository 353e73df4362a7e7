"""A snapshot's members in their order: whose it is, blocks, state, where consensus stood."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from ledger.bundle.documents import Facts, decode_facts, decode_founding, encode_founding
from ledger.bundle.errors import BundleError
from ledger.bundle.names import Kind, part_name
from ledger.bundle.parts import SealedBlock, StoredBlock, cut_parts, decode_part
from ledger.chain.genesis import Genesis
from ledger.chain.genesis_file import parse_genesis
from ledger.founding.identity import FoundingKey, chain_id_of, founding_hash
from ledger.primitives import to_hex
from ledger.proofs.handover import Handover
from ledger.snapshot.archive import MAX_MEMBER, ArchiveReader, ArchiveWriter, Sink, Source
from ledger.snapshot.errors import SnapshotDiffersError, SnapshotError
from ledger.snapshot.handovers import NAME as HANDOVERS
from ledger.snapshot.handovers import decode_handovers, encode_handovers
from ledger.snapshot.state import cut_rows

FORMAT = "ortaq snapshot 1"
FACTS, GENESIS, TEXT, FOUNDING, CONSENSUS = (
    "snapshot.json",
    "genesis.json",
    "founding.toml",
    "founding.json",
    "consensus.bin",
)
_BLOCKS = re.compile(r"blocks/([0-9]{12})\.rlp")


def state_name(number: int) -> str:
    return f"state/{number:012}.rlp"


@dataclass(frozen=True, slots=True)
class Inception:
    """What a ledger was founded with, as its files have it."""

    genesis: bytes
    text: bytes
    keys: tuple[FoundingKey, ...]
    nonce: bytes

    @property
    def founding(self) -> bytes:
        return encode_founding(self.keys, self.nonce)


def write_snapshot(
    sink: Sink,
    facts: Facts,
    inception: Inception,
    blocks: Iterable[SealedBlock],
    rows: Iterable[bytes],
    handovers: Sequence[Handover],
    consensus: bytes | None,
) -> None:
    """Write a whole snapshot.

    Shape   `blocks`: from the founding to `facts.last`; `rows`: of the state after the last one (`iterate_rows`);
            `handovers`: all up to it; `consensus`: the body of a signed header, without it no member can begin here.
    """
    writer = ArchiveWriter(sink)
    writer.add(FACTS, facts.encode(FORMAT))
    for name, content in ((GENESIS, inception.genesis), (TEXT, inception.text), (FOUNDING, inception.founding)):
        writer.add(name, content)
    for part in cut_parts(blocks):
        for name, content in part.members():
            writer.add(name, content)
    for number, content in enumerate(cut_rows(rows)):
        writer.add(state_name(number), content)
    writer.add(HANDOVERS, encode_handovers(handovers))
    if consensus is not None:
        writer.add(CONSENSUS, consensus)
    writer.finish()


class SnapshotReader:
    """A snapshot, read once: `blocks` to its end, `state` to its end, `handovers`, then `consensus`.

    Shape   `facts`, `inception`, `genesis`: of one founding, which the reader still has to compare with an anchor.
    Errors  SnapshotError for bytes that are no snapshot; SnapshotDiffersError where the founding's files are of another
            ledger than the facts.
    """

    def __init__(self, stream: Source) -> None:
        self._archive = ArchiveReader(stream)
        take = self._archive.take
        try:
            self.facts = decode_facts(take(FACTS), FACTS, FORMAT)
            genesis, text = take(GENESIS), take(TEXT)
            self.inception = Inception(genesis, text, *decode_founding(take(FOUNDING)))
        except BundleError as error:
            raise SnapshotError(error.detail) from error
        self.genesis = parse_genesis(genesis.decode("utf-8", "replace"))
        self._check_founding(self.genesis)

    def blocks(self) -> Iterator[StoredBlock]:
        """Blocks of the file, one part in memory at a time; nothing of them is checked."""
        height = 0
        while (following := self._archive.next) is not None and _BLOCKS.fullmatch(following):
            if following != part_name(Kind.BLOCKS, height):
                raise SnapshotError(f"{following}: expected {part_name(Kind.BLOCKS, height)}")
            try:
                part = decode_part(height, self._take_of_part())
            except BundleError as error:
                raise SnapshotError(error.detail) from error
            yield from part
            height += len(part)

    def state(self) -> Iterator[tuple[str, bytes]]:
        """Names and contents of the state's members, for `StateBuilder`."""
        number = 0
        while self._archive.next == state_name(number):
            yield state_name(number), self._archive.take(state_name(number))
            number += 1

    def handovers(self) -> tuple[Handover, ...]:
        """How the sealers changed; nothing of it is checked."""
        return decode_handovers(self._archive.take(HANDOVERS))

    def consensus(self) -> bytes | None:
        """Where consensus stood, None where the file does not say; nothing may come after it."""
        found = self._archive.take(CONSENSUS) if self._archive.next == CONSENSUS else None
        self._archive.finish()
        return found

    def _take_of_part(self) -> Callable[[str], bytes]:
        """Takes the members of a part, of which all together may be as long as one alone."""
        room = MAX_MEMBER

        def take(name: str) -> bytes:
            nonlocal room
            room -= self._archive.length
            if room < 0:
                raise SnapshotError(f"{name}: its part has more than {MAX_MEMBER} bytes")
            return self._archive.take(name)

        return take

    def _check_founding(self, genesis: Genesis) -> None:
        found = founding_hash(self.inception.text, self.inception.keys, self.inception.nonce)
        for what, given in (("snapshot.json: founding", self.facts.founding), (GENESIS, genesis.extra_data)):
            if given != found:
                raise SnapshotDiffersError(what, to_hex(given), f"{to_hex(found)}, which text, keys and nonce give")
        for what, number in (("snapshot.json: chain id", self.facts.chain_id), (GENESIS, genesis.chain_id)):
            if number != chain_id_of(found):
                raise SnapshotDiffersError(what, number, chain_id_of(found))
