"""The founding text's tables about who seals: what contradicts itself is refused, with the field named."""

import pytest

from ledger.errors import FileFormatError
from ledger.founding.constitution import parse_constitution
from tests.paths import REPOSITORY

FOLDER = REPOSITORY / "scripts" / "constitutions"
TOWN, REPLAY = ((FOLDER / f"{name}.toml").read_bytes() for name in ("town", "replay"))
SUCCESSION = b"keys = 3\nthreshold = 2\nsilence_s = 1_209_600"


def test_text__roles__are_the_duties_the_sealer_and_the_recovery_keys() -> None:
    town = parse_constitution(TOWN, "town.toml")
    assert town.roles[-4:] == ("sealer", "recovery1", "recovery2", "recovery3")
    assert parse_constitution(REPLAY, "replay.toml").roles[-1] == "sealer"


@pytest.mark.parametrize(
    ("old", "new", "field", "expected"),
    [
        (SUCCESSION, b"keys = 3\nthreshold = 4\nsilence_s = 60", "succession", "1 to the 3 keys"),
        (SUCCESSION, b"keys = 3\nthreshold = 0\nsilence_s = 60", "succession", "1 to the 3 keys"),
        (SUCCESSION, b"keys = 3\nthreshold = 2\nsilence_s = 0", "succession", "at least a second"),
        (SUCCESSION, b"keys = 0\nthreshold = 0\nsilence_s = 60", "succession", "expected all 0"),
        (SUCCESSION, b"keys = 33\nthreshold = 2\nsilence_s = 60", "succession.keys", "32"),
        (SUCCESSION, b"keys = 3\nthreshold = 2", "succession.silence_s", "required"),
        (SUCCESSION, b"keys = 3\nthreshold = 2\nsilence_s = 1099511627776", "succession.silence_s", "less than"),
        (b"[succession]", b"[inheritance]", "succession", "required"),
        (b'double_sign = "remove"', b'double_sign = "fine"', "validators.double_sign", "remove"),
        (b'double_sign = "remove"', b"double_sign = 1", "validators.double_sign", "remove"),
        (b"period_s = 31_536_000", b"period_s = -1", "trust.period_s", "greater"),
        (b"period_s = 31_536_000", b'period_s = "a year"', "trust.period_s", "integer"),
    ],
)
def test_text__contradictory_table__is_refused_with_file_and_field(
    old: bytes, new: bytes, field: str, expected: str
) -> None:
    assert old in TOWN
    with pytest.raises(FileFormatError) as caught:
        parse_constitution(TOWN.replace(old, new), "our-town.toml")
    assert caught.value.facts["field"] == field
    assert caught.value.detail.startswith("our-town.toml")
    assert expected in caught.value.facts["expected"]


def test_text__simulated_time_with_a_trust_period__is_refused() -> None:
    with pytest.raises(FileFormatError, match="simulated time"):
        parse_constitution(REPLAY.replace(b"period_s = 0", b"period_s = 60"), "replay.toml")
