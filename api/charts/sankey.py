"""A small Sankey layout: columns of nodes, ribbons between them, everything in whole thousandths of a unit.

Source  the picture that M. H. P. R. Sankey drew in 1898; columns are given, so no search for an order is needed.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

MIN_THICKNESS = 1.5


@dataclass(frozen=True, slots=True)
class Node:
    """Shape   `key`: unique; `column`: from 0; `tone`: how it is coloured; `beyond`: where its money goes next, said in
    its own label where the last column has no room for labels.
    """

    key: str
    column: int
    label: str
    amount: int
    tone: str
    beyond: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """Money from one node to one of a later column. Units: minor units."""

    source: str
    target: str
    amount: int


@dataclass(frozen=True, slots=True)
class Size:
    """How a picture is laid out.

    Shape   `stops`: left edge of each column as a part of the width; `letters`: of each column's labels, 0 for none.
    Units   pixels of the picture's own coordinates. `row`: height that a node with its label needs at least.
    """

    width: int
    node: int
    row: int
    stops: tuple[float, ...]
    letters: tuple[int, ...]
    top: int = 8


@dataclass(frozen=True, slots=True)
class Box:
    """A node's place. Shape: `label` is cut to the room it has, empty for none; `beyond` as in `Node`."""

    node: Node
    x: float
    y: float
    width: float
    height: float
    text_x: float
    anchor: str
    label: str
    beyond: str


@dataclass(frozen=True, slots=True)
class Ribbon:
    """A link as an SVG path."""

    link: Link
    path: str
    tone: str


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything that a template draws."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    ribbons: tuple[Ribbon, ...]


@dataclass(slots=True)
class _Cursor:
    """How far the ends at a node are used up."""

    left: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    right: dict[str, float] = field(default_factory=lambda: defaultdict(float))


def draw(nodes: Sequence[Node], links: Sequence[Link], size: Size) -> Picture:
    """Place nodes column by column in the given order, and join them.

    Shape   no column may be empty before the last used one.
    """
    columns: dict[int, list[Node]] = defaultdict(list)
    for node in nodes:
        columns[node.column].append(node)
    if not columns:
        return Picture(size.width, 0, (), ())
    most = max(len(column) for column in columns.values())
    height = size.row * max(most, 3)
    scale = _scale(columns, height, size)
    boxes = {box.node.key: box for column in columns.values() for box in _column(column, height, scale, size)}
    _level(boxes, links)
    ribbons = _ribbons(boxes, links, scale)
    return Picture(size.width, height + 2 * size.top, tuple(boxes.values()), tuple(ribbons))


def _scale(columns: dict[int, list[Node]], height: int, size: Size) -> float:
    """Pixels of thickness for one minor unit, so that the fullest column leaves every node its row."""
    best = None
    for column in columns.values():
        total = sum(node.amount for node in column)
        if total:
            free = height - (size.row - 6) * (len(column) - 1)
            room = max(free, height * 0.35) / total
            best = room if best is None else min(best, room)
    return best or 0.0


def _column(column: list[Node], height: int, scale: float, size: Size) -> list[Box]:
    heights = [max(node.amount * scale, MIN_THICKNESS) for node in column]
    gap = (height - sum(heights)) / len(column)
    y = size.top + gap / 2
    boxes = []
    for node, thickness in zip(column, heights, strict=True):
        x = round(size.stops[node.column] * (size.width - size.node), 1)
        is_last = size.stops[node.column] == 1
        text_x = x - 5 if is_last else x + size.node + 5
        letters = size.letters[node.column]
        boxes.append(
            Box(
                node=node,
                x=x,
                y=round(y, 1),
                width=size.node,
                height=round(thickness, 1),
                text_x=round(text_x, 1),
                anchor="end" if is_last else "start",
                label=shorten(node.label, letters) if letters else "",
                beyond="" if size.letters[-1] else node.beyond,
            )
        )
        y += thickness + gap
    return boxes


def _level(boxes: dict[str, Box], links: Sequence[Link]) -> None:
    """Put a node level with the one it is joined to where neither is joined to another on that side."""
    givers, takers = Counter(link.source for link in links), Counter(link.target for link in links)
    for link in links:
        giver, taker = boxes[link.source], boxes[link.target]
        if givers[link.source] == takers[link.target] == 1 and taker.height <= giver.height:
            boxes[link.target] = replace(taker, y=giver.y)


def _ribbons(boxes: dict[str, Box], links: Sequence[Link], scale: float) -> list[Ribbon]:
    cursor = _Cursor()
    ribbons = []
    for link in sorted(links, key=lambda link: (boxes[link.source].y, boxes[link.target].y)):
        start, end = boxes[link.source], boxes[link.target]
        thickness = max(link.amount * scale, 0.75)
        y0 = start.y + cursor.right[link.source]
        y1 = end.y + cursor.left[link.target]
        cursor.right[link.source] += thickness
        cursor.left[link.target] += thickness
        x0, x1 = start.x + start.width, end.x
        ribbons.append(Ribbon(link, _path(x0, y0, x1, y1, thickness), end.node.tone))
    return ribbons


def _path(x0: float, y0: float, x1: float, y1: float, thickness: float) -> str:
    """A band of constant thickness with level ends."""
    middle = (x0 + x1) / 2
    numbers = (x0, y0, middle, y0, middle, y1, x1, y1, x1, y1 + thickness)
    back = (middle, y1 + thickness, middle, y0 + thickness, x0, y0 + thickness)
    a, b = (" ".join(f"{value:.1f}" for value in part) for part in (numbers, back))
    first = a.split()
    return f"M{first[0]} {first[1]}C{' '.join(first[2:8])}L{first[8]} {first[9]}C{b}Z"


def shorten(text: str, letters: int) -> str:
    """Cut a label to its room, at a word if one ends near."""
    if len(text) <= letters:
        return text
    cut = text[: letters - 1]
    space = cut.rfind(" ")
    return (cut[:space] if space > letters * 2 // 3 else cut).rstrip(" ,.;:") + "…"
