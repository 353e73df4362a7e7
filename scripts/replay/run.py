"""Running a replay from the file to the report."""

import resource
import time
from collections.abc import Callable
from pathlib import Path

from ledger.money.payment import PaymentState
from ledger.proofs.anchor import decode_anchor
from ledger.proofs.making import ReceiptMaker
from ledger.proofs.receipt_json import decode_receipt, encode_receipt
from ledger.proofs.slots import entry_slot
from ledger.proofs.storage import ProofMemo
from ledger.proofs.verdict import Standing, check_receipt
from ledger.reading import read
from ledger.system import SystemContract
from ledger.views.questions import load_question, load_tally
from ledger.voting.allocation import allocate
from ledger.voting.ballot import SignedBallot, domain_separator
from ledger.voting.equal_shares import allocate_equal_shares, make_election
from ledger.voting.question import AllocationRule, Question
from ledger.voting.tally import OpenTally
from node.consensus.solo import SealedBlock
from scripts.replay import stages
from scripts.replay.casting import cast_ballots
from scripts.replay.compare import allocation_differences, official_differences, recount_differences
from scripts.replay.opening import open_replay
from scripts.replay.plan import make_plan
from scripts.replay.recount import carried_ballots
from scripts.replay.report import Report
from scripts.replay.work import QUESTION, Replay
from scripts.terminal.console import Output, Steps

RECEIPTS = 200
"""Receipts that a replay takes and checks, spread evenly over the seats, unless told otherwise."""


def replay_file(
    path: Path,
    folder: Path,
    output: Output,
    receipts: int | None = RECEIPTS,
    on_block: Callable[[SealedBlock], None] = lambda _: None,
) -> Report:
    """Replay a vote, or go on with a replay that was stopped.

    Shape   `folder`: a ledger's directory, new or not, or that of a network or of a member that runs. `receipts`: how
            many to take; None takes one for every ballot. `on_block`: called with each block that is made in this
            process, once it is acknowledged.
    Errors  FileFormatError and other BadInputErrors before anything is written; CheckFailedError where the ledger's
            rules refuse what the file says.
    """
    began = time.monotonic()
    plan = make_plan(path.read_bytes(), str(path))
    with open_replay(plan, folder, on_block) as replay, output.progress() as steps:
        question = _run_stages(replay, steps)
        report = _check(replay, question, steps, receipts)
    report.seconds = time.monotonic() - began
    report.peak_rss_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return report


def _run_stages(replay: Replay, steps: Steps) -> Question:
    stages.admit_members(replay, steps)
    stages.fill_roll(replay, steps)
    stages.receive_budget(replay)
    stages.open_question(replay)
    question = load_question(replay.node.chain.state(), QUESTION)
    cast_ballots(replay, question, steps)
    stages.close_question(replay, question)
    stages.allocate_budget(replay, question)
    stages.appropriate_winners(replay, question)
    stages.pay_winners(replay, steps)
    return question


def _check(replay: Replay, question: Question, steps: Steps, receipts: int | None) -> Report:
    """Read the result off the chain, count it again, compare it, and check receipts."""
    chain, plan = replay.node.chain, replay.plan
    state = chain.state()
    tally = load_tally(state, QUESTION)
    rule = replay.budget.rule
    allocator = SystemContract.EQUAL_SHARES if rule is AllocationRule.EQUAL_SHARES_ADD1 else SystemContract.ALLOCATION
    (mask,) = read(state, allocator, "selected", QUESTION)
    (spent,) = read(state, allocator, "spent", QUESTION)
    selected = frozenset(i + 1 for i in range(len(plan.options)) if mask >> i & 1)
    ballots = carried_ballots(chain, replay.node.founding.chain_id, question)
    count = _open_tally(replay, question)
    refused = _recount(replay, ballots, count)
    checked, valid = _check_receipts(replay, question, ballots, steps, receipts)
    report = Report(plan, chain.head(), tally, selected, spent, _paid(replay), refused, checked, valid, replay.engine)
    report.differences += official_differences(plan, tally, selected)
    report.differences += recount_differences(plan, tally, count)
    report.differences += allocation_differences(plan, _allocate(replay, count), selected)
    return report


def _check_receipts(
    replay: Replay, question: Question, ballots: list[SignedBallot], steps: Steps, wanted: int | None
) -> tuple[int, int]:
    """Take receipts, spread evenly over the ballots, and judge each by the founding anchor alone."""
    node = replay.node
    anchor = decode_anchor(node.folder.anchor.read_text(encoding="ascii"))
    count = len(ballots) if wanted is None else min(wanted, len(ballots))
    chosen = [ballots[i * len(ballots) // count] for i in range(count)]
    steps.start("receipts", count)
    maker = ReceiptMaker(node.chain, node.founding.chain_id)
    memo = ProofMemo()
    valid = 0
    for signed in chosen:
        # Through the file's bytes and back: what the citizen keeps is what is judged.
        receipt = decode_receipt(encode_receipt(maker.make(question, signed)))
        verdict = check_receipt(receipt, anchor, memo)
        valid += verdict.standing is Standing.COUNTED and verdict.is_final
        steps.advance("receipts")
    return count, valid


def _paid(replay: Replay) -> int:
    """What the payees have got, from the settled payments."""
    total = 0
    for number in range(1, replay.read(SystemContract.TREASURY, "payment_count") + 1):
        payment = replay.read(SystemContract.TREASURY, "payment", number)
        total += payment[1] if payment[2] == PaymentState.SETTLED else 0
    return total


def _allocate(replay: Replay, count: OpenTally) -> list[int]:
    """The winners by the model from its own count, as option numbers."""
    costs = [option.cost for option in replay.plan.options]
    if replay.budget.rule is AllocationRule.EQUAL_SHARES_ADD1:
        choices = [lane.choice for lane in count.lanes.values()]
        allocation = allocate_equal_shares(make_election(count.form, costs, choices, replay.budget)).allocation
    else:
        counts = count.points if count.form.kind.has_points else count.votes
        allocation = allocate(costs, counts, replay.budget)
    return [option + 1 for option in allocation.selected]


def _open_tally(replay: Replay, question: Question) -> OpenTally:
    """An empty count of the question, with the roll as the chain has it."""
    state = replay.node.chain.state()
    domain = domain_separator(replay.node.founding.chain_id, question.contract)
    roll = SystemContract.ROLL.address
    return OpenTally(
        question.form, question.hash, domain, question.record, lambda seat: state.storage(roll, entry_slot(seat))
    )


def _recount(replay: Replay, ballots: list[SignedBallot], count: OpenTally) -> list[dict[str, str]]:
    """Count the raw ballots by the model; those that it refuses, by voter."""
    refused = []
    for signed, reason in count.add_all(ballots):
        voter = replay.voters.voter_at[signed.ballot.seat]
        refused.append({"voter": replay.plan.file.votes[voter].voter, "reason": reason.value})
    return refused
