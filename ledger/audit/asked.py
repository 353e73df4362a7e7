"""Questions on their way, kept in tables: of any number of them only those used last are in memory."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import astuple, dataclass

from ledger.audit.tables import KeptLanes, numbered
from ledger.bundle.tables import Tables
from ledger.chain.rlp import RlpItem, decode_list, encode
from ledger.primitives import Address, Hash32, Timestamp
from ledger.voting.form import BallotKind, Form
from ledger.voting.outcome import Electorate
from ledger.voting.question import AllocationRule, Budget, EffectKind, Fraction, Option, Question, Terms, TieRule
from ledger.voting.tally import OpenTally

IN_MEMORY = 32
"""Questions; one in use takes some KiB, and up to a MiB for choices that were read."""
ID_BYTES = 8


@dataclass(slots=True)
class Asked:
    """A question on its way. Shape: `selected`: mask of the winners by the repeated allocation, None before it."""

    question: Question
    options: tuple[Option, ...]
    tally: OpenTally
    electorate: Electorate
    budget: Budget | None = None
    closed: bool = False
    passed: bool = False
    executed: bool = False
    executed_call: tuple[Address, bytes] | None = None
    turnout: int = 0
    selected: int | None = None
    spent: int = 0


MakeTally = Callable[[Question, KeptLanes], OpenTally]
"""An empty count of a question, in these lanes."""


class AskedQuestions:
    """Questions by contract and id.

    One that is found may be changed until `IN_MEMORY` others are asked for: by then it is written down.
    """

    def __init__(self, tables: Tables, make_tally: MakeTally) -> None:
        self._rows = tables.table()
        self._lanes = tables.table()
        self._make_tally = make_tally
        self._count = 0
        # With the place of its lanes, the one used last at the end.
        self._used: OrderedDict[bytes, tuple[Asked, bytes]] = OrderedDict()

    def add(self, question: Question, options: tuple[Option, ...], electorate: Electorate) -> None:
        """A question that was just opened; a second one of its number stands in its stead."""
        self._count += 1
        place = self._count.to_bytes(ID_BYTES, "big")
        tally = self._make_tally(question, KeptLanes(self._lanes, place))
        self._keep(numbered(question.contract, question.id), Asked(question, options, tally, electorate), place)

    def find(self, address: Address, id_: int) -> Asked | None:
        key = numbered(address, id_)
        if key in self._used:
            self._used.move_to_end(key)
            return self._used[key][0]
        row = self._rows.get(key)
        if row is None:
            return None
        asked, place = self._decode(row)
        self._keep(key, asked, place)
        return asked

    def items(self) -> Iterator[Asked]:
        """All of them by contract and id, to be read only."""
        for key, (asked, place) in self._used.items():
            self._rows.put(key, _encode(asked, place))
        return (self._decode(row)[0] for _, row in self._rows.rows())

    def _keep(self, key: bytes, asked: Asked, place: bytes) -> None:
        self._used[key] = (asked, place)
        self._used.move_to_end(key)
        if len(self._used) > IN_MEMORY:
            oldest, (written, where) = self._used.popitem(last=False)
            self._rows.put(oldest, _encode(written, where))

    def _decode(self, row: bytes) -> tuple[Asked, bytes]:
        fields = decode_list(row, 9)
        place, seats = _bytes(fields[0]), _numbers(fields[4])
        question = _decode_question(fields[1])
        tally = self._make_tally(question, KeptLanes(self._lanes, place, seats[0]))
        tally.votes, tally.points = _numbers(fields[2]), _numbers(fields[3])
        options = tuple(
            Option(Hash32(_bytes(label)), _number(cost), Hash32(_bytes(payee)))
            for label, cost, payee in map(_items, _items(fields[5]))
        )
        asked = Asked(question, options, tally, Electorate(*seats[1:]), _decode_budget(fields[6]))
        call = _items(fields[7])
        if call:
            asked.executed_call = (Address(_bytes(call[0])), _bytes(call[1]))
        closed, passed, executed, asked.turnout, asked.spent, *selected = _numbers(fields[8])
        asked.closed, asked.passed, asked.executed = bool(closed), bool(passed), bool(executed)
        asked.selected = selected[0] if selected else None
        return asked, place


def _encode(asked: Asked, place: bytes) -> bytes:
    tally = asked.tally
    ends = [asked.closed, asked.passed, asked.executed, asked.turnout, asked.spent]
    fields: list[RlpItem] = [
        place,
        _encode_question(asked.question),
        _from_numbers(tally.votes),
        _from_numbers(tally.points),
        _from_numbers([len(tally.lanes), *astuple(asked.electorate)]),
        [[option.label, _from_number(option.cost), option.payee] for option in asked.options],
        [] if asked.budget is None else _encode_budget(asked.budget),
        [] if asked.executed_call is None else list(asked.executed_call),
        _from_numbers(ends if asked.selected is None else [*ends, asked.selected]),
    ]
    return encode(fields)


def _encode_question(question: Question) -> list[RlpItem]:
    terms = question.terms
    hashes: list[RlpItem] = [
        question.founding,
        question.contract,
        question.text,
        question.options,
        question.budget,
        question.effect,
    ]
    times = (question.record, question.opens, question.closes)
    numbers = (question.id, question.secrecy, question.effect_kind, *times, terms.majority_strict, terms.waiting)
    thresholds = (*astuple(terms.quorum), *astuple(terms.majority))
    return [hashes, _from_numbers(numbers), _from_numbers(thresholds), _from_numbers(astuple(question.form))]


def _decode_question(item: RlpItem) -> Question:
    hashes, numbers, thresholds, form = _items(item)
    founding, contract, text, options, budget, effect = map(_bytes, _items(hashes))
    id_, secrecy, effect_kind, record, opens, closes, is_strict, waiting = _numbers(numbers)
    of_quorum, of_majority = _numbers(thresholds)[:2], _numbers(thresholds)[2:]
    kind, *limits = _numbers(form)
    return Question(
        founding=Hash32(founding),
        contract=Address(contract),
        id=id_,
        text=Hash32(text),
        options=Hash32(options),
        form=Form(BallotKind(kind), *limits),
        secrecy=secrecy,
        effect_kind=EffectKind(effect_kind),
        record=Timestamp(record),
        opens=Timestamp(opens),
        closes=Timestamp(closes),
        terms=Terms(Fraction(*of_quorum), Fraction(*of_majority), bool(is_strict), waiting),
        budget=Hash32(budget),
        effect=Hash32(effect),
    )


def _encode_budget(budget: Budget) -> list[RlpItem]:
    numbers = (budget.rule, budget.amount, budget.threshold, budget.ties, budget.step, *budget.exclusive)
    return [budget.fund, _from_numbers(numbers)]


def _decode_budget(item: RlpItem) -> Budget | None:
    if not item:
        return None
    fund, numbers = _items(item)
    rule, amount, threshold, ties, step, *exclusive = _numbers(numbers)
    of_ties = TieRule(ties)
    return Budget(AllocationRule(rule), Hash32(_bytes(fund)), amount, threshold, of_ties, tuple(exclusive), step)


def _from_number(value: int) -> bytes:
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def _from_numbers(values: Iterable[int]) -> list[RlpItem]:
    return [_from_number(int(value)) for value in values]


def _number(item: RlpItem) -> int:
    return int.from_bytes(_bytes(item), "big")


def _numbers(item: RlpItem) -> list[int]:
    return [_number(value) for value in _items(item)]


def _items(item: RlpItem) -> list[RlpItem]:
    assert isinstance(item, list)  # noqa: S101  # `_encode` wrote it
    return item


def _bytes(item: RlpItem) -> bytes:
    assert isinstance(item, bytes)  # noqa: S101  # `_encode` wrote it
    return item
