"""The separately built engines: where each is looked for, what it says of itself, which version was tried."""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from node.consensus.comet.process import VERSION as COMETBFT_VERSION
from node.consensus.comet.process import EngineMissingError
from node.execution.geth.binary import TESTED_VERSIONS as GETH_VERSIONS

FOLDER = Path(".cache", "ortaq", "engines")
"""Below the home directory: what `make engines` builds."""
ASK_S = 20


@dataclass(frozen=True, slots=True)
class Engine:
    """Shape   `variable`: names another program; `target`: of make, which builds it; `version`: finds it in its answer
    to `arguments`.
    """

    name: str
    purpose: str
    binary: str
    variable: str
    target: str
    arguments: tuple[str, ...]
    version: re.Pattern[str]
    tested: tuple[str, ...]

    @property
    def path(self) -> Path:
        """Where it is looked for."""
        named = os.environ.get(self.variable)
        return Path(named) if named else Path.home() / FOLDER / self.binary

    def find(self) -> Path:
        """The program. Errors: EngineMissingError says how to get it."""
        path = self.path
        if not path.is_file() or not os.access(path, os.X_OK):
            raise EngineMissingError(
                f"{self.name}: {path} is no program; build it with `make {self.target}` or name one in {self.variable}"
            )
        return path

    def ask_version(self) -> str:
        """What the program says, such as `1.17.5`. Errors: EngineMissingError."""
        path = self.find()
        try:
            done = subprocess.run(  # noqa: S603  the operator names the program
                [path, *self.arguments], capture_output=True, text=True, errors="replace", timeout=ASK_S, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise EngineMissingError(f"{self.name}: {path} cannot be run: {error}") from error
        found = self.version.search(done.stdout)
        if found is None:
            raise EngineMissingError(f"{self.name}: {path} prints {done.stdout[:60]!r}, expected its version")
        return found[1]


COMETBFT = Engine(
    "CometBFT",
    "consensus of a network",
    "cometbft",
    "ORTAQ_COMETBFT",
    "engine-cometbft",
    ("version",),
    re.compile(r"^v?(\d+\.\d+\.\d+)"),
    (COMETBFT_VERSION,),
)
GETH = Engine(
    "geth",
    "second executor",
    "geth",
    "ORTAQ_GETH",
    "engine-geth",
    ("--version",),
    re.compile(r"geth version (\d+\.\d+\.\d+)"),
    GETH_VERSIONS,
)
KUBO = Engine(
    "Kubo",
    "evidence on IPFS",
    "ipfs",
    "ORTAQ_KUBO",
    "engine-kubo",
    ("version", "--number"),
    re.compile(r"^(\d+\.\d+\.\d+)"),
    ("0.42.0",),
)
ENGINES = (COMETBFT, GETH, KUBO)
