"""A ledger on the embedded engine where every transaction has a block of its own, for measuring gas by receipts."""

from ledger.chain.transaction import MAX_TRANSACTION_GAS, sign_transaction
from ledger.primitives import Address
from ledger.secp256k1 import address_of
from node.execution.pyevm.engine import PyEvmEngine
from node.execution.pyevm.transactions import contract_address
from node.store.memory import MemoryStore
from tests.node.execution.ledgers import CHAIN_ID, attributes_after, make_genesis

OFFICE = b"\x11" * 32


class Ledger:
    """An engine with one account that deploys, opens and carries; every call is a block of its own."""

    def __init__(self) -> None:
        self.engine = PyEvmEngine(MemoryStore(), make_genesis())
        self.nonces: dict[bytes, int] = {}

    def send(self, to: Address | None, data: bytes, key: bytes = OFFICE, gas: int = MAX_TRANSACTION_GAS) -> int:
        """Gas used by a transaction that must succeed."""
        nonce = self.nonces.get(key, 0)
        raw = sign_transaction(key, chain_id=CHAIN_ID, nonce=nonce, to=to, data=data, gas_limit=gas)
        executed = self.engine.build([raw], attributes_after(self.engine.head()))
        assert not executed.refusals, executed.refusals
        (receipt,) = executed.receipts
        assert receipt.success, (data[:4].hex(), executed.block.header.gas_used)
        self.engine.make_head(executed)
        self.nonces[key] = nonce + 1
        return executed.block.header.gas_used

    def deploy(self, creation: bytes) -> Address:
        address = contract_address(address_of(OFFICE), self.nonces.get(OFFICE, 0))
        self.send(None, creation)
        return address

    def call(self, to: Address, data: bytes) -> bytes:
        result = self.engine.state().call(to, data)
        assert result.success
        return result.output
