"""The count by the model, on its own."""

import time
from random import Random

import pytest
from coincurve import PrivateKey

from ledger.interchange.pabulib import parse_pabulib
from ledger.primitives import ZERO_ADDRESS, Address, Hash32, Timestamp
from ledger.secp256k1 import address_of
from ledger.voting.ballot import Ballot, SignedBallot, domain_separator, sign_ballot
from ledger.voting.choice import decode_choice, encode_choice, make_choice
from ledger.voting.form import BallotKind, Form
from ledger.voting.tally import OpenTally, Refusal, points_of
from tests.contracts.voting.forms import FORMS, name_of, valid_choice
from tests.paths import pabulib_dir

K = BallotKind
QUESTION = Hash32(b"\x51" * 32)
DOMAIN = domain_separator(77, Address(b"\xaa" * 20))
RECORD = Timestamp(1000)
KEYS = [PrivateKey((i + 1).to_bytes(32, "big")) for i in range(6)]
SINCE = [1000, 900, 1, 1001, 1000]
"""Seat 3 is younger than the question; seat 5 is empty."""
ENTRIES = {i: since << 160 | int.from_bytes(address_of(KEYS[i]), "big") for i, since in enumerate(SINCE)}
FORM = Form(K.CHOOSE_ONE, 3, 0, 1)


def count_of(form: Form = FORM) -> OpenTally:
    return OpenTally(form, QUESTION, DOMAIN, RECORD, lambda seat: ENTRIES.get(seat, 0))


def ballot(seat: int, sequence: int, choice: bytes = b"\x01", key: int | None = None) -> SignedBallot:
    return sign_ballot(DOMAIN, Ballot(QUESTION, seat, sequence, choice), KEYS[seat if key is None else key])


def test_add__revote_and_blank__replace() -> None:
    count = count_of()
    assert list(count.add_all([ballot(0, 1), ballot(1, 1), ballot(0, 3, b"\x02"), ballot(1, 2, b"\0")])) == []
    assert (count.turnout, count.votes, count.points) == (2, [0, 1, 0], [])
    assert (count.lanes[0].sequence, count.lanes[0].choice) == (3, b"\x02")


@pytest.mark.parametrize(
    ("signed", "refusal"),
    [
        (sign_ballot(DOMAIN, Ballot(Hash32(bytes(32)), 0, 2, b"\x01"), KEYS[0]), Refusal.QUESTION),
        (ballot(0, 1), Refusal.SEQUENCE),
        (ballot(0, 0), Refusal.SEQUENCE),
        (ballot(0, 10), Refusal.SEQUENCE),
        (ballot(0, 2, b"\x04"), Refusal.CHOICE),
        (ballot(0, 2, b"\x01\x01"), Refusal.CHOICE),
        (ballot(3, 1), Refusal.SEAT),
        (ballot(5, 1), Refusal.SEAT),
        (ballot(0, 2, key=1), Refusal.SIGNATURE),
        (SignedBallot(Ballot(QUESTION, 0, 2, b"\x01"), bytes(64)), Refusal.SIGNATURE),
    ],
)
def test_add__bad_ballot__is_refused_and_changes_nothing(signed: SignedBallot, refusal: Refusal) -> None:
    count = count_of()
    count.add(ballot(0, 1))
    assert list(count.add_all([signed])) == [(signed, refusal)]
    assert (count.turnout, count.votes) == (1, [1, 0, 0])


def test_add__last_sequence__ends_the_seat() -> None:
    count = count_of()
    for sequence in (*range(8, 255, 8), 255):
        assert count.add(ballot(0, sequence)) is None
    assert count.add_recovered(Ballot(QUESTION, 0, 256, b"\x01"), address_of(KEYS[0])) is Refusal.SEQUENCE


def test_add_recovered__zero_key__never_counts() -> None:
    count = count_of()
    assert count.add_recovered(Ballot(QUESTION, 0, 1, b"\x01"), ZERO_ADDRESS) is Refusal.SIGNATURE
    assert count.add_recovered(Ballot(QUESTION, 5, 1, b"\x01"), ZERO_ADDRESS) is Refusal.SEAT
    assert count.add_recovered(Ballot(QUESTION, 0, 1, b"\x01"), address_of(KEYS[0])) is None


@pytest.mark.parametrize("form", FORMS, ids=name_of)
def test_count__many_revotes__is_the_sum_of_the_last_ballots(form: Form) -> None:
    random = Random(name_of(form))
    keys = [Address(bytes([i + 1]) * 20) for i in range(9)]
    entry = {i: 1 << 160 | int.from_bytes(key, "big") for i, key in enumerate(keys)}
    count = OpenTally(form, QUESTION, DOMAIN, RECORD, lambda seat: entry[seat])
    last: dict[int, bytes] = {}
    for sequence in range(1, 6):
        for seat in random.sample(range(9), 7):
            choice = valid_choice(form, random)
            if count.add_recovered(Ballot(QUESTION, seat, sequence, choice), keys[seat]) is None:
                last[seat] = choice
    votes, points = [0] * form.options, [0] * form.options
    for data in last.values():
        choice = decode_choice(form, data)
        for option in choice.options:
            votes[option - 1] += 1
        for option, given in points_of(form, choice):
            points[option - 1] += given
    assert (count.turnout, count.votes) == (len(last), votes)
    assert count.points == (points if form.kind.has_points else [])


def test_points__ordinal__fall_from_the_longest_list() -> None:
    form = Form(K.ORDINAL, 9, 1, 4)
    assert list(points_of(form, make_choice(form, [7, 2]))) == [(7, 4), (2, 3)]


def test_count__real_vote_of_23597__is_official_and_fast() -> None:
    path = pabulib_dir() / "Poland_Gdynia_2021.pb"
    vote = parse_pabulib(path.read_bytes(), str(path))
    form = Form(K.APPROVAL, len(vote.projects), 1, 3)
    key = address_of(KEYS[0])
    word = 1 << 160 | int.from_bytes(key, "big")
    count = OpenTally(form, QUESTION, DOMAIN, RECORD, lambda _: word)
    ballots = [
        Ballot(QUESTION, seat, 1, encode_choice(form, make_choice(form, [i + 1 for i in one.options])))
        for seat, one in enumerate(vote.votes)
    ]
    started = time.process_time()
    assert all(count.add_recovered(one, key) is None for one in ballots)
    assert time.process_time() - started < 2
    assert count.turnout == len(ballots) == 23_597
    assert count.votes == [project.votes for project in vote.projects]
