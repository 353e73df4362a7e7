"""Successions for people: proposed on a ledger, signed by holders of recovery keys, completed."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ledger.chain.consensus_act import ConsensusActError
from ledger.errors import BadInputError
from ledger.primitives import Height, to_hex
from ledger.proofs.handover_making import make_anchor
from ledger.proofs.succession import Recovery, require_recovery_keys, sign_succession
from ledger.proofs.succession_file import SuccessionFile, decode_succession_file, encode_succession_file
from ledger.secp256k1 import address_of
from ledger.views.seals import load_recovery
from node.consensus.succession import SuccessionError, Successor, open_successor
from node.files import write_durably
from node.keys import describe_key, load_key
from scripts.founding.inception import qr_text
from scripts.running.ledgers import ledger_directory
from scripts.terminal.addresses import read_address
from scripts.terminal.console import Output
from scripts.terminal.passphrases import known_passphrase


def propose_succession(ledger: str | None, sequencer: str, out: Path, output: Output) -> None:
    """Write the file that recovery keys sign. Errors: AddressError, ConsensusActError, SuccessionError."""
    account = read_address(sequencer, "--sequencer")
    if out.exists():
        raise BadInputError(f"--out: {out} exists, expected a new file; signatures are not written over")
    with open_successor(ledger_directory(ledger, "succession propose"), read_only=True) as successor:
        file = successor.propose(account)
        recovery = _recovery(successor, file)
    write_durably(out, encode_succession_file(file))
    facts = {"file": str(out), **_facts(file), "threshold": recovery.threshold, "keys": _hexes(recovery.keys)}
    output.result(facts, f"{out}: {_shown(file)}")
    output.say(f"{recovery.threshold} of these sign it, each with: ortaq succession sign {out} --key KEYFILE")
    for key in recovery.keys:
        output.say(f"  {to_hex(key)}")


def sign_file(path: Path, key_file: Path, ledger: str | None, passphrase_file: Path | None, output: Output) -> None:
    """Add a signature to a file. Errors: SuccessionFileError, KeyFileError; with a ledger, those of its check."""
    file = read_succession_file(path)
    if ledger:
        with open_successor(ledger_directory(ledger, "succession sign"), read_only=True) as successor:
            successor.check(file)
            require_recovery_keys([describe_key(key_file).address], _recovery(successor, file))
    output.say(f"signing: {_shown(file)}")
    if not ledger:
        output.say("without --ledger nobody checks here that the block follows from the ledger: see that it is its own")
    encrypted = describe_key(key_file).encrypted
    key = load_key(key_file, known_passphrase(passphrase_file, str(key_file)) if encrypted else None)
    header = file.header
    signed = file.with_signatures([sign_succession(file.chain_id, header.number, header.hash, key)])
    write_durably(path, encode_succession_file(signed))
    facts = {"file": str(path), **_facts(signed), "signer": to_hex(address_of(key)), "checked": bool(ledger)}
    output.result(facts, f"{path}: signed by {to_hex(address_of(key))}, {len(signed.signatures)} signatures now")


def complete_succession(ledger: str | None, paths: list[Path], output: Output) -> None:
    """Write the block and its seal to the ledger. Errors: SuccessionError, SealError, ConsensusActError."""
    file = _merged([read_succession_file(path) for path in paths])
    directory = ledger_directory(ledger, "succession complete")
    with open_successor(directory, read_only=False) as successor:
        is_repeated = successor.is_complete(file)
        if not is_repeated:
            successor.complete(file)
        anchor = make_anchor(successor.chain, successor.founding.hash, Height(file.header.number))
    facts = {**_facts(file), "ledger": str(directory), "repeated": is_repeated}
    facts |= {"anchor": anchor.text, "phrase": anchor.phrase}
    done = "was complete already" if is_repeated else "complete"
    shown = f"{done}: {_shown(file)}"
    output.result(facts, shown, f"phrase    {anchor.phrase}", f"anchor    {anchor.text}", qr_text(anchor.text.upper()))
    output.say(f"the new sequencer's key belongs in {directory / 'keys' / 'sealer.json'}; publish the new anchor")


def read_succession_file(path: Path) -> SuccessionFile:
    """Errors  SuccessionFileError."""
    return decode_succession_file(path.read_bytes())


def _merged(files: list[SuccessionFile]) -> SuccessionFile:
    """One file with the signatures of all: they may have been signed apart."""
    first = files[0]
    for file in files[1:]:
        if file.block != first.block or file.founding != first.founding:
            raise SuccessionError("succession: the files are of different blocks, expected copies of one file")
    return first.with_signatures(signature for file in files[1:] for signature in file.signatures)


def _recovery(successor: Successor, file: SuccessionFile) -> Recovery:
    found = load_recovery(successor.chain.state(Height(file.header.number - 1)))
    if found is None:
        raise ConsensusActError("succession: this ledger has no recovery keys")
    return found


def _facts(file: SuccessionFile) -> dict[str, Any]:
    header = file.header
    return {
        "founding": to_hex(file.founding),
        "height": header.number,
        "parent": to_hex(header.parent_hash),
        "block": to_hex(header.hash),
        "time": header.timestamp,
        "sequencer": to_hex(file.sequencer),
        "digest": to_hex(file.digest),
        "signers": _hexes(file.signers),
    }


def _shown(file: SuccessionFile) -> str:
    header = file.header
    moment = datetime.fromtimestamp(header.timestamp, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    return (
        f"block {header.number} ({moment}) of ledger {to_hex(file.founding)} makes {to_hex(file.sequencer)} the "
        f"sequencer; block hash {to_hex(header.hash)}"
    )


def _hexes(values: Any) -> list[str]:
    return [to_hex(value) for value in values]
