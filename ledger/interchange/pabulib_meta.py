"""The META section of a Pabulib file: what was asked, by which rule, with how much money."""

from types import MappingProxyType

from ledger.interchange.pabulib_rows import RowReader
from ledger.interchange.pabulib_types import Limits, Meta, Rule, VoteType
from ledger.interchange.pabulib_values import (
    NO_CURRENCY,
    Place,
    parse_count,
    parse_currency,
    parse_integer,
    parse_money,
    quote,
)
from ledger.primitives import MinorUnits

MAX_PROJECTS = 255
"""A question of the ledger holds at most 255 options."""


def read_meta(reader: RowReader) -> Meta:
    """Read the META section.

    Shape   obligatory keys: num_projects, num_votes, budget, vote_type, rule; max_sum_points for cumulative votes. An
            optional key with an empty value counts as absent; unknown keys are kept as text.
    Errors  FileFormatError at the line of the key, or at the section's header where a key is missing.
    Source  https://pabulib.org/format, section 1.
    """
    entries = _Entries(reader)
    vote_type, rule_text = entries.vote_type(), entries.text("rule")
    currency, exponent = NO_CURRENCY, 2
    if entries.has("currency"):
        currency, exponent = parse_currency(entries.text("currency"), entries.place("currency"))
    threshold = entries.integer("min_project_score_threshold")
    if rule_text == Rule.GREEDY_THRESHOLD.value and threshold is None:
        raise entries.place("min_project_score_threshold").error(
            "nothing", "a threshold, as rule greedy-threshold needs"
        )
    return Meta(
        entries=MappingProxyType(entries.texts),
        lines=MappingProxyType(entries.lines),
        num_projects=entries.project_count(),
        num_votes=parse_count(entries.text("num_votes"), entries.place("num_votes")),
        vote_type=vote_type,
        rule=next((rule for rule in Rule if rule.value == rule_text), Rule.OTHER),
        rule_text=rule_text,
        threshold=threshold,
        currency=currency,
        exponent=exponent,
        budget_minor=parse_money(entries.text("budget"), exponent, entries.place("budget")),
        limits=entries.limits(vote_type, exponent),
        default_score=entries.integer("default_score") or 0,
    )


class _Entries:
    """Keys and values with their lines."""

    def __init__(self, reader: RowReader) -> None:
        self.path = reader.path
        self.header, columns = reader.open_section("META")
        self.texts: dict[str, str] = {}
        self.lines: dict[str, int] = {}
        if columns != ["key", "value"]:
            raise Place(self.path, self.header, "META header").error(quote(";".join(columns)), "'key;value'")
        for row in reader.rows(columns):
            key, value = row.cells
            if not key:
                raise Place(self.path, row.line, "key").error("nothing", "the name of a META entry")
            if key in self.texts:
                found, expected = f"a second value {quote(value)}", f"one value, as on line {self.lines[key]}"
                raise Place(self.path, row.line, key).error(found, expected)
            self.texts[key], self.lines[key] = value, row.line

    def place(self, key: str) -> Place:
        return Place(self.path, self.lines.get(key, self.header), key)

    def has(self, key: str) -> bool:
        return bool(self.texts.get(key))

    def text(self, key: str) -> str:
        if not self.has(key):
            raise self.place(key).error("nothing", "a value: this META key is obligatory")
        return self.texts[key]

    def integer(self, key: str) -> int | None:
        return parse_integer(self.texts[key], self.place(key)) if self.has(key) else None

    def vote_type(self) -> VoteType:
        text = self.text("vote_type")
        for vote_type in VoteType:
            if vote_type.value == text:
                return vote_type
        raise self.place("vote_type").error(quote(text), "one of " + ", ".join(kind.value for kind in VoteType))

    def project_count(self) -> int:
        place = self.place("num_projects")
        number = parse_count(self.text("num_projects"), place)
        if not 1 <= number <= MAX_PROJECTS:
            raise place.error(
                str(number), f"1 to {MAX_PROJECTS} projects, as many as a question of the ledger can hold"
            )
        return number

    def limits(self, vote_type: VoteType, exponent: int) -> Limits:
        limits = Limits(
            min_length=self._count("min_length"),
            max_length=self._count("max_length"),
            min_sum_cost=self._money("min_sum_cost", exponent),
            max_sum_cost=self._money("max_sum_cost", exponent),
            min_points=self.integer("min_points"),
            max_points=self.integer("max_points"),
            min_sum_points=self.integer("min_sum_points"),
            max_sum_points=self.integer("max_sum_points"),
        )
        if vote_type is VoteType.CUMULATIVE and limits.max_sum_points is None:
            raise self.place("max_sum_points").error("nothing", "a value: obligatory for cumulative votes")
        for name in ("length", "sum_cost", "points", "sum_points"):
            self._check_pair(f"min_{name}", f"max_{name}", limits)
        if vote_type is VoteType.CHOOSE_1:
            self._check_single("min_length", limits.min_length)
            self._check_single("max_length", limits.max_length)
        return limits

    def _count(self, key: str) -> int | None:
        return parse_count(self.texts[key], self.place(key)) if self.has(key) else None

    def _money(self, key: str, exponent: int) -> MinorUnits | None:
        return parse_money(self.texts[key], exponent, self.place(key)) if self.has(key) else None

    def _check_pair(self, low_key: str, high_key: str, limits: Limits) -> None:
        low, high = getattr(limits, low_key), getattr(limits, high_key)
        if low is not None and high is not None and low > high:
            raise self.place(high_key).error(quote(self.texts[high_key]), f"at least {low_key} {self.texts[low_key]}")

    def _check_single(self, key: str, value: int | None) -> None:
        if value not in (None, 1):
            raise self.place(key).error(str(value), "1, as vote_type is choose-1")
