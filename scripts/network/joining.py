"""Joining a network: a directory for a new node, made from an anchor and the founding's files, believing neither."""

import shutil
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from ledger.access.validators import Validator
from ledger.chain.genesis import Genesis
from ledger.errors import BadInputError, CannotCheckError
from ledger.primitives import to_hex
from ledger.proofs.anchor import Anchor, decode_anchor
from ledger.proofs.comet.ed25519 import validate_key
from ledger.views.seals import load_sealers
from ledger.views.validators import load_validators
from node.consensus.comet.configuration import CometHome
from node.consensus.comet.keys import ConsensusKeys
from node.execution.pyevm.engine import PyEvmEngine
from node.files import make_draft, publish_folder, write_durably
from node.folder import LedgerFolder, WrongLedgerError, encode_founding, load_founding
from node.snapshot.comet_home import remove_comet_start
from node.store.lmdb_store import LmdbStore
from scripts.founding.act import DirectoryTakenError
from scripts.founding.settings import default_file
from scripts.network.beginning import begin_with, founding_of
from scripts.network.founders import describe_founders, founders_table
from scripts.records.feed import FeedClient
from scripts.running.members import COMET_FOLDER
from scripts.terminal.console import Output

FILES = ("genesis.json", "founding.toml", "founding.json")
ALLOWED = {COMET_FOLDER}
"""What may stand in the directory already: the member's keys, made before the founding."""


class AnchorNeededError(CannotCheckError):
    """Joining without a trust anchor: any forged ledger would do."""

    type = "no-anchor"


def join(
    directory: Path,
    anchor: str | None,
    genesis: Path | None,
    peers: list[str],
    output: Output,
    *,
    snapshot: Path | None = None,
    **given: str,
) -> None:
    """Make the directory of a node that takes part in a ledger's network, or follows it where `follow` is given.

    Shape   `genesis`: the file; `founding.toml` and `founding.json` stand beside it. `peers`: NODE_ID@HOST:PORT,
            instead of those that Permissions names. `snapshot`: a file to begin with instead of the founding.
            `given`: settings.
    Errors  AnchorNeededError, AnchorError; WrongLedgerError where files and anchor are not of one ledger;
            UnsoundKeyError; DirectoryTakenError; ConsensusKeyError; NodeUnreachableError, PeerMisbehavesError of
            the feed; those of `begin_with`.
    """
    if not anchor:
        raise AnchorNeededError("--anchor: missing; without an anchor from elsewhere any forged ledger could be joined")
    trusted = decode_anchor(Path(anchor).read_text() if Path(anchor).is_file() else anchor)
    if directory.exists() and {entry.name for entry in directory.iterdir()} - ALLOWED:
        raise DirectoryTakenError(f"{directory}: not empty, expected a new directory, or one with node keys alone")
    draft = LedgerFolder(make_draft(directory))
    try:
        for name, data in _founding_files(genesis, snapshot, given.get("follow")).items():
            write_durably(draft.path / name, data)
        write_durably(draft.anchor, f"{trusted.text}\n".encode())
        found, founders = _check(draft, trusted, is_member="follow" not in given)
        draft.evidence.mkdir()
        settings = {**given, **({"p2p_peers": ",".join(peers)} if peers else {})}
        write_durably(draft.settings, default_file(**settings).encode())
        if (directory / COMET_FOLDER).exists():
            (directory / COMET_FOLDER).rename(draft.path / COMET_FOLDER)
        home = None if "follow" in given else CometHome(draft.path / COMET_FOLDER)
        keys = None if home is None else home.open_keys()
        if snapshot is not None:
            begin_with(snapshot, draft, trusted, home, output)
        _publish(draft, directory, None if snapshot is None else home)
    except BaseException:
        _give_back_keys(draft, directory)
        raise
    facts = {
        "ledger": str(directory),
        "chain_id": found.chain_id,
        "genesis": to_hex(found.header.hash),
        "anchor": trusted.text,
        "phrase": trusted.phrase,
    }
    if keys is None:
        output.result({**facts, "key": None, "node_id": None}, f"follows: {directory}", f"phrase: {trusted.phrase}")
    else:
        _show_member(facts, founders, keys, output)
    output.say(f"next: ortaq node start {directory}")


def _publish(draft: LedgerFolder, directory: Path, begun: CometHome | None) -> None:
    """Give the directory its place; else take back what CometBFT was begun with, for keys go back alone."""
    try:
        publish_folder(draft.path, directory, draft.genesis.name)
    except BaseException:
        if begun is not None:
            remove_comet_start(begun)
        raise


def _show_member(facts: dict[str, Any], founders: Sequence[Validator], keys: ConsensusKeys, output: Output) -> None:
    """What a member compares with the others: the anchor's words, and whose keys decide."""
    rows = describe_founders(founders, keys.validator)
    facts |= {"key": keys.validator.hex(), "node_id": keys.node_id, "validators": rows}
    joined = f"joined: {facts['ledger']}, node {keys.node_id}, validator key {keys.validator.hex()}"
    output.result(facts, founders_table(rows), f"phrase: {facts['phrase']}", joined)
    if any(row["own"] for row in rows):
        output.say("compare the phrase by voice, and each key with the line that its organisation handed in")
    else:
        output.say("this node's key founded nothing here: a ballot admits the node and may make it a validator")


def _founding_files(genesis: Path | None, snapshot: Path | None, follow: str | None) -> dict[str, bytes]:
    """The files from a folder, else from a snapshot or a feed: they are checked against the anchor in any case."""
    if genesis is not None:
        return {name: _read(genesis if name == FILES[0] else genesis.parent / name) for name in FILES}
    if snapshot is not None:
        return founding_of(snapshot)
    if follow is None:
        raise BadInputError("--genesis: missing, expected the founding's files, --snapshot FILE or --follow URL")
    with closing(FeedClient(follow)) as feed:
        return {FILES[0]: feed.genesis(), FILES[1]: feed.text(), FILES[2]: encode_founding(*feed.keys())}


def _check(draft: LedgerFolder, anchor: Anchor, *, is_member: bool) -> tuple[Genesis, Sequence[Validator]]:
    """Files against each other and the anchor; the first block is made, and its sealers are compared. With the founding
    validators, where the node is to be a member.

    Errors  WrongLedgerError; UnsoundKeyError for a founding that a member must not take part in.
    """
    _, genesis = load_founding(draft)
    store = LmdbStore(draft.store)
    try:
        state = PyEvmEngine(store, genesis).state()
        sealers = load_sealers(state).hash
        founders = load_validators(state) if is_member else ()
    finally:
        store.close()
    for founder in founders:
        validate_key(founder.key, f"genesis: validator of {founder.organisation_name}")
    if anchor.height == 0 and sealers != anchor.sealers:
        raise WrongLedgerError(f"genesis: sealers {to_hex(sealers)}, the anchor names {to_hex(anchor.sealers)}")
    return genesis, founders


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise BadInputError(f"{path}: missing, expected {', '.join(FILES)} in one folder") from error


def _give_back_keys(draft: LedgerFolder, directory: Path) -> None:
    """Keys that were made before are never lost, whatever went wrong."""
    if (draft.path / COMET_FOLDER).exists() and not (directory / COMET_FOLDER).exists():
        directory.mkdir(exist_ok=True)
        (draft.path / COMET_FOLDER).rename(directory / COMET_FOLDER)
    shutil.rmtree(draft.path, ignore_errors=True)
