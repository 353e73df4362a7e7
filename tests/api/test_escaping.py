"""Names come from strangers; none of them becomes markup."""

import pytest

from tests.api.app_client import AppClient
from tests.api.html_reading import read_page
from tests.api.test_pages import PAGES
from tests.api.town import HOSTILE, HOSTILE_FUND, TITLE


@pytest.mark.parametrize("path", PAGES)
def test_page__hostile_names__are_text(client: AppClient, path: str) -> None:
    html = client.get(path, headers={"accept": "text/html"}).text
    page = read_page(html)

    assert "<b>Aşyq" not in html
    assert HOSTILE not in html
    assert HOSTILE_FUND not in html
    assert "</p><script" not in html
    assert TITLE in page.text
    assert not page.all("b")
    assert not page.all("i")


def test_page__hostile_names__are_shown_whole(client: AppClient) -> None:
    assert f"What shall we build? {HOSTILE}" in read_page(client.get("/votes/1").text).text
    assert HOSTILE_FUND in read_page(client.get("/funds").text).text
    assert "holds a name <i>of</i> a person" in read_page(client.get("/evidence/11").text).text
