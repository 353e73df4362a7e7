"""A succession in the making: the file that holders of recovery keys pass round and sign (formats.md, 8)."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from ledger.chain.consensus_act import Succession, read_act
from ledger.chain.header import Header, decode_header
from ledger.chain.transaction import decode_transaction
from ledger.chain.trie import list_root
from ledger.errors import BadInputError, LedgerError
from ledger.json_text import parse_json
from ledger.ports import Block
from ledger.primitives import Address, Hash32, to_hex
from ledger.proofs.strict_json import Members, read_hex, read_object
from ledger.proofs.succession import SIGNATURE_LENGTH, succession_digest
from ledger.secp256k1 import recover_address

FORMAT = "ortaq succession 1"
MAX_BYTES = 64 * 1024


class SuccessionFileError(BadInputError):
    """A file that is no succession in the making, or one that contradicts itself."""

    type = "bad-succession-file"


@dataclass(frozen=True, slots=True)
class SuccessionFile:
    """The block that shall name another sequencer, and the signatures over it so far.

    Shape   `transaction`: the one of the block. `signatures`: 65 bytes each, ascending by signer.
    """

    founding: Hash32
    sequencer: Address
    header: Header
    transaction: bytes
    signatures: tuple[bytes, ...] = ()

    @property
    def chain_id(self) -> int:
        return int.from_bytes(self.founding[:6], "big")

    @property
    def block(self) -> Block:
        return Block(self.header, (self.transaction,))

    @property
    def digest(self) -> Hash32:
        """What a recovery key signs."""
        return succession_digest(self.chain_id, self.header.number, self.header.hash)

    @property
    def signers(self) -> tuple[Address, ...]:
        """Who signed, in the order of the signatures. Errors: SignatureError."""
        return tuple(recover_address(self.digest, signature) for signature in self.signatures)

    def with_signatures(self, more: Iterable[bytes]) -> "SuccessionFile":
        """The same with more signatures, each signer once. Errors: SignatureError."""
        found = {recover_address(self.digest, signature): signature for signature in (*self.signatures, *more)}
        return replace(self, signatures=tuple(found[signer] for signer in sorted(found)))


def encode_succession_file(file: SuccessionFile) -> bytes:
    record = {
        "format": FORMAT,
        "founding": to_hex(file.founding),
        "sequencer": to_hex(file.sequencer),
        "header": to_hex(file.header.encode()),
        "transaction": to_hex(file.transaction),
        "signatures": [to_hex(signature) for signature in file.signatures],
    }
    return (json.dumps(record, indent=1) + "\n").encode()


def decode_succession_file(data: bytes) -> SuccessionFile:
    """Read a file and check all that can be checked without the ledger: that the block holds what the file says.

    Errors  SuccessionFileError.
    """
    if len(data) > MAX_BYTES:
        raise SuccessionFileError(f"succession: {len(data)} bytes, expected at most {MAX_BYTES}")
    try:
        file = _read(parse_json(data, read_object))
        _check(file)
    except ValueError as error:
        raise SuccessionFileError(f"succession: not JSON ({error})") from error
    except SuccessionFileError:
        raise
    except LedgerError as error:
        raise SuccessionFileError(f"succession: {error.detail}") from error
    return file


def _read(record: Any) -> SuccessionFile:
    root = Members(record, "succession")
    if root.take("format", str) != FORMAT:
        raise SuccessionFileError(f"succession: format {record['format']!r}, expected {FORMAT!r}")
    file = SuccessionFile(
        founding=Hash32(root.take_hex("founding", 32)),
        sequencer=Address(root.take_hex("sequencer", 20)),
        header=decode_header(root.take_hex("header")),
        transaction=root.take_hex("transaction"),
        signatures=tuple(read_hex(row, "signatures", SIGNATURE_LENGTH) for row in root.take("signatures", list)),
    )
    root.done()
    return file


def _check(file: SuccessionFile) -> None:
    transaction = decode_transaction(file.transaction, file.chain_id)
    if list_root([file.transaction]) != file.header.transactions_root:
        raise SuccessionFileError("succession: the header is of another transaction than the file holds")
    if read_act(file.header, [transaction], file.chain_id) != Succession(file.sequencer):
        raise SuccessionFileError(f"succession: the block does not make {to_hex(file.sequencer)} the sequencer")
    signers = file.signers
    if list(signers) != sorted(set(signers)):
        raise SuccessionFileError("succession: a signer twice or in another order, expected each once, ascending")
