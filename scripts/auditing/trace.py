"""`ortaq trace`: a trail as a tree, as JSON, or as a picture."""

from pathlib import Path

from rich.markup import escape
from rich.tree import Tree

from node.files import write_durably
from scripts.auditing.picture import draw_trail
from scripts.auditing.trail import Node, Trail, TrailReader
from scripts.running.sources import open_source
from scripts.terminal.console import Output

BOLD = ("fund", "vote", "payment", "payee")


def trace_money(kind: str, name: str, ledger: str | None, svg: Path | None, output: Output) -> None:
    """Show the way. Errors: UnknownTrailError; those of the ledger's opening and of its API."""
    with open_source(ledger) as source:
        trail = TrailReader(source).read(kind, name)
    if svg is not None:
        write_durably(svg, draw_trail(trail).encode())
        output.result({**trail.record(), "svg": str(svg)}, str(svg))
        return
    output.result(trail.record(), _tree(trail))


def _tree(trail: Trail) -> Tree:
    tree = Tree(_shown(trail.at))
    for title, nodes in (("where it comes from", trail.origin), ("where it leads", trail.outcome)):
        branch = tree.add(f"[italic]{title}[/italic]" + ("" if nodes else ": nothing"))
        _grow(branch, nodes)
    return tree


def _grow(branch: Tree, nodes: tuple[Node, ...]) -> None:
    for node in nodes:
        _grow(branch.add(_shown(node)), node.children)


def _shown(node: Node) -> str:
    text = escape(node.title)
    return f"[bold]{text}[/bold]" if node.kind in BOLD else text
