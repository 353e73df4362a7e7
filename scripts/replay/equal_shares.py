"""Equal shares on the chain: a certificate, its check in ranges, the time to challenge, the final result."""

from ledger.founding.constitution import Duty
from ledger.reading import read
from ledger.system import SystemContract
from ledger.voting.equal_shares import Election, make_election
from ledger.voting.equal_shares_certificate import make_certificate
from ledger.voting.equal_shares_check import Program, make_program
from ledger.voting.equal_shares_ranges import MAX_WORDS, Progress, advance, start, words_of
from ledger.voting.lane import place_lane, read_lane
from ledger.voting.question import Question
from scripts.replay.work import Replay

EQUAL_SHARES = SystemContract.EQUAL_SHARES
BALLOTS_A_RANGE = 400
"""As many as fit into one transaction with room to spare, whatever the number of rounds."""


def allocate_equal_shares(replay: Replay, question: Question) -> None:
    """Bring the winners by certificate; goes on where an earlier run stopped."""
    if replay.read(EQUAL_SHARES, "is_final", question.id):
        return
    relay = replay.keys[Duty.RELAY]
    election = elect(replay, question)
    if election.all_fit:
        replay.desk.call(relay, EQUAL_SHARES, "allocate_all", question.id, replay.options, replay.budget_tuple)
        return
    if replay.read(EQUAL_SHARES, "standing", question.id)[4] == 0:
        certificate = make_certificate(election)
        program = make_program(election, certificate, question.id, question.word)
        if not any(replay.read(EQUAL_SHARES, "progress", program.hash)):
            row = (certificate.step, len(certificate.fits), [line.word for line in certificate.lines])
            arguments = (question.id, replay.options, replay.budget_tuple, row)
            replay.desk.call(relay, EQUAL_SHARES, "propose", *arguments)
        _check_ranges(replay, question, program)
    replay.advance_to(replay.read(EQUAL_SHARES, "standing", question.id)[4])
    replay.desk.call(relay, EQUAL_SHARES, "finalise", question.id)


def elect(replay: Replay, question: Question) -> Election:
    """The election that stands in the lanes: the last ballot of each seat."""
    state = replay.node.chain.state()
    choices = []
    words: dict[int, int] = {}
    for seat in range(replay.voters.count):
        place = place_lane(question.form, question.id, seat)
        for slot in place.slots:
            if slot not in words:
                words[slot] = state.storage(question.contract, slot)
        lane = read_lane(question.form, place, [words[slot] for slot in place.slots])
        if lane.sequence:
            choices.append(lane.choice)
    return make_election(question.form, [option.cost for option in replay.plan.options], choices, replay.budget)


def _check_ranges(replay: Replay, question: Question, program: Program) -> None:
    form = question.form
    count = min(words_of(form, BALLOTS_A_RANGE), MAX_WORDS // form.slots_per_lane * form.slots_per_lane)
    total = words_of(form, replay.voters.count)
    progress = start(program)
    reached = bytes(replay.read(EQUAL_SHARES, "progress", program.hash))
    is_caught_up = False
    while progress.words < total and progress.ballots < program.turnout:
        is_caught_up = is_caught_up or progress.hash == reached
        number = min(count, total - progress.words)
        if is_caught_up:
            arguments = (program.row, progress.row, number)
            replay.desk.call(replay.keys[Duty.RELAY], EQUAL_SHARES, "check", *arguments)
        progress = _after(replay, question, program, progress, number)


def _after(replay: Replay, question: Question, program: Program, before: Progress, number: int) -> Progress:
    state = replay.node.chain.state()
    (words,) = read(state, SystemContract.BALLOTS, "lane_words", question.id, before.words, number)
    return advance(program, question.form, before, words)
