"""Code prepared for running: what each position does, what each PUSH pushes, where jumps may go. Made once a code."""

from functools import lru_cache
from typing import Any

from node.execution.pyevm.opcodes import TABLE
from node.execution.pyevm.runs.compiler import COMPILED, Compiler

KEPT_PROGRAMS = 64
"""Programs kept, some 20 bytes for each byte of their code, besides their compiled runs."""

SLOW_ENTRIES = 40
"""How often a run is entered before it is compiled. To compile an opcode takes 20 to 60 us, about as long as running it
that often, so code that runs seldom pays nothing."""

COMPILED_OPCODES = 10_000
"""Opcodes compiled for one code at most: half a second and 3 MB where the code is made to be costly."""

_PUSH1, _PUSH32, _JUMPDEST = 0x60, 0x7F, 0x5B


class Program:
    """One contract's code.

    Shape   `operations`: by position, with stops after the end as far as the last PUSH may skip; `pushes`: by position
            after the opcode, what a PUSH there pushes; `targets`: positions of JUMPDEST that are not data of a PUSH.

    At positions where a run begins stands `_enter`, later the compiled run. Threads share programs: each change is one
    assignment of an equivalent, so that the worst of a race is a run compiled twice.
    """

    __slots__ = ("code", "entries", "operations", "pushes", "room", "targets")

    def __init__(self, code: bytes) -> None:
        self.code = code
        self.entries: dict[int, int] = {}
        self.room = COMPILED_OPCODES
        self.operations: list[Any] = [TABLE[opcode] for opcode in code] + [TABLE[0]] * 34
        self.pushes = [0] * (len(code) + 1)
        targets = []
        at, size = 0, len(code)
        begins = True
        while at < size:
            opcode = code[at]
            is_compiled = opcode in COMPILED
            if is_compiled and (begins or opcode == _JUMPDEST):
                self.operations[at] = _enter
            begins = not is_compiled
            at += 1
            if _PUSH1 <= opcode <= _PUSH32:
                width = opcode - _PUSH1 + 1
                # Code that ends within the data reads as if zeros followed.
                self.pushes[at] = int.from_bytes(code[at : at + width].ljust(width, b"\0"), "big")
                at += width
            elif opcode == _JUMPDEST:
                targets.append(at - 1)
        self.targets = frozenset(targets)

    def compile_run(self, at: int) -> None:
        """Put the run that begins at `at` in its place, or the plain opcode if that does as well."""
        plain = TABLE[self.code[at]]
        if self.room <= 0:
            self.operations[at] = plain
            return
        compiler = Compiler(self.code, self.pushes, self.targets)
        self.operations[at] = compiler.compile(at) or plain
        self.room -= compiler.count
        end = compiler.end
        # Where a run stops for its length, the next begins.
        if end is not None and self._is_plain(end):
            self.operations[end] = _enter

    def _is_plain(self, at: int) -> bool:
        """Whether a run could begin here and none was tried."""
        code = self.code
        if at >= len(code) or at in self.entries:
            return False
        return code[at] in COMPILED and self.operations[at] is TABLE[code[at]]


def _enter(c: Any) -> None:
    """Count an entry to a run; run its first opcode, or the whole of it once it is worth compiling."""
    at, program = c.pc - 1, c.program
    count = program.entries[at] = program.entries.get(at, 0) + 1
    if count > SLOW_ENTRIES:
        program.compile_run(at)
        program.operations[at](c)
    else:
        TABLE[program.code[at]](c)


@lru_cache(maxsize=KEPT_PROGRAMS)
def read_program(code: bytes) -> Program:
    return Program(code)
