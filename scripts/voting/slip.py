"""The slip that a citizen takes away: her ballot's code, the link that checks it, and its QR code."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import segno

from ledger.errors import BadInputError
from scripts.founding.inception import qr_text
from scripts.running.ledgers import is_url, running_node

QR_SUFFIXES = (".svg", ".png")
QR_SCALE = 6


@dataclass(frozen=True, slots=True)
class SlipRequest:
    """Shape   `site`: where the ledger's pages are, None for the LEDGER's own address; `qr`: a picture's file."""

    site: str | None = None
    qr: Path | None = None

    def check(self) -> None:
        """Refuse what could not be done, before anything is sent. Errors: BadInputError."""
        if self.site is not None and not is_url(self.site):
            raise BadInputError(f"--site: {self.site!r}, expected an address that begins with http:// or https://")
        if self.qr is not None and self.qr.suffix.lower() not in QR_SUFFIXES:
            raise BadInputError(f"--qr: {str(self.qr)!r}, expected a file that ends in {' or '.join(QR_SUFFIXES)}")


@dataclass(frozen=True, slots=True)
class Slip:
    """Shape   `link`: the code behind `#`, which browsers do not send; None where no pages are known."""

    code: str
    link: str | None

    @property
    def text(self) -> str:
        """What the QR code holds."""
        return self.link or self.code

    @property
    def facts(self) -> dict[str, Any]:
        return {"code": self.code, "link": self.link}

    @property
    def lines(self) -> tuple[str, ...]:
        return (f"code      {self.code}", *([f"link      {self.link}"] if self.link else []), qr_text(self.text))

    def save(self, qr: Path | None) -> None:
        """Write the QR code as a picture, if a file is named."""
        if qr is not None:
            segno.make(self.text, error="m", micro=False).save(str(qr), scale=QR_SCALE)


def make_slip(code: str, ledger: str, request: SlipRequest) -> Slip:
    """The slip of a ballot on a LEDGER."""
    site = request.site or (ledger if is_url(ledger) else None)
    if site is None:
        node = running_node(Path(ledger))
        site = node.url if node is not None else None
    return Slip(code, f"{site.rstrip('/')}/verify#{code}" if site else None)
