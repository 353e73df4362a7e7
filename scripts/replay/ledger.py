"""The ledger of a replay: founded for one file, recognised again by it."""

import importlib.resources
import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coincurve import PrivateKey

from ledger.errors import BadInputError
from ledger.founding.constitution import FOUNDING_DUTIES
from ledger.primitives import Timestamp
from node.files import write_durably
from node.folder import Founding, LedgerFolder, load_founding
from node.founding import SEALER
from node.keys import key_path, load_key
from scripts.founding.act import found_ledger
from scripts.replay.plan import Plan
from scripts.replay.voters import SEED_LENGTH

NAME = "replay.json"
TRIAL_CURRENCY = "XTS"
"""ISO 4217's code for trials."""
FOUNDING_TIME = Timestamp(1_767_225_600)
"""1 January 2026: time is simulated, so a replay begins at a time of its own."""


class WrongReplayError(BadInputError):
    """A directory that holds another ledger than the replay of this file."""

    type = "wrong-replay"


@dataclass(frozen=True, slots=True)
class ReplayLedger:
    """Shape   `seed`: what all voters' keys are made from; `keys`: the duties' keys by role, and the sequencer's."""

    folder: LedgerFolder
    seed: bytes
    keys: dict[str, PrivateKey]


def open_or_found(path: Path, plan: Plan) -> ReplayLedger:
    """Open the ledger of an earlier, perhaps killed, replay of the same file, or found one.

    Errors  WrongReplayError for a real ledger, another file's, or a directory with other things in it.
    """
    folder = LedgerFolder(path)
    if not folder.exists():
        text = constitution_text(plan)
        found_ledger(path, text, text_path="the replay's constitution", time=FOUNDING_TIME)
    founding, _ = load_founding(folder)
    _check_currency(path, founding, plan)
    if not founding.constitution.rehearsal:
        raise WrongReplayError(
            f"{path}: a ledger for real votes, expected a rehearsal; a replay would forge its ballots"
        )
    record = _read_or_write(path / NAME, plan)
    if record.get("sha256") != plan.digest:
        raise WrongReplayError(f"{path}: the replay of another file ({record.get('file')}), expected {plan.path}")
    roles = [role for role in (*FOUNDING_DUTIES, SEALER) if any(key.duty == role for key in founding.keys)]
    keys = {role: load_key(key_path(folder.keys, role)) for role in roles}
    return ReplayLedger(folder, bytes.fromhex(str(record["seed"])), keys)


def _check_currency(path: Path, founding: Founding, plan: Plan) -> None:
    """A network was founded before anybody knew of the file: it may keep the currency for trials."""
    found, meta = founding.constitution.currency, plan.file.meta
    if found.code not in (TRIAL_CURRENCY, meta.currency):
        raise WrongReplayError(f"{path}: a ledger in {found.code}, expected {meta.currency} or {TRIAL_CURRENCY}")


def constitution_text(plan: Plan) -> bytes:
    """The shipped constitution for replays, with the file's currency."""
    shipped = importlib.resources.files("scripts.constitutions").joinpath("replay.toml").read_text(encoding="utf-8")
    code, exponent = plan.file.meta.currency, plan.file.meta.exponent
    return (
        shipped.replace('code = "EUR"', f'code = "{code}"').replace("exponent = 2", f"exponent = {exponent}").encode()
    )


def _read_or_write(path: Path, plan: Plan) -> dict[str, Any]:
    if not path.exists():
        record = {"file": Path(plan.path).name, "sha256": plan.digest, "seed": secrets.token_hex(SEED_LENGTH)}
        write_durably(path, json.dumps(record, indent=1).encode(), mode=0o600)
    try:
        found: dict[str, Any] = json.loads(path.read_bytes())
    except ValueError as error:
        raise WrongReplayError(f"{path}: damaged ({error}), expected the record of a replay") from error
    return found
