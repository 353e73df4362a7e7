"""The pages in a real browser: on a phone, in the dark, on paper, with and without JavaScript."""

from collections.abc import Iterator
from itertools import pairwise

import pytest
from playwright.sync_api import Browser, expect

from api.app import create_app
from tests.api.test_pages import FUND_PATHS
from tests.api.town import Town
from tests.browser import PHONE, launch_chromium, serve, visit

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

LOOKED_AT = ("/", "/votes", "/votes/1", "/votes/2", "/votes/4", "/verify", "/funds", *FUND_PATHS, "/evidence")
LOOKED_AT += ("/evidence/2", "/evidence/11", "/evidence/12", "/blocks", "/blocks/9", "/witnesses", "/about")

# Effective contrast of every text on the page, by WCAG 2: [ratio, font size in px, weight, text].
CONTRAST = """() => {
  const channel = (v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const luminance = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const parse = (text) => { const n = text.match(/[\\d.]+/g).map(Number); return n.length < 4 ? [...n, 1] : n; };
  const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3]));
  const background = (element) => {
    const layers = [];
    for (let e = element; e; e = e.parentElement) layers.push(parse(getComputedStyle(e).backgroundColor));
    return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255]);
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim(), element = walker.currentNode.parentElement;
    if (!text || element.closest("svg, script, .sr, .skip") || !element.offsetParent) continue;
    const style = getComputedStyle(element), back = background(element);
    const [a, b] = [luminance(over(parse(style.color), back)), luminance(back)];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    found.push([ratio, parseFloat(style.fontSize), Number(style.fontWeight), text.slice(0, 40)]);
  }
  return found;
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launch_chromium() as launched:
        yield launched


@pytest.fixture(scope="module")
def address(town: Town) -> Iterator[str]:
    with serve(create_app(town.services())) as served:
        yield served


@pytest.mark.parametrize("javascript", [True, False], ids=["with-js", "without-js"])
def test_phone__every_page__fits_without_scrolling_sideways(browser: Browser, address: str, javascript: bool) -> None:
    with visit(browser, address, viewport=PHONE, java_script_enabled=javascript) as visited:
        for path in LOOKED_AT:
            page = visited.go(path)
            overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert overflow <= 0, path


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours__every_text__can_be_read(browser: Browser, address: str, scheme: str) -> None:
    with visit(browser, address, viewport=PHONE, color_scheme=scheme) as visited:
        seen = set()
        for path in LOOKED_AT:
            for ratio, size, weight, text in visited.go(path).evaluate(CONTRAST):
                is_large = size >= 24 or (size >= 18.66 and weight >= 700)
                assert ratio >= (3 if is_large else 4.5), (path, text, ratio)
                seen.add(text)
        assert len(seen) > 200


def test_dark__is_dark(browser: Browser, address: str) -> None:
    with visit(browser, address, color_scheme="dark") as visited:
        colour = visited.go("/").evaluate("getComputedStyle(document.body).backgroundColor")
        assert max(int(part) for part in colour[4:-1].split(",")) < 60


@pytest.mark.parametrize("path", LOOKED_AT)
def test_structure__headings_regions_and_targets__suit_a_screen_reader(
    browser: Browser, address: str, path: str
) -> None:
    with visit(browser, address, viewport=PHONE) as visited:
        page = visited.go(path)
        levels = page.eval_on_selector_all("h1,h2,h3", "all => all.map(e => Number(e.tagName[1]))")
        assert levels[0] == 1
        assert all(after - before <= 1 for before, after in pairwise(levels))
        for landmark in ("banner", "main", "contentinfo"):
            assert page.get_by_role(landmark).count() == 1
        for target in page.locator("nav a, button, summary").all():
            box = target.bounding_box()
            assert box is not None
            assert box["height"] >= 24
        unnamed = page.eval_on_selector_all(
            "a,button,input,[role=img],[role=region]",
            "all => all.filter(e => !(e.textContent.trim() || e.ariaLabel || e.labels?.length)).length",
        )
        assert unnamed == 0


def test_keyboard__first_stop__skips_to_the_content(browser: Browser, address: str) -> None:
    with visit(browser, address) as visited:
        page = visited.go("/")
        page.keyboard.press("Tab")
        expect(page.locator(".skip")).to_be_focused()
        expect(page.locator(".skip")).to_be_in_viewport()
        page.keyboard.press("Enter")
        assert page.url.endswith("#main")


def test_verify__without_javascript__answers(browser: Browser, address: str, town: Town) -> None:
    with visit(browser, address, viewport=PHONE, java_script_enabled=False) as visited:
        page = visited.go("/")
        page.get_by_label("Your ballot code").fill(town.code(town.counted))
        page.get_by_role("button", name="Check").click()
        expect(page.get_by_role("status")).to_contain_text("Counted")


def test_deep_link__code__is_filled_in_and_not_sent(browser: Browser, address: str, town: Town) -> None:
    code = town.code(town.final)
    with visit(browser, address) as visited:
        asked: list[str] = []
        visited.page.on("request", lambda request: asked.append(request.url))
        page = visited.go(f"/verify#{code}")
        expect(page.get_by_label("Your ballot code")).to_have_value(code)
        expect(page.locator("#from-link")).to_be_visible()
        assert not [url for url in asked if code in url.partition("#")[0]]
        page.get_by_role("button", name="Check").click()
        expect(page.get_by_role("status")).to_contain_text("Counted")


@pytest.mark.parametrize("fragment", ["receipt=%7B%22seat%22%3A3%7D", "%7B%22seat%22%3A3%7D", "anchor=ortaq1abc"])
def test_deep_link__receipt__never_leaves_the_device(browser: Browser, address: str, fragment: str) -> None:
    with visit(browser, address) as visited:
        asked: list[str] = []
        visited.page.on("request", lambda request: asked.append(request.url.partition("#")[0]))
        page = visited.go(f"/verify#{fragment}")
        expect(page.locator("#receipt-link")).to_be_visible()
        expect(page.get_by_label("Your ballot code")).to_have_value("")
        page.wait_for_load_state("networkidle")
        assert not [url for url in asked if "receipt" in url]


@pytest.mark.parametrize("fragment", ["%", "%ff", "<script>alert(1)</script>", "a" * 10_000, "main", "receipt:abc"])
def test_deep_link__anything_else__does_nothing(browser: Browser, address: str, fragment: str) -> None:
    with visit(browser, address) as visited:
        page = visited.go(f"/verify#{fragment}")
        expect(page.get_by_label("Your ballot code")).to_have_value("")
        expect(page.locator("#from-link")).to_be_hidden()
        expect(page.locator("#receipt-link")).to_be_hidden()


def test_flow__on_a_phone_and_wide__shows_the_picture_that_fits(browser: Browser, address: str) -> None:
    for width, shown, hidden in ((360, "narrow", "wide"), (1200, "wide", "narrow")):
        with visit(browser, address, viewport={"width": width, "height": 800}) as visited:
            page = visited.go(FUND_PATHS[0])
            expect(page.locator(f".flow-{shown}")).to_be_visible()
            expect(page.locator(f".flow-{hidden}")).to_be_hidden()
            picture = page.locator(f".flow-{shown}")
            frame = picture.bounding_box()
            assert frame is not None
            for label in picture.locator("text").all():
                box = label.bounding_box()
                assert box is not None
                assert box["x"] >= frame["x"] - 1
                assert box["x"] + box["width"] <= frame["x"] + frame["width"] + 1
                assert box["height"] >= 18


def test_paper__navigation__is_left_out(browser: Browser, address: str) -> None:
    with visit(browser, address) as visited:
        page = visited.go("/votes/1")
        page.emulate_media(media="print")
        expect(page.get_by_role("navigation", name="Main")).to_be_hidden()
        expect(page.get_by_role("table")).to_be_visible()
