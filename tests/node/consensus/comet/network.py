"""Members of real networks in tests: a ledger with an open question, validators by key, ballots as transactions."""

import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ledger.abi import contract
from ledger.access.validators import Validator as FoundingValidator
from ledger.chain.transaction import sign_transaction
from ledger.ports import StateView
from ledger.primitives import Hash32, Timestamp
from ledger.system import SystemContract
from ledger.voting.ballot import SignedBallot, ballot_digest, domain_separator, encode_record
from ledger.voting.form import BallotKind
from ledger.voting.question import Question
from node.consensus.comet.configuration import CometHome, CometSettings
from node.consensus.comet.rpc import CometUnreachableError
from node.consensus.comet.validators import AnyPeer, PeerSource, Validator, ValidatorSource
from node.validator import Member, ValidatorNode
from scripts.founding.act import found_ledger
from tests.ports import free_ports
from tests.scripts.small_ledger import REPLAY_TEXT, SmallLedger, choice_of, member_key

AGE_S = 60
"""How old the ledgers are founded, so that their simulated time has not run ahead of the real one."""
DAY_S = 86_400
CHOICE = choice_of(BallotKind.APPROVAL)


@dataclass(frozen=True)
class Fixed:
    """Validators that the state has no say in."""

    members: tuple[Validator, ...]

    def validators(self, _: StateView) -> Sequence[Validator]:
        return self.members


@dataclass(frozen=True)
class AllBut:
    """Nodes that the state has a say in by its number alone: one is excluded from a block on."""

    node_id: str
    number: int = 1

    def may_peer(self, state: StateView, node_id: bytes) -> bool:
        return state.header.number < self.number or node_id.hex() != self.node_id


def make_ledger(path: Path) -> Question:
    """Found a ledger a minute ago, and let one sequencer fill it and open a question."""
    found_ledger(path, REPLAY_TEXT, text_path="replay.toml", time=Timestamp(int(time.time()) - AGE_S))
    ledger = SmallLedger(path).fill()
    question = ledger.open_question(window_s=DAY_S)
    ledger.node.close()
    return question


def found_network(folder: Path, count: int, guests: int = 0, *, guests_are_admitted: bool = False) -> list[Path]:
    """Found a ledger whose state names its validators and their nodes; a directory for each, and for guests besides."""
    named = count + guests if guests_are_admitted else count
    homes = [CometHome(folder / f"home-{n}") for n in range(count + guests)]
    keys = [home.open_keys() for home in homes]
    validators = [FoundingValidator(key.validator, 10, b"%d" % n + bytes(31)) for n, key in enumerate(keys[:count])]
    found_ledger(
        folder / "ledger",
        REPLAY_TEXT,
        text_path="replay.toml",
        time=Timestamp(int(time.time()) - AGE_S),
        validators=validators,
        nodes=[bytes.fromhex(key.node_id) for key in keys[:named]],
    )
    paths = [folder / f"ledger-{n}" for n in range(count + guests)]
    for home, path in zip(homes, paths, strict=True):
        shutil.copytree(folder / "ledger", path)
        home.path.rename(path / "comet")
    return paths


def open_network(
    paths: Sequence[Path], binary: Path, source: ValidatorSource, peers: PeerSource | None = None
) -> list[ValidatorNode]:
    """A node for each directory, all of which know where the others listen."""
    ports = free_ports(len(paths))
    keys = [CometHome(path / "comet").open_keys() for path in paths]
    dials = [f"{key.node_id}@127.0.0.1:{port}" for key, port in zip(keys, ports, strict=True)]
    nodes = []
    for n, path in enumerate(paths):
        others = (*dials[:n], *dials[n + 1 :])
        settings = CometSettings(listen=f"127.0.0.1:{ports[n]}", peers=others, is_local=True)
        nodes.append(ValidatorNode(path, Member(binary, source, peers or AnyPeer(), settings, fixed_peers=others)))
    return nodes


def open_alone(path: Path, binary: Path) -> ValidatorNode:
    """The one validator of a ledger whose state does not name it."""
    key = CometHome(path / "comet").open_keys().validator
    return open_network([path], binary, Fixed((Validator(key, 10),)))[0]


def submit(node: ValidatorNode, raw: bytes, timeout_s: float = 30) -> Hash32:
    """Offer a transaction, again while CometBFT is not there."""
    end = time.monotonic() + timeout_s
    while True:
        try:
            return node.submit(raw)
        except CometUnreachableError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def sign_vote(chain_id: int, question: Question, signed: SignedBallot) -> bytes:
    """A transaction with one ballot, from a key of its own that pays nothing and is used once."""
    key = member_key(1_000 * (1 + signed.ballot.seat) + signed.ballot.sequence)
    data = contract("Ballots").encode_call("cast", question.id, encode_record(signed))
    fields = {"chain_id": chain_id, "nonce": 0, "to": SystemContract.BALLOTS.address, "data": data}
    return sign_transaction(key.secret, gas_limit=400_000, **fields)


def digest_of(chain_id: int, question: Question, signed: SignedBallot) -> Hash32:
    return ballot_digest(domain_separator(chain_id, question.contract), signed.ballot)
