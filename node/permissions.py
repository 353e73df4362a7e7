"""What `Permissions` says at one state, asked once per sender and entry."""

from ledger.ports import StateView
from ledger.primitives import Address, Gas
from ledger.proofs.seal import SealerSet
from ledger.reading import read
from ledger.system import SystemContract
from ledger.views.seals import load_sealers

KEPT_DUTIES = 50_000


class StatePermissions:
    """Reads duties, entries and sealers from a state, and keeps the answers: a block asks the same again and again."""

    def __init__(self, state: StateView) -> None:
        self._state = state
        self._duties: dict[Address, tuple[int, Gas]] = {}
        self._bounds: dict[tuple[Address, bytes], Gas] = {}

    def duty_of(self, account: Address) -> tuple[int, Gas]:
        """(mask of duties, quota of gas a block)."""
        if account not in self._duties:
            if len(self._duties) >= KEPT_DUTIES:
                # Anybody may ask under any number of keys.
                self._duties.clear()
            mask, quota = read(self._state, SystemContract.PERMISSIONS, "duty_of", account)
            self._duties[account] = (mask, Gas(quota))
        return self._duties[account]

    def entry_bound(self, account: Address, selector: bytes) -> Gas:
        """Gas bound of a self-authenticating entry, 0 where it is none."""
        key = (account, selector)
        if key not in self._bounds:
            (bound,) = read(self._state, SystemContract.PERMISSIONS, "entry_bound", account, selector)
            self._bounds[key] = Gas(bound)
        return self._bounds[key]

    def sealers(self) -> SealerSet:
        """Who may seal the next block."""
        return load_sealers(self._state)

    def may_peer(self, node_id: bytes) -> bool:
        """Whether a node (20 bytes, as CometBFT names it) may take part in the traffic between validators."""
        (admitted,) = read(self._state, SystemContract.PERMISSIONS, "is_node", node_id)
        return bool(admitted)
