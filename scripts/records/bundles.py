"""`ortaq export bundle`: a whole ledger into one file, going on where an earlier run was killed."""

import contextlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from typing import BinaryIO

from ledger.bundle.documents import Facts, decode_facts, encode_founding
from ledger.bundle.errors import BundleError
from ledger.bundle.names import Kind, proofs_name
from ledger.bundle.parts import SealedBlock, cut_parts, read_stored_parts
from ledger.bundle.plan import ProofPlan, cut_runs
from ledger.bundle.reading import Member, scan_members
from ledger.bundle.roots import EvidenceRoots
from ledger.bundle.writing import BundleWriter
from ledger.chain.receipt import Receipt
from ledger.errors import BadInputError
from ledger.primitives import to_hex
from node.files import sync_folder
from scripts.records.chain_source import ChainSource, FolderSource, word_reader
from scripts.records.evidence_spool import EvidenceSpool
from scripts.records.feed import FeedClient
from scripts.records.settling import settled_blocks, settled_facts
from scripts.running.ledgers import is_url, ledger_directory, named_ledger, open_ledger
from scripts.terminal.console import Output, Steps

ENDING = ".part"


class NoOutputFileError(BadInputError):
    """A place where no bundle can be written."""

    type = "no-output-file"


@dataclass(frozen=True, slots=True)
class Exported:
    """A bundle that was written. Shape: `resumed`: members that an earlier run had written."""

    facts: Facts
    members: int
    size: int
    sha256: bytes
    missing: tuple[str, ...]
    resumed: int


def export_bundle_file(ledger: str | None, out: Path, output: Output) -> None:
    """Export, and say what was written. Errors: those of `export_bundle` and of the ledger's opening."""
    with open_chain_source(ledger) as source, output.progress() as steps:
        done = export_bundle(source, out, steps)
    facts = {
        "file": str(out),
        "founding": to_hex(done.facts.founding),
        "chain_id": done.facts.chain_id,
        "last": done.facts.last,
        "head": to_hex(done.facts.head),
        "bytes": done.size,
        "members": done.members,
        "sha256": done.sha256.hex(),
        "missing": list(done.missing),
        "resumed": done.resumed,
    }
    shown = f"{out}: blocks 0 to {done.facts.last}, {done.members} members, {done.size:,} bytes"
    shown += f"\nsha256 {done.sha256.hex()}"
    if done.missing:
        shown += f"\n{len(done.missing)} pieces of evidence could not be had; the bundle names them"
    output.result(facts, shown)


@contextlib.contextmanager
def open_chain_source(ledger: str | None) -> Iterator[ChainSource]:
    """A LEDGER to export. Errors: those of `open_ledger` for a directory."""
    name = named_ledger(ledger)
    if is_url(name):
        client = FeedClient(name)
        try:
            yield client
        finally:
            client.close()
        return
    with open_ledger(ledger_directory(name, "export")) as opened:
        yield FolderSource(opened)


def export_bundle(source: ChainSource, out: Path, steps: Steps) -> Exported:
    """Write a bundle beside `out` and rename it when it is whole; a killed run is taken up where it ended.

    Errors  NoOutputFileError; BundleError for a chain that no bundle can hold; those of the source.
    """
    if out.is_dir() or not out.parent.is_dir():
        raise NoOutputFileError(f"{out}: expected a file in a folder that exists")
    place = out.with_name(out.name + ENDING)
    with place.open("r+b" if place.exists() else "w+b") as file:
        facts, members = _take_up(source, file)
        writer = BundleWriter(file, (member.facts for member in members))
        missing = _Export(source, facts, writer, steps).run(file, members)
        file.flush()
        os.fsync(file.fileno())
        size = file.tell()
        file.seek(0)
        digest = file_digest(file, "sha256").digest()
    place.replace(out)
    sync_folder(out.parent)
    return Exported(facts, writer.count, size, digest, missing, len(members))


def _take_up(source: ChainSource, file: BinaryIO) -> tuple[Facts, list[Member]]:
    """What to export, and the whole members that stand in the file already; the rest of it is cut off."""
    facts, members = settled_facts(source), _whole_members(file)
    if members:
        file.seek(members[0].offset)
        found = decode_facts(file.read(members[0].facts.length))
        if _is_on_chain(source, found, facts):
            facts = found
        else:
            members = []
    file.truncate(members[-1].end if members else 0)
    file.seek(0, os.SEEK_END)
    return facts, members


def _whole_members(file: BinaryIO) -> list[Member]:
    members: list[Member] = []
    with contextlib.suppress(BundleError):
        # What an interrupted run left behind ends in the middle of something.
        members.extend(scan_members(file, is_whole=False))
    while members and members[-1].name.kind in (Kind.BLOCKS, Kind.RECEIPTS, Kind.MANIFEST):
        members.pop()
    return members


def _is_on_chain(source: ChainSource, found: Facts, newest: Facts) -> bool:
    if (found.founding, found.chain_id) != (newest.founding, newest.chain_id) or found.last > newest.last:
        return False
    return next(iter(source.blocks(found.last, found.last))).block.header.hash == found.head


class _Export:
    """One run."""

    def __init__(self, source: ChainSource, facts: Facts, writer: BundleWriter, steps: Steps) -> None:
        self._source = source
        self._facts = facts
        self._writer = writer
        self._steps = steps
        self._plan = ProofPlan()
        self._roots = EvidenceRoots(self._plan.known)

    def run(self, file: BinaryIO, members: list[Member]) -> tuple[str, ...]:
        """Write what is missing. Result: CIDs of evidence that could not be had."""
        self._steps.start("blocks", self._facts.last + 1)
        next_height = self._read_back(file, members)
        file.seek(members[-1].end if members else 0)
        self._write_founding()
        self._write_parts(next_height)
        self._write_proofs()
        with tempfile.TemporaryFile() as spool_file:
            spool = EvidenceSpool(self._source, spool_file)
            missing = spool.gather(self._roots.roots())
            self._write_evidence(spool)
        self._writer.finish(missing)
        return missing

    def _read_back(self, file: BinaryIO, members: list[Member]) -> int:
        """Follow the receipts that were written already. Result: the next height."""
        height = 0
        for receipts in read_stored_parts(file, members):
            self._take(height, receipts)
            height += 1
        return height

    def _take(self, height: int, receipts: Iterable[Receipt]) -> None:
        receipts = tuple(receipts)
        self._plan.take(height, receipts)
        self._roots.take(receipts)
        self._steps.advance("blocks")

    def _write_founding(self) -> None:
        keys, nonce = self._source.keys()
        for name, content in (
            ("bundle.json", self._facts.encode()),
            ("genesis.json", self._source.genesis()),
            ("founding.toml", self._source.text()),
            ("founding.json", encode_founding(keys, nonce)),
        ):
            if not self._writer.has(name):
                self._writer.add(name, content)

    def _write_parts(self, first: int) -> None:
        if first > self._facts.last:
            return
        for part in cut_parts(self._follow(settled_blocks(self._source.blocks(first, self._facts.last)), first), first):
            for name, content in part.members():
                self._writer.add(name, content)

    def _follow(self, blocks: Iterable[SealedBlock], first: int) -> Iterator[SealedBlock]:
        for height, sealed in enumerate(blocks, first):
            self._take(height, sealed.receipts)
            yield sealed

    def _write_proofs(self) -> None:
        last = self._facts.last
        heights = self._plan.heights(last)
        self._steps.start("proofs", len(heights))
        for height in heights:
            rows = self._plan.rows(height, last, word_reader(self._source, height))
            for run, chosen in enumerate(cut_runs(rows)):
                name = proofs_name(height, run)
                if not self._writer.has(name):
                    self._writer.add(name, self._source.prove(height, chosen))
            self._steps.advance("proofs")

    def _write_evidence(self, spool: EvidenceSpool) -> None:
        self._steps.start("evidence", len(spool.names))
        for cid in spool.names:
            name = f"evidence/{cid}"
            if not self._writer.has(name):
                self._writer.add(name, spool.read(cid))
            self._steps.advance("evidence")
