"""One geth process: its files, its flags, its start and its end."""

import atexit
import logging
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from ledger.chain.genesis import Genesis
from ledger.chain.genesis_file import dump_genesis
from node.execution.geth.binary import TESTED_VERSIONS, find_geth, read_version
from node.execution.geth.errors import ExecutorMissingError, NoAnswerError
from node.files import last_words, trim_log
from node.noted import NotedProcess

log = logging.getLogger("ortaq.executor")

MAX_SOCKET_PATH = 100
"""Bytes; the system takes about 108 and says nothing helpful above."""
ANSWER_S = 30.0

# No listener for peers, not even one that refuses them: geth's flags cannot say that.
_CONFIG = '[Node.P2P]\nMaxPeers = 0\nNoDiscovery = true\nListenAddr = ""\n'


@dataclass(frozen=True, slots=True)
class GethOptions:
    """How geth is run and how long it is waited for.

    Units   seconds; `cache_mib`: geth's own caches; `memory_mib`: above it geth collects garbage whenever it can, below
            it when its heap has grown by `gc_percent`. `answer_s`: the longest a single answer may take; `patience_s`:
            how long a caller waits while nothing goes forward, restarts included, before it gets an error; `trial_s`:
            how long geth is to run the transactions of a block that is being made. `flags`: more of geth's own, which
            win over the usual ones.
    """

    binary: Path | None = None
    cache_mib: int = 256
    memory_mib: int = 1024
    gc_percent: int = 300
    start_s: float = 60
    stop_s: float = 30
    answer_s: float = ANSWER_S
    patience_s: float = 180
    trial_s: float = 1.5
    flags: tuple[str, ...] = ()


class GethProcess:
    """geth in a folder of its own, which holds nothing that the ledger's blocks would not give again.

    Shape   `data/` is geth's; `geth.ipc` the socket on which all is asked, of mode 0600; `jwt` the secret of the
            engine port on loopback, which geth opens in any case and nobody uses; `geth.log`, `geth.pid`.
    """

    def __init__(self, folder: Path, genesis: Genesis, options: GethOptions) -> None:
        self.folder = folder = folder.resolve()
        self._noted = noted_geth(folder)
        self._genesis = genesis
        self._options = options
        self._binary = options.binary or find_geth()
        self._child: subprocess.Popen[bytes] | None = None
        self._short_folder: Path | None = None
        self.version = read_version(self._binary)
        if self.version not in TESTED_VERSIONS:
            log.warning("geth %s was not tried with this node, %s were", self.version, ", ".join(TESTED_VERSIONS))
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.socket = self._place_socket()

    @property
    def pid(self) -> int | None:
        return None if self._child is None else self._child.pid

    def is_alive(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def start(self) -> None:
        """Start geth; it may not answer yet. An earlier one that outlived its node is ended first.

        Errors  ExecutorMissingError where the program cannot be run; NoAnswerError where it refuses the genesis.
        """
        self._noted.end(self._options.stop_s)
        self._write_private("jwt", secrets.token_hex(32))
        self._write_private("geth.toml", _CONFIG)
        self.trim_log()
        if not (self.folder / "data" / "geth" / "chaindata").is_dir():
            self._initialise()
        self.socket.unlink(missing_ok=True)
        self._child = self._spawn()
        self._noted.note(self._child.pid)
        # A node that ends without closing must not leave it behind.
        atexit.register(self.kill)

    def stop(self) -> None:
        """End geth in order, by force if it does not end in time."""
        self._end(signal.SIGTERM)
        if self._short_folder is not None:
            shutil.rmtree(self._short_folder, ignore_errors=True)
            self._short_folder = None

    def kill(self) -> None:
        """End geth at once. What it had not written is replayed."""
        self._end(signal.SIGKILL)

    def set_data_aside(self) -> Path:
        """Move geth's database away, in place of one moved earlier; the next start makes an empty one."""
        aside = self.folder / "data.aside"
        shutil.rmtree(aside, ignore_errors=True)
        if (self.folder / "data").exists():
            (self.folder / "data").rename(aside)
        return aside

    def trim_log(self) -> None:
        """Put a long log aside, also under a running geth: others' bad blocks must not fill the disk."""
        trim_log(self.folder / "geth.log")

    def last_words(self) -> str:
        """The last lines of geth's log, for an error message."""
        return last_words(self.folder / "geth.log", 3)

    def _flags(self) -> list[str]:
        """What every start has in common. Hash scheme and archive: the only pair that survives SIGKILL whole."""
        values = {
            "config": self.folder / "geth.toml",
            "datadir": self.folder / "data",
            "state.scheme": "hash",
            "gcmode": "archive",
            "syncmode": "full",
            "maxpeers": 0,
            "nat": "none",
            "ipcpath": self.socket,
            "authrpc.addr": "127.0.0.1",
            "authrpc.port": 0,
            "authrpc.jwtsecret": self.folder / "jwt",
            "miner.gaslimit": self._genesis.gas_limit,
            "rpc.gascap": 0,
            "cache": self._options.cache_mib,
            "memorylimit": self._options.memory_mib,
            "gogc": self._options.gc_percent,
            "verbosity": 2,
        }
        flags = [f"--{name}={value}" for name, value in values.items()]
        # To run a block ahead of itself makes it faster only where cores are idle.
        flags += ["--cache.noprefetch", "--nodiscover", "--history.logs.disable"]
        return [*flags, *self._options.flags]

    def _spawn(self) -> "subprocess.Popen[bytes]":
        with (self.folder / "geth.log").open("ab") as output:
            try:
                return subprocess.Popen(  # noqa: S603 - the operator names the program
                    [self._binary, *self._flags()],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    env=_environment(),
                    # A Ctrl-C at the terminal is for the node, which ends geth in order.
                    start_new_session=True,
                )
            except OSError as error:
                raise ExecutorMissingError(f"geth: {self._binary} cannot be run: {error}") from error

    def _initialise(self) -> None:
        self._write_private("genesis.json", dump_genesis(self._genesis))
        data, genesis = self.folder / "data", self.folder / "genesis.json"
        try:
            done = subprocess.run(  # noqa: S603 - the operator names the program
                [self._binary, f"--datadir={data}", "--state.scheme=hash", "init", genesis],
                capture_output=True,
                env=_environment(),
                timeout=self._options.start_s,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise NoAnswerError(f"executor: geth init: {error}") from error
        if done.returncode != 0:
            shutil.rmtree(self.folder / "data", ignore_errors=True)
            raise NoAnswerError(f"executor: geth init: {done.stderr.decode(errors='replace').strip()[-300:]}")

    def _end(self, sign: signal.Signals) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        atexit.unregister(self.kill)
        child.send_signal(sign)
        try:
            child.wait(self._options.stop_s)
        except subprocess.TimeoutExpired:
            log.warning("geth (process %d) did not end within %g s and was killed", child.pid, self._options.stop_s)
            child.kill()
            child.wait()
        self._noted.forget()

    def _place_socket(self) -> Path:
        usual = self.folder / "geth.ipc"
        if len(os.fsencode(usual)) <= MAX_SOCKET_PATH:
            return usual
        self._short_folder = Path(tempfile.mkdtemp(prefix="ortaq-"))
        return self._short_folder / "geth.ipc"

    def _write_private(self, name: str, text: str) -> None:
        path = self.folder / name
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)


def noted_geth(folder: Path) -> NotedProcess:
    """The geth that works in a folder."""
    return NotedProcess(folder / "geth.pid", f"--datadir={folder.resolve() / 'data'}")


def _environment() -> dict[str, str]:
    """This process' environment without geth's own variables, any of which would act as a flag."""
    return {name: value for name, value in os.environ.items() if not name.startswith("GETH_")}
