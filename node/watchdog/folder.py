"""A watchdog's directory: a ledger's files, as peers gave them and the anchor confirmed, its stores, its findings."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from coincurve import PrivateKey

from ledger.bundle.documents import decode_founding
from ledger.chain.genesis import Genesis
from ledger.chain.genesis_file import parse_genesis
from ledger.errors import BadInputError, CheckFailedError
from ledger.founding.identity import founding_hash
from ledger.primitives import to_hex
from ledger.proofs.anchor import Anchor
from ledger.proofs.misconduct import Misconduct
from ledger.proofs.misconduct_json import encode_misconduct
from node.files import write_durably
from node.folder import Founding, LedgerFolder, WrongLedgerError, load_founding
from node.keys import key_path, load_key, save_key
from node.watchdog.alarms import Alarm

WITNESS = "witness"


class WrongFoundingError(CheckFailedError):
    """A peer gave founding files that are not those of the anchor's ledger."""

    type = "wrong-founding"


class FoundingSource(Protocol):
    """Whoever gives the founding's files."""

    def genesis(self) -> bytes: ...

    def text(self) -> bytes: ...

    def founding(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class WatchFolder:
    """`genesis.json founding.toml founding.json keys/ store/ alarms.jsonl misconduct/`, and what geth needs."""

    path: Path

    @property
    def ledger(self) -> LedgerFolder:
        """The same directory with a ledger's names: `ortaq serve` shows what the watchdog vouches for."""
        return LedgerFolder(self.path)

    @property
    def high_water(self) -> Path:
        return self.ledger.keys / "witness.high-water"

    @property
    def alarms(self) -> Path:
        return self.path / "alarms.jsonl"

    @property
    def misconduct(self) -> Path:
        return self.path / "misconduct"

    def adopt(self, source: FoundingSource, anchor: Anchor) -> tuple[Founding, Genesis]:
        """Read the founding, taking it from a peer the first time; it is kept only once the anchor confirmed it.

        Errors  WrongFoundingError for a peer's files; WrongLedgerError for a directory of another ledger.
        """
        if not self.ledger.exists():
            self._take(source, anchor)
        founding, genesis = load_founding(self.ledger)
        if founding.hash != anchor.founding:
            raise WrongLedgerError(
                f"{self.path}: of ledger {to_hex(founding.hash)}, expected {to_hex(anchor.founding)} as the anchor says"
            )
        return founding, genesis

    def open_key(self, passphrase: str | None = None) -> PrivateKey:
        """The witness's key, made the first time. Errors: KeyFileError, PassphraseNeededError."""
        path = key_path(self.ledger.keys, WITNESS)
        if not path.exists():
            save_key(self.ledger.keys, WITNESS, PrivateKey(), passphrase)
        return load_key(path, passphrase)

    def save_misconduct(self, evidence: Misconduct, name: str) -> str:
        """Keep evidence durably; its path. A file of that name is not written over."""
        self.misconduct.mkdir(parents=True, exist_ok=True)
        path = self.misconduct / f"{name}.json"
        if not path.exists():
            write_durably(path, encode_misconduct(evidence))
        return str(path)

    def note(self, alarm: Alarm) -> None:
        """Append an alarm to the directory's own log, on disk when this returns."""
        with self.alarms.open("a", encoding="utf-8") as file:
            file.write(json.dumps(alarm.record, ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def _take(self, source: FoundingSource, anchor: Anchor) -> None:
        text, keys, data = source.text(), source.founding(), source.genesis()
        _check_founding(text, keys, data, anchor)
        self.path.mkdir(parents=True, exist_ok=True)
        # Genesis last: where it stands, the others do.
        write_durably(self.ledger.constitution, text)
        write_durably(self.ledger.founding, keys)
        write_durably(self.ledger.anchor, (anchor.text + "\n").encode())
        write_durably(self.ledger.genesis, data)


def _check_founding(text: bytes, keys: bytes, data: bytes, anchor: Anchor) -> None:
    """Errors  WrongFoundingError for files that are not the anchor's, or no such files at all."""
    expected = to_hex(anchor.founding)
    try:
        genesis = parse_genesis(data.decode("utf-8", "replace"))
        found = founding_hash(text, *decode_founding(keys))
    except BadInputError as error:
        raise WrongFoundingError(f"peer: {error.detail}") from error
    if not found == genesis.extra_data == anchor.founding:
        raise WrongFoundingError(
            f"peer: founding {to_hex(found)}, genesis of {to_hex(genesis.extra_data)}, expected {expected}"
        )
    if anchor.height == 0 and genesis.header.hash != anchor.block_hash:
        raise WrongFoundingError(
            f"peer: genesis gives block {to_hex(genesis.header.hash)}, expected {to_hex(anchor.block_hash)}"
        )
