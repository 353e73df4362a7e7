"""How a budget was used up: the winners' costs side by side, up to the budget's end."""

from dataclasses import dataclass

from api.models.votes import OptionRecord, ResultRecord


@dataclass(frozen=True, slots=True)
class Segment:
    """A winner's part. Units: `start`, `width` in percent of the budget, as text for SVG."""

    option: OptionRecord
    start: str
    width: str
    shade: int


@dataclass(frozen=True, slots=True)
class Strip:
    """Units: `left` in minor units; `left_start`: percent of the budget where what is left begins."""

    segments: tuple[Segment, ...]
    left: int
    left_start: str


SHADES = 4


def spending_strip(result: ResultRecord) -> Strip | None:
    """None while nothing is decided, or nothing is to be spent."""
    budget = result.budget
    if budget is None or not budget.final or not budget.amount:
        return None
    segments, used = [], 0
    winners = sorted((option for option in result.options if option.selected), key=lambda option: option.rank)
    for place, option in enumerate(winners):
        if option.cost:
            segments.append(
                Segment(option, _part(used, budget.amount), _part(option.cost, budget.amount), place % SHADES)
            )
        used += option.cost
    return Strip(tuple(segments), budget.amount - used, _part(used, budget.amount))


def _part(amount: int, whole: int) -> str:
    thousandths = amount * 100_000 // whole
    return f"{thousandths // 1000}.{thousandths % 1000:03d}"
