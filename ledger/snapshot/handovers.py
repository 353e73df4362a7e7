"""Handovers in a snapshot: what a node without the states of before needs for receipts (formats.md, 10)."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from ledger.chain.header import Header, decode_header
from ledger.errors import LedgerError
from ledger.json_text import parse_json
from ledger.primitives import Hash32, Height, to_hex
from ledger.proofs.handover import Handover, Trusted, follow_handovers
from ledger.proofs.handover_json import handover_record, read_handover
from ledger.snapshot.errors import SnapshotDiffersError, SnapshotError

NAME = "handovers.json"
MAX_DEPTH = 16


def encode_handovers(handovers: Sequence[Handover]) -> bytes:
    """Canonical JSON (RFC 8785)."""
    rows = [handover_record(handover) for handover in handovers]
    return json.dumps(rows, sort_keys=True, separators=(",", ":")).encode()


def decode_handovers(data: bytes) -> tuple[Handover, ...]:
    """Errors  SnapshotError."""
    try:
        rows: Any = parse_json(data, max_depth=MAX_DEPTH)
        found = tuple(read_handover(row) for row in rows) if isinstance(rows, list) else None
    except (LedgerError, ValueError, RecursionError) as error:
        raise SnapshotError(f"{NAME}: {str(error)[:200]}") from error
    if found is None or encode_handovers(found) != data:
        raise SnapshotError(f"{NAME}: expected a list of handovers in canonical JSON (RFC 8785)")
    return found


def check_handovers(
    handovers: Sequence[Handover],
    chain_id: int,
    founding: Trusted,
    changes: Sequence[int],
    header_at: Callable[[Height], Header | None],
) -> Hash32:
    """Check that they lead from the founding past each change of the sealers; the sealers after the last.

    Shape   `changes`: the sealed blocks that changed the sealers, as the events say; `header_at`: of the chain.
    Errors  SnapshotDiffersError.
    """
    try:
        headers = [decode_header(handover.block.header) for handover in handovers]
        trusted = follow_handovers(handovers, chain_id, founding)
    except LedgerError as error:
        raise SnapshotDiffersError(NAME, "one that does not lead on", "handovers", error.detail) from error
    if (found := [header.number for header in headers]) != list(changes):
        raise SnapshotDiffersError(f"{NAME}: blocks", found, f"{list(changes)}, as the events say")
    for header in headers:
        if (known := header_at(header.number)) != header:
            expected = "none" if known is None else to_hex(known.hash)
            raise SnapshotDiffersError(f"{NAME}: block {header.number}", to_hex(header.hash), expected)
    return trusted.sealers
