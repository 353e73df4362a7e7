"""What the explorer says of those who decide on blocks, on a ledger that validators seal."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from api.app import create_app
from ledger.access.validators import Validator
from node.execution.pyevm.engine import PyEvmEngine
from node.folder import LedgerFolder, load_founding
from node.store.memory import MemoryStore
from scripts.founding.act import found_ledger
from tests.api.app_client import AppClient
from tests.api.html_reading import read_page
from tests.api.town import Town
from tests.scripts.small_ledger import FOUNDED, REPLAY_TEXT

EVERYBODYS = b"\1" + bytes(31)
OWN = [Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32).public_key().public_bytes_raw() for n in range(1, 5)]


def explorer_of(path: Path, town: Town, keys: list[bytes]) -> AppClient:
    """The explorer of a ledger of validators that was just founded, an organisation for each key."""
    rows = [Validator(key, 10, f"organisation {n}".encode().ljust(32, b"\0")) for n, key in enumerate(keys)]
    found_ledger(path, REPLAY_TEXT, text_path="replay.toml", time=FOUNDED, validators=rows)
    genesis = load_founding(LedgerFolder(path))[1]
    chain = PyEvmEngine(MemoryStore(), genesis).reader()
    return AppClient(create_app(town.services(chain=chain)))


def test_about__four_organisations__is_called_capture_resistant(tmp_path: Path, town: Town) -> None:
    client = explorer_of(tmp_path / "ledger", town, OWN)
    sealers = client.get("/about.json").json()["sealers"]
    assert (sealers["kind"], sealers["validators"], sealers["organisations"]) == ("commit", 4, 4)
    assert (sealers["capture_resistant"], sealers["unsound_keys"]) == (True, [])
    text = read_page(client.get("/about", headers={"accept": "text/html"}).text).text
    assert "Not capture-resistant" not in text
    assert "Unsound key" not in text


def test_about__a_key_that_anybody_signs_for__is_not_and_says_whose(tmp_path: Path, town: Town) -> None:
    client = explorer_of(tmp_path / "ledger", town, [*OWN[:3], EVERYBODYS])
    sealers = client.get("/about.json").json()["sealers"]
    said = f"organisation 3: 0x{EVERYBODYS.hex()} is of small order: anybody can sign for it"
    assert (sealers["capture_resistant"], sealers["unsound_keys"]) == (False, [said])
    text = read_page(client.get("/about", headers={"accept": "text/html"}).text).text
    assert "Not capture-resistant" in text
    assert f"Unsound key: {said}" in text
