"""Settings of a ledger's directory: flags first, then `ORTAQ_*`, then `ortaq.toml`, then the defaults here."""

import json
import os
import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ledger.errors import FileFormatError
from node.consensus.comet.validators import PEER

FILE_NAME = "ortaq.toml"
HOST_PORT = r"^[A-Za-z0-9.\[\]:-]+:\d{1,5}$"
PEERS = rf"^{PEER}(,{PEER})*$"
WITNESSES = r"^https?://[^\s,]+(,https?://[^\s,]+)*$"


class Settings(BaseModel):
    """Every setting, with what it means. Units stand in the names."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    http_host: str = Field("127.0.0.1", description="address that the HTTP port listens on")
    http_port: int = Field(8545, ge=0, le=65_535, description="HTTP port of pages, API and RPC; 0 takes a free one")
    evidence: Literal["local", "kubo"] = Field("local", description="where evidence is kept")
    kubo: str = Field("/ip4/127.0.0.1/tcp/5001", description="multiaddress of the Kubo daemon's API")
    executor: Literal["pyevm", "geth"] = Field("pyevm", description="what executes blocks on a member of a network")
    p2p_listen: str = Field(
        "0.0.0.0:26656", pattern=HOST_PORT, description="address on which a member hears other members"
    )
    p2p_external: str | None = Field(
        None, pattern=HOST_PORT, description="the same address as others dial it, where it is another one"
    )
    p2p_peers: str | None = Field(
        None,
        pattern=PEERS,
        description="members to dial instead of those that Permissions names: NODE_ID@HOST:PORT,...",
    )
    p2p_local: bool = Field(False, description="members on one machine or in one private network")
    follow: str | None = Field(
        None, pattern=r"^https?://\S+$", description="URL of the node whose public feed this one follows"
    )
    witness: str | None = Field(
        None,
        pattern=WITNESSES,
        description="URLs where witness seals over this ledger's blocks are read, separated by commas",
    )
    block_interval_ms: int = Field(200, ge=0, le=60_000, description="least time between two blocks")
    acknowledge_s: float = Field(
        5.0, gt=0, le=60, description="how long a request waits for its block before it gets a promise"
    )
    body_limit_bytes: int = Field(1_048_576, ge=1024, description="largest HTTP request body")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="least severity that is logged")
    passphrase_file: Path | None = Field(None, description="file whose first line opens the keys")


def load_settings(folder: Path | None, **flags: Any) -> Settings:
    """Merge flags, environment and file.

    Errors  FileFormatError names the source, the field and what was expected.
    """
    given, sources = merged(folder, **flags)
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = str(first["loc"][0])
        expected = f"one of {', '.join(Settings.model_fields)}" if first["type"] == "extra_forbidden" else first["msg"]
        raise FileFormatError(sources.get(field, "settings"), None, field, repr(first["input"]), expected) from error


def merged(folder: Path | None, **flags: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """The given values by field, and where each comes from: a flag, the environment, or the file."""
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    if folder is not None and (path := folder / FILE_NAME).exists():
        for field, value in _read(path).items():
            values[field], sources[field] = value, str(path)
    for field in Settings.model_fields:
        name = f"ORTAQ_{field.upper()}"
        if name in os.environ:
            values[field], sources[field] = os.environ[name], name
    for field, value in flags.items():
        if value is not None:
            values[field], sources[field] = value, f"--{field.replace('_', '-')}"
    return values, sources


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FileFormatError(str(path), None, "syntax", str(error), "TOML 1.0 in UTF-8") from error


def default_file(**given: str | int | bool) -> str:
    """A commented `ortaq.toml` with every default, for a new ledger's directory; `given` values are set in it."""
    lines = ["# Settings of this ledger's node. Flags and ORTAQ_* variables come before this file.", ""]
    for name, field in Settings.model_fields.items():
        value = given.get(name, field.default)
        shown = "" if value is None else json.dumps(value)
        lines += [f"# {field.description}", f"{'' if name in given else '# '}{name} = {shown}".rstrip(), ""]
    return "\n".join(lines)
