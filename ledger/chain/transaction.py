"""Transactions: the bytes a ledger accepts (EIP-1559, EIP-2930, EIP-155), and who signed them."""

from dataclasses import dataclass
from typing import NoReturn

from coincurve import PrivateKey

from ledger.chain.rlp import (
    BadRlpError,
    RlpItem,
    decode_fixed,
    decode_int,
    decode_list,
    encode,
    encode_bytes,
    encode_int,
    encode_list,
    encode_payload,
)
from ledger.errors import BadInputError
from ledger.primitives import Address, Gas, Hash32, keccak256
from ledger.secp256k1 import SignatureError, recover_signer, sign_digest

MAX_TRANSACTION_BYTES = 128 * 1024
MAX_TRANSACTION_GAS = Gas(2**24)
"""As EIP-7825 has it: bounds what one transaction can cost a validator."""
MAX_INIT_CODE_BYTES = 49_152
LEGACY, ACCESS_LIST, DYNAMIC_FEE = 0, 1, 2
REFUSED_TYPES = {3: "blob transactions (EIP-4844)", 4: "set-code transactions (EIP-7702)"}

AccessList = tuple[tuple[Address, tuple[int, ...]], ...]
"""Addresses and slots a transaction announces to use (EIP-2930)."""


class BadTransactionError(BadInputError):
    """A transaction that no block may hold, whatever the state. `facts["field"]` names what is wrong."""

    type = "bad-transaction"


@dataclass(frozen=True, slots=True)
class Transaction:
    """A decoded transaction whose form, size, gas bounds, chain and signature hold.

    Shape   `raw`: EIP-2718 bytes; `to`: None creates a contract; `kind`: 0, 1 or 2. For kinds 0 and 1 both fees are
            the gas price.
    """

    raw: bytes
    hash: Hash32
    kind: int
    sender: Address
    nonce: int
    max_priority_fee_per_gas: int
    max_fee_per_gas: int
    gas_limit: Gas
    to: Address | None
    value: int
    data: bytes
    access_list: AccessList
    intrinsic_gas: Gas


def decode_transaction(raw: bytes, chain_id: int) -> Transaction:
    """Decode and check all that can be checked without state.

    Errors  BadTransactionError names the field, what was found and what was expected.
    Source  EIP-155, 1559, 2, 2028, 2681, 2718, 2930, 3860, 7825; formats.md, 7 for the gas bound.
    """
    if not 0 < len(raw) <= MAX_TRANSACTION_BYTES:
        _refuse("size", f"{len(raw)} bytes, expected 1 to {MAX_TRANSACTION_BYTES}")
    first = raw[0]
    if first in REFUSED_TYPES:
        _refuse("type", f"{REFUSED_TYPES[first]} are not accepted")
    if first not in (ACCESS_LIST, DYNAMIC_FEE) and first < 0xC0:
        _refuse("type", f"{first}, expected 1, 2 or a legacy transaction")
    try:
        if first >= 0xC0:
            return _decode_legacy(raw, chain_id)
        return _decode_typed(raw, first, chain_id)
    except BadRlpError as error:
        raise BadTransactionError(f"transaction: {error.detail}", field="encoding") from error
    except SignatureError as error:
        raise BadTransactionError(f"transaction: {error.detail}", field="signature") from error


def sign_transaction(
    key: bytes,
    *,
    chain_id: int,
    nonce: int,
    to: Address | None,
    data: bytes = b"",
    gas_limit: int,
    value: int = 0,
    max_fee_per_gas: int = 0,
    max_priority_fee_per_gas: int = 0,
    access_list: AccessList = (),
) -> bytes:
    """Return the EIP-2718 bytes of a signed type 2 transaction; gas is free by default, as on every ledger."""
    slots = [
        encode_list([encode_bytes(address), encode_list([encode_bytes(slot.to_bytes(32, "big")) for slot in slots])])
        for address, slots in access_list
    ]
    fields = b"".join(
        [
            encode_int(chain_id),
            encode_int(nonce),
            encode_int(max_priority_fee_per_gas),
            encode_int(max_fee_per_gas),
            encode_int(gas_limit),
            encode_bytes(to or b""),
            encode_int(value),
            encode_bytes(data),
            encode_list(slots),
        ]
    )
    signature = sign_digest(PrivateKey(key), keccak256(b"\x02" + encode_list([fields])))
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big")
    return b"\x02" + encode_list([fields, encode_int(signature[64]), encode_int(r), encode_int(s)])


def intrinsic_gas(data: bytes, is_create: bool, access_list: AccessList = ()) -> Gas:
    """Gas that is due before the first instruction (EIP-2, 2028, 2930, 3860)."""
    zeros = data.count(0)
    gas = 21_000 + 4 * zeros + 16 * (len(data) - zeros)
    if is_create:
        gas += 32_000 + 2 * ((len(data) + 31) // 32)
    return Gas(gas + sum(2_400 + 1_900 * len(slots) for _, slots in access_list))


def _decode_typed(raw: bytes, kind: int, chain_id: int) -> Transaction:
    items = decode_list(raw[1:], 12 if kind == DYNAMIC_FEE else 11)
    y_parity, r, s = _signature(items)
    found = decode_int(items[0], "chain id")
    if found != chain_id:
        _refuse("chain_id", f"{found}, expected {chain_id}")
    # The signed part is all but the last three items, whose canonical encodings end the bytes.
    start = 2 if raw[1] < 0xF8 else raw[1] - 0xF5
    end = len(raw) - sum(len(encode_int(value)) for value in (y_parity, r, s))
    sender = recover_signer(keccak256(raw[:1] + encode_payload(raw[start:end])), y_parity, r, s)
    fees = items[2:4] if kind == DYNAMIC_FEE else [items[2], items[2]]
    return _checked(raw, kind, sender, [items[1], *fees, *items[-8:-3]])


def _decode_legacy(raw: bytes, chain_id: int) -> Transaction:
    items = decode_list(raw, 9)
    v, r, s = _signature(items)
    if v in (27, 28):
        _refuse("chain_id", f"none (transaction without replay protection), expected {chain_id}")
    if v not in (35 + 2 * chain_id, 36 + 2 * chain_id):
        _refuse("chain_id", f"{(v - 35) // 2 if v >= 35 else 'unknown'} (v = {v}), expected {chain_id}")
    signed = [encode(item) for item in items[:6]]
    unsigned = encode_list([*signed, encode_int(chain_id), b"\x80", b"\x80"])
    sender = recover_signer(keccak256(unsigned), v - 35 - 2 * chain_id, r, s)
    return _checked(raw, LEGACY, sender, [items[0], items[1], *items[1:6], []])


def _signature(items: list[RlpItem]) -> tuple[int, int, int]:
    return decode_int(items[-3], "v"), decode_int(items[-2], "signature r"), decode_int(items[-1], "signature s")


def _checked(raw: bytes, kind: int, sender: Address, items: list[RlpItem]) -> Transaction:
    """`items`: nonce, priority fee, fee, gas limit, to, value, data, access list."""
    nonce = decode_int(items[0], "nonce", 1 << 64)
    if nonce == (1 << 64) - 1:
        _refuse("nonce", f"{nonce}, expected less (EIP-2681)")
    priority, fee = decode_int(items[1], "priority fee"), decode_int(items[2], "max fee")
    if priority > fee:
        _refuse("max_priority_fee_per_gas", f"{priority}, expected at most the max fee {fee}")
    to = decode_fixed(items[4], "to", 0, 20)
    data = items[6]
    if not isinstance(data, bytes):
        raise BadRlpError("data: found a list, expected a byte string")
    if not to and len(data) > MAX_INIT_CODE_BYTES:
        _refuse("data", f"{len(data)} bytes of init code, expected at most {MAX_INIT_CODE_BYTES}")
    access_list = _access_list(items[7])
    intrinsic = intrinsic_gas(data, not to, access_list)
    return Transaction(
        raw=raw,
        hash=keccak256(raw),
        kind=kind,
        sender=sender,
        nonce=nonce,
        max_priority_fee_per_gas=priority,
        max_fee_per_gas=fee,
        gas_limit=_gas_limit(decode_int(items[3], "gas limit", 1 << 64), intrinsic),
        to=Address(to) if to else None,
        value=decode_int(items[5], "value"),
        data=data,
        access_list=access_list,
        intrinsic_gas=intrinsic,
    )


def _gas_limit(found: int, intrinsic: Gas) -> Gas:
    if found < intrinsic:
        _refuse("gas_limit", f"{found}, expected at least the intrinsic gas {intrinsic}")
    if found > MAX_TRANSACTION_GAS:
        _refuse("gas_limit", f"{found}, expected at most {MAX_TRANSACTION_GAS}")
    return Gas(found)


def _access_list(item: RlpItem) -> AccessList:
    if not isinstance(item, list):
        raise BadRlpError("access list: found a byte string, expected a list")
    entries = []
    for entry in item:
        if not isinstance(entry, list) or len(entry) != 2 or not isinstance(entry[1], list):
            raise BadRlpError("access list: each entry is expected to be an address and a list of slots")
        slots = tuple(int.from_bytes(decode_fixed(slot, "access list slot", 32), "big") for slot in entry[1])
        entries.append((Address(decode_fixed(entry[0], "access list address", 20)), slots))
    return tuple(entries)


def _refuse(field: str, reason: str) -> NoReturn:
    raise BadTransactionError(f"transaction {field}: {reason}", field=field)
