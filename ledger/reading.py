"""Reading contracts through a state: one call, decoded."""

from typing import Any

from ledger.abi import contract
from ledger.errors import CheckFailedError
from ledger.ports import StateView
from ledger.primitives import Address
from ledger.system import SystemContract


class CallRevertedError(CheckFailedError):
    """A read-only call reverted; `detail` has the contract's reason."""

    type = "call-reverted"


def read(
    state: StateView, of: SystemContract, entry: str, *arguments: Any, at: Address | None = None
) -> tuple[Any, ...]:
    """Call a view of a system contract.

    Shape   `at`: another version's address, by default the founding address. Result: the decoded outputs.
    Errors  CallRevertedError.
    """
    abi = contract(of.contract_name)
    result = state.call(at or of.address, abi.encode_call(entry, *arguments))
    if not result.success:
        reason = abi.decode_revert(result.output)
        raise CallRevertedError(f"{of.contract_name}.{entry}: {reason}", contract=of.contract_name, entry=entry)
    return abi.decode_output(entry, result.output)
