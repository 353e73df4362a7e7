"""Carrying out what a passed question decided: its budget allocated, its effect called, its winners funded."""

import json

from pydantic import ValidationError

from ledger.abi import contract
from ledger.errors import CannotCheckError, LedgerError
from ledger.money.account import numbered_key
from ledger.primitives import ZERO_HASH, Address, Height
from ledger.reading import read
from ledger.system import SystemContract
from ledger.views.definition import load_budget, load_definition
from ledger.views.question_document import document_cid, find_document
from ledger.voting.question import AllocationRule, Budget, Option, Question, effect_hash
from scripts.drafts import budget_row, option_rows, read_effect
from scripts.office import Office, throw_away_key
from scripts.questions import EffectPart

TREASURY = SystemContract.TREASURY


class UnknownEffectError(CannotCheckError):
    """An effect of which only the hash is known here, or one that no command of this release carries out."""

    type = "effect-not-known"


class Effect:
    """What a question calls. Shape: `options` and `budget` are None where it splits no budget."""

    def __init__(
        self, target: Address, data: bytes, options: tuple[Option, ...] | None = None, budget: Budget | None = None
    ) -> None:
        self.target = target
        self.data = data
        self.options = options
        self.budget = budget


def find_effect(office: Office, question: Question) -> Effect:
    """The effect behind a question's hash, from the chain and the question document.

    Errors  UnknownEffectError.
    """
    if question.effect == ZERO_HASH:
        raise UnknownEffectError(f"vote {question.id}: it has no effect to carry out")
    found = _budget_effect(office, question) if question.budget != ZERO_HASH else _document_effect(office, question)
    if found is None or effect_hash(found.target, found.data) != question.effect:
        raise UnknownEffectError(
            f"vote {question.id}: nothing here gives its effect's hash, expected the question document in evidence"
        )
    return found


def carry_out(office: Office, question: Question, effect: Effect) -> Height:
    """Allocate a budget that is not yet, then call the effect. Errors: CallRefusedError, UnknownEffectError."""
    if effect.budget is not None and effect.options is not None:
        _allocate(office, question, effect.options, effect.budget)
    key = throw_away_key()
    return office.call(key, SystemContract.BALLOTS, "execute", question.id, effect.target, effect.data)


def finish_appropriations(office: Office, question: Question, effect: Effect) -> None:
    """Give winners that one transaction had no room for their appropriations."""
    if effect.options is None:
        return
    decision = numbered_key(question.contract, question.id)
    while _pending(office, decision):
        office.call(throw_away_key(), TREASURY, "appropriate_pending", decision, option_rows(effect.options))


def _pending(office: Office, decision: bytes) -> int:
    row = read(office.chain.state(), TREASURY, "decision", decision)
    return int(row[2] if len(row) > 1 else row[0][2])


def _allocate(office: Office, question: Question, options: tuple[Option, ...], budget: Budget) -> None:
    equal_shares = budget.rule is AllocationRule.EQUAL_SHARES_ADD1
    rule = SystemContract.EQUAL_SHARES if equal_shares else SystemContract.ALLOCATION
    if office.read(rule, "is_final", question.id):
        return
    if equal_shares:
        raise UnknownEffectError(
            f"vote {question.id}: equal shares are not allocated yet, expected a certificate that is final"
        )
    arguments = (question.id, option_rows(options), budget_row(budget))
    office.call(throw_away_key(), SystemContract.ALLOCATION, "allocate", *arguments)


def _budget_effect(office: Office, question: Question) -> Effect | None:
    chain, chain_id = office.chain, office.founding.chain_id
    options = load_definition(chain, chain_id, question).options
    document = find_document(office.evidence, question.text)
    budget = load_budget(chain, chain_id, question, SystemContract.ALLOCATION, document)
    if options is None or budget is None:
        return None
    data = contract(TREASURY.contract_name).encode_call("appropriate_result", option_rows(options), budget_row(budget))
    return Effect(TREASURY.address, data, options, budget)


def _document_effect(office: Office, question: Question) -> Effect | None:
    cid = str(document_cid(question.text))
    try:
        part = EffectPart.model_validate(json.loads(office.evidence.get(cid))["effect"])
        return Effect(*read_effect(part))
    except (LedgerError, ValidationError, ValueError, KeyError, TypeError):
        # Absent, damaged or silent: all the same to whoever looks for the effect, and its hash decides.
        return None
