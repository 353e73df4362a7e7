"""A ledger whose sealers changed: by a ballot from the first sequencer to a second, by recovery keys to a third."""

from dataclasses import dataclass
from pathlib import Path

from coincurve import PrivateKey

from ledger.ports import ChainReader
from ledger.primitives import Height
from ledger.proofs.making import ReceiptMaker
from ledger.proofs.receipt import Receipt
from ledger.proofs.seal import SealKind
from ledger.proofs.succession import sign_succession
from ledger.secp256k1 import address_of
from ledger.system import SystemContract
from ledger.voting.form import BallotKind
from ledger.voting.question import Question
from node.consensus.succession import open_successor
from node.embedded import EmbeddedNode
from node.keys import load_key
from scripts.running.desk import Desk
from tests.scripts.deciding import decide
from tests.scripts.small_ledger import REPLAY_TEXT, SmallLedger, choice_of, found_small, member_key

SILENCE_S = 900
TEXT = REPLAY_TEXT.replace(
    b"keys = 0\nthreshold = 0\nsilence_s = 0", b"keys = 3\nthreshold = 2\nsilence_s = %d" % SILENCE_S
)
SECOND, THIRD = member_key(61), member_key(62)
CHOICE = choice_of(BallotKind.APPROVAL)


@dataclass
class History:
    """Receipts by who sealed the block that they are proved against: the first sequencer, the second, the third."""

    ledger: SmallLedger
    rotated: Height
    succeeded: Height
    receipts: list[Receipt]

    @property
    def chain(self) -> ChainReader:
        return self.ledger.node.chain

    @property
    def recovery_keys(self) -> list[PrivateKey]:
        return [load_key(self.ledger.folder.keys / f"recovery{number}.json") for number in (1, 2, 3)]


def reopen(ledger: SmallLedger, key: PrivateKey) -> None:
    """Run the ledger's node with another sequencer's key."""
    ledger.node.close()
    ledger.node = EmbeddedNode(ledger.path, key)
    ledger.desk = Desk(ledger.node)


def succeed(ledger: SmallLedger, heir: PrivateKey) -> Height:
    """Let two of three recovery keys name another sequencer, who takes over."""
    ledger.node.close()
    keys = [load_key(ledger.folder.keys / f"recovery{number}.json") for number in (1, 3)]
    with open_successor(ledger.path, read_only=False) as successor:
        file = successor.propose(address_of(heir))
        place = (file.header.number, file.header.hash)
        successor.complete(file.with_signatures(sign_succession(ledger.chain_id, *place, key) for key in keys))
    ledger.node = EmbeddedNode(ledger.path, heir)
    ledger.desk = Desk(ledger.node)
    return file.header.number


def receipt_of_seat(ledger: SmallLedger, question: Question, seat: int) -> Receipt:
    """Cast a ballot and take its receipt."""
    ballot = ledger.sign(question, seat, CHOICE)
    ledger.cast(question, [ballot])
    return ReceiptMaker(ledger.node.chain, ledger.chain_id).make(question, ballot)


def make_history(path: Path) -> History:
    ledger = SmallLedger(found_small(path, TEXT)).fill()
    question = ledger.open_question(window_s=100_000)
    receipts = [receipt_of_seat(ledger, question, 1)]
    second = address_of(SECOND)
    rotated = decide(ledger, SystemContract.PERMISSIONS, "set_sealer", int(SealKind.SOLO), second)
    reopen(ledger, SECOND)
    receipts.append(receipt_of_seat(ledger, question, 2))
    succeeded = succeed(ledger, THIRD)
    receipts.append(receipt_of_seat(ledger, question, 3))
    return History(ledger, rotated, succeeded, receipts)
