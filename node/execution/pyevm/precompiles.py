"""Precompiled contracts: ECRECOVER through libsecp256k1, MODEXP as geth has it, the others from py-evm."""

from contextlib import suppress
from typing import Any

from eth.vm.forks.cancun.computation import CANCUN_PRECOMPILES

from ledger.secp256k1 import ORDER, SignatureError, recover_unchecked

_int = int.from_bytes
_ECRECOVER, _MODEXP = bytes(19) + b"\x01", bytes(19) + b"\x05"
_ECRECOVER_GAS = 3_000
_STOCK: dict[bytes, Any] = {**CANCUN_PRECOMPILES}


def ecrecover(computation: Any) -> Any:
    """Output the address in 32 bytes, nothing where no key fits. High s is allowed here, unlike in transactions."""
    computation.consume_gas(_ECRECOVER_GAS, "ECRECOVER")
    data = computation.msg.data[:128].ljust(128, b"\0")
    v, r, s = _int(data[32:64], "big"), _int(data[64:96], "big"), _int(data[96:128], "big")
    if v not in (27, 28) or not 0 < r < ORDER or not 0 < s < ORDER:
        return computation
    # No output is the precompile's answer to a signature without a key.
    with suppress(SignatureError):
        computation.output = recover_unchecked(data[:32], v - 27, r, s).rjust(32, b"\0")
    return computation


def modexp(computation: Any) -> Any:
    """As py-evm's, but an empty base is 0, so that 0 to the power 0 is 1 mod m, as in geth (py-evm gives 0)."""
    _STOCK[_MODEXP](computation)
    data = computation.msg.data[:96].ljust(96, b"\0")
    base_size, exponent_size, modulus_size = (_int(data[at : at + 32], "big") for at in (0, 32, 64))
    if base_size == 0 and modulus_size:
        start = 96 + exponent_size
        exponent = computation.msg.data[96:start]
        modulus = _int(computation.msg.data[start : start + modulus_size].ljust(modulus_size, b"\0"), "big")
        computation.output = int(not any(exponent) and modulus > 1).to_bytes(modulus_size, "big")
    return computation


PRECOMPILES: dict[bytes, Any] = {
    **_STOCK,
    _ECRECOVER: ecrecover,
    _MODEXP: modexp,
}
