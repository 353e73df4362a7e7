"""Who seals, and who may name another sequencer: followed from Permissions' storage at the founding and its events."""

from ledger.access.sealers import DoubleSign
from ledger.access.validators import consensus_address
from ledger.audit.record import Event
from ledger.bundle.slots import (
    DOUBLE_SIGN_SLOT,
    MEMBERS_SLOT,
    RECOVERY_TERMS_SLOT,
    validator_slot,
)
from ledger.chain.genesis import GenesisAccount
from ledger.primitives import Address
from ledger.proofs.seal import SealerSet, SealKind, sealer_set
from ledger.proofs.slots import CHANGED_SLOT, RECOVERY_SLOT, SEALER_SLOT, SEALERS_SLOT, TRUST_SLOT
from ledger.proofs.succession import Recovery, RecoveryError

EVENTS = ("SealerSet", "ValidatorSet", "RecoverySet", "TrustPeriodSet", "DoubleSignSet", "Punished")
_MAX_ROWS = 1024


class FollowedSealers:
    """Permissions' part that names sealers, after the blocks that were taken.

    Shape   `sealer_word`: kind << 160 | address; `validators`: power by consensus address, whether they seal or not;
            `punished`: greatest height by key.
    """

    def __init__(self, founding: GenesisAccount) -> None:
        storage = founding.storage
        self.sealer_word = storage.get(SEALER_SLOT, 0)
        self.changed = storage.get(CHANGED_SLOT, 0)
        self.trust_period = storage.get(TRUST_SLOT, 0)
        self.double_sign = storage.get(DOUBLE_SIGN_SLOT, 0)
        self.recovery = _founding_recovery(founding)
        self.validators = dict(_founding_validators(founding))
        self.punished: dict[bytes, int] = {}

    @property
    def kind(self) -> int:
        return self.sealer_word >> 160

    @property
    def set(self) -> SealerSet:
        """Who seals the next block."""
        if self.kind == SealKind.COMMIT:
            return sealer_set(SealKind.COMMIT, list(self.validators.items()))
        account = Address((self.sealer_word & 2**160 - 1).to_bytes(20, "big"))
        return sealer_set(SealKind.SOLO, [(account, 1)])

    @property
    def recovery_word(self) -> int:
        """The hash of the recovery terms as Permissions keeps it."""
        return 0 if self.recovery is None else int.from_bytes(self.recovery.hash, "big")

    @property
    def words(self) -> dict[int, int]:
        """What the slots that proofs read hold, by slot."""
        return {
            SEALER_SLOT: self.sealer_word,
            SEALERS_SLOT: int.from_bytes(self.set.hash, "big"),
            CHANGED_SLOT: self.changed,
            RECOVERY_SLOT: self.recovery_word,
            TRUST_SLOT: self.trust_period,
        }

    def may_punish(self, key: bytes, height: int) -> bool:
        """Whether Permissions carries this punishment out."""
        listed = consensus_address(key) in self.validators
        is_new = height > self.punished.get(key, 0)
        return listed and is_new and self.double_sign == DoubleSign.REMOVE and self.kind == SealKind.COMMIT

    def take(self, event: Event, height: int) -> None:
        """Follow an event of block `height`."""
        values, before = event.values, self.set.hash
        match event.name:
            case "SealerSet":
                self.sealer_word = int(values["kind"]) << 160 | int.from_bytes(values["account"], "big")
            case "ValidatorSet":
                self._list(consensus_address(bytes(values["key"])), int(values["power"]))
            case "RecoverySet":
                self.recovery = _recovery(int(values["threshold"]), int(values["silence"]), values["keys"])
            case "TrustPeriodSet":
                self.trust_period = int(values["period"])
            case "DoubleSignSet":
                self.double_sign = int(values["consequence"])
            case "Punished":
                self.punished[bytes(values["key"])] = int(values["height"])
        if self.set.hash != before:
            self.changed = height

    def _list(self, address: Address, power: int) -> None:
        self.validators.pop(address, None)
        if power:
            self.validators[address] = power


def _founding_validators(founding: GenesisAccount) -> list[tuple[Address, int]]:
    storage = founding.storage
    count = min(storage.get(MEMBERS_SLOT, 0), _MAX_ROWS)
    members = [storage.get(MEMBERS_SLOT + 1 + place, 0) for place in range(count)]
    rows = [(member % 2**160, storage.get(validator_slot(member) + 1, 0)) for member in members]
    return [(Address(number.to_bytes(20, "big")), power) for number, power in rows]


def _founding_recovery(founding: GenesisAccount) -> Recovery | None:
    threshold, silence, count = (founding.storage.get(RECOVERY_TERMS_SLOT + i, 0) for i in range(3))
    words = [founding.storage.get(RECOVERY_TERMS_SLOT + 3 + i, 0) for i in range(min(count, _MAX_ROWS))]
    return _recovery(threshold, silence, [(word % 2**160).to_bytes(20, "big") for word in words])


def _recovery(threshold: int, silence: int, keys: list[bytes]) -> Recovery | None:
    """Recovery terms; None where nobody may, or where the terms contradict themselves, so that no seal fits them."""
    try:
        return Recovery(threshold, silence, tuple(Address(bytes(key)) for key in keys)) if keys else None
    except RecoveryError:
        return None
