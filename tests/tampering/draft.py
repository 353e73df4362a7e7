"""A bundle taken apart, to be put together again with something else in it."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from coincurve import PrivateKey

from ledger.abi import contract
from ledger.bundle.documents import Facts, Manifest, MemberFacts, decode_facts, decode_manifest
from ledger.bundle.frames import encode_receipts, encode_seal_frame, frame_block
from ledger.bundle.names import Kind, part_name
from ledger.bundle.parts import iterate_blocks
from ledger.bundle.reading import Bundle
from ledger.bundle.tar import END, make_header, padding
from ledger.chain.header import Header, decode_header
from ledger.chain.receipt import Log, Receipt, logs_bloom
from ledger.chain.transaction import Transaction, decode_transaction, sign_transaction
from ledger.chain.trie import list_root
from ledger.ports import Block
from ledger.primitives import Gas, Hash32, Height
from ledger.proofs.seal import SealKind, make_seal
from ledger.system import SystemContract


@dataclass
class DraftBlock:
    """A block that can be changed."""

    header: Header
    transactions: list[bytes]
    receipts: list[Receipt]
    seal: bytes


class Draft:
    """Shape   `files`: members that are no part, by name, in order; `keys`: private keys by duty, `sealer` too."""

    def __init__(self, data: bytes, keys: dict[str, bytes]) -> None:
        bundle = Bundle(io.BytesIO(data))
        self.facts: Facts = decode_facts(bundle.content("bundle.json"))
        self.missing = list(decode_manifest(bundle.content("manifest.json")).missing)
        self.blocks = [
            DraftBlock(decode_header(b.header), list(b.transactions), list(b.receipts), b.seal)
            for b in iterate_blocks(bundle, self.facts.last)
        ]
        parts = (Kind.BLOCKS, Kind.RECEIPTS, Kind.SEALS, Kind.MANIFEST, Kind.BUNDLE)
        self.files = {m.name.text: bundle.read(m) for m in bundle.members if m.name.kind not in parts}
        self.keys = keys
        self.chain_id = self.facts.chain_id

    def names(self, folder: str) -> list[str]:
        return [name for name in self.files if name.startswith(folder)]

    def members(self) -> list[tuple[str, bytes]]:
        """All members but the manifest, in their order."""
        first = ("genesis.json", "founding.toml", "founding.json")
        blocks = b"".join(frame_block(Block(b.header, tuple(b.transactions))) for b in self.blocks)
        receipts = b"".join(encode_receipts(b.receipts) for b in self.blocks)
        seals = b"".join(encode_seal_frame(b.seal) for b in self.blocks)
        return [
            ("bundle.json", self.facts.encode()),
            *((name, self.files[name]) for name in first),
            (part_name(Kind.BLOCKS, 0), blocks),
            (part_name(Kind.RECEIPTS, 0), receipts),
            (part_name(Kind.SEALS, 0), seals),
            *((name, data) for name, data in sorted(self.files.items(), key=_place) if name not in first),
        ]

    def write(self) -> bytes:
        """A bundle whose manifest fits."""
        return pack_with_manifest(self.members(), self.missing)

    def relink(self, first: int, *, roots: bool = True) -> None:
        """Do what a dishonest sequencer can do: fit headers from a block on, and seal them.

        Shape   `roots`: also roots, bloom and gas from the contents. State roots stay as they are.
        """
        sealer = PrivateKey(self.keys["sealer"])
        for height in range(first, len(self.blocks)):
            block = self.blocks[height]
            fields: dict[str, object] = {"parent_hash": self.blocks[height - 1].header.hash, "number": Height(height)}
            if roots:
                fields |= _content_fields(block)
            block.header = replace(block.header, **fields)
            block.seal = make_seal(SealKind.SOLO, self.chain_id, Height(height), block.header.hash, sealer).encode()
        self.set_head()

    def set_head(self) -> None:
        last = len(self.blocks) - 1
        self.facts = replace(self.facts, last=Height(last), head=self.blocks[last].header.hash)

    def change_header(self, height: int, **fields: object) -> None:
        self.blocks[height].header = replace(self.blocks[height].header, **fields)

    def find(self, kind: SystemContract, event: str) -> list[tuple[int, int, int]]:
        """Places (block, receipt, log) of an event."""
        topic = contract(kind.contract_name).topic(event)
        return [
            (height, index, place)
            for height, block in enumerate(self.blocks)
            for index, receipt in enumerate(block.receipts)
            for place, log in enumerate(receipt.logs)
            if log.address == kind.address and log.topics[:1] == (topic,)
        ]

    def change_log(
        self, kind: SystemContract, event: str, change: Callable[[Log], Log | None], *, which: int = 0
    ) -> int:
        """Change the n-th log of an event and fit the chain to it; None takes the log away. Result: its block."""
        height, index, place = self.find(kind, event)[which]
        receipt = self.blocks[height].receipts[index]
        changed = change(receipt.logs[place])
        logs = [*receipt.logs[:place], *([changed] if changed else []), *receipt.logs[place + 1 :]]
        self.blocks[height].receipts[index] = Receipt(
            receipt.transaction_type, receipt.success, receipt.cumulative_gas_used, tuple(logs)
        )
        self.relink(height)
        return height

    def add_log(self, height: int, log: Log, index: int = 0) -> None:
        """Put a log into a receipt and fit the chain to it."""
        receipt = self.blocks[height].receipts[index]
        self.blocks[height].receipts[index] = Receipt(
            receipt.transaction_type, receipt.success, receipt.cumulative_gas_used, (*receipt.logs, log)
        )
        self.relink(height)

    def calls(self, kind: SystemContract, entry: str) -> list[tuple[int, int, Transaction]]:
        """Transactions that call an entry, with their places."""
        selector = contract(kind.contract_name).selector(entry)
        found = []
        for height, block in enumerate(self.blocks):
            for index, raw in enumerate(block.transactions):
                decoded = decode_transaction(raw, self.chain_id)
                if decoded.to == kind.address and decoded.data[:4] == selector:
                    found.append((height, index, decoded))
        return found

    def sign_again(self, height: int, index: int, *, chain_id: int | None = None, **changes: object) -> None:
        """Replace a transaction by another one of the same sender."""
        old = decode_transaction(self.blocks[height].transactions[index], self.chain_id)
        key = next(key for key in self.keys.values() if _address(key) == old.sender)
        given: dict[str, object] = {
            "nonce": old.nonce,
            "to": old.to,
            "data": old.data,
            "gas_limit": old.gas_limit,
            **changes,
        }
        self.blocks[height].transactions[index] = sign_transaction(
            key, chain_id=self.chain_id if chain_id is None else chain_id, **given
        )
        self.relink(height)


def pack_with_manifest(members: Sequence[tuple[str, bytes]], missing: Sequence[str]) -> bytes:
    """An archive of these members and a manifest that fits, whatever they are."""
    from hashlib import sha256

    rows = tuple(MemberFacts(name, len(data), sha256(data).digest()) for name, data in members)
    return pack([*members, ("manifest.json", Manifest(rows, tuple(sorted(missing))).encode())])


def pack(members: Sequence[tuple[str, bytes]]) -> bytes:
    """An archive of any members."""
    return b"".join(make_header(name, len(data)) + data + padding(len(data)) for name, data in members) + END


def with_word(log: Log, index: int, value: int | bytes) -> Log:
    """A log with another word in its data."""
    word = value if isinstance(value, bytes) else (value % 2**256).to_bytes(32, "big")
    data = log.data[: 32 * index] + word.rjust(32, b"\0") + log.data[32 * (index + 1) :]
    return Log(log.address, log.topics, data)


def with_topic(log: Log, index: int, value: int | bytes) -> Log:
    """A log with another topic; the first one, 0, is the event's."""
    word = value if isinstance(value, bytes) else value.to_bytes(32, "big")
    topics = list(log.topics)
    topics[index] = Hash32(word.rjust(32, b"\0"))
    return Log(log.address, tuple(topics), log.data)


def word_of(log: Log, index: int) -> int:
    return int.from_bytes(log.data[32 * index : 32 * (index + 1)], "big")


def make_log(kind: SystemContract, event: str, topics: Sequence[int | bytes], words: Sequence[int | bytes]) -> Log:
    """A log of static fields."""
    topic = contract(kind.contract_name).topic(event)
    rest = tuple(Hash32((t if isinstance(t, bytes) else t.to_bytes(32, "big")).rjust(32, b"\0")) for t in topics)
    data = b"".join((w if isinstance(w, bytes) else w.to_bytes(32, "big")).rjust(32, b"\0") for w in words)
    return Log(kind.address, (topic, *rest), data)


def _content_fields(block: DraftBlock) -> dict[str, object]:
    used = block.receipts[-1].cumulative_gas_used if block.receipts else Gas(0)
    bloom = logs_bloom(log for receipt in block.receipts for log in receipt.logs)
    return {
        "transactions_root": list_root(block.transactions),
        "receipts_root": list_root([receipt.encode() for receipt in block.receipts]),
        "logs_bloom": bloom.to_bytes(256, "big"),
        "gas_used": used,
    }


def _place(item: tuple[str, bytes]) -> tuple[int, str]:
    return (0 if item[0].startswith("proofs/") else 1, item[0])


def _address(key: bytes) -> bytes:
    from ledger.secp256k1 import address_of

    return address_of(key)
