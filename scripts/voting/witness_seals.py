"""Witness seals over a receipt's block, taken from the public feeds of watchdogs and nodes."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ledger.chain.header import decode_header
from ledger.errors import CannotCheckError, LedgerError
from ledger.json_text import parse_json
from ledger.primitives import Address, Hash32, Height
from ledger.proofs.receipt import Receipt
from ledger.proofs.seal import Seal, SealKind, decode_seal
from ledger.proofs.strict_json import Members, read_hex
from scripts.voting.proof_source import ForeignProofError, ask_node

PATIENCE_S = 12.0
"""How long to wait for a witness that has not come so far: it looks for blocks every two seconds."""
PAUSE_S = 0.5
MAX_SEALS = 256

Voucher = tuple[Address, Hash32]
"""A witness, and the hash that it sealed."""


class SilentWitnessError(CannotCheckError):
    """A feed that gives no witness seal over the block that was asked for."""

    type = "silent-witness"


@dataclass(frozen=True, slots=True)
class Witnessed:
    """A receipt with the seals that were had, and why others were not, by URL."""

    receipt: Receipt
    silent: dict[str, str]


def add_witnesses(receipt: Receipt, urls: Sequence[str], pause: Callable[[float], None] = time.sleep) -> Witnessed:
    """Ask each feed for its seals over the receipt's block, and put them into the receipt, each witness once.

    Shape   a seal over another block at that height is kept, too: then it is evidence of two histories. What a feed
            gives is not trusted here; a reader's anchor says whose seals count.
    """
    silent: dict[str, str] = {}
    chain_id, height = receipt.chain_id, decode_header(receipt.header).number
    found = {(seal.signer(chain_id), seal.block_hash): seal for seal in receipt.witnesses}
    for url in urls:
        try:
            found |= _wait_for_seals(url, chain_id, height, pause)
        except LedgerError as error:
            silent[url] = error.detail
    return Witnessed(replace(receipt, witnesses=tuple(found[key] for key in sorted(found))), silent)


def vouchers(receipt: Receipt) -> list[tuple[Address, bool]]:
    """Who signed each seal, and whether it is over the receipt's own block. Errors: SealError, SignatureError."""
    block_hash = decode_header(receipt.header).hash
    return [(seal.signer(receipt.chain_id), seal.block_hash == block_hash) for seal in receipt.witnesses]


def _wait_for_seals(url: str, chain_id: int, height: Height, pause: Callable[[float], None]) -> dict[Voucher, Seal]:
    until = time.monotonic() + PATIENCE_S
    while not (seals := _fetch(url, chain_id, height)):
        if time.monotonic() > until:
            newest = max((seal.height for seal in _fetch(url, chain_id, None).values()), default=None)
            where = "it has none at all" if newest is None else f"its newest is over block {newest}"
            raise SilentWitnessError(f"{url}: no witness seal over block {height}; {where}")
        pause(PAUSE_S)
    return seals


def _fetch(url: str, chain_id: int, height: Height | None) -> dict[Voucher, Seal]:
    """Seals over a block, None for the newest that has some; each is a witness's, whoever that is."""
    options = {} if height is None else {"params": {"height": str(height)}}
    data = ask_node(url, "GET", "feed/witnesses", **options)
    try:
        members = Members(parse_json(data), "feed")
        rows = members.take("seals", list)
        if len(rows) > MAX_SEALS:
            raise ForeignProofError(f"{url}: {len(rows)} seals, expected at most {MAX_SEALS}")
        seals = [decode_seal(read_hex(row, "feed.seals")) for row in rows]
        for seal in seals:
            if seal.kind is not SealKind.WITNESS or (height is not None and seal.height != height):
                raise ForeignProofError(f"{url}: a seal {seal.kind.name} of {seal.height}, not WITNESS of {height}")
        return {(seal.signer(chain_id), seal.block_hash): seal for seal in seals}
    except (LedgerError, ValueError) as error:
        raise ForeignProofError(f"{url}: gave no witness seals ({error})") from error
