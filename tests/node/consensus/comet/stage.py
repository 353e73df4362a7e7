"""CometBFT's part in a test: it founds a small ledger, asks its application, and decides, without a process."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ledger.abi import contract
from ledger.access.validators import Validator as FoundingValidator
from ledger.chain.genesis import Genesis
from ledger.chain.header import decode_header
from ledger.chain.transaction import sign_transaction
from ledger.founding.constitution import Duty
from ledger.ports import Block, StateView
from ledger.primitives import keccak256
from ledger.proofs.comet.header import chain_name
from ledger.secp256k1 import address_of
from ledger.system import SystemContract
from node.consensus.comet import abci_pb2 as abci
from node.consensus.comet.application import Application
from node.consensus.comet.genesis import MAX_BLOCK_BYTES, make_genesis_document
from node.consensus.comet.pacing import Clocks
from node.consensus.comet.validators import Validator, ValidatorSource, powers_of
from node.execution.pyevm.engine import PyEvmEngine
from node.folder import LedgerFolder, load_founding
from node.keys import load_key
from node.store.memory import MemoryStore
from node.store.ports import KeyValueStore
from scripts.founding.act import found_ledger
from tests.scripts.small_ledger import FOUNDED, REPLAY_TEXT, member_key

ALICE, BOB, CAROL = (bytes([n]) * 32 for n in (1, 2, 3))
ANYBODY = member_key(900).secret


@dataclass
class Founded:
    """A ledger's genesis and the keys of its officers."""

    genesis: Genesis
    keys: dict[str, bytes]
    folder: LedgerFolder

    @classmethod
    def at(cls, path: Path, *validators: FoundingValidator) -> "Founded":
        found_ledger(path, REPLAY_TEXT, text_path="replay.toml", time=FOUNDED, validators=validators)
        return cls.read(path)

    @classmethod
    def read(cls, path: Path) -> "Founded":
        folder = LedgerFolder(path)
        duties = (Duty.REGISTRAR, Duty.RELAY, Duty.RETURNING_OFFICER)
        keys = {duty: load_key(folder.keys / f"{duty.replace(' ', '-')}.json").secret for duty in duties}
        return cls(load_founding(folder)[1], keys, folder)

    @property
    def chain_id(self) -> int:
        return self.genesis.chain_id

    def admit(self, nonce: int, gas_limit: int = 400_000, **changes: object) -> bytes:
        """A transaction that only the registrar may send; each nonce admits another member."""
        owner, commitment = address_of(member_key(nonce).secret), keccak256(b"commitment %d" % nonce)[:28]
        data = contract("Membership").encode_call("admit", [owner], [commitment])
        fields = {"chain_id": self.chain_id, "nonce": nonce, "to": SystemContract.MEMBERSHIP.address, "data": data}
        return sign_transaction(self.keys[Duty.REGISTRAR], gas_limit=gas_limit, **(fields | changes))

    def cast_nothing(self, nonce: int = 0, key: bytes = ANYBODY) -> bytes:
        """A call of an entry that anybody may call, and that accepts nothing."""
        data = contract("Ballots").encode_call("cast", 1, bytes(70))
        fields = {"chain_id": self.chain_id, "nonce": nonce, "to": SystemContract.BALLOTS.address, "data": data}
        return sign_transaction(key, gas_limit=1_000_000, **fields)


@dataclass
class Chosen:
    """Validators by the number of the block whose state names them: the newest entry not above it counts."""

    by_number: dict[int, tuple[Validator, ...]] = field(default_factory=lambda: {0: (Validator(ALICE, 10),)})

    def validators(self, state: StateView) -> Sequence[Validator]:
        return self.by_number[max(number for number in self.by_number if number <= state.header.number)]


@dataclass
class Time:
    """Clocks that stand still until they are moved; consensus time is `consensus_s`, like that of the last votes.

    `step_s`: by how much the monotonic clock goes on whenever it is read.
    """

    now_s: float
    consensus_s: int
    step_s: float = 0
    run_s: float = 0
    slept_s: float = 0

    @property
    def clocks(self) -> Clocks:
        return Clocks(lambda: self.now_s, self._run, self._sleep)

    def _sleep(self, seconds: float) -> None:
        self.slept_s += seconds
        self.now_s += seconds

    def _run(self) -> float:
        self.run_s += self.step_s
        return self.now_s + self.run_s


class Stage:
    """An application on a store, and the calls that CometBFT makes to it."""

    def __init__(
        self, founded: Founded, store: KeyValueStore | None = None, chosen: ValidatorSource | None = None
    ) -> None:
        self.founded = founded
        self.chosen = chosen or Chosen()
        self.store = store or MemoryStore()
        start = founded.genesis.timestamp
        self.time = Time(start, start)
        self.mempool: list[bytes] = []
        self.height = 0
        self.seen: list[int] = []
        self.misbehaviour: list[abci.Misbehavior] = []
        self._has_block = False
        self.open()

    def open(self) -> None:
        """Start the application anew on what is durable."""
        self.engine = PyEvmEngine(self.store, self.founded.genesis)
        self.chain = self.engine.reader()
        self.app = Application(
            self.engine,
            self.chain,
            self.founded.chain_id,
            self.chosen,
            clocks=self.time.clocks,
            on_decided=self.seen.append,
        )

    def ask(self, kind: str, **fields: object) -> object:
        """One request, through the bytes that stand on the wire."""
        request = abci.Request()
        getattr(request, kind).SetInParent()
        for name, value in fields.items():
            part = getattr(request, kind)
            if isinstance(value, (list, tuple)):
                getattr(part, name).extend(value)
            elif name in ("time", "consensus_params"):
                getattr(part, name).CopyFrom(value)
            else:
                setattr(part, name, value)
        answer = self.app.handle(abci.Request.FromString(request.SerializeToString()))
        found = abci.Response.FromString(answer.SerializeToString())
        return getattr(found, found.WhichOneof("value"))

    def begin(self, **changes: object) -> bytes:
        head = self.engine.head()
        powers = powers_of(self.chosen.validators(self.engine.state()))
        document = make_genesis_document(self.founded.chain_id, head, powers)
        assert document
        self.height = head.number
        fields = {
            "chain_id": chain_name(self.founded.chain_id),
            "initial_height": head.number + 1,
            "consensus_params": abci.ConsensusParams(block=abci.BlockParams(max_bytes=MAX_BLOCK_BYTES, max_gas=-1)),
            "validators": [
                abci.ValidatorUpdate(pub_key=abci.PublicKey(ed25519=key), power=power) for key, power in powers.items()
            ],
            "app_state_bytes": b'{"head": "0x%s"}' % head.hash.hex().encode(),
        }
        return self.ask("init_chain", **(fields | changes)).app_hash

    def check(self, raw: bytes, *, again: bool = False) -> tuple[int, str]:
        """Offer a transaction; what is admitted waits in this mempool."""
        answer = self.ask("check_tx", tx=raw, type=abci.RECHECK if again else abci.NEW)
        if answer.code == 0 and raw not in self.mempool:
            self.mempool.append(raw)
        return answer.code, answer.log

    def prepare(self, max_bytes: int = MAX_BLOCK_BYTES) -> list[bytes]:
        answer = self.ask("prepare_proposal", txs=self.mempool, max_tx_bytes=max_bytes, **self._place())
        return list(answer.txs)

    def process(self, payload: Sequence[bytes]) -> bool:
        return self.ask("process_proposal", txs=list(payload), **self._place()).status == abci.ACCEPT

    def finalize(self, payload: Sequence[bytes]) -> object:
        return self.ask("finalize_block", txs=list(payload), **self._place())

    def commit(self, payload: Sequence[bytes] = ()) -> None:
        """Commit, then check again what waits, as CometBFT does."""
        self.ask("commit")
        self.height += 1
        left, self.mempool = [raw for raw in self.mempool if raw not in payload], []
        for raw in left:
            self.check(raw, again=True)

    def decide(self, payload: Sequence[bytes] | None = None, after_s: int = 2) -> object:
        """Let time go by, propose, vote, decide; returns what FinalizeBlock answers.

        A proposal that stays empty to seal the block before it is decided as well, and the next one made.
        """
        self.move(after_s)
        chosen = self.prepare() if payload is None else list(payload)
        if payload is None and not chosen and self._has_block:
            self._decide([])
            chosen = self.prepare()
        return self._decide(chosen)

    def _decide(self, chosen: Sequence[bytes]) -> object:
        assert self.process(chosen)
        answer = self.finalize(chosen)
        self.commit(chosen)
        self._has_block = bool(chosen)
        return answer

    def move(self, seconds: int) -> None:
        self.time.now_s += seconds
        self.time.consensus_s = int(self.time.now_s)

    def _place(self) -> dict[str, object]:
        time = abci.Timestamp(seconds=self.time.consensus_s, nanos=5)
        return {"height": self.height + 1, "time": time, "misbehavior": self.misbehaviour}


def block_of(payload: Sequence[bytes]) -> Block:
    return Block(decode_header(payload[0]), tuple(payload[1:]))
