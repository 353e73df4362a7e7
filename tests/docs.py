"""Reading the project's documentation: pages, links, code, tables."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.paths import REPOSITORY

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Page:
    """One page. `path` is relative to the repository."""

    path: Path
    text: str

    @property
    def prose(self) -> str:
        """The text without blocks of code."""
        return FENCE.sub("", self.text)

    @property
    def links(self) -> list[str]:
        return re.findall(r"\]\(([^)\s]+)\)", self.prose) + re.findall(r'<img src="([^"]+)"', self.prose)

    @property
    def inline_code(self) -> list[str]:
        return re.findall(r"`([^`\n]+)`", self.prose)

    @property
    def anchors(self) -> set[str]:
        """Names that a link to a heading has, as the usual hosts make them."""
        headings = re.findall(r"^#+ (.+)$", self.prose, re.MULTILINE)
        return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}

    @property
    def shell_lines(self) -> list[str]:
        """Commands of its blocks marked `sh`, each in one line."""
        joined = "\n".join(body for kind, body in FENCE.findall(self.text) if kind == "sh").replace("\\\n", " ")
        return [line.strip() for line in joined.splitlines() if line.strip()]

    def rows(self) -> Iterator[list[str]]:
        """Rows of its tables, cell by cell, without the lines under the headings."""
        for line in self.text.splitlines():
            if line.startswith("|") and not re.fullmatch(r"[|\s:-]+", line):
                yield [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def load_page(path: str) -> Page:
    return Page(Path(path), (REPOSITORY / path).read_text(encoding="utf-8"))


def load_pages() -> list[Page]:
    """README, change notes, everything under docs/, and notes beside data."""
    files = [REPOSITORY / "README.md", REPOSITORY / "CHANGELOG.md", *REPOSITORY.glob("d*/**/*.md")]
    return [load_page(str(file.relative_to(REPOSITORY))) for file in sorted(files)]
