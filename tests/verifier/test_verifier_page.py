"""The receipt page, opened from disk in Chromium: every verdict, alone, in under a second."""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from ledger.proofs.receipt_json import encode_receipt
from tests.browser import PHONE, launch_chromium, visit
from tests.verifier.node import PAGE, node_program
from tests.verifier.receipts import Receipts

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("second verifier's page")]
MAX_BYTES = 250_000


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    node_program()
    with launch_chromium() as browser:
        yield browser


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    with visit(chromium, PAGE.as_uri(), viewport=PHONE) as visited:
        yield visited.go("")


def _check(page: Page, anchor: str, receipt: str) -> None:
    page.get_by_label("1. The anchor").fill(anchor)
    page.get_by_label("2. Your receipt").fill(receipt)
    page.get_by_role("button", name="Check", exact=True).click()


def test_page__as_built__is_small_and_asks_no_server() -> None:
    node_program()
    text = PAGE.read_text()
    assert len(text.encode()) < MAX_BYTES
    assert "default-src 'none'" in text
    assert "unsafe" not in text.split("<style>")[0]
    assert 'src="' not in text.split("<script>")[0]


@pytest.mark.parametrize(
    ("name", "style", "title", "words"),
    [
        ("APPROVAL counted", "counted", "Counted, as of block", "You can replace it until"),
        ("APPROVAL final", "counted", "Counted, final", "Nothing can change it"),
        ("SCORE final", "counted", "Counted, final", "Nothing can change it"),
        ("APPROVAL replaced", "replaced", "Replaced by a later ballot of yours", "somebody else has your key"),
        ("APPROVAL not cast", "missing", "Not in the count", "What to do now"),
    ],
)
def test_page__receipt__says_the_verdict_in_words(
    page: Page, town: Receipts, name: str, style: str, title: str, words: str
) -> None:
    _check(page, town.anchor.text, encode_receipt(town.receipts[name]).decode())
    verdict = page.locator("#verdict")
    expect(verdict).to_have_class(style)
    expect(verdict.locator("h2")).to_contain_text(title)
    expect(verdict).to_contain_text(words)


def test_page__choice__is_shown_only_when_asked(page: Page, town: Receipts) -> None:
    _check(page, town.anchor.text, encode_receipt(town.receipts["APPROVAL final"]).decode())
    expect(page.locator("#verdict")).not_to_contain_text("option 5")
    page.get_by_role("button", name="Show my choice on this device").click()
    expect(page.locator("#choice")).to_have_text("You chose: option 1, option 5, option 9.")
    _check(page, "", encode_receipt(town.receipts["APPROVAL final"]).decode())
    expect(page.locator("#choice")).to_be_hidden()


@pytest.mark.parametrize(
    ("anchor", "change", "words"),
    [
        (False, ("", ""), "there is no anchor"),
        (True, ("ortaq receipt 1", "ortaq receipt 2"), "format"),
        (True, ('"seat":3', '"seat":4'), "Why:"),
        (True, ("{", ""), "not JSON"),
    ],
)
def test_page__altered_or_without_anchor__cannot_be_checked(
    page: Page, town: Receipts, anchor: bool, change: tuple[str, str], words: str
) -> None:
    receipt = encode_receipt(town.receipts["APPROVAL final"]).decode()
    _check(page, town.anchor.text if anchor else "", receipt.replace(*change, 1))
    expect(page.locator("#title")).to_have_text("Cannot be checked")
    expect(page.locator("#sentences")).to_contain_text(words)


def test_page__files_chosen_and_anchor__shows_six_words(page: Page, town: Receipts, tmp_path: Path) -> None:
    anchor, receipt = tmp_path / "anchor.txt", tmp_path / "receipt.json"
    anchor.write_text(town.anchor.text + "\n")
    receipt.write_bytes(encode_receipt(town.receipts["APPROVAL final"]))
    page.get_by_label("Anchor from a file").set_input_files(anchor)
    page.get_by_label("Receipt from a file").set_input_files(receipt)
    expect(page.locator("#phrase")).to_contain_text(town.anchor.phrase)
    expect(page.get_by_label("2. Your receipt")).to_have_value(receipt.read_text())
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.locator("#title")).to_have_text("Counted, final")


def test_page__address_with_anchor_and_receipt__is_checked_at_once(chromium: Browser, town: Receipts) -> None:
    receipt = json.dumps(json.loads(encode_receipt(town.receipts["APPROVAL replaced"])))
    with visit(chromium, PAGE.as_uri(), viewport=PHONE) as visited:
        page = visited.go(f"#anchor={town.anchor.text}&receipt={quote(receipt)}")
        expect(page.locator("#title")).to_have_text("Replaced by a later ballot of yours")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
