"""The validators that `Permissions` names, and whether anybody could capture the ledger that they seal."""

from dataclasses import dataclass

from ledger.access.validators import Validator, is_balanced
from ledger.ports import StateView
from ledger.proofs.comet.ed25519 import key_flaw
from ledger.proofs.seal import SealKind
from ledger.reading import read
from ledger.system import SystemContract


@dataclass(frozen=True, slots=True)
class SealingValidators:
    """The validators that seal blocks; none where one sequencer does.

    Shape   `unsound_keys`: whose keys are nobody's or everybody's, and why: a ballot may have named any bytes.
    """

    validators: tuple[Validator, ...]
    unsound_keys: tuple[str, ...]

    @property
    def organisations(self) -> int:
        return len({validator.organisation for validator in self.validators})

    @property
    def is_capture_resistant(self) -> bool:
        """Whether no organisation can stop the ledger. A key that anybody signs for is in every one's hands."""
        return is_balanced(self.validators) and not self.unsound_keys


def load_sealing_validators(state: StateView) -> SealingValidators:
    """The validators in office after a state."""
    (kind,) = read(state, SystemContract.PERMISSIONS, "sealer_kind")
    validators = load_validators(state) if SealKind(kind) is SealKind.COMMIT else ()
    flaws = ((row, key_flaw(row.key)) for row in validators)
    unsound = (f"{row.organisation_name}: 0x{row.key.hex()} {flaw}" for row, flaw in flaws if flaw is not None)
    return SealingValidators(validators, tuple(unsound))


def load_validators(state: StateView) -> tuple[Validator, ...]:
    """The validators, whether they seal yet or not, by ascending consensus address."""
    (count,) = read(state, SystemContract.PERMISSIONS, "validator_count")
    rows = (read(state, SystemContract.PERMISSIONS, "validator_at", place)[0] for place in range(count))
    return tuple(Validator(*row) for row in rows)
