"""Gas of a ballot, whole transactions with calldata and the 21,000 of each: `python bench/gas.py [--json]`.

Baseline: OpenZeppelin Governor's castVote, 65,724 gas each under the same rules (measured with version 5 on the same
chain parameters; the constant below, since no Solidity compiler belongs to the project).
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

from coincurve import PrivateKey

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from ledger.founding.constitution import FOUNDING_DUTIES, Duty
from ledger.primitives import ZERO_HASH, Hash32, Timestamp
from ledger.secp256k1 import address_of
from ledger.system import SystemContract
from ledger.views.questions import load_question, question_count
from ledger.voting.ballot import Ballot, SignedBallot, domain_separator, encode_record, encode_vote, sign_ballot
from ledger.voting.batch import cut_batches
from ledger.voting.choice import encode_choice, make_choice
from ledger.voting.form import BallotKind, Form
from ledger.voting.question import EffectKind
from node.clock import SimulatedClock
from node.consensus.solo import SealedBlock
from node.embedded import EmbeddedNode
from node.founding import SEALER
from node.keys import load_key
from scripts.desk import Desk
from scripts.founding import found_ledger

GOVERNOR_CAST_VOTE = 65_724
SEATS = 2_000
BATCH = 1_000
TEXT = Hash32(b"\x11" * 32)
CONSTITUTION = Path(__file__).resolve().parent.parent / "scripts" / "constitutions" / "replay.toml"
FORMS = {
    "single choice of 3": Form(BallotKind.YES_NO, 3),
    "single choice of 6": Form(BallotKind.CHOOSE_ONE, 6),
    "approval of 32 options": Form(BallotKind.APPROVAL, 32, 1, 32),
    "ordinal, 4 ranks of 32 options": Form(BallotKind.ORDINAL, 32, 1, 4),
    "list of 15 of 255 options": Form(BallotKind.APPROVAL, 255, 1, 15),
    "cumulative, 5 of 20 options": Form(BallotKind.CUMULATIVE, 20, 1, 5, 0, 10, 0, 10),
}


class Town:
    """A rehearsal with a full roll, on which questions of any form are voted on."""

    def __init__(self, node: EmbeddedNode, folder: Path) -> None:
        self.node = node
        self.gas: list[int] = []
        self.desk = Desk(node, self._note)
        self.keys = {duty: load_key(folder / f"{duty.replace(' ', '-')}.json") for duty in FOUNDING_DUTIES}
        self.voters = [PrivateKey((0xBA1107 + seat).to_bytes(32, "big")) for seat in range(SEATS)]
        self.domain = domain_separator(node.founding.chain_id, SystemContract.BALLOTS.address)

    def _note(self, sealed: SealedBlock) -> None:
        used = 0
        for receipt in sealed.executed.receipts:
            self.gas.append(receipt.cumulative_gas_used - used)
            used = receipt.cumulative_gas_used

    def settle(self) -> None:
        """Members and seats."""
        registrar = self.keys[Duty.REGISTRAR]
        for first in range(0, SEATS, 200):
            owners = [(0xA11CE + i).to_bytes(20, "big") for i in range(first, first + 200)]
            self.desk.send(
                registrar, SystemContract.MEMBERSHIP, "admit", owners, [owner + b"\1" * 8 for owner in owners]
            )
        for first in range(0, SEATS, 500):
            part = b"".join(address_of(key) for key in self.voters[first : first + 500])
            self.desk.send(registrar, SystemContract.ROLL, "fill", part)
        self.desk.flush()

    def open(self, form: Form) -> int:
        """A referendum of this form, its window open; its id."""
        opens = self.node.chain.head().timestamp + 5
        points = (form.min_points, form.max_points, form.min_sum, form.max_sum)
        row = (form.kind, form.options, form.min_length, form.max_length, *points)
        window = (opens, opens + 1_000_000)
        proposal = (TEXT, row, 0, EffectKind.REFERENDUM, *window, ZERO_HASH, ZERO_HASH)
        options = [(bytes([i + 1]) * 32, 0, ZERO_HASH) for i in range(form.options)]
        self.desk.call(self.keys[Duty.RETURNING_OFFICER], SystemContract.BALLOTS, "open", proposal, options)
        assert isinstance(self.node.clock, SimulatedClock)
        self.node.clock.advance_to(Timestamp(opens))
        return question_count(self.node.chain.state())

    def sign(self, question_id: int, seats: Sequence[int], sequence: int = 1, seed: int = 1) -> list[SignedBallot]:
        """Full ballots: as many options as the form allows."""
        question = load_question(self.node.chain.state(), question_id)
        form, random = question.form, Random(seed)
        signed = []
        for seat in seats:
            options = random.sample(range(1, form.options + 1), form.max_length)
            points = [form.max_sum // form.max_length] * len(options) if form.carries_points else []
            choice = encode_choice(form, make_choice(form, options, points))
            signed.append(sign_ballot(self.domain, Ballot(question.hash, seat, sequence, choice), self.voters[seat]))
        return signed

    def cast(self, question_id: int, ballots: Sequence[SignedBallot], size: int) -> float:
        """Gas a ballot of batches of at most `size`, as large as a transaction can carry."""
        form = load_question(self.node.chain.state(), question_id).form
        self.gas.clear()
        for first in range(0, len(ballots), size):
            part = ballots[first : first + size]
            for cut in cut_batches(form, [signed.ballot.seat for signed in part]):
                records = b"".join(encode_record(signed) for signed in part[cut.start : cut.stop])
                relay = self.keys[Duty.RELAY]
                self.desk.call(relay, SystemContract.BALLOTS, "cast", question_id, records, gas=cut.gas)
        return sum(self.gas) / len(ballots)

    def vote(self, question_id: int, signed: SignedBallot) -> int:
        """Gas of a direct vote."""
        self.gas.clear()
        self.desk.call(self.keys[Duty.RELAY], SystemContract.BALLOTS, "vote", question_id, *encode_vote(signed))
        return self.gas[-1]


def measure(town: Town) -> dict[str, Any]:
    """Every figure of the table."""
    result: dict[str, Any] = {}
    neighbours = range(BATCH)
    for name, form in FORMS.items():
        question = town.open(form)
        first = town.cast(question, town.sign(question, neighbours), BATCH)
        again = town.cast(question, town.sign(question, neighbours, 2, seed=2), BATCH)
        result[name] = {"first": round(first), "revote": round(again)}
    single = FORMS["single choice of 3"]
    question = town.open(single)
    fresh, used = (town.vote(question, town.sign(question, [seat])[0]) for seat in (0, 1))
    result["alone, fresh slot, first of the question"] = fresh
    result["alone, used slot"] = used
    result["alone, fresh slot"] = town.vote(question, town.sign(question, [500])[0])
    scattered = sorted(Random(3).sample(range(SEATS), 100))
    question = town.open(single)
    result["single choice, 100 scattered seats"] = round(town.cast(question, town.sign(question, scattered), 100))
    for size in (100, 10):
        question = town.open(single)
        result[f"single choice, batches of {size}"] = round(town.cast(question, town.sign(question, range(size)), size))
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    as_json = parser.parse_args().json
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "ledger"
        founded = found_ledger(
            folder, CONSTITUTION.read_bytes(), text_path=str(CONSTITUTION), time=Timestamp(1_767_225_600)
        )
        with EmbeddedNode(folder, load_key(founded.folder.keys / f"{SEALER}.json")) as node:
            town = Town(node, founded.folder.keys)
            town.settle()
            figures = measure(town)
    single = figures["single choice of 3"]["first"]
    figures["Governor castVote (baseline)"] = GOVERNOR_CAST_VOTE
    figures["baseline to single choice"] = round(GOVERNOR_CAST_VOTE / single, 2)
    if as_json:
        print(json.dumps(figures))
        return
    for label, figure in figures.items():
        print(f"{label:45} {figure}")


if __name__ == "__main__":
    main()
