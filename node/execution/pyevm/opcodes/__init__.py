"""Hot opcodes in short form. What is not here is py-evm's own; both agree in gas, result and error.

Each charges its gas first, inline: a call for it would cost as much as most opcodes do. Stack values are integers or
byte strings, as in py-evm, and are turned into what an opcode needs where it takes them.
"""

from typing import Any

from eth.exceptions import InvalidInstruction
from eth.vm.forks.cancun.opcodes import CANCUN_OPCODES

from node.execution.pyevm.opcodes import arithmetic, calls, context, copying, flow, logs, memory, stack, storage

OPCODES: dict[int, Any] = {
    **CANCUN_OPCODES,
    **arithmetic.OPCODES,
    **calls.OPCODES,
    **context.OPCODES,
    **copying.OPCODES,
    **flow.OPCODES,
    **logs.OPCODES,
    **memory.OPCODES,
    **stack.OPCODES,
    **storage.OPCODES,
}


def _invalid(computation: Any) -> None:
    raise InvalidInstruction(f"invalid opcode at {computation.pc - 1}")


TABLE: list[Any] = [OPCODES.get(code, _invalid) for code in range(256)]
"""What to run for each byte of code."""
