"""Runs one message: py-evm's Cancun computation with a flat loop and without its checks of its own values."""

from typing import Any

from eth.constants import GAS_CODEDEPOSIT
from eth.exceptions import Halt, OutOfGas, VMError
from eth.vm.forks.cancun.computation import CancunComputation
from eth.vm.memory import Memory
from eth.vm.stack import Stack

from node.execution.pyevm.message import Message
from node.execution.pyevm.opcodes import OPCODES
from node.execution.pyevm.precompiles import PRECOMPILES
from node.execution.pyevm.program import read_program
from node.execution.pyevm.state import State

_Stock: Any = CancunComputation


class Computation(_Stock):
    """One message in execution. It is its own gas meter, so that an opcode reaches gas and stack in one step.

    Shape   `values`: the stack, integers and byte strings mixed as py-evm has them; `pc`: next position in the code;
            `program`: what runs; `pushes`, `targets`: of it.
    """

    opcodes = OPCODES
    _precompiles = PRECOMPILES
    _error: VMError | None = None

    def __init__(self, state: State, message: Message, transaction_context: Any) -> None:
        self.state = state
        self.msg = message
        self.transaction_context = transaction_context
        self.pc = 0
        self.start_gas = self.gas_remaining = message.gas
        self.gas_refunded = 0
        self.children: list[Any] = []
        self.accounts_to_delete: list[bytes] = []
        self.beneficiaries: list[bytes] = []
        self._stack = Stack()
        self.values = self._stack.values
        self._memory = Memory()
        self._log_entries: list[Any] = []
        self.contracts_created: list[bytes] = []

    @property
    def _gas_meter(self) -> "Computation":
        return self

    def consume_gas(self, amount: int, reason: str) -> None:
        if amount > self.gas_remaining:
            raise OutOfGas(reason)
        self.gas_remaining -= amount

    def return_gas(self, amount: int) -> None:
        self.gas_remaining += amount

    def refund_gas(self, amount: int) -> None:
        self.gas_refunded += amount

    def extend_memory(self, start_position: int, size: int) -> None:
        if size == 0:
            return
        memory = self._memory._bytes
        end = start_position + size
        if end <= len(memory):
            return
        before, after = len(memory) >> 5, (end + 31) >> 5
        cost = 3 * (after - before) + after * after // 512 - before * before // 512
        if cost > self.gas_remaining:
            raise OutOfGas("memory")
        self.gas_remaining -= cost
        memory.extend(bytes((after - before) << 5))

    def prepare_child_message(self, gas: int, to: bytes, value: int, data: bytes, code: bytes, **more: Any) -> Message:
        more.setdefault("sender", self.msg.storage_address)
        return Message(gas=gas, to=to, value=value, data=data, code=code, depth=self.msg.depth + 1, **more)

    @classmethod
    def apply_message(
        cls, state: State, message: Message, transaction_context: Any, parent_computation: Any = None
    ) -> "Computation":
        """Move the value, run the code, and undo both if that fails. Callers have checked depth and balance."""
        snapshot = state.snapshot()
        if message.should_transfer_value and message.value:
            state.delta_balance(message.sender, -message.value)
            state.delta_balance(message.storage_address, message.value)
        state.touch_account(message.storage_address)
        computation = cls.apply_computation(state, message, transaction_context, parent_computation)
        if computation._error is not None:
            state.revert(snapshot)
        return computation

    @classmethod
    def apply_create_message(
        cls, state: State, message: Message, transaction_context: Any, parent_computation: Any = None
    ) -> "Computation":
        snapshot = state.snapshot()
        state.increment_nonce(message.storage_address)
        cls.validate_create_message(message)
        computation = cls.apply_message(state, message, transaction_context, parent_computation)
        code = computation.output
        if computation.is_success and code:
            try:
                cls.validate_contract_code(code)
                computation.consume_gas(len(code) * GAS_CODEDEPOSIT, "code deposit")
            except VMError as error:
                computation.error = error
            else:
                state.set_code(message.storage_address, code)
        if computation.is_error:
            state.revert(snapshot)
        return computation

    @classmethod
    def apply_computation(
        cls, state: State, message: Message, transaction_context: Any, parent_computation: Any = None
    ) -> "Computation":
        computation = cls(state, message, transaction_context)
        try:
            if parent_computation is not None:
                computation.contracts_created = parent_computation.contracts_created
            if message.is_create:
                computation.contracts_created.append(message.storage_address)
            precompile = PRECOMPILES.get(message.code_address)
            if precompile is not None:
                precompile(computation)
            else:
                computation.run()
        except VMError as error:
            computation.fail(error)
        return computation

    def run(self) -> None:
        """Execute the code until it halts; VMError where it fails."""
        program = self.program = read_program(self.msg.code)
        self.pushes, self.targets = program.pushes, program.targets
        operations = program.operations
        try:
            while True:
                at = self.pc
                self.pc = at + 1
                operations[at](self)
        except Halt:
            return

    def fail(self, error: VMError) -> None:
        self._error = error
        if error.burns_gas:
            self.gas_remaining = 0
        if error.erases_return_data:
            self.return_data = b""
