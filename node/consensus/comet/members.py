"""Validators and nodes as `Permissions` names them."""

from collections.abc import Sequence

from ledger.ports import StateView
from ledger.proofs.seal import SealKind
from ledger.reading import read
from ledger.system import SystemContract
from ledger.views.seals import load_sealers
from ledger.views.validators import load_validators
from node.consensus.comet.validators import Validator
from node.permissions import StatePermissions


class StateMembers:
    """Reads a state, as `ValidatorSource` and `PeerSource`. Validators are read again only where the sealers differ.

    Errors  CallRevertedError for a state without such a contract.
    """

    def __init__(self) -> None:
        self._known: tuple[bytes, tuple[Validator, ...]] | None = None

    def validators(self, state: StateView) -> Sequence[Validator]:
        """Those in force; none while one sequencer seals."""
        (sealers,) = read(state, SystemContract.PERMISSIONS, "sealers_hash")
        if self._known is None or self._known[0] != sealers:
            self._known = sealers, _load_members(state)
        return self._known[1]

    def may_peer(self, state: StateView, node_id: bytes) -> bool:
        return StatePermissions(state).may_peer(node_id)


def _load_members(state: StateView) -> tuple[Validator, ...]:
    if load_sealers(state).kind is not SealKind.COMMIT:
        return ()
    return tuple(Validator(row.key, row.power, row.organisation_name, row.endpoint) for row in load_validators(state))
