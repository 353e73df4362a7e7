"""The page that checks a receipt by itself, as the package carries it."""

import re
from html.parser import HTMLParser

import pytest

from ledger.primitives import Address
from ledger.proofs.receipt_page import page_policy, receipt_page
from tests.engines import is_ci
from tests.paths import REPOSITORY

BUILT = REPOSITORY / "verifier" / "receipt.html"
MAX_BYTES = 250_000


class Boxes(HTMLParser):
    """Texts of the boxes by their ids, as a browser reads them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: dict[str, str] = {}
        self._box = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._box = dict(attrs).get("id") or "" if tag == "textarea" else ""

    def handle_endtag(self, tag: str) -> None:
        self._box = ""

    def handle_data(self, data: str) -> None:
        if self._box:
            self.texts[self._box] = self.texts.get(self._box, "") + data


def test_page__in_the_package__is_the_one_that_the_verifier_builds() -> None:
    if not BUILT.is_file():
        reason = "verifier/receipt.html was not built; build it with: make verifier"
        if is_ci():
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    assert receipt_page() == BUILT.read_bytes(), "another page was built; take it over with: make receipt-page"


@pytest.mark.parametrize(
    "receipt", ['{"a":"0x00"}', "</textarea><script>alert(1)</script>", "&lt; \\1 \\g<0> 'ы'", "\n x"]
)
def test_page__with_a_receipt__holds_it_as_text_and_nothing_else_changes(receipt: str) -> None:
    page = receipt_page(receipt.encode(), "ortaq1abc").decode()

    assert Boxes(page).texts == {"receipt": receipt.strip(), "anchor": "ortaq1abc"}
    assert page.count("<script>") == 1
    assert len(page.encode()) < MAX_BYTES
    emptied = re.sub(r"(<textarea[^>]*>).*?(</textarea>)", r"\1\2", page, flags=re.DOTALL)
    assert emptied.encode() == receipt_page()


def test_page__with_witnesses__holds_an_address_a_line() -> None:
    witnesses = [Address(bytes([n]) * 20) for n in (1, 2)]

    assert Boxes(receipt_page(witnesses=witnesses).decode()).texts == {
        "witnesses": "0x" + "01" * 20 + "\n0x" + "02" * 20
    }


def test_policy__of_the_page__allows_its_own_script_alone() -> None:
    policy = page_policy()

    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy
