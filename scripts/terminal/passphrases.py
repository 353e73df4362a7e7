"""Passphrases: from a file, or asked for on a terminal; never on the command line, where others could read them."""

import getpass
import sys
from pathlib import Path

from ledger.errors import BadInputError
from node.keys import PassphraseNeededError

MIN_LENGTH = 8


class PassphraseError(BadInputError):
    """A passphrase that cannot be used."""

    type = "bad-passphrase"


def read_passphrase(path: Path | None) -> str | None:
    """The first line of a file, without its line break; None without a file.

    Errors  PassphraseError for a file that is missing or whose first line is empty.
    """
    if path is None:
        return None
    try:
        line = path.read_text(encoding="utf-8").partition("\n")[0].rstrip("\r")
    except (OSError, UnicodeDecodeError) as error:
        raise PassphraseError(f"{path}: cannot be read ({error}), expected a file with the passphrase") from error
    if not line:
        raise PassphraseError(f"{path}: first line is empty, expected a passphrase")
    return line


def new_passphrase(path: Path | None, what: str) -> str:
    """A passphrase for keys that are made now: from the file, else asked for twice.

    Errors  PassphraseNeededError without a file and a terminal; PassphraseError for a short one, or two that differ.
    """
    found = read_passphrase(path)
    if found is None:
        if not sys.stdin.isatty():
            raise PassphraseNeededError(
                f"{what}: keys are not written in the open; give --passphrase-file or use a terminal"
            )
        found = getpass.getpass(f"Passphrase for {what}: ")
        if found != getpass.getpass("The same again: "):
            raise PassphraseError("passphrase: the two differ, expected the same twice")
    if len(found) < MIN_LENGTH:
        raise PassphraseError(f"passphrase: {len(found)} characters, expected at least {MIN_LENGTH}")
    return found


def known_passphrase(path: Path | None, what: str) -> str | None:
    """The passphrase of keys that are there: from the file, else asked for on a terminal; None without either."""
    found = read_passphrase(path)
    if found is None and sys.stdin.isatty():
        found = getpass.getpass(f"Passphrase of {what}: ")
    return found
