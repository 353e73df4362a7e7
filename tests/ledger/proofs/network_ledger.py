"""A small ledger that a ballot moved from its sequencer to validators, whose commits are made here."""

from dataclasses import replace
from pathlib import Path

import pytest
from coincurve import PrivateKey

from ledger.abi import contract
from ledger.chain.consensus_act import ACT_SECRET, PERMISSIONS, ActAdmission, ConsensusAct, sign_act
from ledger.chain.transaction import sign_transaction
from ledger.founding.constitution import Duty
from ledger.ports import BlockAttributes
from ledger.primitives import ZERO_ADDRESS, Address, Height, Timestamp
from ledger.proofs.comet.header import chain_name
from ledger.proofs.making import ReceiptMaker
from ledger.proofs.receipt import Receipt
from ledger.proofs.seal import SealKind, make_commit_seal
from ledger.secp256k1 import address_of
from ledger.system import SystemContract
from ledger.voting.ballot import encode_record
from ledger.voting.form import BallotKind
from ledger.voting.question import Question
from node.consensus.solo import WrongSealerError
from node.execution.pyevm.engine import PyEvmEngine
from node.folder import load_founding
from node.store.lmdb_store import LmdbStore
from tests.ledger.proofs.comet.synthetic import Signer, make_signers, unsigned, vote, with_votes
from tests.scripts.deciding import decide
from tests.scripts.small_ledger import SmallLedger, choice_of, found_small

SIGNERS = make_signers([10, 10, 10, 10, 5])
REMOVED = SIGNERS[4]
CHOICE = choice_of(BallotKind.APPROVAL)


class Network:
    """The ledger after the move: blocks made here, sealed by commits of all but one validator."""

    def __init__(self, ledger: SmallLedger) -> None:
        self.ledger = ledger
        ledger.node.close()
        self._store = LmdbStore(ledger.folder.store)
        _, genesis = load_founding(ledger.folder)
        self.engine = PyEvmEngine(self._store, genesis)
        self.chain = self.engine.reader()
        self.signers = list(SIGNERS)

    def close(self) -> None:
        self._store.close()

    def cast(self, question: Question, seat: int) -> Receipt:
        ballot = self.ledger.sign(question, seat, CHOICE)
        data = contract("Ballots").encode_call("cast", question.id, encode_record(ballot))
        key = self.ledger.keys[Duty.RELAY]
        raw = sign_transaction(
            key.secret,
            chain_id=self.ledger.chain_id,
            nonce=self.engine.state().nonce(address_of(key)),
            to=SystemContract.BALLOTS.address,
            data=data,
            gas_limit=3_000_000,
        )
        self.make_block(raw)
        return ReceiptMaker(self.chain, self.ledger.chain_id).make(question, ballot)

    def act(self, act: ConsensusAct) -> None:

        nonce = self.engine.state().nonce(address_of(PrivateKey(ACT_SECRET)))
        self.make_block(
            sign_act(act, self.ledger.chain_id, nonce), PERMISSIONS, ActAdmission(act, self.ledger.chain_id)
        )

    def make_block(
        self, raw: bytes, fee_recipient: Address = ZERO_ADDRESS, admission: ActAdmission | None = None
    ) -> None:
        head = self.engine.head()
        attributes = BlockAttributes(Timestamp(head.timestamp + 1), fee_recipient, b"", head.gas_limit)
        executed = self.engine.build([raw], attributes, admission)
        assert not executed.refusals
        assert executed.receipts[0].success
        self.engine.make_head(executed)
        header = executed.block.header
        signed = unsigned(self.signers, header.hash)
        signed = replace(signed, header=replace(signed.header, chain=chain_name(self.ledger.chain_id)))
        votes = [vote(signer, signed) for signer in self.signers[:-1]]
        signed = with_votes(signed, [*votes, None])
        self.engine.put_seal(header.number, make_commit_seal(header.number, signed).encode())


def row(signer: Signer, place: int) -> tuple[bytes, int, bytes, str]:
    return signer.validator.key, signer.power, b"organisation %d".ljust(32, b"\0") % place, f"peer-{place}:26656"


def move_to_validators(path: Path) -> tuple[Network, Question, Height]:
    """The network, an open question, and the block after which validators seal."""
    ledger = SmallLedger(found_small(path)).fill()
    question = ledger.open_question(window_s=1_000_000)
    for place, signer in enumerate(SIGNERS):
        decide(ledger, SystemContract.PERMISSIONS, "add_validator", *row(signer, place))
    height = decide(ledger, SystemContract.PERMISSIONS, "set_sealer", int(SealKind.COMMIT), ZERO_ADDRESS)
    with pytest.raises(WrongSealerError, match="names validators"):
        ledger.cast(question, [ledger.sign(question, 9, CHOICE)])
    return Network(ledger), question, height
