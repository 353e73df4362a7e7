"""Who vouches for which height, on pages and in data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pytest
from coincurve import PrivateKey

from api.app import create_app
from ledger.primitives import Hash32, Height, Timestamp, to_hex
from ledger.proofs.seal import SealKind, make_seal
from ledger.proofs.vouching import Vouching
from ledger.secp256k1 import address_of
from tests.api.app_client import AppClient
from tests.api.html_reading import read_page
from tests.api.town import Town

NAMED, STRANGER, SILENT = (PrivateKey(bytes([i]) * 32) for i in (0x31, 0x32, 0x33))
URL = "https://watchdog.example/<b>"
OTHER = Hash32(b"\x44" * 32)


@dataclass
class Known:
    """Witnesses that a server was told of."""

    rows: list[Vouching] = field(default_factory=list)
    problems: dict[str, str] = field(default_factory=dict)

    def vouchings(self) -> Sequence[Vouching]:
        return self.rows

    def faults(self) -> Mapping[str, str]:
        return self.problems


def said(
    town: Town, key: PrivateKey, height: int, block_hash: Hash32 | None = None, *, is_signed: bool = True
) -> Vouching:
    header = town.chain.header(Height(height))
    assert header is not None
    shown = block_hash or header.hash
    seal = make_seal(SealKind.WITNESS, town.chain_id, Height(height), shown, key) if is_signed else None
    return Vouching(address_of(key), Height(height), shown, header.hash, URL, Timestamp(1_760_000_000), seal)


def client_of(town: Town, known: Known | None) -> AppClient:
    anchor = replace(town.ledger.anchor, witnesses=tuple(sorted(address_of(key) for key in (NAMED, SILENT))))
    facts = replace(town.facts, anchor=anchor.text)
    return AppClient(create_app(town.services(founding=facts, witnesses=known)))


def page_text(client: AppClient, path: str) -> str:
    response = client.get(path, headers={"accept": "text/html"})
    assert response.status_code == 200, response.text
    page = read_page(response.text)
    assert not page.unclosed
    return page.text


def test_witnesses__asked_and_own__stand_there_with_key_height_and_hash(town: Town) -> None:
    rows = [said(town, NAMED, 5), said(town, STRANGER, 7, is_signed=False)]
    client = client_of(town, Known(rows, {URL: "", "http://gone": "no answer"}))

    record = client.get("/witnesses.json").json()
    text = page_text(client, "/witnesses")

    found = [(w["witness"], w["height"], w["named"], w["kind"], w["agrees"]) for w in record["witnesses"]]
    assert found == [
        (to_hex(address_of(STRANGER)), 7, False, "own", True),
        (to_hex(address_of(NAMED)), 5, True, "asked", True),
    ]
    assert record["alarms"] == 0
    assert record["silent"] == [to_hex(address_of(SILENT))]
    assert record["sources"] == [{"source": "http://gone", "problem": "no answer"}, {"source": URL, "problem": ""}]
    assert record == client.get("/api/v1/witnesses").json()
    assert "another block than stands here" not in text
    for part in (URL, "no answer", *(w["witness"] for w in record["witnesses"]), record["witnesses"][0]["hash"]):
        assert part in text


def test_witnesses__one_that_sealed_another_block__is_an_alarm_on_both_pages(town: Town) -> None:
    client = client_of(town, Known([said(town, NAMED, 6, OTHER), said(town, NAMED, 4)]))

    record = client.get("/witnesses.json").json()
    text = page_text(client, "/witnesses")

    assert record["alarms"] == 1
    assert record["witnesses"][0]["agrees"] is False
    assert to_hex(OTHER) in text
    assert record["witnesses"][0]["own_hash"] in text
    assert "A witness sealed another block than stands here." in text
    assert client.get("/blocks/6.json").json()["denied"] == [to_hex(address_of(NAMED))]
    assert "This witness sealed another block at this height" in page_text(client, "/blocks/6")
    assert client.get("/blocks/5.json").json()["denied"] == []


def test_block__below_a_seal__names_who_vouches_for_it(town: Town) -> None:
    client = client_of(town, Known([said(town, NAMED, 5), said(town, STRANGER, 7)]))

    vouched = {h: client.get(f"/blocks/{h}.json").json()["vouched"] for h in (0, 4, 5, 6, 8)}
    text = page_text(client, "/blocks/4")

    assert [[row["height"] for row in vouched[h]] for h in (0, 4, 5, 6, 8)] == [[], [5, 7], [5, 7], [7], []]
    assert [row["named"] for row in vouched[4]] == [True, False]
    assert "2 witnesses" in text
    assert to_hex(address_of(STRANGER)) in text
    assert "no witness that this server knows of" in page_text(client, "/blocks/8")
    assert client.get("/api/v1/blocks/4").json()["vouched"] == vouched[4]


def test_witnesses__seals_brought_here__are_shown_good_or_not(town: Town) -> None:
    client = client_of(town, None)
    header = town.chain.header(Height(3))
    assert header is not None
    for block_hash, status in ((header.hash, 201), (OTHER, 409)):
        seal = make_seal(SealKind.WITNESS, town.chain_id, Height(3), block_hash, NAMED)
        answer = client.post("/api/v1/feed/witnesses", json={"seal": to_hex(seal.encode())})
        assert answer.status_code == status

    record = client.get("/witnesses.json").json()

    assert [(w["kind"], w["agrees"], w["seen"]) for w in record["witnesses"]] == [
        ("brought", False, None),
        ("brought", True, None),
    ]
    assert record["alarms"] == 1


@pytest.mark.parametrize("path", ["/", "/about", "/blocks", "/blocks/3"])
def test_witnesses__from_other_pages__are_one_step_away(client: AppClient, path: str) -> None:
    response = client.get(path, headers={"accept": "text/html"})
    assert "/witnesses" in [e.attributes.get("href") for e in read_page(response.text).all("a")]


def test_witnesses__none_known__says_so(client: AppClient) -> None:
    assert client.get("/witnesses.json").json()["witnesses"] == []
    assert "This server knows of no witness" in page_text(client, "/witnesses")
