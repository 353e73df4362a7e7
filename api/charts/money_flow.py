"""A fund's money from its sources to its payees, for wide and for narrow screens."""

from collections.abc import Sequence
from dataclasses import dataclass

from api.charts.sankey import Link, Node, Picture, Size, draw, shorten
from api.models.funds import AppropriationRecord, FundPage

MOST_NODES = 12
"""Nodes of one column; the smallest of a longer one are drawn together."""
WIDE = Size(width=960, node=14, row=50, stops=(0, 0.24, 0.56, 1), letters=(24, 30, 32, 14))
NARROW = Size(width=360, node=8, row=50, stops=(0, 0.25, 0.53, 1), letters=(11, 13, 24, 0))


@dataclass(frozen=True, slots=True)
class Pictures:
    """The same flow twice; the style sheet shows the one that fits the screen."""

    wide: Picture
    narrow: Picture


def flow_pictures(page: FundPage) -> Pictures | None:
    """None for a fund that nothing has come into yet."""
    if not page.sources:
        return None
    nodes, links = _graph(page)
    return Pictures(draw(nodes, links, WIDE), draw(nodes, links, NARROW))


def _graph(page: FundPage) -> tuple[list[Node], list[Link]]:
    fund = page.fund
    nodes = [Node("fund", 1, fund.name, fund.received, "fund")]
    links: list[Link] = []
    for index, source in enumerate(page.sources[:MOST_NODES]):
        nodes.append(Node(f"s{index}", 0, source.source, source.amount, "source"))
        links.append(Link(f"s{index}", "fund", source.amount))
    if rest := sum(source.amount for source in page.sources[MOST_NODES:]):
        nodes.append(Node("s+", 0, f"{len(page.sources) - MOST_NODES} others", rest, "source"))
        links.append(Link("s+", "fund", rest))
    shown, others = page.appropriations[:MOST_NODES], page.appropriations[MOST_NODES:]
    for item in shown:
        _add_project(nodes, links, item)
    if others:
        _add_others(nodes, links, others)
    for key, label, amount in (("u", "Being divided", fund.undivided), ("b", "Still in the fund", fund.balance)):
        if amount:
            nodes.append(Node(key, 2, label, amount, "rest"))
            links.append(Link("fund", key, amount))
    return nodes, links


def _add_project(nodes: list[Node], links: list[Link], item: AppropriationRecord) -> None:
    """A project and, on its right, what its payee has been paid and what has not been paid yet."""
    kept = item.amount - item.released
    if not kept:
        return
    key = f"a{item.number}"
    payee = _shortest(item.payee)
    nodes.append(Node(key, 2, item.name, kept, "project", shorten(payee, 7) if item.paid else ""))
    links.append(Link("fund", key, kept))
    if item.paid:
        nodes.append(Node(f"p{item.number}", 3, payee, item.paid, "payee"))
        links.append(Link(key, f"p{item.number}", item.paid))


def _add_others(nodes: list[Node], links: list[Link], others: Sequence[AppropriationRecord]) -> None:
    kept = sum(item.amount - item.released for item in others)
    paid = sum(item.paid for item in others)
    if kept:
        nodes.append(Node("a+", 2, f"{len(others)} others", kept, "project"))
        links.append(Link("fund", "a+", kept))
    if paid:
        nodes.append(Node("p+", 3, "their payees", paid, "payee"))
        links.append(Link("a+", "p+", paid))


def _shortest(payee: str) -> str:
    """A payee in a picture: the ends of a hash, a text as it is."""
    return f"{payee[:6]}…{payee[-4:]}" if payee.startswith("0x") and len(payee) > 14 else payee
