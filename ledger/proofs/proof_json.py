"""Parts of receipts that stand in several places: proofs and sealer sets, as strict JSON."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from ledger.ports import AccountProof
from ledger.primitives import Address, Hash32, to_hex
from ledger.proofs.seal import SealerSet, SealKind, sealer_set
from ledger.proofs.strict_json import Members, ReceiptError, read_enum, read_hex, read_quantity


def sealers_record(sealers: SealerSet) -> dict[str, Any]:
    return {"kind": int(sealers.kind), "members": [[to_hex(address), power] for address, power in sealers.members]}


def read_sealers(value: Any) -> SealerSet:
    """Errors: ReceiptError."""
    members = Members(value, "sealers")
    kind = members.read("kind", lambda v: read_enum(SealKind, v, "sealers.kind"))
    rows = members.take("members", list)
    members.done()
    found = []
    for row in rows:
        if not isinstance(row, list) or len(row) != 2 or type(row[1]) is not int or not 0 < row[1] < 2**63:
            raise ReceiptError(f"sealers.members: {row!r}, expected [address, power]")
        found.append((Address(read_hex(row[0], "sealers.members", 20)), row[1]))
    if any(second[0] <= first[0] for first, second in pairwise(found)):
        raise ReceiptError("sealers.members: twice or in another order, expected ascending addresses")
    return sealer_set(kind, found)


def proof_record(proof: AccountProof) -> dict[str, Any]:
    return {
        "address": to_hex(proof.address),
        "nonce": proof.nonce,
        "balance": str(proof.balance),
        "storage_root": to_hex(proof.storage_root),
        "code_hash": to_hex(proof.code_hash),
        "account_proof": [to_hex(node) for node in proof.account_proof],
        "storage": [
            {"slot": hex(slot), "value": hex(value), "proof": [to_hex(node) for node in nodes]}
            for slot, value, nodes in proof.storage
        ],
    }


def read_proof(name: str) -> Callable[[Any], AccountProof]:
    """A reader of the member of this name. Errors: ReceiptError."""

    def read(value: Any) -> AccountProof:
        members = Members(value, name)
        proof = AccountProof(
            Address(members.take_hex("address", 20)),
            members.number("nonce", 2**64),
            read_quantity(members.take("balance", str), 10, f"{name}.balance"),
            Hash32(members.take_hex("storage_root", 32)),
            Hash32(members.take_hex("code_hash", 32)),
            _read_nodes(members.take("account_proof", list), f"{name}.account_proof"),
            tuple(_read_slot(row, f"{name}.storage") for row in members.take("storage", list)),
        )
        members.done()
        return proof

    return read


def _read_slot(value: Any, name: str) -> tuple[int, int, tuple[bytes, ...]]:
    members = Members(value, name)
    slot = read_quantity(members.take("slot", str), 16, f"{name}.slot")
    found = read_quantity(members.take("value", str), 16, f"{name}.value")
    nodes = _read_nodes(members.take("proof", list), f"{name}.proof")
    members.done()
    return slot, found, nodes


def _read_nodes(value: list[Any], name: str) -> tuple[bytes, ...]:
    return tuple(read_hex(node, name) for node in value)
