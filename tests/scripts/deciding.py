"""A ballot that decides something on a small ledger: opened, cast by all, closed, carried out."""

import hashlib
from typing import Any

from ledger.abi import contract
from ledger.founding.constitution import Duty
from ledger.primitives import ZERO_HASH, Height
from ledger.system import SystemContract
from ledger.views.questions import load_question
from ledger.voting.form import BallotKind
from ledger.voting.question import EffectKind, Option, effect_hash
from tests.scripts.small_ledger import FORMS, WINDOW_S, SmallLedger, choice_of


def decide(
    ledger: SmallLedger, of: SystemContract, entry: str, *arguments: Any, kind: EffectKind = EffectKind.PERMISSION
) -> Height:
    """Let all seats vote yes on a call, and carry it out; the block in which it took effect."""
    call = contract(of.contract_name).encode_call(entry, *arguments)
    form = FORMS[BallotKind.YES_NO]
    fields = (form.kind, form.options, form.min_length, form.max_length, 0, 0, 0, 0)
    opens = ledger.node.chain.head().timestamp + 10
    text = hashlib.sha256(call).digest()
    proposal = (text, fields, 0, kind, opens, opens + WINDOW_S, ZERO_HASH, effect_hash(of.address, call))
    options = [(Option.label_of(name), 0, ZERO_HASH) for name in ("yes", "no", "abstain")]
    ledger.desk.call(ledger.keys[Duty.RETURNING_OFFICER], SystemContract.BALLOTS, "open", proposal, options)
    question = load_question(ledger.node.chain.state(), ledger.question_count())
    ledger.advance_to(opens)
    yes = choice_of(BallotKind.YES_NO)
    ledger.cast(question, [ledger.sign(question, seat, yes) for seat in range(ledger.seats)])
    ledger.close(question)
    ledger.advance_to(question.closes + question.terms.waiting)
    relay = ledger.keys[Duty.RELAY]
    return ledger.desk.call(relay, SystemContract.BALLOTS, "execute", question.id, of.address, call)
