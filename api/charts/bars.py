"""A vote's result as bars."""

from dataclasses import dataclass

from api.models.votes import OptionRecord, ResultRecord


@dataclass(frozen=True, slots=True)
class Bar:
    """One option's bar. Units: `width` in percent of the longest one's room, as text for SVG."""

    option: OptionRecord
    count: int
    width: str
    won: bool
    lost: bool


@dataclass(frozen=True, slots=True)
class BarChart:
    """Bars, the greatest first once it is known who won.

    Shape   `mark`: where the least count of a winner stands, in percent; empty without one.
    """

    bars: tuple[Bar, ...]
    mark: str
    mark_count: int
    unit: str


def result_bars(result: ResultRecord) -> BarChart:
    """Shape   a question of yes or no stays in its order; its bars are shares of all three."""
    counts = {option.number: _count(option) for option in result.options}
    threshold = (result.budget.threshold if result.budget else None) or 0
    top = max(*counts.values(), threshold, 1)
    is_ranked = len(result.options) > 3 or result.budget is not None
    order = sorted(result.options, key=lambda option: option.rank) if is_ranked else result.options
    bars = tuple(
        Bar(
            option=option,
            count=counts[option.number],
            width=_percent(counts[option.number], top),
            won=option.selected is True,
            lost=option.selected is False,
        )
        for option in order
    )
    mark = _percent(threshold, top) if threshold else ""
    return BarChart(bars, mark, threshold, "points" if result.points_count else "votes")


def _count(option: OptionRecord) -> int:
    return option.votes if option.points is None else option.points


def _percent(part: int, whole: int) -> str:
    """Two decimals, from integers."""
    hundredths = part * 10_000 // whole
    return f"{hundredths // 100}.{hundredths % 100:02d}"
