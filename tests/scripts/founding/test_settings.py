"""Settings: where each comes from, and what is said about bad ones."""

from pathlib import Path

import pytest

from ledger.errors import FileFormatError
from scripts.founding.settings import Settings, default_file, load_settings, merged


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"ORTAQ_{name.upper()}", raising=False)


def test_load__nothing_given__takes_the_defaults(tmp_path: Path) -> None:
    assert load_settings(tmp_path) == Settings() == load_settings(None)


def test_load__flag_variable_and_file__come_in_this_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ortaq.toml").write_text('http_port = 1\nlog_level = "debug"\nblock_interval_ms = 5\n')
    monkeypatch.setenv("ORTAQ_HTTP_PORT", "2")
    monkeypatch.setenv("ORTAQ_LOG_LEVEL", "error")
    found = load_settings(tmp_path, http_port=3, evidence=None)
    assert (found.http_port, found.log_level, found.block_interval_ms) == (3, "error", 5)
    _, sources = merged(tmp_path, http_port=3)
    assert sources == {
        "http_port": "--http-port",
        "log_level": "ORTAQ_LOG_LEVEL",
        "block_interval_ms": str(tmp_path / "ortaq.toml"),
    }


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("http_port = 70000\n", "http_port"),
        ('http_port = "many"\n', "http_port"),
        ('evidence = "floppy"\n', "evidence"),
        ("colour = 1\n", "colour"),
        ("http_port =\n", "syntax"),
        ("acknowledge_s = 0\n", "acknowledge_s"),
    ],
)
def test_load__bad_file__names_file_and_field(tmp_path: Path, text: str, field: str) -> None:
    (tmp_path / "ortaq.toml").write_text(text)
    with pytest.raises(FileFormatError) as caught:
        load_settings(tmp_path)
    assert caught.value.facts["field"] == field
    assert caught.value.facts["path"] == str(tmp_path / "ortaq.toml")


def test_load__bad_variable__names_the_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORTAQ_BODY_LIMIT_BYTES", "-1")
    with pytest.raises(FileFormatError, match="ORTAQ_BODY_LIMIT_BYTES: body_limit_bytes"):
        load_settings(tmp_path)


def test_default_file__as_it_is_or_uncommented__gives_the_defaults(tmp_path: Path) -> None:
    path = tmp_path / "ortaq.toml"
    path.write_text(default_file())
    assert load_settings(tmp_path) == Settings()
    values = [line.removeprefix("# ") for line in default_file().splitlines() if " = " in line and ": " not in line]
    path.write_text("\n".join(values))
    assert load_settings(tmp_path) == Settings()
    without = [name for name, field in Settings.model_fields.items() if field.default is None]
    assert len(values) == len(Settings.model_fields) - len(without)
