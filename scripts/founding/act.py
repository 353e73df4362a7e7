"""Founding a ledger's directory: keys, genesis, settings, all or nothing."""

import secrets
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from coincurve import PrivateKey

from ledger.access.validators import Validator
from ledger.chain.genesis import Genesis
from ledger.chain.genesis_file import dump_genesis
from ledger.errors import BadInputError
from ledger.founding.constitution import SEALER_ROLE, Constitution, parse_constitution
from ledger.founding.identity import FoundingKey
from ledger.primitives import Address, Height, Timestamp
from ledger.proofs.anchor import FOR_EVER, Anchor
from ledger.secp256k1 import address_of
from node.execution.pyevm.engine import PyEvmEngine
from node.files import make_draft, publish_folder, write_durably
from node.folder import LedgerFolder, encode_founding
from node.founding import FoundingAct, make_genesis
from node.keys import save_key
from node.store.lmdb_store import LmdbStore
from scripts.founding.settings import default_file

NONCE_LENGTH = 32


class DirectoryTakenError(BadInputError):
    """The directory holds something already; founding never writes over it."""

    type = "directory-taken"


@dataclass(frozen=True, slots=True)
class Founded:
    """A new ledger."""

    folder: LedgerFolder
    act: FoundingAct
    genesis: Genesis
    anchor: Anchor


def found_ledger(
    path: Path,
    text: bytes,
    *,
    text_path: str,
    time: Timestamp,
    held: Mapping[str, Address] | None = None,
    passphrase: str | None = None,
    validators: Sequence[Validator] = (),
    nodes: Sequence[bytes] = (),
) -> Founded:
    """Make a ledger's directory from a constitution.

    Shape   `held`: addresses of keys that somebody else holds, by role; all other keys are made here, and encrypted if
            there is a passphrase. `validators`: who seals from the founding on, with the identities of their nodes;
            without any, one sequencer does.
    Errors  FileFormatError for the text, DirectoryTakenError, RecoveryError, BadInputError for a role that is none. On
            any error the directory is left as it was.
    """
    constitution = parse_constitution(text, text_path)
    if path.exists() and any(path.iterdir()):
        raise DirectoryTakenError(f"{path}: not empty, expected a new directory")
    roles = _roles(constitution, bool(validators))
    held = dict(held or {})
    if unknown := sorted(set(held) - set(roles)):
        raise BadInputError(f"key of {unknown[0]!r}: no such role, expected one of {', '.join(roles)}")
    made = {role: PrivateKey(secrets.token_bytes(32)) for role in roles if role not in held}
    addresses = {**held, **{role: address_of(key) for role, key in made.items()}}
    keys = [FoundingKey(role, addresses[role]) for role in roles]
    keys += [FoundingKey(f"validator{n}", validator.address) for n, validator in enumerate(validators, 1)]
    nonce = secrets.token_bytes(NONCE_LENGTH)
    act = FoundingAct(text, constitution, tuple(keys), nonce, time, tuple(validators), tuple(nodes))
    genesis = make_genesis(act)
    anchor = _anchor(act, genesis)
    _write(path, act, genesis, anchor, made, passphrase)
    return Founded(LedgerFolder(path), act, genesis, anchor)


def _roles(constitution: Constitution, is_sealed_by_validators: bool) -> tuple[str, ...]:
    """Every key that is held or made at this founding."""
    return tuple(role for role in constitution.roles if not (is_sealed_by_validators and role == SEALER_ROLE))


def _write_store(draft: LedgerFolder, genesis: Genesis) -> None:
    """The first block, so that a ledger can be read before its node has run."""
    store = LmdbStore(draft.store)
    try:
        PyEvmEngine(store, genesis)
    finally:
        store.close()


def _anchor(act: FoundingAct, genesis: Genesis) -> Anchor:
    period = act.constitution.trust.period_s
    until = Timestamp(act.time + period) if period else FOR_EVER
    return Anchor(act.hash, Height(0), genesis.header.hash, act.sealers.hash, act.time, until=until)


def _write(
    path: Path,
    act: FoundingAct,
    genesis: Genesis,
    anchor: Anchor,
    made: Mapping[str, PrivateKey],
    passphrase: str | None,
) -> None:
    """Write a draft, then give it its place: a crash leaves a whole ledger or none."""
    draft = LedgerFolder(make_draft(path))
    try:
        for role, key in made.items():
            save_key(draft.keys, role, key, passphrase)
        draft.evidence.mkdir()
        write_durably(draft.constitution, act.text)
        write_durably(draft.founding, encode_founding(act.keys, act.nonce))
        write_durably(draft.settings, default_file().encode())
        write_durably(draft.anchor, f"{anchor.text}\n".encode())
        write_durably(draft.genesis, dump_genesis(genesis).encode())
        _write_store(draft, genesis)
        publish_folder(draft.path, path, draft.genesis.name)
    except BaseException:
        shutil.rmtree(draft.path, ignore_errors=True)
        raise
