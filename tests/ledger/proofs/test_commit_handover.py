"""From one sequencer to validators by ballot: the ledger goes on under commits, and an old anchor follows."""

from dataclasses import replace
from pathlib import Path

import pytest
from coincurve import PrivateKey

from ledger.abi import contract
from ledger.chain.consensus_act import ACT_SECRET, PERMISSIONS, ActAdmission, ConsensusAct, Punishment, sign_act
from ledger.chain.transaction import sign_transaction
from ledger.founding.constitution import Duty
from ledger.ports import BlockAttributes
from ledger.primitives import ZERO_ADDRESS, Address, Height, Timestamp
from ledger.proofs.comet.header import chain_name
from ledger.proofs.handover import Trusted, follow_handovers
from ledger.proofs.handover_making import find_handovers, make_anchor
from ledger.proofs.making import ReceiptMaker
from ledger.proofs.receipt import Receipt
from ledger.proofs.receipt_json import decode_receipt, encode_receipt
from ledger.proofs.seal import SealKind, make_commit_seal, make_seal
from ledger.proofs.verdict import Standing, check_receipt
from ledger.secp256k1 import address_of
from ledger.system import SystemContract
from ledger.views.seals import SealState, check_seal, load_sealers, load_validators
from ledger.voting.ballot import encode_record
from ledger.voting.form import BallotKind
from ledger.voting.question import Question
from node.consensus.solo import WrongSealerError
from node.execution.pyevm.engine import PyEvmEngine
from node.folder import load_founding
from node.permissions import StatePermissions
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


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Network, Question, Height]:
    ledger = SmallLedger(found_small(tmp_path_factory.mktemp("moved") / "ledger")).fill()
    question = ledger.open_question(window_s=1_000_000)
    for place, signer in enumerate(SIGNERS):
        decide(ledger, SystemContract.PERMISSIONS, "add_validator", *row(signer, place))
    height = decide(ledger, SystemContract.PERMISSIONS, "set_sealer", int(SealKind.COMMIT), ZERO_ADDRESS)
    with pytest.raises(WrongSealerError, match="names validators"):
        ledger.cast(question, [ledger.sign(question, 9, CHOICE)])
    return Network(ledger), question, height


def test_moved__from_a_sequencer_to_validators__an_old_anchor_follows(
    moved: tuple[Network, Question, Height], tmp_path: Path
) -> None:
    network, question, height = moved
    chain, anchor = network.chain, network.ledger.anchor
    receipt = network.cast(question, 1)
    assert receipt.seal.height == height + 1
    assert decode_receipt(encode_receipt(receipt)) == receipt
    assert check_receipt(receipt, anchor).standing is Standing.COUNTED
    assert check_receipt(receipt, make_anchor(chain, anchor.founding, height)).standing is Standing.COUNTED
    assert check_receipt(replace(receipt, handovers=()), anchor).standing is Standing.CANNOT_BE_CHECKED
    header = chain.header(receipt.seal.height)
    assert check_seal(chain, network.ledger.chain_id, header).state is SealState.SEALED
    # The sequencer's office is over.
    old = make_seal(SealKind.SOLO, receipt.chain_id, header.number, header.hash, network.ledger.keys["sealer"])
    before = load_sealers(chain.state(Height(height - 1)))
    for handovers in ((), receipt.handovers):
        forged = replace(receipt, seal=old, sealers=before, handovers=handovers)
        newer = make_anchor(chain, anchor.founding, height)
        assert check_receipt(forged, newer).standing is Standing.CANNOT_BE_CHECKED

    # A consensus act under a commit: the one that signed twice loses its place, and readers follow that as well.
    network.act(Punishment(REMOVED.validator.key, 7))
    network.signers.remove(REMOVED)
    later = network.cast(question, 2)
    assert len(later.handovers) == 2
    assert check_receipt(later, anchor).standing is Standing.COUNTED
    skipped = replace(later, handovers=later.handovers[:1])
    assert check_receipt(skipped, anchor).standing is Standing.CANNOT_BE_CHECKED
    start = Trusted(anchor.height, anchor.block_hash, anchor.sealers)
    found = find_handovers(chain, Height(chain.head().number))
    assert follow_handovers(found, network.ledger.chain_id, start).sealers == load_sealers(chain.state()).hash
    assert {v.key for v in load_validators(chain.state())} == {s.validator.key for s in network.signers}
    assert not StatePermissions(chain.state()).may_peer(bytes(20))
    network.close()
