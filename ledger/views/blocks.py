"""Blocks as people read them: what each transaction called, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from ledger.abi import ContractAbi, contract
from ledger.artifacts import UnknownArtifactError
from ledger.chain.header import Header
from ledger.chain.receipt import gas_of_each
from ledger.chain.transaction import Transaction, decode_transaction
from ledger.errors import BadInputError
from ledger.ports import ChainReader
from ledger.primitives import Address, Gas, Hash32, Height
from ledger.system import SystemContract


class UnknownBlockError(BadInputError):
    """A height that the chain has not reached, or a hash of none of its blocks."""

    type = "unknown-block"


@dataclass(frozen=True, slots=True)
class TransactionView:
    """One transaction. `contract`, `entry`: names, empty where the call is of no contract of the ledger."""

    index: int
    hash: Hash32
    sender: Address
    to: Address | None
    contract: str
    entry: str
    success: bool
    gas_used: Gas
    bytes: int


@dataclass(frozen=True, slots=True)
class BlockLine:
    """A block in a list."""

    header: Header
    transactions: int
    is_sealed: bool


def find_header(chain: ChainReader, height: int | None = None, block_hash: Hash32 | None = None) -> Header:
    """A header by height or by hash. Errors: UnknownBlockError."""
    if block_hash is not None:
        found, name = chain.header_by_hash(block_hash), "0x" + block_hash.hex()
    else:
        # Store keys hold 64 bits; no chain gets there.
        found = chain.header(Height(height)) if height is not None and 0 <= height < 1 << 63 else None
        name = str(height)
    if found is None:
        raise UnknownBlockError(f"block {name}: the chain ends at {chain.head().number}", block=name)
    return found


def load_transactions(
    chain: ChainReader, chain_id: int, header: Header, names: Mapping[Address, str]
) -> list[TransactionView]:
    """A block's transactions in their order. `names`: contracts by address, as `contract_names` gives them."""
    block = chain.block(header.number)
    receipts = chain.receipts(header.number)
    gas = gas_of_each(receipts)
    rows = []
    for index, raw in enumerate(block.transactions if block else ()):
        transaction = decode_transaction(raw, chain_id)
        name, entry = name_call(transaction, names)
        rows.append(
            TransactionView(
                index=index,
                hash=transaction.hash,
                sender=transaction.sender,
                to=transaction.to,
                contract=name,
                entry=entry,
                success=receipts[index].success,
                gas_used=gas[index],
                bytes=len(raw),
            )
        )
    return rows


def list_blocks(chain: ChainReader, newest: int, count: int) -> list[BlockLine]:
    """At most `count` blocks from `newest` down to genesis."""
    lines = []
    for height in range(newest, max(newest - count, -1), -1):
        block = chain.block(Height(height))
        if block is None:
            break
        sealed = height == 0 or chain.seal(Height(height)) is not None
        lines.append(BlockLine(block.header, len(block.transactions), sealed))
    return lines


def name_call(transaction: Transaction, names: Mapping[Address, str]) -> tuple[str, str]:
    """Contract and entry that a transaction calls, empty where they are not known."""
    if transaction.to is None or transaction.to not in names:
        return "", ""
    name = names[transaction.to]
    abi = _find_abi(name)
    if abi is None:
        return name, ""
    selector = bytes(transaction.data[:4])
    return name, next((entry.name for entry in abi.entries if entry.selector == selector), "")


def contract_names(addresses: Mapping[str, Address] | None = None) -> dict[Address, str]:
    """Names by address: the founding addresses, and versions that came later."""
    names = {kind.address: kind.contract_name for kind in SystemContract}
    names.update({address: name for name, address in (addresses or {}).items()})
    return names


@cache
def _find_abi(name: str) -> ContractAbi | None:
    try:
        return contract(name)
    except UnknownArtifactError:
        return None
