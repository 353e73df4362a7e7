"""Blocks, receipts and proofs in the JSON form of Ethereum's interfaces."""

from typing import Any

from ledger.chain.account import EMPTY_CODE_HASH, Account
from ledger.chain.header import EMPTY_ROOT, Header
from ledger.chain.receipt import Receipt
from ledger.chain.trie import list_root
from ledger.errors import BadInputError
from ledger.ports import AccountProof, Block, BlockAttributes
from ledger.primitives import ZERO_HASH, Address, Gas, Hash32, Height, Timestamp, to_hex, to_word
from node.decoding import decode_receipt_once


def read_number(value: Any) -> int:
    if not isinstance(value, str) or not value.startswith("0x"):
        raise BadInputError(f"found {str(value)[:40]}, expected a 0x number")
    return int(value, 16)


def read_bytes(value: Any) -> bytes:
    if not isinstance(value, str) or not value.startswith("0x"):
        raise BadInputError(f"found {str(value)[:40]}, expected 0x bytes")
    return bytes.fromhex(value[2:])


def read_hash(value: Any) -> Hash32:
    data = read_bytes(value)
    if len(data) != 32:
        raise BadInputError(f"found {len(data)} bytes, expected 32")
    return Hash32(data)


def at_block(block_hash: Hash32) -> dict[str, str]:
    """Names a block by its hash (EIP-1898), so that no later head changes the answer."""
    return {"blockHash": to_hex(block_hash)}


def encode_attributes(attributes: BlockAttributes) -> dict[str, Any]:
    """The payload attributes of `testing_buildBlockV1`; extra data and gas limit go other ways."""
    return {
        "timestamp": hex(attributes.timestamp),
        "prevRandao": to_hex(ZERO_HASH),
        "suggestedFeeRecipient": to_hex(attributes.fee_recipient),
        "withdrawals": [],
        "parentBeaconBlockRoot": to_hex(ZERO_HASH),
    }


def encode_payload(block: Block) -> dict[str, Any]:
    """A block as `engine_newPayloadV3` takes it; fields that this form lacks have one allowed value each."""
    header = block.header
    return {
        "parentHash": to_hex(header.parent_hash),
        "feeRecipient": to_hex(header.fee_recipient),
        "stateRoot": to_hex(header.state_root),
        "receiptsRoot": to_hex(header.receipts_root),
        "logsBloom": to_hex(header.logs_bloom),
        "prevRandao": to_hex(header.prev_randao),
        "blockNumber": hex(header.number),
        "gasLimit": hex(header.gas_limit),
        "gasUsed": hex(header.gas_used),
        "timestamp": hex(header.timestamp),
        "extraData": to_hex(header.extra_data),
        "baseFeePerGas": hex(header.base_fee_per_gas),
        "blockHash": to_hex(header.hash),
        "transactions": [to_hex(raw) for raw in block.transactions],
        "withdrawals": [],
        "blobGasUsed": hex(header.blob_gas_used),
        "excessBlobGas": hex(header.excess_blob_gas),
    }


def decode_envelope(envelope: Any, transactions: tuple[bytes, ...]) -> Block:
    """The block in an answer of `testing_buildBlockV1`, which must hold the transactions that were asked for.

    Errors  BadInputError where its hash is not the hash of its fields; KeyError, TypeError for missing ones.
    """
    payload = envelope["executionPayload"]
    header = Header(
        parent_hash=read_hash(payload["parentHash"]),
        fee_recipient=Address(read_bytes(payload["feeRecipient"])),
        state_root=read_hash(payload["stateRoot"]),
        number=Height(read_number(payload["blockNumber"])),
        gas_limit=Gas(read_number(payload["gasLimit"])),
        timestamp=Timestamp(read_number(payload["timestamp"])),
        transactions_root=list_root(transactions),
        receipts_root=read_hash(payload["receiptsRoot"]),
        logs_bloom=read_bytes(payload["logsBloom"]),
        gas_used=Gas(read_number(payload["gasUsed"])),
        extra_data=read_bytes(payload["extraData"]),
    )
    stated = read_hash(payload["blockHash"])
    if header.hash != stated:
        raise BadInputError(f"block hash {stated.hex()}, but its fields give {header.hash.hex()}")
    return Block(header, transactions)


def decode_receipts(items: Any, header: Header) -> tuple[Receipt, ...]:
    """Receipts in their canonical bytes; BadInputError where they do not give the header's root."""
    raws = [read_bytes(item) for item in items]
    root = list_root(raws)
    if root != header.receipts_root:
        raise BadInputError(f"receipts give root {root.hex()}, the header has {header.receipts_root.hex()}")
    return tuple(map(decode_receipt_once, raws))


def encode_slot(slot: int) -> str:
    return to_hex(to_word(slot))


def decode_proof(answer: Any, address: Address, slots: tuple[int, ...]) -> AccountProof:
    """An answer of `eth_getProof`. geth states zeros for an account that is not there, EIP-1186 the empty hashes."""
    code_hash = read_hash(answer["codeHash"])
    account = Account(read_number(answer["nonce"]), read_number(answer["balance"]))
    if code_hash not in (ZERO_HASH, EMPTY_CODE_HASH):
        account = account._replace(code_hash=code_hash)
    storage_root = read_hash(answer["storageHash"])
    entries = answer["storageProof"]
    if len(entries) != len(slots):
        raise BadInputError(f"{len(entries)} storage proofs, expected {len(slots)}")
    return AccountProof(
        address=address,
        nonce=account.nonce,
        balance=account.balance,
        storage_root=EMPTY_ROOT if storage_root == ZERO_HASH else storage_root,
        code_hash=account.code_hash,
        account_proof=tuple(read_bytes(node) for node in answer["accountProof"]),
        storage=tuple(
            (slot, read_number(entry["value"]), tuple(read_bytes(node) for node in entry["proof"]))
            for slot, entry in zip(slots, entries, strict=True)
        ),
    )
