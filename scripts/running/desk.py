"""A desk: the holder of duty keys, who sends their transactions and sees to it that each took effect."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from coincurve import PrivateKey

from ledger.abi import contract, decode_revert
from ledger.chain.transaction import MAX_TRANSACTION_GAS, Transaction, decode_transaction, sign_transaction
from ledger.errors import CheckFailedError
from ledger.primitives import Address, Gas, Hash32, Height, keccak256, to_hex
from ledger.reading import read
from ledger.secp256k1 import address_of
from ledger.system import SystemContract
from node.consensus.solo import SealedBlock
from node.embedded import EmbeddedNode


class TransactionFailedError(CheckFailedError):
    """A transaction that was refused, or whose call reverted; `detail` has the contract's reason."""

    type = "transaction-failed"


@dataclass(frozen=True, slots=True)
class _Sent:
    transaction: Transaction
    what: str


class Desk:
    """Sends calls of system contracts on an embedded node, several to a block.

    `send` queues; `flush` makes blocks until everything queued stands in one.
    Errors  TransactionFailedError for the first that did not take effect.
    """

    def __init__(self, node: EmbeddedNode, on_block: Callable[[SealedBlock], None] = lambda _: None) -> None:
        self._node = node
        self._on_block = on_block
        self._nonces: dict[Address, int] = {}
        self._sent: list[_Sent] = []
        self._gas = 0
        self._quotas: dict[Address, int] = {}

    def send(
        self,
        key: PrivateKey,
        of: SystemContract,
        entry: str,
        *arguments: Any,
        gas: Gas = MAX_TRANSACTION_GAS,
        at: Address | None = None,
    ) -> None:
        """Queue one call; a block is made first where this one would not fit into it, or not into a quota."""
        chain_id = self._node.founding.chain_id
        sender = address_of(key)
        room = min(self._node.chain.head().gas_limit // 2, self._quota(sender))
        if self._gas + gas > room:
            self.flush()
        nonce = self._nonces.get(sender)
        if nonce is None:
            nonce = self._node.chain.state().nonce(sender)
        data = contract(of.contract_name).encode_call(entry, *arguments)
        raw = sign_transaction(
            key.secret, chain_id=chain_id, nonce=nonce, to=at or of.address, data=data, gas_limit=gas
        )
        self._node.submit(raw)
        self._nonces[sender] = nonce + 1
        self._gas += gas
        self._sent.append(_Sent(decode_transaction(raw, chain_id), f"{of.contract_name}.{entry}"))

    def flush(self) -> Height | None:
        """Make blocks until nothing that was queued waits; the height of the last one."""
        height = None
        succeeded: dict[Hash32, bool] = {}
        while any(sent.transaction.hash in self._node.mempool for sent in self._sent):
            sealed = self._node.make_block()
            if sealed is None:
                break
            height = sealed.seal.height
            for raw, receipt in zip(sealed.executed.block.transactions, sealed.executed.receipts, strict=True):
                succeeded[keccak256(raw)] = receipt.success
            self._on_block(sealed)
        done, self._sent, self._gas = self._sent, [], 0
        try:
            for sent in done:
                if not succeeded.get(sent.transaction.hash):
                    raise self._failure(sent)
        except TransactionFailedError:
            # What was refused never used its nonce, so the next call asks the chain again.
            self._nonces.clear()
            raise
        return height

    def call(self, key: PrivateKey, of: SystemContract, entry: str, *arguments: Any, **options: Any) -> Height:
        """Send one call and make its block."""
        self.send(key, of, entry, *arguments, **options)
        height = self.flush()
        if height is None:
            raise TransactionFailedError(f"{of.contract_name}.{entry}: no block was made")
        return height

    def _quota(self, sender: Address) -> int:
        """Gas a block of a sender with a duty; the block's for anybody else, who sends entries only."""
        if sender not in self._quotas:
            _, quota = read(self._node.chain.state(), SystemContract.PERMISSIONS, "duty_of", sender)
            self._quotas[sender] = quota or self._node.chain.head().gas_limit
        return self._quotas[sender]

    def _failure(self, sent: _Sent) -> TransactionFailedError:
        reason = self._node.mempool.reason(sent.transaction.hash)
        if reason is None or "reverted" in reason:
            reason = self._revert_reason(sent.transaction) or reason
        return TransactionFailedError(f"{sent.what}: {reason}", transaction=to_hex(sent.transaction.hash))

    def _revert_reason(self, transaction: Transaction) -> str | None:
        if transaction.to is None:
            return None
        state = self._node.chain.state()
        result = state.call(transaction.to, transaction.data, transaction.sender, transaction.gas_limit)
        return None if result.success else decode_revert(result.output)
