"""Replaced precompiles against py-evm's own."""

import random

import coincurve
import pytest
from eth.exceptions import OutOfGas, VMError
from eth.vm.forks.cancun.computation import CANCUN_PRECOMPILES

from ledger.secp256k1 import ORDER
from node.execution.pyevm.precompiles import PRECOMPILES

ECRECOVER, MODEXP = bytes(19) + b"\x01", bytes(19) + b"\x05"


class Call:
    """Just enough of a computation for a precompile."""

    def __init__(self, data: bytes) -> None:
        self.data = self.data_as_bytes = data
        self.msg = self
        self.gas = 0
        self.output = b""

    def consume_gas(self, amount: int, reason: str) -> None:
        self.gas += amount
        if self.gas > 10**8:
            raise OutOfGas(reason)


def run(function, data: bytes) -> tuple:
    call = Call(data)
    try:
        function(call)
    except VMError as error:
        return type(error).__name__, b""
    return call.gas, bytes(call.output)


def words(*values: int) -> bytes:
    return b"".join((value % 2**256).to_bytes(32, "big") for value in values)


def recovery_inputs() -> list[bytes]:
    rng = random.Random(5)
    key = coincurve.PrivateKey(b"\x03" * 32)
    inputs = [b"", bytes(128), b"\xff" * 128]
    for _ in range(20):
        digest = rng.randbytes(32)
        signature = key.sign_recoverable(digest, hasher=None)
        r, s, v = (int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big"), 27 + signature[64])
        inputs += [digest + words(parity, r, s) for parity in (v, 55 - v, 0, 1, 26, 29, v + 256, 2**255)]
        inputs += [digest + words(v, r, ORDER - s), digest + words(55 - v, r, ORDER - s)]
        inputs += [digest + words(v, *pair) for pair in ((0, s), (r, 0), (ORDER, s), (r, ORDER), (ORDER - 1, s))]
        inputs += [(digest + words(v, r, s))[: rng.randrange(129)], digest + words(v, r, s) + b"\1" * rng.randrange(40)]
        inputs += [digest + words(v, rng.getrandbits(256), s), bytes(32) + words(v, r, s), words(ORDER, v, r, s)]
    return inputs


def test_ecrecover__edge_inputs__as_stock() -> None:
    outputs = []
    for data in recovery_inputs():
        result = run(PRECOMPILES[ECRECOVER], data)
        assert result == run(CANCUN_PRECOMPILES[ECRECOVER], data), data.hex()
        outputs.append(result[1])
    assert 60 < sum(bool(output) for output in outputs) < len(outputs)


def exponent_inputs() -> list[bytes]:
    rng = random.Random(6)
    inputs = [b"", words(0, 0, 0), words(1, 1, 0) + b"\1\1", words(1, 1, 1) + b"\3\0\1", words(1, 1, 1) + b"\3\0\0"]
    for _ in range(300):
        sizes = [rng.choice([0, 1, 2, 31, 32, 33, 64]) for _ in range(3)]
        data = rng.randbytes(sum(sizes)) if rng.random() > 0.2 else bytes(sum(sizes))
        inputs.append(words(*sizes) + (data[: rng.randrange(len(data) + 1)] if rng.random() < 0.3 else data))
    inputs += [words(2**255, 1, 1), words(0, 2**255, 0), words(0, 2**255, 1), words(1, 0, 2**200)]
    return inputs


def test_modexp__base_of_some_length__as_stock() -> None:
    for data in exponent_inputs():
        if data[:32].ljust(32, b"\0") != bytes(32):
            assert run(PRECOMPILES[MODEXP], data) == run(CANCUN_PRECOMPILES[MODEXP], data), data.hex()


def test_modexp__empty_base__gas_as_stock_and_value_of_a_power_of_zero() -> None:
    checked = 0
    for data in exponent_inputs():
        base, exponent_size, size = (int.from_bytes(data[at : at + 32].ljust(32, b"\0"), "big") for at in (0, 32, 64))
        stock = run(CANCUN_PRECOMPILES[MODEXP], data)
        if base or isinstance(stock[0], str):
            continue
        rest = data[96:].ljust(min(exponent_size, 100) + size, b"\0")
        exponent = int.from_bytes(rest[: min(exponent_size, 100)], "big")
        modulus = int.from_bytes(rest[min(exponent_size, 100) :][:size], "big")
        expected = (pow(0, exponent, modulus) if modulus else 0).to_bytes(size, "big")
        assert run(PRECOMPILES[MODEXP], data) == (stock[0], expected), data.hex()
        checked += 1
    assert checked > 20


@pytest.mark.parametrize(
    ("data", "output"),
    [
        (words(0, 0, 1) + b"\2", b"\1"),
        (words(0, 0, 1) + b"\1", b"\0"),
        (words(0, 1, 1) + b"\0\2", b"\1"),
        (words(0, 1, 1) + b"\1\2", b"\0"),
        (words(1, 0, 1) + b"\0\2", b"\1"),
    ],
)
def test_modexp__zero_to_the_power_zero__is_one_as_in_geth(data: bytes, output: bytes) -> None:
    assert run(PRECOMPILES[MODEXP], data)[1] == output


def test_precompiles__table__has_the_ten_of_cancun() -> None:
    assert sorted(PRECOMPILES) == [bytes(19) + bytes([number]) for number in range(1, 11)]
