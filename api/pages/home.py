"""The first page, and what a newcomer asks next."""

import io
from functools import lru_cache

import segno
from fastapi import APIRouter
from markupsafe import Markup

from api.context import Head
from api.models.ledger import AboutRecord, HomeRecord
from api.pages.twin import twin
from api.readers.ledger import about_record, home_record

router = APIRouter()


def _qr(page: AboutRecord) -> dict[str, Markup | str]:
    return {"qr": draw_qr(page.anchor) if page.anchor else ""}


@lru_cache(maxsize=4)
def draw_qr(anchor: str) -> Markup:
    """The anchor as a QR code, drawn here: nothing is asked of another host."""
    image = io.BytesIO()
    # Upper case fits the alphanumeric mode, which makes a coarser picture; an anchor is read in either case.
    segno.make(anchor.upper(), error="m", micro=False).save(
        image, kind="svg", xmldecl=False, svgns=True, border=3, omitsize=True, dark="#10171a", svgclass="qr"
    )
    return Markup(image.getvalue().decode())  # noqa: S704  # drawn by us from an anchor that was checked


@twin(router, "/", "home.html")
def home(head: Head) -> HomeRecord:
    return home_record(head)


@twin(router, "/about", "about.html", _qr)
def about(head: Head) -> AboutRecord:
    return about_record(head)
