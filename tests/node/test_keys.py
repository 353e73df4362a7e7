"""Key files: made once, opened by the right passphrase, refused when altered."""

import json
import stat
from contextlib import suppress
from pathlib import Path

import pytest
from coincurve import PrivateKey
from eth_account import Account
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.secp256k1 import address_of
from node import keys
from node.keys import KeyFileError, PassphraseNeededError, describe_key, key_path, list_keys, load_key, save_key

KEY = PrivateKey(bytes(range(1, 33)))
PASSPHRASE = "a passphrase for tests"  # noqa: S105


@pytest.fixture(scope="module")
def encrypted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An encrypted key file of the same form, with fewer rounds, so that the tests are quick."""
    folder = tmp_path_factory.mktemp("keys")
    body = Account.encrypt(KEY.secret, PASSPHRASE, kdf="pbkdf2", iterations=10)
    path = folder / "treasurer.json"
    path.write_text(json.dumps({**body, "duty": "treasurer", "address": "0x" + address_of(KEY).hex()}))
    return path


def test_key_file__in_the_open__comes_back(tmp_path: Path) -> None:
    saved = save_key(tmp_path / "keys", "returning officer", KEY, None)

    assert saved.path.name == "returning-officer.json"
    assert load_key(saved.path).secret == KEY.secret
    assert describe_key(saved.path) == saved
    assert not saved.encrypted


def test_key_file__with_a_passphrase__comes_back_and_hides_the_key(tmp_path: Path) -> None:
    saved = save_key(tmp_path, "sealer", KEY, PASSPHRASE)

    assert saved.encrypted
    assert KEY.secret.hex() not in saved.path.read_text()
    assert load_key(saved.path, PASSPHRASE).secret == KEY.secret


def test_key_file__of_any_form__is_for_its_owner_alone(tmp_path: Path) -> None:
    saved = save_key(tmp_path / "keys", "relay", KEY, None)
    assert stat.S_IMODE(saved.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(saved.path.parent.stat().st_mode) == 0o700


def test_key_file__that_exists__is_never_written_over(tmp_path: Path) -> None:
    save_key(tmp_path, "relay", KEY, None)
    with pytest.raises(KeyFileError, match="never written over"):
        save_key(tmp_path, "relay", PrivateKey(bytes([7] * 32)), None)
    assert load_key(tmp_path / "relay.json").secret == KEY.secret


@pytest.mark.parametrize("name", ["", "../escape", "a/b", "UPPER", ".hidden", " space", "x" * 33, "nul\0", "é"])
def test_key_name__that_is_no_plain_word__is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(KeyFileError, match="key name"):
        save_key(tmp_path, name, KEY, None)
    assert list(tmp_path.iterdir()) == []


def test_key_path__spaces__become_hyphens(tmp_path: Path) -> None:
    assert key_path(tmp_path, "returning officer") == tmp_path / "returning-officer.json"


@pytest.mark.parametrize("wrong", ["", "another passphrase", PASSPHRASE.upper()])
def test_load_key__wrong_passphrase__is_refused(encrypted: Path, wrong: str) -> None:
    with pytest.raises(KeyFileError, match="expected the right passphrase"):
        load_key(encrypted, wrong)


def test_load_key__encrypted_without_passphrase__cannot_be_opened(encrypted: Path) -> None:
    with pytest.raises(PassphraseNeededError, match="--passphrase-file"):
        load_key(encrypted)


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ("not json", "not JSON"),
        ("[1]", "expected a JSON object"),
        ('{"key": 5}', "key is not hex"),
        ('{"key": "0xzz"}', "key is not hex"),
        ('{"key": "0x01"}', "address is not hex"),
        ('{"key": "0x' + "00" * 32 + '"}', "expected a secp256k1 key"),
        ('{"key": "0x' + "01" * 33 + '"}', "expected a secp256k1 key"),
        ('{"key": "0x' + "01" * 32 + '", "address": "0x' + "00" * 20 + '"}', "of its key"),
    ],
)
def test_load_key__damaged_file__is_named(tmp_path: Path, record: str, said: str) -> None:
    path = tmp_path / "k.json"
    path.write_text(record)
    with pytest.raises(KeyFileError, match=said):
        load_key(path)


def test_load_key__missing_or_a_folder__is_named(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match="No such file"):
        load_key(tmp_path / "none.json")
    with pytest.raises(KeyFileError, match="directory"):
        load_key(tmp_path)


@settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_load_key__any_member_altered__raises_only_the_known_errors(
    data: st.DataObject, encrypted: Path, tmp_path: Path
) -> None:
    record = json.loads(encrypted.read_text())
    place = record
    while True:
        name = data.draw(st.sampled_from(sorted(place)))
        if not isinstance(place[name], dict) or data.draw(st.booleans()):
            break
        place = place[name]
    place[name] = data.draw(st.sampled_from([None, 0, "", "zz", [], {}, "0x00", True]))
    path = tmp_path / "altered.json"
    path.write_text(json.dumps(record))
    with suppress(KeyFileError, PassphraseNeededError):
        assert load_key(path, PASSPHRASE).secret == KEY.secret


def test_list_keys__folder_with_other_files__lists_keys_by_name(tmp_path: Path) -> None:
    assert list_keys(tmp_path / "none") == []
    save_key(tmp_path, "relay", KEY, None)
    save_key(tmp_path, "auditor", PrivateKey(bytes([3] * 32)), None)
    (tmp_path / "sealer.high-water").write_text("{}")
    assert [key.duty for key in list_keys(tmp_path)] == ["auditor", "relay"]


@pytest.mark.parametrize("record", ['{"address": "0x00"}', '{"duty": "relay", "address": "0x00"}', '{"duty": 5}'])
def test_list_keys__file_without_duty_or_address__is_named(tmp_path: Path, record: str) -> None:
    (tmp_path / "relay.json").write_text(record)
    with pytest.raises(KeyFileError, match=r"relay\.json"):
        list_keys(tmp_path)


def test_module__errors__have_stable_types() -> None:
    assert (keys.KeyFileError.type, keys.PassphraseNeededError.type) == ("bad-key-file", "passphrase-needed")
