"""The stages of a replay, from the roll to the payments. Each looks at the chain first and does what is missing."""

import json
from collections.abc import Iterator
from typing import Any

from ledger.founding.constitution import Duty
from ledger.money.account import numbered_key
from ledger.primitives import Gas, keccak256
from ledger.system import SystemContract
from ledger.voting.question import AllocationRule, EffectKind, Question, effect_hash
from scripts.replay.equal_shares import allocate_equal_shares
from scripts.replay.plan import FUND
from scripts.replay.work import QUESTION, Replay
from scripts.terminal.console import Steps

SHARES_A_CALL = 200
SEATS_A_CALL = 500
ORDER_GAS = Gas(1_000_000)
SETTLE_GAS = Gas(500_000)
TREASURY = SystemContract.TREASURY.address
ORDERED = 1


def admit_members(replay: Replay, steps: Steps) -> None:
    """One share for each voter."""
    present = replay.read(SystemContract.MEMBERSHIP, "active")
    steps.start("shares", replay.voters.count)
    steps.advance("shares", present)
    for chunk in replay.voters.members(present):
        for part in _parts(chunk, SHARES_A_CALL):
            owners, commitments = [owner for owner, _ in part], [commitment for _, commitment in part]
            replay.desk.send(replay.keys[Duty.REGISTRAR], SystemContract.MEMBERSHIP, "admit", owners, commitments)
            steps.advance("shares", len(part))
    replay.desk.flush()


def fill_roll(replay: Replay, steps: Steps) -> None:
    """One seat for each voter, in another order than the shares."""
    present = replay.read(SystemContract.ROLL, "count")
    steps.start("seats", replay.voters.count)
    steps.advance("seats", present)
    for chunk in replay.voters.seat_keys(present):
        for part in _parts(chunk, SEATS_A_CALL):
            replay.desk.send(replay.keys[Duty.REGISTRAR], SystemContract.ROLL, "fill", b"".join(part))
            steps.advance("seats", len(part))
    replay.desk.flush()


def receive_budget(replay: Replay) -> None:
    """The money of the budget enters the fund, with its source."""
    if replay.read(SystemContract.JOURNAL, "entry_count"):
        return
    meta = replay.plan.file.meta
    record = {"income": meta.budget_minor, "currency": meta.currency, "source": "the town, as the replayed file says"}
    number = replay.add_evidence(_json(record), "income")
    if meta.budget_minor:
        source = keccak256(b"replay source: the town")
        treasurer = replay.keys[Duty.TREASURER]
        replay.desk.call(treasurer, SystemContract.TREASURY, "receive", FUND, meta.budget_minor, source, number)


def open_question(replay: Replay) -> None:
    """The question, with its document as evidence."""
    if replay.read(SystemContract.BALLOTS, "count"):
        return
    replay.add_evidence(replay.plan.document, "question")
    opens, closes = replay.schedule.window(replay.node.chain.head().timestamp, replay.voters.count)
    form = replay.plan.form
    fields = (form.kind, form.options, form.min_length, form.max_length)
    points = (form.min_points, form.max_points, form.min_sum, form.max_sum)
    proposal = (
        replay.plan.text,
        (*fields, *points),
        0,
        EffectKind.BUDGET,
        opens,
        closes,
        replay.budget.hash,
        effect_hash(TREASURY, replay.effect),
    )
    officer = replay.keys[Duty.RETURNING_OFFICER]
    replay.desk.call(officer, SystemContract.BALLOTS, "open", proposal, replay.options)


def close_question(replay: Replay, question: Question) -> None:
    """Record the outcome once the window is over."""
    replay.advance_to(question.closes)
    if not replay.read(SystemContract.BALLOTS, "outcome", QUESTION)[0]:
        replay.desk.call(replay.keys[Duty.RELAY], SystemContract.BALLOTS, "close", QUESTION)


def allocate_budget(replay: Replay, question: Question) -> None:
    """Pick the winners on the chain, by the file's rule."""
    if replay.budget.rule is AllocationRule.EQUAL_SHARES_ADD1:
        allocate_equal_shares(replay, question)
    elif not replay.read(SystemContract.ALLOCATION, "is_final", QUESTION):
        call = ("allocate", QUESTION, replay.options, replay.budget.row)
        replay.desk.call(replay.keys[Duty.RELAY], SystemContract.ALLOCATION, *call)


def appropriate_winners(replay: Replay, question: Question) -> None:
    """Execute the question's effect after the waiting time: one appropriation for each winner."""
    replay.advance_to(question.closes + question.terms.waiting)
    relay = replay.keys[Duty.RELAY]
    if not replay.read(SystemContract.BALLOTS, "outcome", QUESTION)[3]:
        replay.desk.call(relay, SystemContract.BALLOTS, "execute", QUESTION, TREASURY, replay.effect)
    decision = numbered_key(question.contract, question.id)
    while replay.read(SystemContract.TREASURY, "decision", decision)[2]:
        replay.desk.call(relay, SystemContract.TREASURY, "appropriate_pending", decision, replay.options)


def pay_winners(replay: Replay, steps: Steps) -> None:
    """One instalment to each winner's payee, ordered on an invoice and settled on a bank's statement."""
    count = replay.read(SystemContract.TREASURY, "appropriation_count")
    steps.start("payments", 2 * count)
    treasurer = replay.keys[Duty.TREASURER]
    due: list[tuple[int, int]] = []
    invoices = []
    for number in range(1, count + 1):
        label, _, _, payee, _, rest = replay.read(SystemContract.TREASURY, "appropriation", number)
        if rest:
            due.append((number, rest))
            invoices.append(_json({"invoice": number, "for": label.hex(), "payee": payee.hex(), "amount": rest}))
    for (number, rest), evidence in zip(due, replay.add_files(invoices, "invoice"), strict=True):
        call = ("order", number, rest, b"instalment".ljust(32, b"\0"), evidence)
        replay.desk.send(treasurer, SystemContract.TREASURY, *call, gas=ORDER_GAS)
    replay.desk.flush()
    steps.advance("payments", count)
    payments = range(1, replay.read(SystemContract.TREASURY, "payment_count") + 1)
    rows = [(number, replay.read(SystemContract.TREASURY, "payment", number)) for number in payments]
    ordered = [(number, row[1]) for number, row in rows if row[2] == ORDERED]
    statements = [_json({"statement": number, "amount": amount}) for number, amount in ordered]
    for (number, _), statement in zip(ordered, replay.add_files(statements, "bank statement"), strict=True):
        replay.desk.send(treasurer, SystemContract.TREASURY, "settle", number, statement, gas=SETTLE_GAS)
    replay.desk.flush()
    steps.advance("payments", count)


def _json(record: dict[str, Any]) -> bytes:
    return json.dumps(record, sort_keys=True, separators=(",", ":")).encode()


def _parts(items: list[Any], size: int) -> Iterator[list[Any]]:
    return (items[i : i + size] for i in range(0, len(items), size))
