"""Has geth run lists of transactions as the next block, and says why a list does not run."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ledger.chain.header import Header
from ledger.chain.receipt import Receipt
from ledger.errors import BadInputError
from ledger.ports import Block, BlockAttributes
from ledger.primitives import ZERO_HASH, to_hex
from node.execution.geth.errors import ExecutorRefusedError, NoAnswerError
from node.execution.geth.link import Asker
from node.execution.geth.wire import (
    at_block,
    decode_envelope,
    decode_receipts,
    encode_attributes,
    encode_payload,
    read_bytes,
    read_number,
)
from node.execution.rules import BLOCK_FULL, free_fields

OTHER_HEAD = "parentHash is not current head"
_NONCE = re.compile(r"nonce too (?:high|low): address \S+, tx: (\d+) state: (\d+)")
_FUNDS = re.compile(r"insufficient funds for gas \* price \+ value: address \S+ have (\d+) want (\d+)")
_CODE = re.compile(r"sender not an eoa: address (\S+),")


def build(asker: Asker, parent: Header, attributes: BlockAttributes, raws: Sequence[bytes]) -> Block:
    """The block of exactly these transactions. ExecutorRefusedError where one of them cannot run."""
    transactions = tuple(raws)
    parameters = [
        to_hex(parent.hash),
        encode_attributes(attributes),
        [to_hex(raw) for raw in transactions],
        to_hex(attributes.extra_data),
    ]

    def read(envelope: Any) -> Block:
        block = decode_envelope(envelope, transactions)
        found = free_fields(block.header)
        wanted = (parent.hash, attributes.timestamp, attributes.fee_recipient, attributes.extra_data)
        if (block.header.parent_hash, found.timestamp, found.fee_recipient, found.extra_data) != wanted:
            raise BadInputError("the block has another parent or other attributes than were asked for")
        return block

    block = asker.ask("testing_buildBlockV1", parameters, read)
    if block.header.gas_limit != attributes.gas_limit:
        asker.ask("miner_setGasLimit", [hex(attributes.gas_limit)], bool)
        block = asker.ask("testing_buildBlockV1", parameters, read)
    return block


@dataclass(frozen=True, slots=True)
class Verdict:
    """What geth says of a block: `is_known` tells whether it could be executed at all, `reason` why it is invalid."""

    is_known: bool
    reason: str | None = None


def execute(asker: Asker, block: Block) -> Verdict:
    """Have geth execute a block on its parent, and keep it."""

    def read(status: Any) -> Verdict:
        match status["status"]:
            case "VALID":
                return Verdict(True)
            case "INVALID":
                return Verdict(True, str(status["validationError"]))
            case "SYNCING" | "ACCEPTED":
                return Verdict(False)
        raise BadInputError(f"status {status['status']}")

    parent_beacon_root = to_hex(block.header.parent_beacon_block_root)
    return asker.ask("engine_newPayloadV3", [encode_payload(block), [], parent_beacon_root], read)


def receipts_of(asker: Asker, block: Block) -> tuple[Receipt, ...] | None:
    """The receipts of a block that geth executed, checked against its header; None where geth does not have it."""
    if not block.transactions:
        return ()
    return asker.ask(
        "debug_getRawReceipts",
        [at_block(block.header.hash)],
        lambda items: decode_receipts(items, block.header) if items else None,
    )


def make_head(asker: Asker, header: Header) -> bool:
    """Make an executed block geth's head; False where geth does not have it.

    Nothing is ever called safe or final there: the node knows what is.
    """

    def read(answer: Any) -> bool:
        status = answer["payloadStatus"]["status"]
        if status not in ("VALID", "SYNCING"):
            raise BadInputError(f"status {status} of block {header.number}")
        return bool(status == "VALID")

    block_hash = to_hex(header.hash)
    state = {"headBlockHash": block_hash, "safeBlockHash": to_hex(ZERO_HASH), "finalizedBlockHash": to_hex(ZERO_HASH)}
    return asker.ask("engine_forkchoiceUpdatedV3", [state, None], read)


def find_fault(
    asker: Asker, parent: Header, attributes: BlockAttributes, raws: Sequence[bytes], known_good: int
) -> tuple[int, str]:
    """Index of the first transaction that cannot run after those before it, and why. The list as a whole fails.

    geth does not say which it is: prefixes are tried, half of what is left each time.
    """
    good, bad = known_good, len(raws)
    message = ""
    while bad - good > 1 or not message:
        if good == bad:
            raise NoAnswerError("executor: testing_buildBlockV1: it refused a list, and takes it now")
        middle = max((good + bad) // 2, good + 1)
        try:
            build(asker, parent, attributes, raws[:middle])
        except ExecutorRefusedError as error:
            bad, message = middle, str(error.facts["message"])
        else:
            good = middle
    return bad - 1, explain(message)


def explain(message: str) -> str:
    """geth's reason in the words that the embedded engine has for it."""
    if message.startswith("gas limit reached"):
        return BLOCK_FULL
    if found := _NONCE.search(message):
        return f"nonce: found {found[1]}, expected {found[2]}"
    if found := _FUNDS.search(message):
        return f"balance: found {found[1]}, expected at least {found[2]}"
    if found := _CODE.search(message):
        return f"sender {found[1].lower()}: has code, expected none (EIP-3607)"
    return f"executor: {message}"


def known_head(asker: Asker) -> tuple[int, bytes]:
    """Height and hash of geth's head."""
    return asker.ask("eth_getBlockByNumber", ["latest", False], _read_place)


def hash_at(asker: Asker, height: int) -> bytes | None:
    """Hash of geth's block at a height, None where it has none."""
    return asker.ask(
        "eth_getBlockByNumber", [hex(height), False], lambda block: None if block is None else _read_place(block)[1]
    )


def _read_place(block: Any) -> tuple[int, bytes]:
    return read_number(block["number"]), read_bytes(block["hash"])
