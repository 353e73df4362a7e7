"""Founding: from a constitution and keys to a genesis, by running every constructor once."""

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.abi import contract
from ledger.access.sealers import DoubleSign
from ledger.access.validators import Validator
from ledger.chain.genesis import Genesis
from ledger.founding.constitution import FOUNDING_DUTIES, SEALER_ROLE, Constitution
from ledger.founding.identity import FoundingKey, chain_id_of, founding_hash
from ledger.money.account import fund_id
from ledger.primitives import ZERO_ADDRESS, Address, Gas, Hash32, Timestamp
from ledger.proofs.seal import SealerSet, SealKind, sealer_set
from ledger.proofs.succession import Recovery
from ledger.system import SystemContract
from ledger.voting.question import EffectKind
from node.execution.pyevm.founding import Creation, run_constructors

SEALER = SEALER_ROLE
ONE_TRANSACTION = Gas(2**24)
ENTRIES: tuple[tuple[SystemContract, str, Gas], ...] = (
    (SystemContract.BALLOTS, "cast", ONE_TRANSACTION),
    (SystemContract.BALLOTS, "vote", Gas(1_000_000)),
    (SystemContract.BALLOTS, "open_by_seats", ONE_TRANSACTION),
    (SystemContract.BALLOTS, "close", Gas(1_000_000)),
    (SystemContract.BALLOTS, "execute", ONE_TRANSACTION),
    (SystemContract.ALLOCATION, "allocate", ONE_TRANSACTION),
    (SystemContract.EQUAL_SHARES, "propose", ONE_TRANSACTION),
    (SystemContract.EQUAL_SHARES, "check", ONE_TRANSACTION),
    (SystemContract.EQUAL_SHARES, "allocate_all", ONE_TRANSACTION),
    (SystemContract.EQUAL_SHARES, "finalise", ONE_TRANSACTION),
    (SystemContract.TREASURY, "appropriate_pending", ONE_TRANSACTION),
    (SystemContract.MEMBERSHIP, "renounce", Gas(500_000)),
    (SystemContract.ROLL, "renew", Gas(500_000)),
)
"""Self-authenticating entries at founding, with their gas bounds: anyone may call them from any key (formats.md, 7)."""


@dataclass(frozen=True, slots=True)
class FoundingAct:
    """Everything that goes into a genesis.

    Shape   `keys`: the roles that the constitution names; where validators seal from the founding on, `validatorN` with
            their consensus addresses stand in the place of `sealer`, so that the founding hash names them. `nodes`:
            identities that may take part in the traffic between validators.
    """

    text: bytes
    constitution: Constitution
    keys: tuple[FoundingKey, ...]
    nonce: bytes
    time: Timestamp
    validators: tuple[Validator, ...] = ()
    nodes: tuple[bytes, ...] = ()

    @property
    def hash(self) -> Hash32:
        return founding_hash(self.text, self.keys, self.nonce)

    def holder(self, duty: str) -> Address:
        """Who holds a duty. Errors: KeyError."""
        found = [key.address for key in self.keys if key.duty == duty]
        if not found:
            raise KeyError(duty)
        return found[0]

    @property
    def recovery(self) -> Recovery | None:
        """Who may name another sequencer. Errors: RecoveryError for a key that stands twice."""
        terms = self.constitution.succession
        if not terms.keys:
            return None
        keys = sorted(self.holder(role) for role in self.constitution.recovery_roles)
        return Recovery(terms.threshold, terms.silence_s, tuple(keys))

    @property
    def sealers(self) -> SealerSet:
        """Who seals from the founding on."""
        if self.validators:
            return sealer_set(SealKind.COMMIT, [(validator.address, validator.power) for validator in self.validators])
        return sealer_set(SealKind.SOLO, [(self.holder(SEALER), 1)])


def make_genesis(act: FoundingAct) -> Genesis:
    """Run the constructors of the system contracts and write down the state that they leave."""
    chain_id = chain_id_of(act.hash)
    creations = [
        Creation(kind.address, contract(kind.contract_name).encode_creation(*arguments))
        for kind, arguments in _constructors(act)
    ]
    return Genesis(
        chain_id=chain_id,
        timestamp=act.time,
        gas_limit=Gas(act.constitution.block.gas_limit),
        extra_data=act.hash,
        alloc=run_constructors(chain_id, act.time, creations),
    )


def _constructors(act: FoundingAct) -> Sequence[tuple[SystemContract, tuple[object, ...]]]:
    """Constructor arguments in an order in which no constructor asks a contract that is not there yet."""
    at = {kind: kind.address for kind in SystemContract}
    directory, permissions = at[SystemContract.DIRECTORY], at[SystemContract.PERMISSIONS]
    asked = (at[SystemContract.CONSTITUTION], permissions, at[SystemContract.MEMBERSHIP], at[SystemContract.ROLL])
    currency = act.constitution.currency.code
    funds = [fund_id(fund.name) for fund in act.constitution.fund]
    return (
        (SystemContract.DIRECTORY, (_listings(),)),
        (SystemContract.CONSTITUTION, _constitution(act, directory)),
        (SystemContract.PERMISSIONS, _permissions(act, directory)),
        (SystemContract.MEMBERSHIP, (permissions, at[SystemContract.EVIDENCE])),
        (SystemContract.ROLL, (permissions, at[SystemContract.MEMBERSHIP])),
        (SystemContract.EVIDENCE, (permissions,)),
        (SystemContract.JOURNAL, (directory,)),
        (SystemContract.LONG_BALLOTS, asked),
        (SystemContract.BALLOTS, (*asked, at[SystemContract.LONG_BALLOTS])),
        (SystemContract.ALLOCATION, (at[SystemContract.BALLOTS],)),
        (SystemContract.EQUAL_SHARES, (at[SystemContract.BALLOTS], at[SystemContract.CONSTITUTION])),
        (
            SystemContract.TREASURY,
            (directory, permissions, at[SystemContract.EVIDENCE], at[SystemContract.JOURNAL], _name(currency), funds),
        ),
    )


def _listings() -> list[tuple[bytes, int, bytes]]:
    return [(_name(kind.contract_name), int(kind), kind.address) for kind in SystemContract]


def _constitution(act: FoundingAct, directory: Address) -> tuple[object, ...]:
    text = act.constitution
    parameters = [
        (_name(name), part.value, part.lower, part.upper, part.entrenched) for name, part in text.parameters.items()
    ]
    terms = []
    for kind in EffectKind:
        part = text.kind_terms(kind)
        times = (part.window_min_s, part.window_max_s, part.waiting_s)
        quorum = (part.quorum.numerator, part.quorum.denominator)
        terms.append((*times, *quorum, part.majority.numerator, part.majority.denominator, part.strict))
    return directory, act.hash, text.is_simulated, text.rehearsal, parameters, terms


def _permissions(act: FoundingAct, directory: Address) -> tuple[object, ...]:
    duties: dict[Address, tuple[int, int]] = {}
    for duty in FOUNDING_DUTIES:
        # One key may hold several duties; their quotas add up.
        mask, quota = duties.get(act.holder(duty), (0, 0))
        duties[act.holder(duty)] = (mask | duty.mask, quota + act.constitution.duties[duty])
    appointments = [(account, mask, quota) for account, (mask, quota) in duties.items()]
    entries = [(kind.address, contract(kind.contract_name).selector(name), bound) for kind, name, bound in ENTRIES]
    rows = [(v.key, v.power, v.organisation, v.endpoint) for v in act.validators]
    return directory, appointments, entries, _sealing(act), rows, list(act.nodes)


def _sealing(act: FoundingAct) -> tuple[object, ...]:
    """Kind, account, recovery terms, trust period, consequence of signing twice."""
    text, recovery = act.constitution, act.recovery
    who = (SealKind.COMMIT, ZERO_ADDRESS) if act.validators else (SealKind.SOLO, act.holder(SEALER))
    terms = (0, 0, []) if recovery is None else (recovery.threshold, recovery.silence, list(recovery.keys))
    consequence = DoubleSign[text.validators.double_sign.upper()]
    return int(who[0]), who[1], terms, text.trust.period_s, int(consequence)


def _name(text: str) -> bytes:
    return text.encode("ascii").ljust(32, b"\0")
