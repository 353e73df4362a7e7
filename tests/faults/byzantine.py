"""A member that proposes what no validator may accept: `byzantine KIND node start DIR`, else as the command `ortaq`."""

import logging
import sys
from collections.abc import Sequence
from dataclasses import replace

from ledger.abi import contract
from ledger.chain.transaction import sign_transaction
from ledger.ports import Block, BlockAttributes, Executed
from ledger.primitives import ZERO_ADDRESS, Timestamp
from ledger.system import SystemContract
from node.consensus.comet.payload import block_time, encode_payload
from node.consensus.comet.proposal import Proposals
from scripts.cli import main

AHEAD_S = 3600
OVERSIZE = 5 * 2**20
KINDS = ("wrong-root", "refused", "future", "garbage", "trailing", "empty", "oversized")
NOTE = "a byzantine proposal was made"

log = logging.getLogger("ortaq.byzantine")


class Byzantine:
    """Replaces what `Proposals` makes and judges: it proposes its kind of wrong, and votes for everything."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.prepare = Proposals.prepare

    def install(self) -> None:
        def prepare(proposals: Proposals, waiting, max_bytes, consensus_s, misbehaviour=()) -> list[bytes]:
            honest = self.prepare(proposals, waiting, max_bytes, consensus_s, misbehaviour)
            if not honest:
                # Nothing waits, or its clock is old: the honest answer is an empty block.
                return honest
            log.critical("%s: %s", NOTE, self.kind)
            return self._spoil(proposals, honest, consensus_s)

        Proposals.prepare = prepare
        Proposals.process = lambda *_: True

    def _spoil(self, proposals: Proposals, honest: list[bytes], consensus_s: int) -> list[bytes]:
        if self.kind == "garbage":
            return [b"\xff" * 600, *honest[1:]]
        if self.kind == "trailing":
            return [honest[0] + b"\0", *honest[1:]]
        if self.kind == "empty":
            return [honest[0], b"", *honest[1:]]
        if self.kind == "oversized":
            return [*honest, bytes(OVERSIZE)]
        if self.kind == "wrong-root":
            return self._wrong_root(proposals, honest, consensus_s)
        ahead = AHEAD_S if self.kind == "future" else 0
        raws = [*honest[1:], _useless(proposals)] if self.kind == "refused" else honest[1:]
        return encode_payload(_build(proposals, raws, consensus_s + ahead).block)

    def _wrong_root(self, proposals: Proposals, honest: Sequence[bytes], consensus_s: int) -> list[bytes]:
        block = _build(proposals, honest[1:], consensus_s).block
        header = replace(block.header, state_root=block.header.parent_hash)
        return encode_payload(Block(header, block.transactions))


def _build(proposals: Proposals, raws: Sequence[bytes], consensus_s: int) -> Executed:
    """A block that asks no rule of admission."""
    engine = proposals._engine
    parent = engine.head()
    time = Timestamp(block_time(parent, consensus_s))
    return engine.build(raws, BlockAttributes(time, ZERO_ADDRESS, b"", parent.gas_limit))


def _useless(proposals: Proposals) -> bytes:
    """A call of an entry for anybody in which nothing is accepted, and which therefore reverts."""
    data = contract("Ballots").encode_call("cast", 1, bytes(70))
    chain_id = proposals._chain_id
    fields = {"chain_id": chain_id, "nonce": 0, "to": SystemContract.BALLOTS.address, "data": data}
    return sign_transaction(b"\x77" * 32, gas_limit=1_000_000, **fields)


if __name__ == "__main__":
    Byzantine(sys.argv[1]).install()
    sys.exit(main(sys.argv[2:]))
