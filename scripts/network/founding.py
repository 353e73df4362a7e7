"""Founding a trial network: every member's directory with keys of its own, one ledger."""

import secrets
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

from coincurve import PrivateKey

from ledger.access.validators import Validator
from ledger.errors import BadInputError
from ledger.founding.constitution import parse_constitution
from ledger.primitives import Timestamp
from node.consensus.comet.configuration import CometHome
from node.consensus.comet.keys import ConsensusKeys
from node.files import make_draft, publish_folder, write_durably
from node.folder import LedgerFolder
from node.keys import save_key
from scripts.founding.act import DirectoryTakenError, Founded, found_ledger
from scripts.founding.inception import read_constitution
from scripts.founding.settings import default_file
from scripts.network.folder import EXECUTORS, NAME, MemberPlan, NetworkFolder, pick_ports
from scripts.running.members import COMET_FOLDER
from scripts.running.nodes import RELAY

MAX_FOUNDERS = 64
"""As many as the constructor of Permissions takes."""
POWER = 10
FIRST_HTTP, FIRST_P2P = 8545, 26656
TRIAL = "replay"
COPIED = ("founding.toml", "founding.json", "genesis.json", "anchor.txt", "store")
EVIDENCE = "evidence"
"""Trial members share one folder of documents; members on several machines share them by IPFS."""


class NotARehearsalError(BadInputError):
    """A constitution for real votes: one program must not make all keys of its network."""

    type = "not-a-rehearsal"


def trial_text(name: str) -> tuple[bytes, str]:
    """The founding text of a trial network. For replays it is the shipped one, with lines changed: validators keep to
    the wall's time, a block has room for what comes in within a second, and the currency is XTS, the code for trials,
    for any file may be replayed on the network.

    Errors  UnknownConstitutionError.
    """
    text, path = read_constitution(name)
    if name == TRIAL:
        text = text.replace(b'clock = "simulated"', b'clock = "wall"     ').replace(b'code = "EUR"', b'code = "XTS"')
        text = text.replace(b"value = 60\n", b"value = 5\n").replace(b"= 120_000_000", b"= 300_000_000")
    return text, path


def plan_members(count: int, executors: Sequence[str]) -> tuple[MemberPlan, ...]:
    """Names, executors and ports of members. Errors: BadInputError."""
    if not 1 <= count <= MAX_FOUNDERS:
        raise BadInputError(f"--validators: {count}, expected 1 to {MAX_FOUNDERS}")
    chosen = list(executors) or ["pyevm"] * count
    if len(chosen) == 1:
        chosen *= count
    if len(chosen) != count or any(name not in EXECUTORS for name in chosen):
        raise BadInputError(f"--engines: {','.join(executors)}, expected {count} of {', '.join(EXECUTORS)}, or one")
    http = pick_ports([FIRST_HTTP + n for n in range(count)])
    p2p = pick_ports([FIRST_P2P + n for n in range(count)])
    return tuple(MemberPlan(f"validator{n + 1}", chosen[n], http[n], p2p[n]) for n in range(count))


def found_network(path: Path, members: Sequence[MemberPlan], text: bytes, text_path: str) -> NetworkFolder:
    """Make a network's directory, all or nothing.

    Errors  DirectoryTakenError; NotARehearsalError; FileFormatError for the text.
    """
    if not parse_constitution(text, text_path).rehearsal:
        raise NotARehearsalError(
            f"{text_path}: a constitution for real votes, expected rehearsal = true; on a real network each "
            "organisation makes its own keys (docs/guide/network.md)"
        )
    if path.exists() and any(path.iterdir()):
        raise DirectoryTakenError(f"{path}: not empty, expected a new directory or a network's")
    draft = NetworkFolder(make_draft(path), tuple(members))
    try:
        homes = {plan.name: CometHome(draft.path / f"{plan.name}.{COMET_FOLDER}") for plan in members}
        keys = {name: home.open_keys() for name, home in homes.items()}
        _found(draft, keys, text, text_path)
        LedgerFolder(draft.first).evidence.rename(draft.path / EVIDENCE)
        for plan in members:
            if plan is not members[0]:
                _copy(draft.first, draft.member(plan))
            LedgerFolder(draft.member(plan)).evidence.symlink_to(Path("..", EVIDENCE))
            homes[plan.name].path.rename(draft.member(plan) / COMET_FOLDER)
            write_durably(LedgerFolder(draft.member(plan)).settings, _settings(plan).encode())
        draft.save()
        publish_folder(draft.path, path, NAME)
    except BaseException:
        shutil.rmtree(draft.path, ignore_errors=True)
        raise
    return NetworkFolder(path, tuple(members))


def _found(draft: NetworkFolder, keys: dict[str, ConsensusKeys], text: bytes, text_path: str) -> Founded:
    validators = [
        Validator(
            keys[plan.name].validator,
            POWER,
            plan.name.encode().ljust(32, b"\0"),
            f"{keys[plan.name].node_id}@127.0.0.1:{plan.p2p_port}",
        )
        for plan in draft.members
    ]
    nodes = [bytes.fromhex(key.node_id) for key in keys.values()]
    now = Timestamp(int(time.time()))
    return found_ledger(draft.first, text, text_path=text_path, time=now, validators=validators, nodes=nodes)


def _copy(first: Path, to: Path) -> None:
    """The same ledger for another member, with a relay's key of its own and no other."""
    to.mkdir()
    for name in COPIED:
        source = first / name
        if source.is_dir():
            shutil.copytree(source, to / name)
        else:
            shutil.copy2(source, to / name)
    save_key(LedgerFolder(to).keys, RELAY, PrivateKey(secrets.token_bytes(32)), None)


def _settings(plan: MemberPlan) -> str:
    return default_file(
        http_port=plan.http_port,
        executor=plan.executor,
        p2p_listen=f"127.0.0.1:{plan.p2p_port}",
        p2p_local=True,
        block_interval_ms=200,
    )
