"""A real Kubo on loopback with a repository of its own, offline: for the tests beside this file."""

import os
import subprocess
import time
from pathlib import Path

START_LIMIT_S = 60


class KuboDaemon:
    """One daemon process. The `test` profile of Kubo takes free loopback ports and asks nobody on the network."""

    def __init__(self, binary: Path, folder: Path, *profiles: str) -> None:
        self._binary = binary
        self._environment = {**os.environ, "IPFS_PATH": str(folder / "repo"), "IPFS_TELEMETRY": "off"}
        self.run("init", "--empty-repo", "--profile", ",".join(("test", *profiles)))
        self._log = (folder / "daemon.log").open("wb")
        self._process = subprocess.Popen(
            [binary, "daemon", "--offline"], env=self._environment, stdout=self._log, stderr=subprocess.STDOUT
        )
        self.address = self._await_address(folder / "repo" / "api", folder / "daemon.log")

    def run(self, *arguments: str, stdin: bytes = b"") -> str:
        """Run an `ipfs` command and give what it printed."""
        command = [self._binary, *arguments]
        done = subprocess.run(command, env=self._environment, input=stdin, capture_output=True, check=False)
        assert done.returncode == 0, f"{arguments}: {done.stderr.decode()}"
        return done.stdout.decode().strip()

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(30)
        self._log.close()

    def _await_address(self, file: Path, log: Path) -> str:
        deadline = time.monotonic() + START_LIMIT_S
        while time.monotonic() < deadline and self._process.poll() is None:
            if "Daemon is ready" in log.read_text():
                return file.read_text().strip()
            time.sleep(0.05)
        self._process.kill()
        raise AssertionError(f"the Kubo daemon did not start:\n{log.read_text()}")
