"""Programs dense in compiled opcodes end on the embedded engine as on stock py-evm, whatever they have of gas."""

import random
import re

import pytest

from node.execution.pyevm import program
from node.execution.pyevm.opcodes import TABLE
from node.execution.pyevm.program import Program, read_program
from node.execution.pyevm.runs.compiler import COMPILED, LONGEST_RUN, Compiler
from tests.node.execution.compilation import set_slow_entries
from tests.node.execution.pair import Pair
from tests.node.execution.random_contracts import push
from tests.node.execution.run_programs import RunProgram, push2

PROGRAMS = 80
PLENTY = 100_000
RETURN_TOP = b"\x5f\x52\x60\x20\x5f\xf3"
FIXED_TEXT = (
    "def run c values memory gas if not raise OutOfGas VMError InvalidJumpDestination append del in return type "
    "is and bytes big else len _int keccak256 to_bytes msg data code ljust targets pc gas_remaining "
    "extend_memory state _memory _bytes storage_address transaction_context origin sender value return_data "
    "timestamp block_number stack b execution_context chain_id"
)


@pytest.fixture(scope="module")
def pair() -> Pair:
    return Pair()


@pytest.fixture(autouse=True)
def _compiled_from_first_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    set_slow_entries(monkeypatch, 0)


def check(pair: Pair, code: bytes, data: bytes = b"", gas: int = PLENTY) -> tuple:
    expected = pair.run_stock(code, data, gas)
    assert pair.run_embedded(code, data, gas) == expected, (code.hex(), data.hex(), gas)
    return expected


@pytest.mark.parametrize("seed", range(4))
def test_programs__random__same_outcome_as_stock_for_any_gas(
    pair: Pair, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    set_slow_entries(monkeypatch, seed % 2 * 3)
    rng = random.Random(seed)
    successes = failures = 0
    for _ in range(PROGRAMS):
        code, data = RunProgram(rng).make(), rng.randbytes(rng.choice([0, 4, 33, 100]))
        success, left, *_ = check(pair, code, data)
        successes += success
        for _ in range(3):
            gas = rng.randrange(PLENTY - left) if success else rng.randrange(2_000)
            failures += not check(pair, code, data, gas)[0]
    assert successes > PROGRAMS // 3
    assert failures > PROGRAMS


def test_run__every_amount_of_gas__fails_below_what_it_costs(pair: Pair) -> None:
    code = push(5) + b"\x80\x01\x80\x52\x60\x40\x51" + b"\x60\x20\x60\x05\x20\x01" + RETURN_TOP
    needed = PLENTY - check(pair, code)[1]
    for gas in range(needed + 2):
        assert check(pair, code, b"", gas)[0] == (gas >= needed)


@pytest.mark.parametrize("height", [1020, 1021, 1022, 1023, 1024])
@pytest.mark.parametrize(
    "ending", [b"\x80\x80\x50\x50", b"\x5f\x50\x5f\x50", b"\x01\x80\x80", b"\x33\x34\x35\x50", b"\x9f\x8f"]
)
def test_run__stack_nearly_full__same_outcome_as_stock(pair: Pair, height: int, ending: bytes) -> None:
    check(pair, b"\x5f" * height + b"\x5a\x50" * (height < 1024) + b"\x0b\x5f" + ending + RETURN_TOP)


@pytest.mark.parametrize("height", range(19))
@pytest.mark.parametrize("opcode", [0x01, 0x15, 0x20, 0x35, 0x50, 0x51, 0x52, 0x56, 0x57, 0x80, 0x87, 0x8F, 0x90, 0x9F])
def test_run__stack_too_low_in_the_middle__same_outcome_as_stock(pair: Pair, height: int, opcode: int) -> None:
    words = b"".join(push(word) for word in range(1, height + 1))
    outcomes = [
        check(pair, words + between + bytes([opcode]) + RETURN_TOP)[0] for between in (b"", b"\x46\x50", b"\x5a\x50")
    ]
    assert len(set(outcomes)) == 1


def test_jump__into_data_of_a_push__fails_as_stock(pair: Pair) -> None:
    for jump in (b"\x60\x06\x56", b"\x36\x15\x60\x08\x57", b"\x60\x05\x60\x01\x01\x56"):
        for filler in range(3):
            check(pair, jump + b"\x5b" * filler + b"\x62\x5b\x5b\x5b" + RETURN_TOP)
    assert not check(pair, b"\x60\x04\x56\x61\x5b\x5b\x00")[0]


def test_jump__to_jumpdest_inside_a_run__starts_there(pair: Pair) -> None:
    # Falls through the JUMPDEST once, then jumps to it with another stack, until the counter is 0.
    loop = b"\x60\x05\x36\x36\x5b\x01\x36\x01\x90\x60\x01\x90\x03\x80\x91\x90\x36\x36\x01\x91\x60\x04\x57"
    check(pair, loop + RETURN_TOP)
    for target in range(16):
        check(pair, b"\x36" * 3 + push(target) + b"\x56" + b"\x5b\x5a\x5b\x36\x5b\x01\x5b\x15\x5b\x00\x5b" + RETURN_TOP)


def test_run__longer_than_the_limit__hands_over_to_the_next(pair: Pair) -> None:
    count = 3 * LONGEST_RUN
    code = b"\x36" + b"\x60\x01\x01" * count + RETURN_TOP
    assert check(pair, code, b"\x11")[2] == (count + 1).to_bytes(32, "big")
    compiled = [at for at, run in enumerate(read_program(code).operations[: len(code)]) if run not in TABLE]
    assert len(compiled) == 2 * count // LONGEST_RUN + 1


def test_run__code_ends_in_data_of_a_push__reads_zeros(pair: Pair) -> None:
    for width in (1, 2, 31, 32):
        for given in range(width):
            check(pair, push(3) + b"\x5f\x52\x36" + bytes([0x5F + width]) + b"\xff" * given)


def test_loop__entered_often__is_compiled_only_then(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    def loop(count: int) -> bytes:
        return push2(count) + b"\x5b\x60\x01\x90\x03\x80\x60\x03\x57" + RETURN_TOP

    set_slow_entries(monkeypatch, 10)
    for count, is_compiled in ((10, False), (11, True)):
        check(pair, loop(count))
        operation = read_program(loop(count)).operations[3]
        assert (operation is not program._enter) == is_compiled, count


def test_program__room_used_up__goes_on_opcode_by_opcode(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "COMPILED_OPCODES", 10)
    code = b"\x36\x36\x01\x36\x01\x5a\x50" * 20 + RETURN_TOP
    check(pair, code, b"\x11")
    operations = read_program(code).operations[: len(code)]
    assert sum(operation not in TABLE for operation in operations) == 2


def test_source__of_any_code__holds_fixed_text_and_numbers_only() -> None:
    rng = random.Random(5)
    for _ in range(100):
        code = RunProgram(rng).make() if rng.random() < 0.5 else bytes(rng.choices(sorted(COMPILED), k=80))
        prepared = Program(code)
        compiler = Compiler(code, prepared.pushes, prepared.targets)
        compiler.compile(0)
        text = re.sub(r"\\x[0-9a-f]{2}|0x[0-9a-fA-F]+|\bv\d+\b", " ", compiler.source)
        assert set(re.findall(r"[A-Za-z_]\w*", text)) <= set(FIXED_TEXT.split()), text


@pytest.mark.parametrize("shift", [-40, -32, -31, -1, 0, 1, 31, 32, 40])
@pytest.mark.parametrize("known", [b"\x51", b"\x52"], ids=["loaded", "stored"])
@pytest.mark.parametrize("is_constant", [True, False], ids=["constant", "computed"])
def test_memory__written_over_what_a_run_knows__is_read_anew(
    pair: Pair, shift: int, known: bytes, is_constant: bool
) -> None:
    first, second, place = b"\x7f" + b"\xa1" * 32, b"\x7f" + b"\xb2" * 32, push(64 + shift)
    if not is_constant:
        # No call data, so its size adds 0, which is known only when the code runs.
        place += b"\x36\x01"
    before = first + push(64) + b"\x52\x5a\x50" if known == b"\x51" else first
    code = before + push(64) + known + second + place + b"\x52" + push(64) + b"\x51" + RETURN_TOP
    output = check(pair, code)[2]
    assert (output == b"\xa1" * 32) == (abs(shift) >= 32)
