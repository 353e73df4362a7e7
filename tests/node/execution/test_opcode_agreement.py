"""Random programs leave the same output, gas, storage, logs and refund on the embedded engine and on stock py-evm."""

import random

import pytest

from node.execution.pyevm.opcodes import (
    OPCODES,
    arithmetic,
    calls,
    context,
    copying,
    flow,
    logs,
    memory,
    stack,
    storage,
)
from tests.node.execution.compilation import NEVER, set_slow_entries
from tests.node.execution.pair import Pair
from tests.node.execution.random_contracts import push

PROGRAMS = 1_500
REPLACED = [
    opcode
    for module in (arithmetic, calls, context, copying, flow, logs, memory, stack, storage)
    for opcode in module.OPCODES
]
ALSO = [0x05, 0x07, 0x08, 0x09, 0x0A, 0x0B, 0x1D, 0x31, 0x3F, 0x40, 0x41, 0x44, 0x45, 0x47, 0x48, 0x49, 0x4A, 0x53]
WORDS = [0, 1, 2, 3, 5, 31, 32, 33, 64, 64, 96, 255, 256, 257, 1000, 2**255, 2**256 - 1, 2**256 - 2, 2**128]


def make_program(rng: random.Random) -> bytes:
    """A stack full of words, then opcodes in any order, then stack and memory as output."""
    code = bytearray()
    for _ in range(rng.randrange(25, 60)):
        word = rng.choice(WORDS) if rng.random() < 0.7 else rng.getrandbits(rng.choice([4, 8, 8, 10, 256]))
        code += push(word)
    for _ in range(rng.randrange(5, 60)):
        draw = rng.random()
        if draw < 0.2:
            code += push(rng.choice(WORDS) if rng.random() < 0.6 else rng.randrange(200))
        elif draw < 0.25:
            target = len(code) + rng.randrange(3, 12)
            code += b"\x61" + target.to_bytes(2, "big") + bytes([rng.choice([0x56, 0x57])])
            if rng.random() < 0.8:
                code += rng.choice([b"", b"\x50", b"\x01"]) * max(0, target - len(code)) + b"\x5b"
        else:
            opcode = rng.choice(REPLACED if rng.random() < 0.8 else ALSO)
            code.append(opcode)
            if 0x60 <= opcode <= 0x7F and rng.random() < 0.9:
                code += rng.randbytes(opcode - 0x5F)
    for at in range(rng.randrange(4)):
        code += b"\x61" + (0x400 + 32 * at).to_bytes(2, "big") + b"\x52"
    return bytes(code) + b"\x61\x05\x00\x60\x00\xf3"


@pytest.fixture(scope="module")
def pair() -> Pair:
    return Pair()


def check(pair: Pair, code: bytes, data: bytes, gas: int) -> bool:
    """Compare opcode by opcode, then compiled; whether the program succeeded."""
    expected = pair.run_stock(code, data, gas)
    for slow_entries in (NEVER, 0):
        with pytest.MonkeyPatch.context() as patch:
            set_slow_entries(patch, slow_entries)
            assert pair.run_embedded(code, data, gas) == expected, (code.hex(), data.hex(), gas, slow_entries)
    return expected[0]


@pytest.mark.parametrize("seed", range(2))
def test_programs__random_opcodes__same_outcome_as_stock(pair: Pair, seed: int) -> None:
    rng = random.Random(seed)
    successes = 0
    for _ in range(PROGRAMS):
        code, data = make_program(rng), rng.randbytes(rng.choice([0, 4, 31, 32, 36, 100]))
        gas = rng.choice([10**6] * 4 + [rng.randrange(3_000)])
        successes += check(pair, code, data, gas)
    assert successes > PROGRAMS // 20


@pytest.mark.parametrize("opcode", sorted(set(REPLACED)))
def test_opcode__alone_on_edge_words__same_outcome_as_stock(pair: Pair, opcode: int) -> None:
    rng = random.Random(opcode)
    ending = b"\x5f\x52\x60\x20\x5f\xf3"
    for count in (0, 1, 2, 3, 6, 7, 17):
        for _ in range(6):
            words = b"".join(push(rng.choice(WORDS)) for _ in range(count))
            code = words + bytes([opcode]) + (rng.randbytes(opcode - 0x5F) if 0x60 <= opcode <= 0x7F else b"")
            for tail in (b"", ending):
                for gas in (10**6, rng.randrange(120 + 3 * count)):
                    check(pair, code + tail, b"\x11" * 40, gas)


def test_opcodes__table__replaces_only_opcodes_that_cancun_has() -> None:
    assert set(REPLACED) <= set(OPCODES)
    assert len(REPLACED) == len(set(REPLACED)) > 100
