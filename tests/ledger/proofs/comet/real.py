"""The vectors of real CometBFT networks, read."""

import json
from dataclasses import dataclass
from typing import Any

from ledger.chain.header import Header, decode_header
from ledger.primitives import Address
from ledger.proofs.comet.commit import SignedHeader
from ledger.proofs.comet.rpc import read_signed_header
from ledger.proofs.seal import Seal, SealerSet, SealKind, decode_seal, sealer_set, validate_seal
from tests.ledger.proofs.comet.make_vectors import PATH

VECTORS = json.loads(PATH.read_text())
CHAIN_ID = VECTORS["chain_id"]


@dataclass(frozen=True)
class Case:
    """One sealed block of a ledger, with what CometBFT's RPC answered about it."""

    name: str
    row: dict[str, Any]

    @property
    def block(self) -> Header:
        return decode_header(bytes.fromhex(self.row["block"][2:]))

    @property
    def signed(self) -> SignedHeader:
        return read_signed_header(self.row["commit"], self.row["validators"])

    @property
    def seal(self) -> Seal:
        return decode_seal(bytes.fromhex(self.row["seal"][2:]))

    @property
    def sealers(self) -> SealerSet:
        rows = [(Address(bytes.fromhex(address[2:])), power) for address, power in self.row["sealers"]]
        return sealer_set(SealKind.COMMIT, rows)

    def validate(self, seal: Seal, *, chain_id: int = CHAIN_ID, sealers: SealerSet | None = None) -> None:
        block = self.block
        validate_seal(seal, chain_id, block.number, block.hash, sealers or self.sealers)


def read_cases(vectors: dict[str, Any] = VECTORS) -> list[Case]:
    return [Case(f"{net}-{row['height']}", row) for net in ("one", "four") for row in vectors[net]]


CASES = read_cases()
FOUR = next(case for case in CASES if case.name.startswith("four"))
