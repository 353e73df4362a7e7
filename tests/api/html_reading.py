"""A page as a test reads it."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "link", "input", "br", "img", "hr"}
SVG_LEAVES = {"rect", "line", "path", "circle"}


@dataclass
class Element:
    """A start tag."""

    tag: str
    attributes: dict[str, str]
    text: str = ""


@dataclass
class Page:
    """All start tags in order, the text outside of tags, and tags that were not closed."""

    elements: list[Element] = field(default_factory=list)
    text: str = ""
    unclosed: list[str] = field(default_factory=list)

    def all(self, tag: str) -> list[Element]:
        return [element for element in self.elements if element.tag == tag]

    def values(self, *names: str) -> list[str]:
        """Values of attributes, whatever the tag."""
        return [e.attributes[name] for e in self.elements for name in names if name in e.attributes]

    @property
    def words(self) -> str:
        """Everything that a reader or a screen reader may come across."""
        return " ".join((self.text, *self.values("title", "aria-label", "value", "datetime", "href")))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page()
        self._open: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.page.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.page.elements.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        while self._open and (closed := self._open.pop()).tag != tag:
            self.page.unclosed.append(closed.tag)

    def handle_data(self, data: str) -> None:
        self.page.text += data
        if self._open:
            self._open[-1].text += data


def read_page(html: str) -> Page:
    reader = _Reader()
    reader.feed(html)
    reader.page.unclosed += [element.tag for element in reader._open]
    return reader.page
