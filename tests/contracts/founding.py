"""The record contracts as a founding leaves them, with a stand-in for Ballots that executes anything."""

from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from hypothesis.stateful import RuleBasedStateMachine

from ledger.primitives import Address
from ledger.system import SystemContract
from ledger.voting.question import EffectKind
from tests.contracts.chain import Chain, Deployed, Sent, account, mock

REGISTRAR, RELAY, OFFICER, TREASURER = (account(name) for name in ("registrar", "relay", "officer", "treasurer"))
STRANGER = account("stranger")
SEALER = account("sealer")
FOUNDING = bytes(range(32))
QUESTION = 7
"""The question whose effect `World.execute` is."""

DUTIES = [(REGISTRAR, 1, 60_000_000), (RELAY, 2, 60_000_000), (OFFICER, 4, 20_000_000), (TREASURER, 8, 20_000_000)]
PARAMETERS = [
    (b"roll.minimum", 5, 3, 1_000_000, True),
    (b"opening.signatures", 3, 1, 10_000, True),
    (b"equal_shares.challenge", 60, 1, 2_592_000, False),
]
SEALING = (1, SEALER, (0, 0, []), 0, 1)
"""One sequencer, no recovery keys, anchors for ever; who signs twice is removed."""
TERMS = [
    (60, 3600, 0, 0, 1, 1, 2, True),
    (120, 3600, 60, 1, 2, 1, 2, True),
    (240, 7200, 120, 2, 3, 3, 4, False),
    (60, 3600, 30, 0, 1, 1, 2, True),
    (60, 3600, 60, 1, 4, 1, 2, True),
]


def bytes32(text: bytes) -> bytes:
    """ASCII, zero-padded on the right."""
    return text.ljust(32, b"\0")


def listings() -> list[tuple[bytes, int, Address]]:
    """What the Directory is founded with."""
    return [(bytes32(c.contract_name.encode()), c.value, c.address) for c in SystemContract]


@dataclass
class World:
    """A founded ledger. `execute` carries out a call as the effect of a passed question of some kind."""

    chain: Chain
    directory: Deployed
    constitution: Deployed
    permissions: Deployed
    membership: Deployed
    evidence: Deployed
    ballots: Deployed
    others: dict[str, Deployed] = field(default_factory=dict)

    def execute(self, kind: EffectKind, target: Deployed, entry: str, *values: Any) -> Sent:
        data = target.abi.encode_call(entry, *values)
        return self.ballots.send("run", QUESTION, kind.value, target.address, data, sender=STRANGER)


def found(chain: Chain) -> World:
    """Deploy the record contracts at their founding addresses."""
    at = {c: c.address for c in SystemContract}
    directory = at[SystemContract.DIRECTORY]
    permissions = at[SystemContract.PERMISSIONS]
    evidence = at[SystemContract.EVIDENCE]
    parameters = [(bytes32(name), *rest) for name, *rest in PARAMETERS]
    return World(
        chain,
        chain.deploy("Directory", listings(), at=directory),
        chain.deploy(
            "Constitution", directory, FOUNDING, True, True, parameters, TERMS, at=at[SystemContract.CONSTITUTION]
        ),
        chain.deploy("Permissions", directory, DUTIES, [], SEALING, [], [], at=permissions),
        chain.deploy("Membership", permissions, evidence, at=at[SystemContract.MEMBERSHIP]),
        chain.deploy("Evidence", permissions, at=evidence),
        chain.deploy(mock("executor"), at=at[SystemContract.BALLOTS]),
    )


@cache
def _shared() -> World:
    return found(Chain())


class WorldMachine(RuleBasedStateMachine):
    """A state machine over a founded ledger; each example starts from the founding."""

    def __init__(self) -> None:
        super().__init__()
        self.world = _shared()
        self._undo = ExitStack()
        self._undo.enter_context(self.world.chain.anchor())

    def teardown(self) -> None:
        self._undo.close()
