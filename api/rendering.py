"""Pages from templates. Texts stand in the templates and in `words.py`, marked for a later translation."""

import gettext
from datetime import UTC, datetime
from functools import cache
from typing import Any

from fastapi import Request
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse

from api import words
from api.statics import static_url

LANGUAGE = "en"


def render(request: Request, template: str, values: dict[str, Any], status: int = 200) -> HTMLResponse:
    """Fill a template. `ledger` (banner, footer) comes with every page."""
    frame = request.app.state.frame(getattr(request.state, "snapshot", None))
    page = environment().get_template(template).render(path=request.url.path, frame=frame, **values)
    return HTMLResponse(page, status)


@cache
def environment() -> Environment:
    found = Environment(
        loader=PackageLoader("api"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    found.install_gettext_translations(gettext.NullTranslations(), newstyle=True)  # type: ignore[attr-defined]
    found.globals.update(lang=LANGUAGE, static_url=static_url, words=words)
    found.filters.update(
        money=money, number=number, when=when, short=short, percent=percent, words=words.say, breakable=breakable
    )
    return found


def money(amount: int, currency: str, exponent: int) -> str:
    """Minor units as people write them: `1,234.50 EUR`; whole amounts without decimals."""
    sign = "−" if amount < 0 else ""
    whole, rest = divmod(abs(amount), 10**exponent)
    decimals = f".{rest:0{exponent}d}" if rest else ""
    return f"{sign}{whole:,}{decimals}\u00a0{currency}"


def number(value: int) -> str:
    return f"{value:,}"


def percent(part: int, whole: int) -> str:
    """One decimal, from integers; a dash where there is nothing to take a part of."""
    if whole <= 0:
        return "–"
    tenths = (part * 1000 + whole // 2) // whole
    return f"{tenths // 10}.{tenths % 10} %"


def when(time: str) -> Markup:
    """An ISO time as a `time` element."""
    shown = time.replace("T", " ").replace("Z", " UTC")
    return Markup('<time datetime="{}">{}</time>').format(time, shown)


def short(text: str) -> str:
    """The ends of a long hex text or CID."""
    return text if len(text) <= 20 else f"{text[:10]}…{text[-6:]}"


def breakable(text: str) -> Markup:
    """Long hashes may break anywhere; copied text stays whole."""
    return Markup('<span class="hash">{}</span>').format(escape(text))


def iso_time(seconds: int) -> str:
    """UTC, to the second. Shape: 40-bit times; what a calendar cannot show stays a number."""
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return str(seconds)
