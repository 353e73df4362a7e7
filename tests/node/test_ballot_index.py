"""The index of accepted ballots: what each block adds to it."""

import pytest

from ledger.primitives import Height
from ledger.system import SystemContract
from ledger.views.ballot_index import decode_place, find_ballot, index_key
from ledger.views.ballot_list import list_key
from ledger.voting.ballot import SignedBallot, ballot_digest, domain_separator
from ledger.voting.batch import cut_batches, encode_single
from ledger.voting.form import BallotKind
from ledger.voting.question import Question
from node.ballot_index import BallotIndex
from scripts.running.ledgers import open_ledger
from scripts.running.office import open_office, throw_away_key
from tests.scripts.small_ledger import SmallLedger, choice_of

CHOICE = choice_of(BallotKind.APPROVAL)


def digest_of(ledger: SmallLedger, question: Question, signed: SignedBallot) -> bytes:
    return ballot_digest(domain_separator(ledger.chain_id, question.contract), signed.ballot)


def test_rows__batch__are_of_the_accepted_ballots_alone(ledger: SmallLedger) -> None:
    question = ledger.open_question()
    good, bad = ledger.sign(question, 1, CHOICE), ledger.sign(question, 2, CHOICE, 200)
    last = ledger.sign(question, 3, CHOICE)
    height = ledger.cast(question, [good, bad, last])

    rows = BallotIndex(ledger.node.chain, ledger.chain_id).rows_of(height)

    digests = [digest_of(ledger, question, signed) for signed in (good, last)]
    assert set(rows) == {index_key(digest) for digest in digests} | {list_key(1, digest) for digest in digests}
    place = decode_place(rows[index_key(digest_of(ledger, question, last))])
    assert (place.question, place.seat, place.sequence, place.height, place.record) == (1, 3, 1, height, 2)
    assert find_ballot(ledger.node.chain, digest_of(ledger, question, bad)) is None


def test_rows__block_without_ballots__are_none(ledger: SmallLedger) -> None:
    index = BallotIndex(ledger.node.chain, ledger.chain_id)
    assert index.rows_of(Height(1)) == {}
    assert index.rows_of(Height(10**6)) == {}


@pytest.mark.parametrize("kind", [BallotKind.APPROVAL, BallotKind.CUMULATIVE])
def test_rows__ballot_that_came_alone__is_found(ledger: SmallLedger, kind: BallotKind) -> None:
    question = ledger.open_question(kind)
    signed = ledger.sign(question, 4, choice_of(kind))
    ledger.node.close()
    with open_office(ledger.path) as office:
        office.advance_to(question.opens)
        gas = next(cut_batches(question.form, [4])).gas
        data = encode_single(question.form, question.id, signed)
        office.send_raw(throw_away_key(), SystemContract.BALLOTS.address, data, "Ballots", gas)
        height = office.finish()
    with open_ledger(ledger.path) as opened:
        place = find_ballot(opened.chain, digest_of(ledger, question, signed))
    assert place is not None
    assert (place.height, place.seat, place.record) == (height, 4, 0)
