"""What the tests of both executors share: a genesis with contracts for every case, and engines that start from it."""

from collections.abc import Callable, Sequence
from pathlib import Path

from eth_account import Account as EthAccount

from ledger.chain.genesis import Genesis, GenesisAccount
from ledger.chain.transaction import Transaction, sign_transaction
from ledger.ports import BlockAdmission, Executed, LogFilter, StateView
from ledger.primitives import Address, Hash32, Height
from ledger.proofs.storage import verify_proof
from ledger.secp256k1 import address_of
from node.execution.geth.catch_up import catch_up
from node.execution.geth.engine import GethEngine
from node.execution.geth.process import GethOptions
from node.execution.pyevm.engine import PyEvmEngine
from node.store.memory import MemoryStore
from node.store.ports import KeyValueStore
from tests.engines import geth_binary
from tests.node.execution.ledgers import CHAIN_ID, attributes_after, make_genesis
from tests.node.execution.random_contracts import RICH

KEY, RICH_KEY, CODE_KEY = b"\x05" * 32, b"\x06" * 32, b"\x07" * 32
SENDER, RICH_SENDER = address_of(KEY), address_of(RICH_KEY)
COUNTER, REVERTER, BURNER = Address(b"\xc0" * 20), Address(b"\xc1" * 20), Address(b"\xc2" * 20)
SPEAKER, ENVIRONMENT, ERASER = Address(b"\xc3" * 20), Address(b"\xc4" * 20), Address(b"\xc5" * 20)
FACTORY, KEEPER, STRANGER = Address(b"\xc6" * 20), Address(b"\xc7" * 20), Address(b"\x99" * 20)
LOGGERS = [Address(bytes([0xD0 + topics]) * 20) for topics in range(5)]
ALLOC = {
    # Adds one to slot 0 and logs an empty event.
    COUNTER: GenesisAccount(nonce=1, code=bytes.fromhex("5f546001015f555f5fa0")),
    REVERTER: GenesisAccount(nonce=1, code=bytes.fromhex("60015f555f5ffd")),
    # Loops until its gas is gone.
    BURNER: GenesisAccount(nonce=1, code=bytes.fromhex("5b5f56")),
    # Reverts with 0xdeadbeef.
    SPEAKER: GenesisAccount(nonce=1, code=bytes.fromhex("63deadbeef5f526004601cfd")),
    # Returns number, time, caller, hash of the block before, gas limit, gas, coinbase, origin.
    ENVIRONMENT: GenesisAccount(
        nonce=1,
        code=bytes.fromhex("435f5242602052336040526001430340606052456080525a60a0524160c0523260e0526101005ff3"),
    ),
    # Clears the slot that it is called with.
    ERASER: GenesisAccount(nonce=1, code=bytes.fromhex("5f5f3555"), storage=dict.fromkeys(range(1, 9), 7)),
    # Creates a contract of one byte and keeps its address.
    FACTORY: GenesisAccount(nonce=1, code=bytes.fromhex("6360015ff35f526004601c5ff05f5500")),
    # Takes money and does nothing.
    KEEPER: GenesisAccount(nonce=1, code=b"\x00"),
    RICH_SENDER: GenesisAccount(balance=10**18),
    address_of(CODE_KEY): GenesisAccount(nonce=0, code=b"\x00"),
    **RICH,
}
for _topics, _place in enumerate(LOGGERS):
    # Logs its input's first word as data, under topics that count up.
    _pushes = b"".join(bytes([0x60, number]) for number in range(_topics, 0, -1))
    _code = bytes.fromhex("5f355f52") + _pushes + bytes.fromhex("60205f") + bytes([0xA0 + _topics])
    ALLOC[_place] = GenesisAccount(nonce=1, code=_code)
WATCHED = [*ALLOC, STRANGER, SENDER]


def sign(key: bytes = KEY, nonce: int = 0, to: Address | None = COUNTER, **fields) -> bytes:
    fields = {"chain_id": CHAIN_ID, "gas_limit": 200_000, **fields}
    return sign_transaction(key, nonce=nonce, to=to, **fields)


def sign_for(chain_id: int, key: bytes, to: Address | None, data: bytes = b"", **fields) -> bytes:
    fields = {"nonce": 0, "gas_limit": 200_000, **fields}
    return sign_transaction(key, chain_id=chain_id, to=to, data=data, **fields)


def legacy(**fields) -> bytes:
    fields = {"nonce": 0, "gasPrice": 0, "gas": 200_000, "to": COUNTER, "value": 0, **fields}
    return bytes(EthAccount.from_key(KEY).sign_transaction(fields).raw_transaction)


REFUSED = {
    "wrong chain": (sign(chain_id=1), "chain_id"),
    "legacy without chain": (legacy(), "replay protection"),
    "legacy of another chain": (legacy(chainId=5), "chain_id"),
    "priority above fee": (sign(max_priority_fee_per_gas=5), "priority"),
    "nonce gap": (sign(nonce=3), "nonce: found 3, expected 0"),
    "fee without balance": (sign(max_fee_per_gas=7), "balance"),
    "value without balance": (sign(value=7), "balance"),
    "sender with code": (sign(CODE_KEY), "EIP-3607"),
    "gas below intrinsic": (sign(gas_limit=20_999), "intrinsic"),
    "too much gas": (sign(gas_limit=2**24 + 1), "16777216"),
    "large init code": (sign(to=None, data=bytes(49_153), gas_limit=10**6), "init code"),
    "blob type": (b"\x03" + sign()[1:], "blob"),
    "set-code type": (b"\x04" + sign()[1:], "set-code"),
    "trailing byte": (sign() + b"\0", "follow"),
    "garbage": (b"\x02\x01\x02", ""),
    "empty": (b"", "size"),
}


class OnlyFrom:
    """Admits some senders, and successes only."""

    def __init__(self, senders: set[Address]) -> None:
        self.senders = senders
        self.admitted: list[Hash32] = []

    def refuse_before(self, transaction: Transaction) -> str | None:
        return None if transaction.sender in self.senders else "no duty"

    def refuse_after(self, transaction: Transaction, success: bool) -> str | None:
        if not success:
            return "failed"
        self.admitted.append(transaction.hash)
        return None

    def supposing(self) -> "OnlyFrom":
        return OnlyFrom(self.senders)


class Engines:
    """Engines of one genesis, made anew for each test; a single geth serves them, one after another."""

    def __init__(self, folder: Path, genesis: Genesis | None = None) -> None:
        self.genesis = genesis or make_genesis(ALLOC)
        self._folder = folder
        self._first: GethEngine | None = None

    def make(self, name: str, store: KeyValueStore | None = None) -> PyEvmEngine | GethEngine:
        """An engine at the head of the store, which is empty unless it is given."""
        return self.geth(store) if name == "geth" else PyEvmEngine(store or MemoryStore(), self.genesis)

    def geth(self, store: KeyValueStore | None = None) -> GethEngine:
        if self._first is None:
            options = GethOptions(binary=geth_binary(), cache_mib=64)
            self._first = GethEngine.open(self._folder / "geth", self.genesis, MemoryStore(), options)
        options = self._first.link._options
        engine = GethEngine(self._first._process, self.genesis, store or MemoryStore(), options)
        session = self._first.link._session
        assert session is not None
        engine.link._session = session
        catch_up(session, engine.reader(), lambda: None)
        return engine

    def close(self) -> None:
        if self._first is not None:
            self._first.close()


class Twins:
    """The embedded engine and geth on the same chain: whatever one says, the other must say too."""

    def __init__(self, engines: Engines, geth: GethEngine | None = None) -> None:
        self.embedded = engines.make("pyevm")
        self.geth = geth or engines.geth()

    def build(
        self, raws: Sequence[bytes], admit: Callable[[StateView], BlockAdmission | None] = lambda _: None, **attributes
    ) -> Executed:
        """Build the same block on both and make it their head."""
        found = []
        for engine in (self.embedded, self.geth):
            wanted = attributes_after(engine.head(), **attributes)
            found.append(engine.build(raws, wanted, admit(engine.state())))
        ours, theirs = found
        assert theirs.refusals == ours.refusals
        assert theirs.block == ours.block
        assert theirs.receipts == ours.receipts
        self._make_head(ours, theirs)
        return ours

    def hand_over(self, raws: Sequence[bytes], *, from_geth: bool, **attributes) -> Executed:
        """Build a block on one engine, have the other execute it, and make it the head of both."""
        maker, checker = (self.geth, self.embedded) if from_geth else (self.embedded, self.geth)
        built = maker.build(raws, attributes_after(maker.head(), **attributes))
        checked = checker.execute(built.block)
        assert (checked.block, checked.receipts) == (built.block, built.receipts)
        self._make_head(*((checked, built) if from_geth else (built, checked)))
        return built

    def compare_states(self, addresses: Sequence[Address], slots: Sequence[int], height: int | None = None) -> None:
        """Everything about some accounts, proofs node for node, after the head or an earlier block."""
        at = None if height is None else Height(height)
        ours, theirs = self.embedded.reader().state(at), self.geth.reader().state(at)
        assert theirs.header == ours.header
        for address in addresses:
            assert theirs.nonce(address) == ours.nonce(address)
            assert theirs.balance(address) == ours.balance(address)
            assert theirs.code(address) == ours.code(address)
            assert [theirs.storage(address, slot) for slot in slots] == [ours.storage(address, slot) for slot in slots]
            proof = theirs.proof(address, slots)
            assert proof == ours.proof(address, slots)
            verify_proof(proof, theirs.header.state_root)

    def compare_chains(self) -> None:
        """Every block, receipt and log that readers of both give."""
        ours, theirs = self.embedded.reader(), self.geth.reader()
        head = ours.head().number
        assert theirs.head() == ours.head()
        for number in range(head + 1):
            height = Height(number)
            assert theirs.block(height) == ours.block(height)
            assert theirs.receipts(height) == ours.receipts(height)
        query = LogFilter(Height(0), head)
        assert list(theirs.logs(query)) == list(ours.logs(query))

    def _make_head(self, ours: Executed, theirs: Executed) -> None:
        self.embedded.make_head(ours)
        self.geth.make_head(theirs)
        assert self.geth.head() == self.embedded.head()
