"""Who may what, and by what numbers the ledger is governed: followed from events, changed by ballots only."""

from dataclasses import dataclass, field

from ledger.audit.acts import is_of_act
from ledger.audit.checks import Checks
from ledger.audit.record import Event
from ledger.audit.sealers import EVENTS, FollowedSealers
from ledger.bundle.slots import parameter_slot, terms_slot
from ledger.chain.consensus_act import ConsensusAct
from ledger.chain.genesis import Genesis, GenesisAccount
from ledger.founding.constitution import PARAMETERS
from ledger.primitives import Address, Gas
from ledger.system import SystemContract
from ledger.voting.question import EffectKind

DUTIES, ENTRIES = 2**160, 2**192
PERSONNEL = frozenset({EffectKind.PERMISSION, EffectKind.ENTRENCHED})
ENTRENCHED = frozenset({EffectKind.ENTRENCHED})
ORDINARY = frozenset({EffectKind.PARAMETER, EffectKind.ENTRENCHED})
ENTRENCHED_GRADE = 2
GOVERNING = (SystemContract.PERMISSIONS, SystemContract.DIRECTORY, SystemContract.CONSTITUTION)
CHANGES = {
    "Appointed": ("permission.authority", PERSONNEL),
    "Dismissed": ("permission.authority", PERSONNEL),
    "EntryListed": ("permission.authority", ENTRENCHED),
    "Installed": ("permission.authority", ENTRENCHED),
    "NodeAdmitted": ("permission.authority", PERSONNEL),
    "NodeExcluded": ("permission.authority", PERSONNEL),
    "SealerSet": ("sealer.authority", PERSONNEL),
    "ValidatorSet": ("sealer.authority", PERSONNEL),
    "RecoverySet": ("sealer.authority", ENTRENCHED),
    "TrustPeriodSet": ("sealer.authority", ENTRENCHED),
    "DoubleSignSet": ("sealer.authority", ENTRENCHED),
    "Punished": ("sealer.authority", frozenset[EffectKind]()),
    "TermsSet": ("parameter.authority", ENTRENCHED),
}


@dataclass(slots=True)
class Permits:
    """Duties and entries, as `Admission` asks for them."""

    duties: dict[Address, tuple[int, Gas]] = field(default_factory=dict)
    entries: dict[tuple[Address, bytes], Gas] = field(default_factory=dict)

    def duty_of(self, account: Address) -> tuple[int, Gas]:
        return self.duties.get(account, (0, Gas(0)))

    def entry_bound(self, account: Address, selector: bytes) -> Gas:
        return self.entries.get((account, bytes(selector)), Gas(0))

    def copy(self) -> "Permits":
        return Permits(dict(self.duties), dict(self.entries))


class Governance:
    """Permissions and Constitution, from genesis on.

    Shape   `before`: permits after the parent block; `sealers`: after the blocks that were taken;
            `parameters`, `terms`: by name and by kind of effect.
    """

    def __init__(self, checks: Checks, genesis: Genesis) -> None:
        self._checks = checks
        founding = _account(genesis, SystemContract.PERMISSIONS)
        storage = founding.storage
        self.before = Permits()
        for slot, word in storage.items():
            if ENTRIES <= slot < 2 * ENTRIES:
                key = (slot - ENTRIES).to_bytes(24, "big")
                self.before.entries[Address(key[:20]), key[20:]] = Gas(word)
            elif DUTIES <= slot < 2 * DUTIES:
                account = Address((slot - DUTIES).to_bytes(20, "big"))
                self.before.duties[account] = (word >> 64, Gas(word & 2**64 - 1))
        self._permits = self.before.copy()
        self.sealers = FollowedSealers(founding)
        constitution = _account(genesis, SystemContract.CONSTITUTION).storage
        rules = {name: [constitution.get(parameter_slot(name) + i, 0) for i in range(4)] for name in PARAMETERS}
        self.parameters = {name: rule[0] for name, rule in rules.items()}
        self._bounds = {name: (rule[1], rule[2], rule[3]) for name, rule in rules.items()}
        self.terms = {kind: constitution.get(terms_slot(kind), 0) for kind in range(len(EffectKind))}

    def end_block(self) -> None:
        """What changed counts from the next block on."""
        if self._permits.duties != self.before.duties or self._permits.entries != self.before.entries:
            self.before = self._permits.copy()

    def take(self, height: int, event: Event, effect: EffectKind | None, act: ConsensusAct | None) -> None:
        """Follow an event. `effect`: kind of the passed question whose effect it is, or None; `act`: the block's."""
        if event.kind is SystemContract.CONSTITUTION and event.name == "ParameterSet":
            self._take_parameter(event, effect)
        elif event.kind in GOVERNING and event.name in CHANGES:
            code, kinds = CHANGES[event.name]
            if is_of_act(event, act):
                self._checks.count(code)
            else:
                self._check_effect(code, kinds, effect, event.name)
            self._apply(height, event)

    def _take_parameter(self, event: Event, effect: EffectKind | None) -> None:
        name = bytes(event.values["name"]).rstrip(b"\0").decode("ascii", "replace")
        value = int(event.values["value"])
        lower, upper, grade = self._bounds.get(name, (0, -1, 0))
        kinds = ENTRENCHED if grade == ENTRENCHED_GRADE else ORDINARY
        self._check_effect("parameter.authority", kinds, effect, name)
        self._checks.require("parameter.bounds", lower <= value <= upper, f"{lower} to {upper}", value, name)
        self.parameters[name] = value

    def _check_effect(self, code: str, kinds: frozenset[EffectKind], effect: EffectKind | None, subject: str) -> None:
        names = " or ".join(sorted(kind.name.lower() for kind in kinds))
        expected = f"the effect of a passed question of kind {names}" if names else "a consensus act"
        found = "none" if effect is None else effect.name.lower()
        self._checks.require(code, effect in kinds, expected, found, subject)

    def _apply(self, height: int, event: Event) -> None:
        values = event.values
        if event.name in EVENTS:
            self.sealers.take(event, height)
            return
        match event.name:
            case "Appointed":
                self._permits.duties[Address(values["account"])] = (values["mask"], Gas(values["quota"]))
            case "Dismissed":
                self._permits.duties.pop(Address(values["account"]), None)
            case "EntryListed":
                key = (Address(values["account"]), bytes(values["selector"])[:4])
                self._permits.entries.pop(key, None)
                if values["bound"]:
                    self._permits.entries[key] = Gas(values["bound"])
            case "TermsSet":
                self.terms[int(values["kind"])] = pack_terms(values["terms"])


def pack_terms(terms: tuple[int, ...]) -> int:
    """Terms as Constitution keeps them in one word."""
    word = shift = 0
    for value, bits in zip(terms, (40, 40, 40, 16, 16, 16, 16, 1), strict=True):
        word |= int(value) << shift
        shift += bits
    return word


def _account(genesis: Genesis, kind: SystemContract) -> GenesisAccount:
    return genesis.alloc.get(kind.address, GenesisAccount())
