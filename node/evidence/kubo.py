"""Evidence in a Kubo daemon, over its RPC port. What the daemon says is checked, not believed."""

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ipfshttpclient
from ipfshttpclient import exceptions

from ledger.evidence.cid import Cid, parse_cid
from ledger.evidence.errors import BadCidError, EvidenceNotFoundError
from ledger.evidence.layout import CHUNK_SIZE, MAX_LINKS, pack_directory, split_file
from ledger.evidence.reader import read_directory, stream_file, verify_block
from ledger.evidence.walk import walk_blocks
from node.evidence.errors import KuboDisagreesError, KuboRefusedError, KuboTooSlowError, KuboUnreachableError

# The client passes urllib3 an argument that does nothing any more; users need not read about it.
warnings.filterwarnings("ignore", message="The 'strict' parameter", category=FutureWarning)

_ADD_OPTIONS = {
    "cid-version": "1",
    "raw-leaves": "true",
    "chunker": f"size-{CHUNK_SIZE}",
    "max-file-links": str(MAX_LINKS),
    "hash": "sha2-256",
    "pin": "true",
}


class KuboEvidenceStore:
    """A daemon's repository; what is added is pinned.

    The client asks for no version: its own check knows only daemons up to 0.9. That the daemon gives our CIDs is
    checked with each file instead.
    """

    def __init__(self, address: str, timeout_s: float = 30) -> None:
        """Connect to a multiaddr such as /ip4/127.0.0.1/tcp/5001.

        Units   timeout_s: how long one request may take, a search of the network included.
        Errors  KuboUnreachableError(address, reason), also for what is no multiaddr.
        """
        self._address = address
        self._timeout_s = timeout_s
        with self._explained():
            self._client = ipfshttpclient.Client(address, timeout=timeout_s)
            self.version: str = self._client.version()["Version"]

    def add(self, data: bytes) -> str:
        """Add and pin a file.

        Errors  KuboDisagreesError when the daemon's CID is not ours; KuboUnreachableError; KuboTooSlowError;
                KuboRefusedError; EvidenceTooLargeError.
        """
        expected = str(split_file(data).root)
        with self._explained():
            found = self._client.add_bytes(data, opts=dict(_ADD_OPTIONS))
        return self._agreed(found, expected)

    def add_directory(self, files: dict[str, bytes]) -> str:
        """Add and pin files by their paths under one CID; errors as `add`, and BadPathError."""
        expected = str(pack_directory(files).root)
        # The client sends directories from disk only, and overrides `raw-leaves` by its own default.
        with tempfile.TemporaryDirectory(prefix="ortaq-evidence-") as folder:
            for path, content in files.items():
                target = Path(folder, path)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
            with self._explained():
                answers: list[Any] = self._client.add(folder, recursive=True, raw_leaves=True, opts=dict(_ADD_OPTIONS))
        top = {answer["Name"]: answer["Hash"] for answer in answers}
        return self._agreed(top.get(Path(folder).name, "none"), expected)

    def has(self, cid: str) -> bool:
        """Whether the daemon's own repository holds the CID's first block; the network is not asked. BadCidError."""
        name = str(parse_cid(cid))
        try:
            with self._explained():
                self._client.block.stat(name, offline=True)
        except KuboRefusedError as error:
            if _is_absence(error):
                return False
            raise
        return True

    def get(self, cid: str) -> bytes:
        """Read a file block by block, each checked against its CID.

        Errors  BadCidError; EvidenceNotFoundError, also when the network does not give a block in time;
                EvidenceDamagedError; MalformedBlockError for a directory; KuboUnreachableError; KuboRefusedError.
        """
        return b"".join(self.stream(cid))

    def stream(self, cid: str) -> Iterator[bytes]:
        """Read a file part by part, each checked before it is given out; errors as `get`."""
        return stream_file(parse_cid(cid), self._get_block)

    def get_directory(self, cid: str) -> dict[str, bytes]:
        """Read all files under a directory, by path; errors as `get`, MalformedBlockError for a file."""
        return read_directory(parse_cid(cid), self._get_block)

    def block(self, cid: str) -> bytes:
        """One block by its CID, checked; errors as `get`."""
        name = parse_cid(cid)
        data = self._get_block(name)
        verify_block(name, data)
        return data

    def blocks(self, cid: str) -> Iterator[tuple[Cid, bytes]]:
        """All blocks under a CID, as `ledger.evidence.walk.walk_blocks` gives them; errors as `get`."""
        return walk_blocks(parse_cid(cid), self._get_block)

    def roots(self) -> list[str]:
        """The CIDs of our form that the daemon has pinned whole, by whomever, in alphabetical order."""
        with self._explained():
            pinned = self._client.pin.ls(type="recursive")["Keys"]
        return sorted(cid for cid in pinned if _is_our_form(cid))

    def _get_block(self, cid: Cid) -> bytes:
        name = str(cid)
        try:
            with self._explained():
                block: bytes = self._client.block.get(name)
        except KuboTooSlowError as error:
            place = f"the network of the Kubo daemon at {self._address} within {self._timeout_s} s"
            raise EvidenceNotFoundError(name, place) from error
        except KuboRefusedError as error:
            if _is_absence(error):
                raise EvidenceNotFoundError(name, f"the Kubo daemon at {self._address}") from error
            raise
        return block

    def _agreed(self, found: str, expected: str) -> str:
        if found != expected:
            raise KuboDisagreesError(self._address, found, expected)
        return found

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn the client's exceptions into ours."""
        try:
            yield
        except exceptions.ErrorResponse as error:
            raise KuboRefusedError(self._address, str(error)) from error
        except exceptions.TimeoutError as error:
            raise KuboTooSlowError(self._address, self._timeout_s) from error
        except (exceptions.Error, OSError, KeyError) as error:
            raise KuboUnreachableError(self._address, type(error).__name__) from error


def _is_our_form(text: str) -> bool:
    """A daemon also holds pins in older forms, such as its own empty directory in CIDv0."""
    try:
        parse_cid(text)
    except BadCidError:
        return False
    return True


def _is_absence(error: KuboRefusedError) -> bool:
    """The daemon tells a missing block from other failures by its words only."""
    return "not found" in error.facts["reason"]
