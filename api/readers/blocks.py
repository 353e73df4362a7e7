"""Blocks."""

from collections.abc import Sequence

from api.models.base import Listing
from api.models.blocks import BlockLine, BlockRecord, SealRecord, TransactionRecord
from api.paging import next_page
from api.readers.ledger import seal_record
from api.readers.witnesses import deniers, vouch_records
from api.rendering import iso_time
from api.snapshot import Snapshot
from ledger.chain.header import Header
from ledger.errors import BadInputError
from ledger.primitives import Hash32, to_hex
from ledger.proofs.vouching import Vouching
from ledger.views.blocks import TransactionView, contract_names, find_header, list_blocks, load_transactions
from ledger.views.seals import SealState, check_seal


class BlockNameError(BadInputError):
    """Text that is neither a height nor a block hash."""

    type = "bad-block-name"


def block_list(snapshot: Snapshot, before: int | None, limit: int, path: str) -> Listing[BlockLine]:
    """Blocks below height `before`, from the newest on."""
    newest = snapshot.height if before is None else min(snapshot.height, before - 1)
    items = [_line(snapshot, height) for height in range(newest, max(newest - limit, -1), -1)]
    last = items[-1].height if items else 0
    following = next_page(path, last, limit) if last > 0 else None
    return Listing[BlockLine](total=snapshot.height + 1, items=items, next=following, height=snapshot.height)


def _line(snapshot: Snapshot, height: int) -> BlockLine:
    """A block in the list, kept once it is sealed."""

    def read() -> BlockLine:
        (line,) = list_blocks(snapshot.services.chain, height, 1)
        return BlockLine(
            height=height,
            hash=to_hex(line.header.hash),
            time=iso_time(line.header.timestamp),
            transactions=line.transactions,
            gas_used=line.header.gas_used,
            sealed=line.is_sealed,
        )

    def sealed() -> BlockLine | None:
        line = read()
        return line if line.sealed else None

    return snapshot.facts.once(("block line", height), sealed) or read()


def block_record(snapshot: Snapshot, name: str, vouchings: Sequence[Vouching]) -> BlockRecord:
    """A block by height or hash. Errors: BlockNameError, UnknownBlockError."""
    chain = snapshot.services.chain
    height, block_hash = _parse_name(name)
    header = find_header(chain, height, block_hash)
    rows = snapshot.blocks.once(header.hash, lambda: _transactions(snapshot, header))
    return BlockRecord(
        height=header.number,
        hash=to_hex(header.hash),
        parent=to_hex(header.parent_hash),
        time=iso_time(header.timestamp),
        state_root=to_hex(header.state_root),
        transactions_root=to_hex(header.transactions_root),
        receipts_root=to_hex(header.receipts_root),
        gas_used=header.gas_used,
        gas_limit=header.gas_limit,
        extra_data=to_hex(header.extra_data),
        seal=_seal(snapshot, header),
        vouched=vouch_records(snapshot, vouchings, header.number),
        denied=deniers(vouchings, header.number),
        transactions=rows,
        head=snapshot.height,
    )


def _transactions(snapshot: Snapshot, header: Header) -> list[TransactionRecord]:
    names = contract_names(snapshot.contracts.by_name())
    rows = load_transactions(snapshot.services.chain, snapshot.services.founding.chain_id, header, names)
    return [_transaction(row) for row in rows]


def _seal(snapshot: Snapshot, header: Header) -> SealRecord:
    """A block's seal; one that is there and good stays so."""
    services = snapshot.services

    def good() -> SealRecord | None:
        found = check_seal(services.chain, services.founding.chain_id, header)
        return seal_record(found) if found.state in (SealState.SEALED, SealState.FOUNDING) else None

    known = snapshot.facts.once(("seal", header.hash), good)
    return known or seal_record(check_seal(services.chain, services.founding.chain_id, header))


def _transaction(view: TransactionView) -> TransactionRecord:
    return TransactionRecord(
        index=view.index,
        hash=to_hex(view.hash),
        sender=to_hex(view.sender),
        to=None if view.to is None else to_hex(view.to),
        contract=view.contract,
        entry=view.entry,
        success=view.success,
        gas_used=view.gas_used,
        bytes=view.bytes,
    )


def _parse_name(name: str) -> tuple[int | None, Hash32 | None]:
    if name.isascii() and name.isdecimal() and len(name) <= 20:
        return int(name), None
    digits = name.lower().removeprefix("0x")
    if len(digits) == 64 and all(c in "0123456789abcdef" for c in digits):
        return None, Hash32(bytes.fromhex(digits))
    raise BlockNameError(f"block: {name[:80]!r}, expected a height or a hash of 64 hex digits")
