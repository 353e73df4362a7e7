"""The receipt page, opened from disk in Chromium: every verdict, alone, in under a second."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
from eth_utils.address import to_checksum_address
from playwright.sync_api import Browser, Page, expect

from ledger.primitives import Hash32, to_hex
from ledger.proofs.receipt_json import encode_receipt
from ledger.proofs.seal import SealKind, make_seal
from ledger.secp256k1 import address_of
from tests.browser import PHONE, launch_chromium, visit
from tests.scripts.small_ledger import member_key
from tests.verifier.node import PAGE, VERIFIER, node_program
from tests.verifier.receipts import Receipts

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("second verifier's page")]
MAX_BYTES = 250_000
MAX_MS = 1_000


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


def test_page__check_of_a_receipt__takes_less_than_a_second(page: Page, town: Receipts) -> None:
    page.get_by_label("1. The anchor").fill(town.anchor.text)
    page.get_by_label("2. Your receipt").fill(encode_receipt(town.receipts["SCORE final"]).decode())
    taken = page.evaluate(
        "() => { const began = performance.now(); document.getElementById('check').click(); "
        "return performance.now() - began; }"
    )
    expect(page.locator("#title")).to_have_text("Counted, final")
    assert 0 < taken < MAX_MS


def test_page__witness_whom_the_reader_noted_down__counts_beside_those_of_the_anchor(
    page: Page, town: Receipts
) -> None:
    receipt = town.receipts["APPROVAL final"]
    loyal, denier = member_key(1), member_key(2)
    true, other = receipt.seal.block_hash, Hash32(b"\x77" * 32)
    seals = tuple(
        make_seal(SealKind.WITNESS, town.ledger.chain_id, receipt.seal.height, block_hash, key)
        for key, block_hash in ((loyal, true), (denier, other))
    )
    text = encode_receipt(replace(receipt, witnesses=seals)).decode()
    named, denied = (to_checksum_address(address_of(key)) for key in (loyal, denier))
    sentences = page.locator("#sentences")

    _check(page, town.anchor.text, text)
    expect(page.locator("#title")).to_have_text("Counted, final")
    expect(sentences).to_contain_text("No witness whom you trust")

    page.get_by_text("Witnesses whom I trust besides").click()
    box = page.get_by_label("Witnesses whom I trust")
    box.fill(f" {named}\n")
    _check(page, town.anchor.text, text)
    expect(page.locator("#title")).to_have_text("Counted, final")
    expect(sentences).to_contain_text(f"Witnesses whom you trust have sealed that block, {receipt.seal.height}, too")
    expect(sentences).to_contain_text(named.lower())

    box.fill(f"{named}, {denied}")
    _check(page, town.anchor.text, text)
    expect(page.locator("#title")).to_have_text("Cannot be checked")
    expect(sentences).to_contain_text("equivocation")
    assert all(part in sentences.inner_text() for part in (denied.lower(), to_hex(true), to_hex(other)))


@pytest.mark.parametrize(
    ("typed", "problem"),
    [("0x1234", "is no address"), ("zebra", "is no address"), ("0x" + "0" * 40, "nobody's"), (None, "was mistyped")],
)
def test_page__witness_mistyped__is_told_and_nothing_is_counted(
    page: Page, town: Receipts, typed: str | None, problem: str
) -> None:
    good = to_checksum_address(address_of(member_key(1)))
    swapped = next(i for i in range(2, 42) if good[i].isalpha())
    page.get_by_text("Witnesses whom I trust besides").click()
    page.get_by_label("Witnesses whom I trust").fill(
        typed or good[:swapped] + good[swapped].swapcase() + good[swapped + 1 :]
    )
    expect(page.locator("#witnesses-problem")).to_contain_text(problem)
    _check(page, town.anchor.text, encode_receipt(town.receipts["APPROVAL final"]).decode())
    expect(page.locator("#title")).to_have_text("Cannot be checked")
    expect(page.locator("#sentences")).to_contain_text(problem)


def test_page__packages_in_it__are_named_with_their_licences(page: Page) -> None:
    page.get_by_text("Licences", exact=True).click()
    notices = page.locator("#licences").inner_text()
    for name in ("@noble/curves", "@noble/hashes", "@scure/bip39", "@ethereumjs/rlp"):
        assert f"{name} {_version(name)} (" in notices
    assert "Copyright (c) 2022 Paul Miller" in notices
    assert "The above copyright notice and this permission notice shall be included" in notices
    assert "https://mozilla.org/MPL/2.0/" in notices


def _version(name: str) -> str:
    return str(json.loads((VERIFIER / "package.json").read_text())["dependencies"][name])


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
