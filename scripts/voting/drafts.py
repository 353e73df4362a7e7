"""Drafts: a question file turned into exactly what will be opened, checked before anything is sent."""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ledger.abi import AbiError, Entry, contract
from ledger.errors import BadInputError
from ledger.founding.constitution import Constitution
from ledger.money.account import fund_id
from ledger.primitives import ZERO_HASH, Address, Hash32, Timestamp
from ledger.proofs.comet.ed25519 import validate_key
from ledger.system import SystemContract
from ledger.views.definition import budget_record
from ledger.voting.form import BallotKind, Form
from ledger.voting.question import AllocationRule, Budget, EffectKind, Option, TieRule, effect_hash
from scripts.terminal.amounts import read_amount
from scripts.voting.questions import BudgetPart, EffectPart, OptionPart, QuestionFile

YES_NO = (("yes", "Yes"), ("no", "No"), ("abstain", "Abstain"))
WORD = 32


class DraftError(BadInputError):
    """A question that this ledger cannot hold."""

    type = "bad-question"


@dataclass(frozen=True)
class Draft:
    """A question before it is opened. `effect`: target and calldata, None for a question without one."""

    file: QuestionFile
    form: Form
    effect_kind: EffectKind
    options: tuple[Option, ...]
    budget: Budget | None
    effect: tuple[Address, bytes] | None
    currency: str
    exponent: int

    @cached_property
    def document(self) -> bytes:
        """The question document: canonical JSON, whose sha2-256 the question carries."""
        file = self.file
        rows = [{"id": i, "name": n} for i, n in YES_NO] if not file.option else [self._row(o) for o in file.option]
        record: dict[str, Any] = {"title": file.title, "kind": file.kind, "options": rows}
        record |= {name: value for name in ("summary", "place", "source") if (value := getattr(file, name))}
        if self.budget is not None:
            record |= {"currency": self.currency, "exponent": self.exponent, "budget": budget_record(self.budget)}
            record["rule"] = file.budget.rule if file.budget else ""
        if self.effect is not None and file.effect is not None:
            record["effect"] = file.effect.model_dump()
        return json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

    @property
    def text(self) -> Hash32:
        return Hash32(hashlib.sha256(self.document).digest())

    def proposal(self, opens: Timestamp, closes: Timestamp) -> tuple[Any, ...]:
        """What `Ballots.open` takes."""
        form = self.form
        fields = (form.kind, form.options, form.min_length, form.max_length)
        points = (form.min_points, form.max_points, form.min_sum, form.max_sum)
        budget = ZERO_HASH if self.budget is None else self.budget.hash
        effect = ZERO_HASH if self.effect is None else effect_hash(*self.effect)
        return (self.text, (*fields, *points), 0, self.effect_kind, opens, closes, budget, effect)

    @property
    def option_rows(self) -> list[tuple[bytes, int, bytes]]:
        return option_rows(self.options)

    def _row(self, option: OptionPart) -> dict[str, Any]:
        row: dict[str, Any] = {"id": option.id, "name": option.name or option.id}
        row |= {name: value for name in ("description", "payee") if (value := getattr(option, name))}
        if option.cost is not None:
            row["cost"] = read_amount(option.cost, self.exponent, f"option {option.id}: cost")
        return row


def make_draft(file: QuestionFile, constitution: Constitution) -> Draft:
    """Check a file against the ledger that is to hold it.

    Errors  FormError, DraftError, AmountError name the field.
    """
    exponent = constitution.currency.exponent
    options = _options(file, exponent)
    budget = None if file.budget is None else _budget(file.budget, file, constitution)
    effect = None
    if budget is not None:
        call = ("appropriate_result", option_rows(options), budget.row)
        effect = SystemContract.TREASURY.address, contract("Treasury").encode_call(*call)
    elif file.effect is not None:
        effect = read_effect(file.effect)
        _check_validator(file.effect)
    return Draft(
        file,
        make_form(file, len(options)),
        EffectKind[file.effect_kind.upper()],
        options,
        budget,
        effect,
        constitution.currency.code,
        exponent,
    )


def make_form(file: QuestionFile, count: int) -> Form:
    """The form of a file's ballots, with what the file leaves out. Errors: FormError."""
    kind = BallotKind[file.kind.upper().replace("-", "_")]
    limits = file.limits
    longest = 1 if kind in (BallotKind.YES_NO, BallotKind.CHOOSE_ONE) else count
    max_length = limits.max_length or longest
    min_length = limits.min_length if limits.min_length is not None else min(1, max_length)
    numbers = (limits.min_points, limits.max_points, limits.min_sum, limits.max_sum)
    if kind not in (BallotKind.CUMULATIVE, BallotKind.SCORE):
        if any(number is not None for number in numbers):
            raise DraftError(f"limits: points in a question of kind {file.kind}, expected none")
        return Form(kind, count, min_length, max_length)
    if limits.max_points is None and limits.max_sum is None:
        raise DraftError(f"limits: neither max_points nor max_sum, expected one for kind {file.kind}")
    max_points = limits.max_points or min(limits.max_sum or 1, 2**16 - 1)
    max_sum = limits.max_sum or max_points * max_length
    return Form(kind, count, min_length, max_length, limits.min_points or 0, max_points, limits.min_sum or 0, max_sum)


def option_rows(options: tuple[Option, ...]) -> list[tuple[bytes, int, bytes]]:
    """Options as the contracts take them."""
    return [(option.label, option.cost, option.payee) for option in options]


def _options(file: QuestionFile, exponent: int) -> tuple[Option, ...]:
    if not file.option:
        return tuple(Option(Option.label_of(identifier)) for identifier, _ in YES_NO)
    found = []
    for option in file.option:
        what = f"option {option.id}"
        if (option.cost is None) != (file.budget is None):
            raise DraftError(f"{what}: cost {option.cost!r}, expected one exactly where there is a [budget]")
        if option.payee is not None and file.budget is None:
            raise DraftError(f"{what}: payee {option.payee!r}, expected none without a [budget]")
        cost = 0 if option.cost is None else read_amount(option.cost, exponent, f"{what}: cost")
        found.append(Option(Option.label_of(option.id), cost, payee_word(option.payee, what)))
    return tuple(found)


def payee_word(text: str | None, what: str) -> Hash32:
    """A payee's identifier: 32 bytes in hex, an ASCII text of at most 31 letters as it is, none as zero."""
    if text is None:
        return ZERO_HASH
    if text.startswith("0x"):
        try:
            data = bytes.fromhex(text[2:])
        except ValueError:
            data = b""
        if len(data) == WORD:
            return Hash32(data)
    elif text.isascii() and text.isprintable() and len(text) < WORD:
        return Hash32(text.encode("ascii").ljust(WORD, b"\0"))
    raise DraftError(f"{what}: payee {text!r}, expected 0x and 64 hex digits, or at most 31 ASCII letters")


def _budget(part: BudgetPart, file: QuestionFile, constitution: Constitution) -> Budget:
    exponent = constitution.currency.exponent
    funds = [fund.name for fund in constitution.fund]
    if part.fund not in funds:
        raise DraftError(f"budget.fund: {part.fund!r}, expected one of {', '.join(funds)}")
    rule = AllocationRule[part.rule.upper().replace("-", "_")]
    step = 0
    if part.step is not None:
        step = read_amount(part.step, exponent, "budget.step")
    elif rule is AllocationRule.EQUAL_SHARES_ADD1:
        step = 10**exponent
    return Budget(
        rule,
        fund_id(part.fund),
        read_amount(part.amount, exponent, "budget.amount"),
        part.threshold,
        TieRule[part.ties.upper().replace("-", "_")],
        tuple(_exclusive(ids, file) for ids in part.exclusive),
        step,
    )


def _exclusive(ids: list[str], file: QuestionFile) -> int:
    known = [option.id for option in file.option]
    missing = next((i for i in ids if i not in known), None)
    if missing is not None or len(set(ids)) < 2:
        raise DraftError(f"budget.exclusive: {ids}, expected at least two ids of options")
    return sum(1 << known.index(i) for i in set(ids))


def read_effect(part: EffectPart) -> tuple[Address, bytes]:
    """Target and calldata of an effect in words. Errors: DraftError."""
    kinds = {kind.contract_name: kind for kind in SystemContract}
    if part.contract not in kinds:
        raise DraftError(f"effect.contract: {part.contract!r}, expected one of {', '.join(kinds)}")
    abi = contract(part.contract)
    try:
        return kinds[part.contract].address, abi.encode_call(part.entry, *_arguments(part, abi.entry(part.entry)))
    except AbiError as error:
        raise DraftError(f"effect: {error.detail}") from error


def _check_validator(part: EffectPart) -> None:
    """No question is opened here on a validator whose key is nobody's, or everybody's. Errors: UnsoundKeyError."""
    if (part.contract, part.entry.partition("(")[0]) == ("Permissions", "add_validator"):
        validate_key(_argument(part.arguments[0]), "effect.arguments: validator key")


def _arguments(part: EffectPart, entry: Entry) -> list[Any]:
    """Texts stay texts where the entry takes one; anything else may stand in words or in hex."""
    kinds = [*entry.inputs.kinds, *[""] * len(part.arguments)]
    return [value if kind == "string" else _argument(value) for value, kind in zip(part.arguments, kinds, strict=False)]


def _argument(value: Any) -> Any:
    if isinstance(value, list):
        return [_argument(part) for part in value]
    if isinstance(value, str) and value.startswith("0x"):
        try:
            return bytes.fromhex(value[2:])
        except ValueError as error:
            raise DraftError(f"effect.arguments: {value!r}, expected 0x hex") from error
    if isinstance(value, str):
        # Names of parameters and contracts are words of ASCII.
        return value.encode().ljust(WORD, b"\0")
    return value
