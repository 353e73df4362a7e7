"""Validators and nodes as `Permissions` names them."""

from collections.abc import Sequence

from ledger.ports import StateView
from ledger.proofs.seal import SealKind
from ledger.reading import read
from ledger.system import SystemContract
from node.consensus.comet.validators import Validator

PERMISSIONS = SystemContract.PERMISSIONS


class StateMembers:
    """Reads a state, as `ValidatorSource` and `PeerSource`. Validators are read again only where the sealers differ.

    Errors  CallRevertedError for a state without such a contract.
    """

    def __init__(self) -> None:
        self._known: tuple[bytes, tuple[Validator, ...]] | None = None

    def validators(self, state: StateView) -> Sequence[Validator]:
        """Those in force; none while one sequencer seals."""
        (sealers,) = read(state, PERMISSIONS, "sealers_hash")
        if self._known is None or self._known[0] != sealers:
            self._known = sealers, _load_validators(state)
        return self._known[1]

    def may_peer(self, state: StateView, node_id: bytes) -> bool:
        return bool(read(state, PERMISSIONS, "is_node", node_id)[0])


def _load_validators(state: StateView) -> tuple[Validator, ...]:
    (kind,) = read(state, PERMISSIONS, "sealer_kind")
    if kind != SealKind.COMMIT:
        return ()
    (count,) = read(state, PERMISSIONS, "validator_count")
    rows = [read(state, PERMISSIONS, "validator_at", index)[0] for index in range(count)]
    return tuple(
        Validator(key, power, organisation.rstrip(b"\0").decode("utf-8", "replace"), endpoint)
        for key, power, organisation, endpoint in rows
    )
