"""Good receipts of three ledgers, and what a forger could do with the keys of those who seal them."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from coincurve import PrivateKey

from ledger.chain.header import Header, decode_header
from ledger.ports import ChainReader
from ledger.primitives import Address
from ledger.proofs.anchor import Anchor
from ledger.proofs.comet.header import chain_name
from ledger.proofs.making import ReceiptMaker
from ledger.proofs.receipt import Receipt
from ledger.proofs.receipt_json import encode_receipt
from ledger.proofs.seal import Seal, SealKind, make_commit_seal, make_seal
from ledger.secp256k1 import address_of
from ledger.voting.ballot import SignedBallot
from tests.ledger.proofs.comet.synthetic import Signer, unsigned, vote, with_votes
from tests.ledger.proofs.history import History, make_history
from tests.ledger.proofs.network_ledger import Network, move_to_validators
from tests.scripts.small_ledger import SmallLedger, member_key
from tests.verifier.receipts import Receipts, make_receipts

NOW = 1_800_000_000
"""The reader's time, in seconds since the Unix epoch."""
WITNESSES = (member_key(71), member_key(72))
"""The anchors name the first of them; the second is a stranger."""


def witness_address(index: int) -> Address:
    return Address(address_of(WITNESSES[index]))


@dataclass(frozen=True)
class Given:
    """What a verifier is given. Shape: `anchor` None for none; `trusted`: witnesses besides the anchor's."""

    data: bytes
    anchor: Anchor | None
    trusted: tuple[Address, ...] = ()
    now: int = NOW


@dataclass
class Bases:
    """Good receipts by name, each of a ledger that stays open."""

    town: Receipts
    history: History
    network: Network
    validators: Receipt
    receipts: dict[str, Receipt] = field(default_factory=dict)
    anchors: dict[str, Anchor] = field(default_factory=dict)

    def draft(self, name: str) -> "Draft":
        return Draft(self, name, self.receipts[name], self.anchors[name])


@dataclass(frozen=True)
class Draft:
    """One good receipt, to be tampered with."""

    bases: Bases
    name: str
    receipt: Receipt
    anchor: Anchor

    @property
    def header(self) -> Header:
        return decode_header(self.receipt.header)

    @property
    def ledger(self) -> SmallLedger:
        return self.bases.town.ledger

    @property
    def sealer(self) -> PrivateKey:
        """The sequencer's key of the town."""
        return self.ledger.keys["sealer"]

    @property
    def chain(self) -> ChainReader:
        return self.ledger.node.chain

    def give(self, **changes: Any) -> Given:
        """The receipt with other fields."""
        return Given(encode_receipt(replace(self.receipt, **changes)), self.anchor)

    def edit(self, change: Callable[[dict[str, Any]], None]) -> Given:
        """The receipt's JSON, changed."""
        record = deepcopy(json.loads(encode_receipt(self.receipt)))
        change(record)
        return Given(dump(record), self.anchor)

    def put(self, value: Any, *path: Any) -> Given:
        """The JSON with one value in the place of another."""

        def change(record: Any) -> None:
            for step in path[:-1]:
                record = record[step]
            record[path[-1]] = value

        return self.edit(change)

    def flip(self, *path: Any, at: int = -1) -> Given:
        """The JSON with one hex digit changed."""

        def change(record: Any) -> None:
            for step in path[:-1]:
                record = record[step]
            text = record[path[-1]]
            place = at % len(text)
            record[path[-1]] = text[:place] + ("0" if text[place] != "0" else "1") + text[place + 1 :]

        return self.edit(change)

    def under(self, anchor: Anchor | None, **more: Any) -> Given:
        """The receipt as it is, before a reader with another anchor."""
        return Given(encode_receipt(self.receipt), anchor, **more)

    def reseal(self, **fields: Any) -> dict[str, Any]:
        """A header with other fields, sealed by the sequencer: what a dishonest one can do."""
        header = replace(self.header, **fields)
        return {"header": header.encode(), "seal": self.solo_seal(header)}

    def solo_seal(self, header: Header, key: PrivateKey | None = None, **more: Any) -> Seal:
        place = {"chain_id": self.receipt.chain_id, "height": header.number, "block_hash": header.hash, **more}
        return make_seal(SealKind.SOLO, key=key or self.sealer, **place)

    def commit(self, signers: list[Signer], voters: list[int], chain_id: int | None = None) -> Seal:
        """A commit over the receipt's block."""
        signed = unsigned(signers, self.header.hash)
        name = chain_name(chain_id or self.receipt.chain_id)
        signed = replace(signed, header=replace(signed.header, chain=name))
        votes = [vote(one, signed) if place in voters else None for place, one in enumerate(signers)]
        return make_commit_seal(self.header.number, with_votes(signed, votes))

    def witness_seal(self, index: int = 0, **changes: Any) -> Seal:
        seal = make_seal(
            SealKind.WITNESS, self.receipt.chain_id, self.header.number, self.header.hash, WITNESSES[index]
        )
        return replace(seal, **changes)

    def denial(self, index: int = 0) -> Seal:
        """The seal of a witness that was shown another block at the height."""
        other = replace(self.header, timestamp=self.header.timestamp + 1).hash
        return make_seal(SealKind.WITNESS, self.receipt.chain_id, self.header.number, other, WITNESSES[index])

    def make(self, signed: SignedBallot) -> Receipt:
        """A receipt of another ballot of the town's question, against the same block."""
        maker = ReceiptMaker(self.chain, self.receipt.chain_id, self.header.number)
        return maker.make(self.receipt.question, signed)


def dump(record: Any) -> bytes:
    return (json.dumps(record, sort_keys=True, separators=(",", ":")) + "\n").encode()


@contextmanager
def open_bases(folder: Path) -> Iterator[Bases]:
    """Found the ledgers and take the receipts."""
    town, history = make_receipts(folder / "town"), make_history(folder / "history")
    network, question, _ = move_to_validators(folder / "network")
    bases = Bases(town, history, network, network.cast(question, 1))
    try:
        _take(bases)
        yield bases
    finally:
        town.ledger.node.close()
        history.ledger.node.close()
        network.close()


def _take(bases: Bases) -> None:
    names = {
        "counted": "APPROVAL counted",
        "final": "SCORE final",
        "replaced": "APPROVAL replaced",
        "not-cast": "APPROVAL not cast",
        "other-choice": "other choice",
        "forbidden-choice": "forbidden choice",
    }
    anchor = replace(bases.town.anchor, witnesses=(witness_address(0),))
    for name, known in names.items():
        bases.receipts[name], bases.anchors[name] = bases.town.receipts[known], anchor
    counted = bases.draft("counted")
    seals = tuple(sorted((counted.witness_seal(0), counted.witness_seal(1)), key=lambda seal: seal.body))
    bases.receipts["witnessed"] = replace(counted.receipt, witnesses=seals)
    bases.anchors["witnessed"] = anchor
    bases.receipts["handed-over"] = bases.history.receipts[-1]
    bases.anchors["handed-over"] = replace(bases.history.ledger.anchor, witnesses=(witness_address(0),))
    bases.receipts["validators"] = bases.validators
    bases.anchors["validators"] = bases.network.ledger.anchor
