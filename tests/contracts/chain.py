"""Compiled contracts on an EVM of their own, for tests: calls by name, results with gas and logs, reverts as errors."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import boa

from ledger.abi import ContractAbi, contract, decode_revert
from ledger.primitives import Address, keccak256, to_hex
from scripts.contracts.build import compile_contract
from tests.paths import REPOSITORY

START = 1_800_000_000
"""Time of the first call, in seconds."""


class Reverted(Exception):  # noqa: N818 - reads as the outcome in tests
    """A call reverted; the text is the contract's reason."""


@dataclass(frozen=True)
class Sent:
    """What a call did. `gas` leaves out what every transaction pays: 21,000 and its calldata."""

    output: tuple[Any, ...]
    gas: int
    logs: list[tuple[Address, list[bytes], bytes]]


def account(name: str) -> Address:
    """An address that belongs to `name`."""
    return Address(keccak256(name.encode())[:20])


@cache
def mock(name: str) -> ContractAbi:
    """A contract of tests/contracts/mocks, compiled."""
    artifact = compile_contract(REPOSITORY / "tests" / "contracts" / "mocks" / f"{name}.vy")
    return ContractAbi(name, artifact["abi"], bytes.fromhex(artifact["bytecode"][2:]))


class Deployed:
    """A contract on a chain."""

    def __init__(self, chain: "Chain", abi: ContractAbi, address: Address) -> None:
        self._chain = chain
        self.abi = abi
        self.address = address

    def read(self, entry: str, *values: Any, sender: Address | None = None) -> Any:
        """Call a view: its value, or a tuple if it has several."""
        output = self._chain.call(self, entry, values, sender, is_modifying=False).output
        return output[0] if len(output) == 1 else output

    def send(self, entry: str, *values: Any, sender: Address) -> Sent:
        """Call an entry. Errors: Reverted."""
        return self._chain.call(self, entry, values, sender)

    def measure(self, entry: str, *values: Any, sender: Address) -> int:
        """Gas of a call as the first of a block: nothing is warm, values as the last block left them. The chain can no
        longer be taken back to an earlier anchor.
        """
        self._chain.settle()
        return self.send(entry, *values, sender=sender).gas

    def events(self, sent: Sent) -> list[tuple[str, dict[str, Any]]]:
        """This contract's events in what a call did."""
        return [self.abi.decode_log(topics, data) for address, topics, data in sent.logs if address == self.address]

    def slot(self, slot: int) -> int:
        """A word of the storage."""
        return int(self._chain.env.get_storage(to_hex(self.address), slot))


class Chain:
    """An EVM with a clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.env = boa.Env()
        self.env.timestamp = START

    @property
    def now(self) -> int:
        return self.env.timestamp

    @now.setter
    def now(self, time: int) -> None:
        self.env.timestamp = time

    def settle(self) -> None:
        """End the block: the next call finds every slot cold and its value an old one."""
        self.env.evm.vm.state.lock_changes()
        self.env.reset_gas_used()

    @contextmanager
    def anchor(self) -> Iterator[None]:
        """Undo on leaving what was done meanwhile."""
        with self.env.anchor():
            yield

    def deploy(self, abi: ContractAbi | str, *values: Any, at: Address | None = None) -> Deployed:
        """Run a constructor; `at` fixes the address, as founding does. Errors: Reverted."""
        abi = contract(abi) if isinstance(abi, str) else abi
        target, computation = self.env.deploy(
            bytecode=abi.encode_creation(*values), override_address=None if at is None else to_hex(at)
        )
        _raise_reverted(computation)
        return Deployed(self, abi, Address(target.canonical_address))

    def call(
        self, to: Deployed, entry: str, values: tuple[Any, ...], sender: Address | None, is_modifying: bool = True
    ) -> Sent:
        computation = self.env.execute_code(
            to_address=to_hex(to.address),
            sender=None if sender is None else to_hex(sender),
            data=to.abi.encode_call(entry, *values),
            is_modifying=is_modifying,
        )
        _raise_reverted(computation)
        logs = [
            (Address(address), [topic.to_bytes(32, "big") for topic in topics], data)
            for address, topics, data in computation.get_log_entries()
        ]
        return Sent(to.abi.decode_output(entry, computation.output), computation.get_gas_used(), logs)


def _raise_reverted(computation: Any) -> None:
    if computation.is_error:
        raise Reverted(decode_revert(bytes(computation.output)) if computation.output else repr(computation.error))
