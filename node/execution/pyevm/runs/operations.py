"""What each opcode that does not jump adds to a run."""

from collections.abc import Callable
from typing import Any

from node.execution.pyevm.runs.words import BINARY, COMPARISONS, CONTEXT, MASK, Word
from node.execution.pyevm.runs.writer import Writer

_DUP1, _SWAP1 = 0x80, 0x90


def _function(text: str) -> Callable[[int, int], Any]:
    # The text is a constant of this package.
    function: Callable[[int, int], Any] = eval("lambda a, b: " + text.format(a="a", b="b"))  # noqa: S307
    return function


_FOLDS = {
    **{opcode: _function(text) for opcode, (_, text) in BINARY.items()},
    **{opcode: _function(text) for opcode, text in COMPARISONS.items()},
}


def push_constant(writer: Writer, value: int, gas: int) -> None:
    writer.gas += gas
    writer.push(Word(constant=value))


def _dup(depth: int) -> Callable[[Writer], None]:
    def dup(writer: Writer) -> None:
        writer.gas += 3
        writer.reserve(depth)
        writer.push(writer.stack[-depth])

    return dup


def _swap(depth: int) -> Callable[[Writer], None]:
    def swap(writer: Writer) -> None:
        writer.gas += 3
        writer.reserve(depth + 1)
        stack = writer.stack
        stack[-1], stack[-depth - 1] = stack[-depth - 1], stack[-1]

    return swap


def _binary(opcode: int) -> Callable[[Writer], None]:
    gas, text = BINARY[opcode] if opcode in BINARY else (3, COMPARISONS[opcode])

    def binary(writer: Writer) -> None:
        writer.gas += gas
        a, b = writer.pop(), writer.pop()
        if a.constant is not None and b.constant is not None:
            writer.push(Word(constant=int(_FOLDS[opcode](a.constant, b.constant))))
            return
        expression = text.format(a=writer.number(a), b=writer.number(b))
        if opcode in COMPARISONS:
            writer.push(Word(condition=expression))
        else:
            writer.push(Word(number=writer.assign(expression)))

    return binary


def _context(expression: str) -> Callable[[Writer], None]:
    def context(writer: Writer) -> None:
        writer.gas += 2
        writer.push(Word(number=writer.assign(expression)))

    return context


def _iszero(writer: Writer) -> None:
    writer.gas += 3
    word = writer.pop()
    if word.constant is not None:
        writer.push(Word(constant=0 if word.constant else 1))
    elif word.condition:
        writer.push(Word(condition=word.condition, is_negated=not word.is_negated))
    else:
        writer.push(Word(condition=writer.number(word), is_negated=True))


def _not(writer: Writer) -> None:
    writer.gas += 3
    word = writer.pop()
    if word.constant is not None:
        writer.push(Word(constant=word.constant ^ MASK))
    else:
        writer.push(Word(number=writer.assign(f"{writer.number(word)} ^ {hex(MASK)}")))


def _keccak(writer: Writer) -> None:
    writer.gas += 30
    start, size = writer.pop(), writer.pop()
    if size.constant is None:
        begin, count = writer.number(start), writer.number(size)
        end = writer.assign(f"{begin} + {count}")
        writer.grow_memory(f"{count} and {end}", begin, count)
        writer.emit(f"gas -= 6 * (({count} + 31) >> 5)")
        writer.emit('if gas < 0: raise OutOfGas("run")')
    else:
        writer.gas += 6 * ((size.constant + 31) >> 5)
        begin, end = writer.range_of(start, size.constant)
    writer.push(Word(raw=writer.assign(f"keccak256(bytes(memory[{begin}:{end}]))")))


def _calldataload(writer: Writer) -> None:
    writer.gas += 3
    start = writer.pop()
    begin = writer.number(start)
    end = f"{begin} + 32" if start.constant is None else hex(start.constant + 32)
    writer.push(Word(raw=writer.assign(f'c.msg.data[{begin}:{end}].ljust(32, b"\\0")')))


def _mload(writer: Writer) -> None:
    writer.gas += 3
    start = writer.pop()
    word = None if start.constant is None else writer.memory.get(start.constant)
    if word is None:
        begin, end = writer.range_of(start, 32)
        word = Word(raw=writer.assign(f"memory[{begin}:{end}]"))
        if start.constant is not None:
            writer.memory[start.constant] = word
    writer.push(word)


def _mstore(writer: Writer) -> None:
    writer.gas += 3
    start, word = writer.pop(), writer.pop()
    raw = writer.raw(word)
    begin, end = writer.range_of(start, 32)
    writer.emit(f"memory[{begin}:{end}] = {raw}")
    at = start.constant
    if at is None:
        writer.memory.clear()
        return
    writer.memory = {place: known for place, known in writer.memory.items() if abs(place - at) >= 32}
    writer.memory[at] = word


def _pop(writer: Writer) -> None:
    writer.gas += 2
    writer.pop()


def _jumpdest(writer: Writer) -> None:
    writer.gas += 1


OPERATIONS: dict[int, Callable[[Writer], None]] = {
    **{opcode: _binary(opcode) for opcode in (*BINARY, *COMPARISONS)},
    **{opcode: _context(expression) for opcode, expression in CONTEXT.items()},
    0x15: _iszero,
    0x19: _not,
    0x20: _keccak,
    0x35: _calldataload,
    0x50: _pop,
    0x51: _mload,
    0x52: _mstore,
    0x5B: _jumpdest,
    **{_DUP1 - 1 + depth: _dup(depth) for depth in range(1, 17)},
    **{_SWAP1 - 1 + depth: _swap(depth) for depth in range(1, 17)},
}
"""By opcode; PUSH and PC, which need their place in the code, are the compiler's."""
