"""Key files for people: made, listed, shown; and the calls that a ballot must decide to hand a duty over."""

import secrets
from pathlib import Path
from typing import Any

from coincurve import PrivateKey
from rich.table import Column, Table

from ledger.abi import contract
from ledger.errors import BadInputError
from ledger.founding.constitution import Duty
from ledger.ports import StateView
from ledger.primitives import Address, to_hex
from ledger.proofs.seal import SealKind
from ledger.reading import read
from ledger.system import SystemContract
from ledger.views.people import load_duties
from ledger.views.seals import load_recovery
from ledger.voting.question import EffectKind, effect_hash
from node.folder import LedgerFolder, load_founding
from node.founding import SEALER
from node.keys import describe_key, list_keys, load_key, save_key
from scripts.running.ledgers import ledger_directory, open_ledger
from scripts.terminal.addresses import read_address
from scripts.terminal.console import Output
from scripts.terminal.passphrases import new_passphrase, read_passphrase

PERMISSIONS = SystemContract.PERMISSIONS
RECOVERY = "recovery"
"""What a recovery key may do, in the list of keys."""


class UnknownRoleError(BadInputError):
    """A role that nobody holds, or none at all."""

    type = "unknown-role"


def make_key(
    name: str, into: Path | None, ledger: str | None, passphrase_file: Path | None, plain: bool, output: Output
) -> None:
    """Write a key file. Errors: KeyFileError, PassphraseNeededError, BadInputError for plain keys of a real ledger."""
    folder = into
    if folder is None and ledger:
        path = ledger_directory(ledger, "keys new")
        folder = LedgerFolder(path).keys
        if plain and not load_founding(LedgerFolder(path))[0].constitution.rehearsal:
            raise BadInputError(f"--plain: {path} is no rehearsal, expected a passphrase for its keys")
    folder = folder or Path()
    passphrase = None if plain else new_passphrase(passphrase_file, name)
    saved = save_key(folder, name, PrivateKey(secrets.token_bytes(32)), passphrase)
    facts = {"name": name, "address": to_hex(saved.address), "file": str(saved.path), "encrypted": saved.encrypted}
    output.result(facts, f"{to_hex(saved.address)}  {saved.path}")


def list_ledger_keys(ledger: str | None, output: Output) -> None:
    """Print the key files of a directory beside what Permissions says of their addresses."""
    path = ledger_directory(ledger, "keys list")
    with open_ledger(path) as opened:
        held = _holders(opened.chain.state())
    table = Table("name", Column("address", overflow="fold"), "encrypted", "may now", title=f"keys in {path}")
    rows = []
    for key in list_keys(LedgerFolder(path).keys):
        roles = [role for role, holders in held.items() if key.address in holders]
        rows.append({"name": key.duty, "address": to_hex(key.address), "encrypted": key.encrypted, "roles": roles})
        table.add_row(key.duty, to_hex(key.address), "yes" if key.encrypted else "no", ", ".join(roles))
    output.result({"ledger": str(path), "keys": rows}, table)


def show_key(file: Path, passphrase_file: Path | None, output: Output) -> None:
    """Print what a key file holds; open it if it can be opened. Errors: KeyFileError."""
    key = describe_key(file)
    passphrase = read_passphrase(passphrase_file)
    opens = None
    if not key.encrypted or passphrase is not None:
        load_key(file, passphrase)
        opens = True
    facts = {"name": key.duty, "address": to_hex(key.address), "encrypted": key.encrypted, "opens": opens}
    state = "opens" if opens else "not opened: no passphrase was given"
    output.result(facts, f"{key.duty}  {to_hex(key.address)}  {'encrypted' if key.encrypted else 'plain'}, {state}")


def prepare_rotation(role: str, to: str, ledger: str | None, output: Output) -> None:
    """Print the calls that hand a role to somebody else. Errors: UnknownRoleError, AddressError."""
    account = read_address(to, "--to")
    with open_ledger(ledger_directory(ledger, "keys rotate")) as opened:
        calls = _rotation(opened.chain.state(), role, account)
    rows, shown = [], []
    for entry, arguments in calls:
        data = contract(PERMISSIONS.contract_name).encode_call(entry, *arguments)
        digest = effect_hash(PERMISSIONS.address, data)
        written = [to_hex(value) if isinstance(value, bytes) else value for value in arguments]
        rows.append(
            {
                "contract": PERMISSIONS.contract_name,
                "entry": entry,
                "arguments": written,
                "target": to_hex(PERMISSIONS.address),
                "calldata": to_hex(data),
                "effect": to_hex(digest),
            }
        )
        shown.append(_shown_call(entry, written, to_hex(data), to_hex(digest)))
    output.result({"role": role, "to": to_hex(account), "kind": _KIND, "calls": rows}, *shown)
    output.say(f"nothing was changed: each call needs a passed question of kind {_KIND}, opened by `ortaq vote open`")


_KIND = EffectKind.PERMISSION.name.lower()


def _holders(state: StateView) -> dict[str, list[Address]]:
    """Accounts by role, as Permissions has them now."""
    (sealer,) = read(state, PERMISSIONS, "sealer")
    recovery = load_recovery(state)
    # Where validators seal the account is zero, and nobody's key.
    held: dict[str, list[Address]] = {SEALER: [Address(sealer)], RECOVERY: list(recovery.keys) if recovery else []}
    for view in load_duties(state):
        for duty in view.duties:
            held.setdefault(duty.value, []).append(view.account)
    return held


def _rotation(state: StateView, role: str, account: Address) -> list[tuple[str, tuple[Any, ...]]]:
    if role == SEALER:
        return [("set_sealer", (int(SealKind.SOLO), account))]
    if role not in list(Duty):
        raise UnknownRoleError(f"role: {role!r}, expected {SEALER} or one of {', '.join(Duty)}")
    holders = _holders(state).get(role, [])
    if len(holders) != 1 or holders[0] == account:
        shown = ", ".join(to_hex(holder) for holder in holders) or "nobody"
        raise UnknownRoleError(f"{role}: held by {shown}, expected one holder other than {to_hex(account)}")
    old, mask = holders[0], Duty(role).mask
    old_mask, old_quota = read(state, PERMISSIONS, "duty_of", old)
    new_mask, new_quota = read(state, PERMISSIONS, "duty_of", account)
    appoint = ("appoint", (account, new_mask | mask, max(new_quota, old_quota)))
    if old_mask == mask:
        return [appoint, ("dismiss", (old,))]
    return [appoint, ("appoint", (old, old_mask & ~mask, old_quota))]


def _shown_call(entry: str, arguments: list[Any], data: str, digest: str) -> str:
    values = ", ".join(f'"{value}"' if isinstance(value, str) else str(value) for value in arguments)
    return (
        f"# calldata {data}\n# effect   {digest}\n\\[effect]\n"
        f'contract = "{PERMISSIONS.contract_name}"\nentry = "{entry}"\narguments = \\[{values}]\n'
    )
