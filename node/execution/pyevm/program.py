"""Code prepared for running: what each position does, what each PUSH pushes, where jumps may go. Made once a code."""

from functools import lru_cache
from typing import Any

from node.execution.pyevm.opcodes import TABLE

KEPT_PROGRAMS = 64
"""Programs kept, some 20 bytes for each byte of their code."""
_PUSH1, _PUSH32, _JUMPDEST = 0x60, 0x7F, 0x5B


class Program:
    """One contract's code.

    Shape   `operations`: by position, with stops after the end as far as the last PUSH may skip; `pushes`: by position
            after the opcode, what a PUSH there pushes; `targets`: positions of JUMPDEST that are not data of a PUSH.
    """

    __slots__ = ("operations", "pushes", "targets")

    def __init__(self, code: bytes) -> None:
        self.operations: list[Any] = [TABLE[opcode] for opcode in code] + [TABLE[0]] * 34
        self.pushes = [0] * (len(code) + 1)
        targets = []
        at, size = 0, len(code)
        while at < size:
            opcode = code[at]
            at += 1
            if _PUSH1 <= opcode <= _PUSH32:
                width = opcode - _PUSH1 + 1
                # Code that ends within the data reads as if zeros followed.
                self.pushes[at] = int.from_bytes(code[at : at + width].ljust(width, b"\0"), "big")
                at += width
            elif opcode == _JUMPDEST:
                targets.append(at - 1)
        self.targets = frozenset(targets)


@lru_cache(maxsize=KEPT_PROGRAMS)
def read_program(code: bytes) -> Program:
    return Program(code)
