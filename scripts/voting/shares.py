"""Equal shares on the chain: a certificate, its check in ranges, the time to challenge, the final result."""

from collections.abc import Sequence
from typing import Any, Protocol

from ledger.ports import StateView
from ledger.primitives import Timestamp
from ledger.reading import read
from ledger.system import SystemContract
from ledger.voting.equal_shares import Election, make_election
from ledger.voting.equal_shares_certificate import make_certificate
from ledger.voting.equal_shares_check import Program, make_program
from ledger.voting.equal_shares_ranges import MAX_WORDS, Progress, advance, start, words_of
from ledger.voting.lane import place_lane, read_lane
from ledger.voting.question import Budget, Option, Question
from scripts.voting.drafts import option_rows

EQUAL_SHARES = SystemContract.EQUAL_SHARES
BALLOTS_A_RANGE = 400
"""As many as fit into one transaction with room to spare, whatever the number of rounds."""


class Sender(Protocol):
    """Reads the newest state, and sends calls that anyone may make."""

    def state(self) -> StateView: ...

    def call(self, of: SystemContract, entry: str, *arguments: Any) -> None: ...


class SharesAllocation:
    """The allocation of one closed question. What an earlier run has done already is not done again.

    Shape   `seats`: how many were on the roll at record time.
    """

    def __init__(
        self, sender: Sender, question: Question, options: Sequence[Option], budget: Budget, seats: int
    ) -> None:
        self._sender = sender
        self._question = question
        self._options = tuple(options)
        self._budget = budget
        self._seats = seats

    def propose(self) -> Timestamp | None:
        """Bring the winners by certificate and have it checked; from when on `finalise` may be called, None if the
        result is final already.
        """
        number = self._question.id
        if self._read("is_final", number):
            return None
        election = self.elect()
        named = (number, option_rows(self._options), self._budget.row)
        if election.all_fit:
            self._sender.call(EQUAL_SHARES, "allocate_all", *named)
            return None
        if self._ends() == 0:
            certificate = make_certificate(election)
            program = make_program(election, certificate, number, self._question.word)
            if not any(self._read("progress", program.hash)):
                row = (certificate.step, len(certificate.fits), [line.word for line in certificate.lines])
                self._sender.call(EQUAL_SHARES, "propose", *named, row)
            self._check_ranges(program)
        return self._ends()

    def finalise(self) -> None:
        """Make the result final once nobody can challenge it any more."""
        self._sender.call(EQUAL_SHARES, "finalise", self._question.id)

    def elect(self) -> Election:
        """The election that stands in the lanes: the last ballot of each seat."""
        question, state = self._question, self._sender.state()
        choices = []
        words: dict[int, int] = {}
        for seat in range(self._seats):
            place = place_lane(question.form, question.id, seat)
            for slot in place.slots:
                if slot not in words:
                    words[slot] = state.storage(question.contract, slot)
            lane = read_lane(question.form, place, [words[slot] for slot in place.slots])
            if lane.sequence:
                choices.append(lane.choice)
        return make_election(question.form, [option.cost for option in self._options], choices, self._budget)

    def _check_ranges(self, program: Program) -> None:
        form = self._question.form
        count = min(words_of(form, BALLOTS_A_RANGE), MAX_WORDS // form.slots_per_lane * form.slots_per_lane)
        total = words_of(form, self._seats)
        progress = start(program)
        reached = bytes(self._read("progress", program.hash))
        is_caught_up = False
        while progress.words < total and progress.ballots < program.turnout:
            is_caught_up = is_caught_up or progress.hash == reached
            number = min(count, total - progress.words)
            if is_caught_up:
                self._sender.call(EQUAL_SHARES, "check", program.row, progress.row, number)
            progress = self._after(program, progress, number)

    def _after(self, program: Program, before: Progress, number: int) -> Progress:
        arguments = (self._question.id, before.words, number)
        (words,) = read(self._sender.state(), SystemContract.BALLOTS, "lane_words", *arguments)
        return advance(program, self._question.form, before, words)

    def _ends(self) -> Timestamp:
        """When the time to challenge is over, 0 while no certificate has passed its check."""
        return Timestamp(read(self._sender.state(), EQUAL_SHARES, "standing", self._question.id)[0][4])

    def _read(self, entry: str, *arguments: Any) -> Any:
        return read(self._sender.state(), EQUAL_SHARES, entry, *arguments)[0]
