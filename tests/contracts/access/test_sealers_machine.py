"""Whatever is voted about sealers, contract, model and the words that are proved agree."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from ledger.access.authority import Effect
from ledger.access.nodes import Nodes
from ledger.access.sealers import DoubleSign, Sealers
from ledger.access.validators import Validator, organisation_powers
from ledger.errors import BadInputError
from ledger.primitives import ZERO_ADDRESS, Address
from ledger.proofs.seal import SealKind
from ledger.proofs.slots import RECOVERY_SLOT, SEALERS_SLOT, TRUST_SLOT
from ledger.proofs.succession import Recovery
from ledger.voting.question import EffectKind
from tests.contracts.access.sealing import KEYS, ORGANISATIONS, RECOVERY, act, listed, row
from tests.contracts.chain import Reverted
from tests.contracts.founding import QUESTION, SEALER, STRANGER, WorldMachine

K = EffectKind


class SealersMachine(WorldMachine):
    """The founding has one sequencer, no validators, no recovery keys, and removal for who signs twice."""

    def __init__(self) -> None:
        super().__init__()
        self.model = Sealers(SealKind.SOLO, SEALER, double_sign=DoubleSign.REMOVE)
        self.nodes = Nodes()

    kinds = st.sampled_from([K.PARAMETER, K.PERMISSION, K.PERMISSION, K.ENTRENCHED, K.ENTRENCHED, K.ENTRENCHED])
    keys = st.sampled_from(KEYS[:6])
    validators = st.builds(
        lambda key, power, home: Validator(key, power, home, "peer.example:1"),
        keys,
        st.sampled_from([1, 5, 10, 10, 10, 12, 40]),
        st.sampled_from(ORGANISATIONS[:5]),
    )

    def _both(self, model: Callable[[], None], contract: Callable[[], Any]) -> None:
        try:
            model()
        except BadInputError:
            with pytest.raises(Reverted):
                contract()
        else:
            contract()

    def _voted(self, kind: K, entry: str, values: tuple[Any, ...], model: Callable[[Effect], None]) -> None:
        permissions = self.world.permissions
        self._both(lambda: model(Effect(QUESTION, kind)), lambda: self.world.execute(kind, permissions, entry, *values))

    @rule(kind=kinds, validator=validators)
    def add(self, kind: K, validator: Validator) -> None:
        self._voted(kind, "add_validator", row(validator), lambda e: self.model.add_validator(e, validator))

    @rule(kind=kinds, validator=validators)
    def change(self, kind: K, validator: Validator) -> None:
        self._voted(kind, "set_validator", row(validator), lambda e: self.model.set_validator(e, validator))

    @rule(kind=kinds, key=keys)
    def remove(self, kind: K, key: bytes) -> None:
        self._voted(kind, "remove_validator", (key,), lambda e: self.model.remove_validator(e, key))

    @rule(kind=kinds, seal=st.sampled_from([*SealKind, SealKind.COMMIT]), who=st.sampled_from([ZERO_ADDRESS, STRANGER]))
    def set_sealer(self, kind: K, seal: SealKind, who: Address) -> None:
        self._voted(kind, "set_sealer", (seal, who), lambda e: self.model.set_sealer(e, seal, who))

    @rule(kind=kinds, recovery=st.sampled_from([None, RECOVERY, Recovery(1, 1, RECOVERY.keys[:1])]))
    def set_recovery(self, kind: K, recovery: Recovery | None) -> None:
        values = (0, 0, []) if recovery is None else (recovery.threshold, recovery.silence, list(recovery.keys))
        self._voted(kind, "set_recovery", values, lambda e: self.model.set_recovery(e, recovery))

    @rule(kind=kinds, period=st.integers(0, 2**40 - 1))
    def set_trust_period(self, kind: K, period: int) -> None:
        self._voted(kind, "set_trust_period", (period,), lambda e: self.model.set_trust_period(e, period))

    @rule(kind=kinds, consequence=st.sampled_from(DoubleSign))
    def set_double_sign(self, kind: K, consequence: DoubleSign) -> None:
        self._voted(kind, "set_double_sign", (consequence,), lambda e: self.model.set_double_sign(e, consequence))

    @rule(who=st.sampled_from([ZERO_ADDRESS, STRANGER, SEALER]))
    def succeed(self, who: Address) -> None:
        self._both(lambda: self.model.succeed(who), lambda: act(self.world, "succeed", who))

    @rule(key=keys, height=st.integers(0, 9))
    def punish(self, key: bytes, height: int) -> None:
        self._both(lambda: self.model.punish(key, height), lambda: act(self.world, "punish", key, height))

    @rule(kind=kinds, node=st.sampled_from([bytes(20), b"\x01" * 20, b"\x02" * 20]), is_in=st.booleans())
    def node(self, kind: K, node: bytes, is_in: bool) -> None:
        change = self.nodes.admit if is_in else self.nodes.exclude
        self._voted(kind, "admit_node" if is_in else "exclude_node", (node,), lambda e: change(e, node))

    @invariant()
    def agree(self) -> None:
        permissions = self.world.permissions
        validators = self.model.validators.listed
        assert (permissions.read("sealer_kind"), permissions.read("sealer")) == (self.model.kind, self.model.account)
        assert permissions.slot(SEALERS_SLOT).to_bytes(32, "big") == self.model.set.hash
        assert permissions.slot(RECOVERY_SLOT).to_bytes(32, "big") == self.model.recovery_hash
        assert permissions.slot(TRUST_SLOT) == self.model.trust_period
        assert permissions.read("double_sign") == self.model.double_sign
        assert listed(self.world) == [row(validator) for validator in validators]
        assert permissions.read("total_power") == sum(validator.power for validator in validators)
        assert permissions.read("organisation_count") == len(organisation_powers(validators))
        assert permissions.read("is_capture_resistant") is self.model.is_capture_resistant
        assert {permissions.read("node_at", n) for n in range(permissions.read("node_count"))} == self.nodes.ids


SealersMachine.TestCase.settings = settings(max_examples=20, stateful_step_count=20, deadline=None)
TestSealersBesideModel = SealersMachine.TestCase
