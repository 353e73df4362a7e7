"""Checking a ballot in a browser: from a link, on a second device, and from the page that was taken away."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, expect

from api.app import create_app
from tests.api.app_client import AppClient
from tests.api.town import Town
from tests.browser import PHONE, launch_chromium, serve, visit

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launch_chromium() as launched:
        yield launched


@pytest.fixture(scope="module")
def address(town: Town) -> Iterator[str]:
    with serve(create_app(town.services())) as served:
        yield served


def test_second_device__scanned_link__checks_the_proof_there(browser: Browser, address: str, town: Town) -> None:
    code = town.code(town.final)
    with visit(browser, address, viewport=PHONE) as visited:
        asked: list[str] = []
        visited.page.on("request", lambda request: asked.append(request.url.partition("#")[0]))
        page = visited.go(f"/verify#{code}")
        page.get_by_role("button", name="Check", exact=True).click()
        page.get_by_role("button", name="Check it here").click()
        page.get_by_label("1. The anchor").fill(town.ledger.anchor.text)
        page.get_by_role("button", name="Check", exact=True).click()
        expect(page.locator("#title")).to_have_text("Counted, final")
        expect(page.locator("#verdict")).to_contain_text(code)
        assert not [url for url in asked if code in url or "receipt=" in url]


@pytest.mark.parametrize("before", ["", "anchor={anchor}&"], ids=["receipt", "anchor and receipt"])
def test_link__with_a_receipt__is_judged_on_the_device(
    browser: Browser, address: str, client: AppClient, town: Town, before: str
) -> None:
    receipt = client.get(f"/api/v1/ballots/{town.code(town.replaced)}/receipt").text
    fragment = f"{before.format(anchor=town.ledger.anchor.text)}receipt={quote(receipt)}"
    with visit(browser, address) as visited:
        asked: list[str] = []
        visited.page.on(
            "request", lambda request: asked.append(request.url.partition("#")[0] + (request.post_data or ""))
        )
        page = visited.go(f"/verify#{fragment}")
        page.get_by_role("link", name="check it on this device").click()
        if not before:
            page.get_by_label("1. The anchor").fill(town.ledger.anchor.text)
            page.get_by_role("button", name="Check", exact=True).click()
        expect(page.locator("#title")).to_have_text("Replaced by a later ballot of yours")
        assert not [url for url in asked if "signature" in url or "0x" in url]


@pytest.mark.parametrize("javascript", [True, False], ids=["with-js", "without-js"])
def test_page__taken_from_the_explorer__checks_without_a_network(
    browser: Browser, address: str, town: Town, tmp_path: Path, javascript: bool
) -> None:
    with visit(browser, address, viewport=PHONE, java_script_enabled=javascript) as visited:
        page = visited.go("/verify")
        page.get_by_label("Your ballot code").fill(town.code(town.counted))
        page.get_by_role("button", name="Check", exact=True).click()
        with page.expect_download() as download:
            page.get_by_role("button", name="Take the page that checks it").click()
        file = tmp_path / download.value.suggested_filename
        download.value.save_as(file)
    assert file.name == f"receipt-{town.code(town.counted)}.html"
    with visit(browser, file.as_uri(), viewport=PHONE, offline=True) as visited:
        page = visited.go("")
        page.get_by_label("1. The anchor").fill(town.ledger.anchor.text)
        page.get_by_role("button", name="Check", exact=True).click()
        expect(page.locator("#title")).to_contain_text("Counted, as of block")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_codes__on_a_phone__fit(browser: Browser, address: str) -> None:
    with visit(browser, address, viewport=PHONE) as visited:
        page = visited.go("/votes/1/ballots")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        with page.expect_download() as download:
            page.get_by_role("link", name="The whole list").click()
        assert "vote-1-ballots.txt" in download.value.suggested_filename
