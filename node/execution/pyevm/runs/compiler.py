"""Compiles the stretch of bytecode at one position into a Python function.

A run goes from its first opcode through constant jumps and through conditional jumps that are not taken, up to an
opcode that is not compiled. Between two conditional jumps lies a segment: it runs to its end or the message fails. The
gas of a segment is charged, and the stack checked for all of it, where it begins. That is exact:

- whichever opcode of a segment fails, for gas, stack or a bad jump, the message loses all its gas and what it did is
  undone, so neither the order of failures nor what was done before can be seen;
- where none fails, the sum is the same. Growth of memory is charged where it happens, from what the rest of its segment
  leaves: it finds enough gas exactly if the whole segment would in the order of the code;
- no opcode of a run sees how much gas is left, or changes anything but stack and memory of its message. GAS, SSTORE,
  which refuses to work on the last 2,300 gas, and all that calls, logs or stores end the run.
"""

from collections.abc import Callable
from typing import Any

from eth.exceptions import InvalidJumpDestination, OutOfGas, VMError

from ledger.primitives import keccak256
from node.execution.pyevm.runs.operations import OPERATIONS, push_constant
from node.execution.pyevm.runs.words import Word
from node.execution.pyevm.runs.writer import Writer

Run = Callable[[Any], None]

LONGEST_RUN = 200
"""Opcodes in one run at most."""
_SHORTEST_RUN = 3
_JUMP, _JUMPI, _PC, _PUSH0, _PUSH32 = 0x56, 0x57, 0x58, 0x5F, 0x7F

COMPILED = frozenset({*OPERATIONS, _JUMP, _JUMPI, _PC, *range(_PUSH0, _PUSH32 + 1)})
"""Opcodes that a run may hold."""

_GLOBALS: dict[str, Any] = {
    "_int": int.from_bytes,
    "keccak256": keccak256,
    "InvalidJumpDestination": InvalidJumpDestination,
    "OutOfGas": OutOfGas,
    "VMError": VMError,
}


class Compiler:
    """One run in the making.

    Shape   `pushes` and `targets` as in `Program`; after `compile`, `count` is how many opcodes the run holds and `end`
            where it hands over to the next, None where it always jumps.
    """

    def __init__(self, code: bytes, pushes: list[int], targets: frozenset[int]) -> None:
        self.code, self.pushes, self.targets = code, pushes, targets
        self.count = 0
        self.end: int | None = None
        self._writer = Writer()
        self._passed: set[int] = set()

    def compile(self, start: int) -> Run | None:
        """Return the run that begins at `start`; None if it is too short to gain anything."""
        at: int | None = start
        while at is not None:
            if not self._goes_on(at):
                self.end = at
                self._writer.end_segment()
                self._writer.leave(str(at))
                break
            self._passed.add(at)
            self.count += 1
            at = self._step(at)
        if self.count < _SHORTEST_RUN:
            return None
        made: dict[str, Any] = {}
        # The source holds numbers and fixed text only: see Writer.
        exec(compile(self.source, "<run>", "exec"), _GLOBALS, made)  # noqa: S102
        run: Run = made["run"]
        return run

    @property
    def source(self) -> str:
        return "\n".join(self._writer.lines)

    def _goes_on(self, at: int) -> bool:
        code = self.code
        return self.count < LONGEST_RUN and at < len(code) and code[at] in COMPILED and at not in self._passed

    def _step(self, at: int) -> int | None:
        """Compile the opcode at `at`; return where the run goes on, None if nowhere."""
        opcode, writer = self.code[at], self._writer
        if opcode == _JUMP:
            return self._jump()
        if opcode == _JUMPI:
            return self._jump_if(at + 1)
        if opcode == _PC:
            push_constant(writer, at, 2)
        elif opcode == _PUSH0:
            push_constant(writer, 0, 2)
        elif _PUSH0 < opcode <= _PUSH32:
            push_constant(writer, self.pushes[at + 1], 3)
            return at + 1 + opcode - _PUSH0
        else:
            OPERATIONS[opcode](writer)
        return at + 1

    def _jump(self) -> int | None:
        writer = self._writer
        writer.gas += 8
        target = writer.pop()
        if target.constant in self.targets and target.constant not in self._passed:
            return target.constant
        self._leave_to(target, writer.number(target), "")
        writer.end_segment()
        return None

    def _jump_if(self, following: int) -> int | None:
        writer = self._writer
        writer.gas += 10
        target, condition = writer.pop(), writer.pop()
        if condition.constant == 0:
            return following
        # Locals of the branch would be unknown after it, so that everything it needs is made before.
        place, truth = writer.number(target), writer.truth(condition)
        writer.emit(f"if {truth}:")
        self._leave_to(target, place, " ")
        writer.emit(" return")
        writer.end_segment()
        return following

    def _leave_to(self, target: Word, place: str, indent: str) -> None:
        writer = self._writer
        if target.constant is None:
            writer.emit(f'{indent}if {place} not in c.targets: raise InvalidJumpDestination("run")')
        elif target.constant not in self.targets:
            writer.emit(f'{indent}raise InvalidJumpDestination("run")')
            return
        writer.leave(place, indent)
