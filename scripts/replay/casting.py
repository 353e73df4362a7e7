"""Casting the ballots of a replay: signed by their own keys, sorted by seat, carried in batches."""

from collections.abc import Iterator

from ledger.founding.constitution import Duty
from ledger.primitives import Gas, Hash32
from ledger.system import SystemContract
from ledger.voting.ballot import Ballot, domain_separator, encode_record
from ledger.voting.batch import BatchMeter
from ledger.voting.lane import place_lane, read_lane
from ledger.voting.question import Question
from scripts.replay.work import Replay
from scripts.terminal.console import Steps

FIRST_SEQUENCE = 1


def cast_ballots(replay: Replay, question: Question, steps: Steps) -> None:
    """Cast every ballot of the file that the chain does not hold yet."""
    replay.advance_to(question.opens)
    steps.start("ballots", replay.voters.count)
    missing = list(_missing(replay, question))
    steps.advance("ballots", replay.voters.count - len(missing))
    domain = domain_separator(replay.node.founding.chain_id, question.contract)
    waiting: list[bytes] = []
    meter = BatchMeter(question.form)
    for chunk in replay.voters.sign(domain, missing):
        for signed in chunk:
            if not meter.has_room(signed.ballot.seat):
                _send(replay, question, waiting, meter.gas)
                steps.advance("ballots", len(waiting))
                waiting, meter = [], BatchMeter(question.form)
            waiting.append(encode_record(signed))
            meter.add(signed.ballot.seat)
    if waiting:
        _send(replay, question, waiting, meter.gas)
        steps.advance("ballots", len(waiting))
    replay.desk.flush()


def ballots_of(replay: Replay, question: Hash32) -> Iterator[tuple[int, Ballot]]:
    """(voter, ballot) of every vote in the file, by seat."""
    votes = replay.plan.file.votes
    for seat, voter in enumerate(replay.voters.voter_at):
        yield voter, Ballot(question, seat, FIRST_SEQUENCE, replay.plan.choice(votes[voter]))


def _missing(replay: Replay, question: Question) -> Iterator[tuple[int, Ballot]]:
    """Ballots whose lanes are empty. After a kill some batches are in and others are not."""
    state = replay.node.chain.state()
    words: dict[int, int] = {}
    for voter, ballot in ballots_of(replay, question.hash):
        place = place_lane(question.form, question.id, ballot.seat)
        for slot in place.slots:
            if slot not in words:
                words[slot] = state.storage(question.contract, slot)
        if read_lane(question.form, place, [words[slot] for slot in place.slots]).sequence == 0:
            yield voter, ballot


def _send(replay: Replay, question: Question, records: list[bytes], gas: Gas) -> None:
    key = replay.keys[Duty.RELAY]
    replay.desk.send(key, SystemContract.BALLOTS, "cast", question.id, b"".join(records), gas=gas)
