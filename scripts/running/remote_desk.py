"""A desk beside a running node: sends through the node's door, keeps many transactions under way."""

from collections import deque
from dataclasses import dataclass
from typing import Any

from coincurve import PrivateKey

from ledger.abi import contract, decode_revert
from ledger.chain.transaction import MAX_TRANSACTION_GAS, sign_transaction
from ledger.ports import ChainReader
from ledger.primitives import Address, Gas, Hash32, Height, to_hex
from ledger.secp256k1 import address_of
from ledger.system import SystemContract
from scripts.running.carriers import PATIENCE_S, Carrier, Done
from scripts.running.desk import TransactionFailedError

UNDER_WAY = 64
INTRINSIC = 21_000
BYTE_GAS = 16


@dataclass(frozen=True, slots=True)
class _Sent:
    hash: Hash32
    what: str
    to: Address
    data: bytes
    sender: Address


class RemoteDesk:
    """As `Desk`, on a chain whose blocks somebody else makes.

    A call's gas is what it would use now and a half more, so that several fit into a sender's quota of a block.
    Errors  TransactionFailedError for the first that did not take effect; what the node answers otherwise.
    """

    def __init__(self, carrier: Carrier, chain: ChainReader, chain_id: int) -> None:
        self._carrier = carrier
        self._chain = chain
        self._chain_id = chain_id
        self._nonces: dict[Address, int] = {}
        self._sent: deque[_Sent] = deque()

    def send(self, key: PrivateKey, of: SystemContract, entry: str, *arguments: Any, gas: Gas | None = None) -> None:
        """Send one call; waits for the oldest one first where many are under way."""
        while len(self._sent) >= UNDER_WAY:
            self._settle_oldest()
        sender = address_of(key)
        data = contract(of.contract_name).encode_call(entry, *arguments)
        nonce = self._nonces.get(sender)
        if nonce is None:
            nonce = self._chain.state().nonce(sender)
        raw = sign_transaction(
            key.secret,
            chain_id=self._chain_id,
            nonce=nonce,
            to=of.address,
            data=data,
            gas_limit=gas or self._estimate(of.address, data, sender),
        )
        what = f"{of.contract_name}.{entry}"
        self._sent.append(_Sent(self._carrier.submit(raw), what, of.address, data, sender))
        self._nonces[sender] = nonce + 1

    def flush(self) -> Height | None:
        """Wait until everything that was sent is acknowledged; the height of the last one."""
        height = None
        while self._sent:
            height = self._settle_oldest()
        self._nonces.clear()
        return height

    def call(self, key: PrivateKey, of: SystemContract, entry: str, *arguments: Any) -> Height:
        """Send one call and wait for its block."""
        self.send(key, of, entry, *arguments)
        height = self.flush()
        assert height is not None  # noqa: S101  something was sent
        return height

    def _settle_oldest(self) -> Height:
        sent = self._sent.popleft()
        outcome = self._carrier.wait(sent.hash)
        if isinstance(outcome, Done) and outcome.success:
            return outcome.height
        self._sent.clear()
        self._nonces.clear()
        result = self._chain.state().call(sent.to, sent.data, sent.sender, MAX_TRANSACTION_GAS)
        reason = f"in no block after {PATIENCE_S:.0f} s" if outcome is None else str(outcome)
        if isinstance(outcome, Done):
            reason = "it reverted" if result.success else decode_revert(result.output)
        raise TransactionFailedError(f"{sent.what}: {reason}", transaction=to_hex(sent.hash))

    def _estimate(self, to: Address, data: bytes, sender: Address) -> Gas:
        result = self._chain.state().call(to, data, sender, MAX_TRANSACTION_GAS)
        if not result.success:
            # It may follow on one that is under way.
            return MAX_TRANSACTION_GAS
        return Gas(min(MAX_TRANSACTION_GAS, (INTRINSIC + BYTE_GAS * len(data) + result.gas_used) * 3 // 2))
