"""Gas of a ballot as a share of whole transactions, against OpenZeppelin Governor on the same chain.

Run     `python bench/gas.py [--json]`
Baseline  `castVote` and `castVoteBySig` of the Governor in bench/governor.json (OpenZeppelin 5.1.0, solc 0.8.28).
          Everything is measured by receipts of blocks that the embedded engine made.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from coincurve import PrivateKey

from bench.governor import measure_governor
from bench.single_blocks import OFFICE, Ledger
from ledger.abi import contract
from ledger.primitives import ZERO_HASH, Address, Hash32
from ledger.secp256k1 import address_of
from ledger.voting.ballot import Ballot, SignedBallot, domain_separator, sign_ballot
from ledger.voting.batch import encode_cast, encode_single
from ledger.voting.choice import encode_choice, make_choice
from ledger.voting.form import BallotKind, Form
from tests.contracts.chain import mock
from tests.contracts.founding import FOUNDING, PARAMETERS, SEALING, TERMS, bytes32, listings
from tests.contracts.voting.ballot_box import form_tuple, make_options, rows
from tests.node.execution.ledgers import CHAIN_ID

K = BallotKind
SEATS = 2_100
CASES = {
    "choose one of 6": (Form(K.CHOOSE_ONE, 6), 1000),
    "approve of 32 (mask)": (Form(K.APPROVAL, 32, 1, 32), 1000),
    "rank 4 of 32": (Form(K.ORDINAL, 32, 1, 4), 1000),
    "approve 15 of 255 (list)": (Form(K.APPROVAL, 255, 1, 15), 790),
    "choose one of 255": (Form(K.CHOOSE_ONE, 255), 1000),
    "5 points over 10": (Form(K.CUMULATIVE, 10, 1, 5, 1, 5, 5, 5), 600),
}


@dataclass
class Votes:
    """Ballots on a ledger with a full roll."""

    ledger: Ledger
    ballots: Address
    keys: list[PrivateKey]
    domain: Hash32
    count: int = 0

    def open(self, form: Form) -> Hash32:
        """The hash of a new question that is open from the next block on."""
        abi = contract("Ballots")
        now = self.ledger.engine.head().timestamp
        values = (b"\x01" * 32, form_tuple(form), 0, 0, now + 1, now + 3601, ZERO_HASH, ZERO_HASH)
        self.ledger.send(self.ballots, abi.encode_call("open", values, rows(make_options(form))))
        self.count += 1
        output = self.ledger.call(self.ballots, abi.encode_call("question", self.count))
        return Hash32(abi.decode_output("question", output)[0][0])

    def sign(self, question: Hash32, form: Form, seats: Sequence[int], sequence: int = 1) -> list[SignedBallot]:
        random = Random(sequence)
        return [
            sign_ballot(self.domain, Ballot(question, seat, sequence, full_choice(form, random)), self.keys[seat])
            for seat in seats
        ]

    def cast(self, ballots: list[SignedBallot]) -> float:
        """Gas per ballot of one batch."""
        return self.ledger.send(self.ballots, encode_cast(self.count, ballots)) / len(ballots)

    def vote(self, form: Form, signed: SignedBallot) -> int:
        return self.ledger.send(self.ballots, encode_single(form, self.count, signed))


def full_choice(form: Form, random: Random) -> bytes:
    """As many options as the form allows."""
    options = random.sample(range(1, form.options + 1), form.max_length)
    points = [1] * form.max_length if form.carries_points else ()
    return encode_choice(form, make_choice(form, options, points))


def found_votes(ledger: Ledger) -> Votes:
    office = address_of(OFFICE)

    def deploy(name: str, *values: Any) -> Address:
        return ledger.deploy(contract(name).encode_creation(*values))

    directory = deploy("Directory", listings())
    parameters = [(bytes32(name), *rest) for name, *rest in PARAMETERS]
    constitution = deploy("Constitution", directory, FOUNDING, True, True, parameters, TERMS)
    permissions = deploy("Permissions", directory, [(office, 5, 60_000_000)], [], SEALING, [], [])
    membership = ledger.deploy(mock("crowd").encode_creation())
    roll = deploy("Roll", permissions, membership)
    asked = (constitution, permissions, membership, roll)
    ballots = deploy("Ballots", *asked, deploy("LongBallots", *asked))
    keys = [PrivateKey((i + 1).to_bytes(32, "big")) for i in range(SEATS)]
    for start in range(0, SEATS, 700):
        data = b"".join(address_of(key) for key in keys[start : start + 700])
        ledger.send(roll, contract("Roll").encode_call("fill", data))
    return Votes(ledger, ballots, keys, domain_separator(CHAIN_ID, ballots))


def measure_batches(votes: Votes) -> dict[str, dict[str, float]]:
    """First batch of a question, the next one, and revotes of the first."""
    table = {}
    for name, (form, count) in CASES.items():
        question = votes.open(form)
        table[name] = {
            "batch": count,
            "first": votes.cast(votes.sign(question, form, range(count))),
            "next": votes.cast(votes.sign(question, form, range(count, 2 * count))),
            "again": votes.cast(votes.sign(question, form, range(count), 2)),
        }
    return table


def measure_sizes(votes: Votes) -> dict[str, float]:
    """Choose one of 6: other sizes of batches, scattered seats, and direct votes."""
    form = CASES["choose one of 6"][0]
    question = votes.open(form)
    table = {}
    start = 0
    for count in (100, 10, 1):
        table[f"batch of {count}"] = votes.cast(votes.sign(question, form, range(start, start + count)))
        start += 16 * -(-count // 16)
    scattered = range(start, SEATS, 16)
    table[f"{len(scattered)} scattered"] = votes.cast(votes.sign(question, form, scattered))
    table[f"{len(scattered)} scattered, again"] = votes.cast(votes.sign(question, form, scattered, 2))
    question = votes.open(form)
    votes.cast(votes.sign(question, form, [0]))
    for name, seat, sequence in (("fresh word", 160, 1), ("used word", 161, 1), ("again", 161, 2)):
        (signed,) = votes.sign(question, form, [seat], sequence)
        table[f"vote, {name}"] = votes.vote(form, signed)
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    as_json = parser.parse_args().json
    governor = measure_governor()
    votes = found_votes(Ledger())
    batches, sizes = measure_batches(votes), measure_sizes(votes)
    ratio = governor["castVote"] / batches["choose one of 6"]["first"]
    if as_json:
        print(json.dumps({"batches": batches, "sizes": sizes, "governor": governor, "ratio": ratio}))
        return
    for name, row in batches.items():
        print(f"{name:26}", *(f"{key} {value:>9,.0f}" for key, value in row.items()))
    for name, value in [*sizes.items(), *governor.items()]:
        print(f"{name:26} {value:>9,.0f}")
    print(f"{'castVote / ballot':26} {ratio:>9.2f}")


if __name__ == "__main__":
    main()
