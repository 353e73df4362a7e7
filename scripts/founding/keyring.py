"""The keys of a ledger's directory: found by role, opened when needed."""

from dataclasses import dataclass, field
from pathlib import Path

from coincurve import PrivateKey

from node.folder import LedgerFolder
from node.keys import KeyFileError, describe_key, key_path, load_key
from scripts.terminal.passphrases import known_passphrase


@dataclass
class Keyring:
    """Opens key files of one ledger with one passphrase, which is asked for at most once.

    Errors  KeyFileError, PassphraseNeededError, PassphraseError.
    """

    folder: LedgerFolder
    passphrase_file: Path | None = None
    _passphrase: str | None = field(default=None, repr=False)

    def open(self, role: str, path: Path | None = None) -> PrivateKey:
        """The key of a role: from `path`, else from the ledger's directory."""
        file = path or key_path(self.folder.keys, role)
        if not file.exists():
            raise KeyFileError(
                f"{file}: missing, expected the key of the {role}; whoever holds it names its file with --key"
            )
        if not describe_key(file).encrypted:
            return load_key(file)
        if self._passphrase is None:
            self._passphrase = known_passphrase(self.passphrase_file, str(file))
        return load_key(file, self._passphrase)
