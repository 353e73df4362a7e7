"""The signed header of the consensus block that holds a block of the ledger: what members need to begin after it."""

import subprocess
import tempfile
import time
import tomllib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from ledger.ports import ChainReader
from ledger.primitives import Height
from ledger.proofs.comet.body import decode_body, encode_body
from ledger.proofs.comet.header import chain_name
from ledger.proofs.comet.rpc import read_signed_header
from ledger.proofs.comet.wire import CommitError
from ledger.proofs.handover_making import read_seal
from ledger.proofs.seal import SealKind
from node.consensus.comet.configuration import CometHome, rpc_socket
from node.consensus.comet.rpc import CometRpc, CometRpcError, CometUnreachableError
from node.engines import COMETBFT
from scripts.running.members import COMET_FOLDER

START_S = 20.0
POLL_S = 0.1


def find_signed_header(path: Path, chain: ChainReader, chain_id: int, last: Height) -> bytes | None:
    """The body of the header (formats.md, 13), None where none can be had: no validators decide, no CometBFT is here.

    Where the consensus block before sealed the parent, that seal is it. Else CometBFT is asked: the one that runs, or
    its databases through `cometbft inspect`.
    Errors  CometRpcError; CometUnreachableError; EngineMissingError.
    """
    seal = read_seal(chain, last)
    if seal is None or seal.kind is not SealKind.COMMIT:
        return None
    decided = decode_body(seal.body, chain_name(chain_id), seal.block_hash).header.height - 1
    before = read_seal(chain, Height(last - 1))
    if before is not None and before.kind is SealKind.COMMIT:
        signed = decode_body(before.body, chain_name(chain_id), before.block_hash)
        if signed.header.height == decided:
            return before.body
    home = CometHome(path / COMET_FOLDER)
    if not (home.config / "config.toml").is_file():
        return None
    with _asking(home) as rpc:
        return _ask(rpc, decided)


def _ask(rpc: CometRpc, height: int) -> bytes | None:
    try:
        answer = rpc.commit(height)
        return None if answer is None else encode_body(read_signed_header(answer, rpc.validators(height)))
    except (CometRpcError, CommitError):
        # The initial header, which is of another form, or one of before this node's own snapshot.
        return None


@contextmanager
def _asking(home: CometHome) -> Iterator[CometRpc]:
    """CometBFT's RPC, of the process that runs or of one that reads its databases."""
    address = tomllib.loads((home.config / "config.toml").read_text())["rpc"]["laddr"]
    with closing(CometRpc(Path(str(address).removeprefix("unix://")))) as running:
        try:
            running.status()
        except CometUnreachableError:
            pass
        else:
            yield running
            return
    with tempfile.TemporaryDirectory(prefix="ortaq-") as folder:
        place = rpc_socket(Path(folder))
        words: list[str | Path] = [COMETBFT.find(), "inspect", "--home", home.path, "--rpc.laddr", f"unix://{place}"]
        with subprocess.Popen(  # noqa: S603  our own command
            words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            try:
                with closing(CometRpc(place)) as rpc:
                    _wait(place, process)
                    yield rpc
            finally:
                process.terminate()


def _wait(place: Path, process: "subprocess.Popen[bytes]") -> None:
    """Wait until the process listens. Errors: CometUnreachableError."""
    end = time.monotonic() + START_S
    while not place.exists():
        if process.poll() is not None or time.monotonic() > end:
            raise CometUnreachableError("cometbft inspect: does not answer; its databases may be in use or damaged")
        time.sleep(POLL_S)
