"""Witnesses."""

from collections.abc import Sequence

from api.feed.witnesses import BROUGHT
from api.models.witnesses import VouchRecord, WitnessesPage, WitnessRecord, WitnessSourceRecord
from api.rendering import iso_time
from api.snapshot import Snapshot
from ledger.primitives import Address, to_hex
from ledger.proofs.anchor import decode_anchor
from ledger.proofs.vouching import Vouching, vouchers_of


def witnesses_page(snapshot: Snapshot, vouchings: Sequence[Vouching]) -> WitnessesPage:
    """Every witness that this server knows of."""
    named = _named(snapshot)
    source = snapshot.services.witnesses
    asked = source.faults() if source else {}
    known = {row.witness for row in vouchings}
    return WitnessesPage(
        witnesses=[_record(snapshot, row, named) for row in vouchings],
        sources=[WitnessSourceRecord(source=name, problem=fault) for name, fault in sorted(asked.items())],
        alarms=len({row.witness for row in vouchings if not row.agrees}),
        silent=[to_hex(witness) for witness in sorted(named - known)],
        height=snapshot.height,
    )


def vouch_records(snapshot: Snapshot, vouchings: Sequence[Vouching], height: int) -> list[VouchRecord]:
    """Who vouches for the block at a height."""
    named = _named(snapshot)
    return [
        VouchRecord(witness=to_hex(row.witness), height=row.height, named=row.witness in named)
        for row in vouchers_of(vouchings, height)
    ]


def deniers(vouchings: Sequence[Vouching], height: int) -> list[str]:
    """Witnesses that sealed another block at a height than stands here."""
    return sorted({to_hex(row.witness) for row in vouchings if row.height == height and not row.agrees})


def _record(snapshot: Snapshot, row: Vouching, named: frozenset[Address]) -> WitnessRecord:
    header = snapshot.services.chain.header(row.height)
    return WitnessRecord(
        witness=to_hex(row.witness),
        named=row.witness in named,
        kind="brought" if row.source == BROUGHT else "asked" if row.is_signed else "own",
        source=row.source,
        height=row.height,
        hash=to_hex(row.block_hash),
        own_hash=to_hex(row.own_hash),
        agrees=row.agrees,
        time="" if header is None else iso_time(header.timestamp),
        seen=None if row.seen is None else iso_time(row.seen),
    )


def _named(snapshot: Snapshot) -> frozenset[Address]:
    text = snapshot.services.founding.anchor
    return frozenset(decode_anchor(text).witnesses) if text else frozenset()
