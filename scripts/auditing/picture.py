"""A trail as a picture: an SVG without scripts, fonts or addresses of others."""

from html import escape

from scripts.auditing.trail import Node, Trail

LINE, INDENT, MARGIN, WIDTH = 26, 28, 24, 1000
CHARACTERS = 105
COLOURS = {"fund": "#1f6f5c", "vote": "#5b3f8c", "payment": "#b3541e", "evidence": "#3c5a78", "payee": "#8a2f4d"}
GREY = "#555555"


def draw_trail(trail: Trail) -> str:
    """The picture's text; the same trail gives the same bytes."""
    rows: list[str] = []
    _heading(rows, "Where it comes from")
    _draw_all(rows, trail.origin, 1)
    _heading(rows, "")
    _draw(rows, trail.at, 0)
    _heading(rows, "")
    _heading(rows, "Where it leads")
    _draw_all(rows, trail.outcome, 1)
    height = 2 * MARGIN + LINE * len(rows)
    title = escape(trail.at.title)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" '
        f'font-size="14" role="img"><title>{title}</title><rect width="{WIDTH}" height="{height}" fill="#ffffff"/>\n'
        + "\n".join(rows)
        + "\n</svg>\n"
    )


def _draw_all(rows: list[str], nodes: tuple[Node, ...], depth: int) -> None:
    for node in nodes:
        _draw(rows, node, depth)


def _draw(rows: list[str], node: Node, depth: int) -> None:
    x, y = MARGIN + INDENT * depth, MARGIN + LINE * (len(rows) + 1)
    colour = COLOURS.get(node.kind, GREY)
    text = node.title if len(node.title) <= CHARACTERS else node.title[: CHARACTERS - 1] + "…"
    weight = ' font-weight="bold"' if depth == 0 else ""
    rows.append(
        f'<circle cx="{x}" cy="{y - 5}" r="5" fill="{colour}"/><text x="{x + 14}" y="{y}" fill="#111111"{weight}>'
        f"{escape(text)}</text>"
    )
    _draw_all(rows, node.children, depth + 1)


def _heading(rows: list[str], text: str) -> None:
    y = MARGIN + LINE * (len(rows) + 1)
    rows.append(f'<text x="{MARGIN}" y="{y}" fill="{GREY}">{escape(text)}</text>')
