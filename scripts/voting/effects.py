"""Carrying out what a passed question decided: its budget allocated, its effect called, its winners funded."""

from typing import Any

from pydantic import ValidationError

from ledger.abi import contract
from ledger.errors import CannotCheckError, LedgerError
from ledger.json_text import parse_json
from ledger.money.account import numbered_key
from ledger.ports import StateView
from ledger.primitives import ZERO_HASH, Address, Height
from ledger.system import SystemContract
from ledger.views.definition import load_budget, load_definition
from ledger.views.question_document import document_cid, find_document
from ledger.views.questions import load_electorate
from ledger.voting.question import AllocationRule, Budget, Option, Question, effect_hash
from scripts.running.office import Office, throw_away_key
from scripts.voting.drafts import option_rows, read_effect
from scripts.voting.questions import EffectPart
from scripts.voting.shares import SharesAllocation

TREASURY = SystemContract.TREASURY


class UnknownEffectError(CannotCheckError):
    """An effect of which only the hash is known here, or one that no command of this release carries out."""

    type = "effect-not-known"


class ChallengeOpenError(CannotCheckError):
    """An allocation that anybody may still challenge."""

    type = "challenge-open"


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
    """Allocate a budget that is not yet, then call the effect. Errors: CallRefusedError, ChallengeOpenError."""
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
    """The winners without an appropriation, as a mask."""
    return int(office.read(TREASURY, "decision", decision)[2])


def _allocate(office: Office, question: Question, options: tuple[Option, ...], budget: Budget) -> None:
    if budget.rule is AllocationRule.EQUAL_SHARES_ADD1:
        _allocate_shares(office, question, options, budget)
    elif not office.read(SystemContract.ALLOCATION, "is_final", question.id):
        arguments = (question.id, option_rows(options), budget.row)
        office.call(throw_away_key(), SystemContract.ALLOCATION, "allocate", *arguments)


def _allocate_shares(office: Office, question: Question, options: tuple[Option, ...], budget: Budget) -> None:
    """Equal shares: bring the certificate, and finalise it once nobody can challenge it any more."""
    seats = load_electorate(office.chain.state(), question.id).seats
    allocation = SharesAllocation(_Sender(office), question, options, budget, seats)
    ends = allocation.propose()
    if ends is None:
        return
    office.advance_to(ends)
    now = office.now()
    if now < ends:
        raise ChallengeOpenError(
            f"vote {question.id}: its certificate may be challenged until {ends}, it is {now}; repeat this then",
            until=ends,
        )
    allocation.finalise()


class _Sender:
    """An office that sends from keys that nobody knows."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def state(self) -> StateView:
        return self._office.chain.state()

    def call(self, of: SystemContract, entry: str, *arguments: Any) -> None:
        self._office.call(throw_away_key(), of, entry, *arguments)


def _budget_effect(office: Office, question: Question) -> Effect | None:
    chain, chain_id = office.chain, office.founding.chain_id
    options = load_definition(chain, chain_id, question).options
    document = find_document(office.evidence, question.text)
    budget = load_budget(chain, chain_id, question, SystemContract.ALLOCATION, document)
    if options is None or budget is None:
        return None
    data = contract(TREASURY.contract_name).encode_call("appropriate_result", option_rows(options), budget.row)
    return Effect(TREASURY.address, data, options, budget)


def _document_effect(office: Office, question: Question) -> Effect | None:
    cid = str(document_cid(question.text))
    try:
        part = EffectPart.model_validate(parse_json(office.evidence.get(cid))["effect"])
        return Effect(*read_effect(part))
    except (LedgerError, ValidationError, ValueError, KeyError, TypeError):
        # Absent, damaged or silent: all the same to whoever looks for the effect, and its hash decides.
        return None
