"""Who seals blocks, and who may name another sequencer: what contracts/access/sealers.vy does, stated once more."""

from enum import IntEnum

from ledger.access.authority import Effect, validate_effect
from ledger.access.validators import Validator, Validators, is_balanced
from ledger.errors import BadInputError
from ledger.primitives import ZERO_ADDRESS, Address, Hash32
from ledger.proofs.seal import SealerSet, SealKind, sealer_set
from ledger.proofs.succession import Recovery
from ledger.voting.question import EffectKind

_PERSONNEL = (EffectKind.PERMISSION, EffectKind.ENTRENCHED)


class SealersError(BadInputError):
    """A change of who seals that Permissions refuses."""

    type = "sealers"


class DoubleSign(IntEnum):
    """What happens to a validator that signed two blocks at one height."""

    NONE = 0
    REMOVE = 1


class Sealers:
    """Who seals, by which rules they change.

    Errors  AuthorityError, SealersError, ValidatorError, RecoveryError; what is refused changes nothing.
    """

    def __init__(
        self,
        kind: SealKind,
        account: Address,
        validators: Validators | None = None,
        recovery: Recovery | None = None,
        trust_period: int = 0,
        double_sign: DoubleSign = DoubleSign.NONE,
    ) -> None:
        self.validators = validators or Validators()
        self.recovery = recovery
        self.trust_period = trust_period
        self.double_sign = double_sign
        self.punished: dict[bytes, int] = {}
        self._set_sealer(kind, account)

    @property
    def set(self) -> SealerSet:
        """Who may seal the next block."""
        if self.kind is SealKind.SOLO:
            return sealer_set(SealKind.SOLO, [(self.account, 1)])
        return sealer_set(SealKind.COMMIT, [(v.address, v.power) for v in self.validators.listed])

    @property
    def recovery_hash(self) -> Hash32:
        return Hash32(bytes(32)) if self.recovery is None else self.recovery.hash

    @property
    def is_capture_resistant(self) -> bool:
        """Whether no single organisation can stop or rewrite the ledger."""
        return self.kind is SealKind.COMMIT and is_balanced(self.validators.listed)

    def set_sealer(self, effect: Effect | None, kind: SealKind, account: Address) -> None:
        """Change who seals blocks."""
        validate_effect(effect, *_PERSONNEL)
        self._set_sealer(kind, account)

    def add_validator(self, effect: Effect | None, validator: Validator) -> None:
        validate_effect(effect, *_PERSONNEL)
        self.validators.add(validator)

    def set_validator(self, effect: Effect | None, validator: Validator) -> None:
        validate_effect(effect, *_PERSONNEL)
        self.validators.set(validator)

    def remove_validator(self, effect: Effect | None, key: bytes) -> None:
        validate_effect(effect, *_PERSONNEL)
        self._remove(key)

    def set_recovery(self, effect: Effect | None, recovery: Recovery | None) -> None:
        """Change who may name another sequencer; None: nobody."""
        validate_effect(effect, EffectKind.ENTRENCHED)
        self.recovery = recovery

    def set_trust_period(self, effect: Effect | None, period: int) -> None:
        """Change for how long an anchor may be trusted, in seconds; 0: for ever."""
        validate_effect(effect, EffectKind.ENTRENCHED)
        self.trust_period = period

    def set_double_sign(self, effect: Effect | None, consequence: DoubleSign) -> None:
        validate_effect(effect, EffectKind.ENTRENCHED)
        self.double_sign = consequence

    def succeed(self, account: Address) -> None:
        """Name another sequencer: a consensus act, which no ballot can carry out."""
        if self.kind is not SealKind.SOLO or self.recovery is None:
            raise SealersError(
                "succession: validators seal, or there are no recovery keys; expected a solo ledger with some"
            )
        if account == self.account:
            raise SealersError(f"succession: 0x{account.hex()} is in office, expected another account")
        self._set_sealer(SealKind.SOLO, account)

    def punish(self, key: bytes, height: int) -> None:
        """Remove a validator that signed two blocks at one height: a consensus act, which no ballot can carry out."""
        if self.kind is not SealKind.COMMIT or self.double_sign is not DoubleSign.REMOVE:
            raise SealersError("punishment: there is none here, expected validators and double_sign = remove")
        if height <= self.punished.get(key, 0):
            raise SealersError(f"punishment: of height {height}, expected one above {self.punished.get(key, 0)}")
        self._remove(key)
        self.punished[key] = height

    def _remove(self, key: bytes) -> None:
        if self.kind is SealKind.COMMIT and self.validators.find(key) and len(self.validators.listed) == 1:
            raise SealersError("validators: the last one, expected one that leaves others to seal")
        self.validators.remove(key)

    def _set_sealer(self, kind: SealKind, account: Address) -> None:
        if kind is SealKind.SOLO and account == ZERO_ADDRESS:
            raise SealersError("sealer: zero account, expected the sequencer's")
        if kind is SealKind.COMMIT and (account != ZERO_ADDRESS or not self.validators.listed):
            raise SealersError("sealers: an account or no validators, expected validators alone")
        if kind not in (SealKind.SOLO, SealKind.COMMIT):
            raise SealersError(f"sealer: kind {kind}, expected {SealKind.SOLO:d} or {SealKind.COMMIT:d}")
        self.kind, self.account = kind, account
