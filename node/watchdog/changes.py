"""What a block changed that people should hear of."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ledger.abi import AbiError, contract
from ledger.chain.receipt import Log, Receipt
from ledger.system import SystemContract
from node.watchdog.alarms import Code

_WATCHED = {
    SystemContract.CONSTITUTION: Code.CONSTITUTION_CHANGED,
    SystemContract.DIRECTORY: Code.CONTRACTS_CHANGED,
}
_TERMS = {"RecoverySet", "TrustPeriodSet", "DoubleSignSet"}
"""Events of Permissions that change rules and not persons."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change. Shape: `subject` names what changed, `detail` says how and by which question."""

    code: Code
    subject: str
    detail: str


def find_changes(receipts: Iterable[Receipt]) -> Iterator[Change]:
    """Changes of the constitution and of the contracts in force, from a block's logs."""
    for receipt in receipts:
        for log in receipt.logs:
            kind = next((one for one in SystemContract if one.address == log.address), None)
            if kind in _WATCHED or kind is SystemContract.PERMISSIONS:
                yield from _read(kind, log)


def touches(receipts: Iterable[Receipt], of: SystemContract) -> bool:
    """Whether a contract logged anything: without a log it has not changed."""
    return any(log.address == of.address for receipt in receipts for log in receipt.logs)


def _read(kind: SystemContract, log: Log) -> Iterator[Change]:
    try:
        name, values = contract(kind.contract_name).decode_log(log.topics, log.data)
    except AbiError:
        # An event of a later version, whose words are not known here: that there is one is still said.
        name, values = "an unknown event", {}
    if kind is SystemContract.PERMISSIONS and name not in _TERMS:
        return
    shown = ", ".join(f"{key} {_text(value)}" for key, value in values.items())
    subject = _text(values["name"]) if "name" in values else name
    yield Change(_WATCHED.get(kind, Code.CONSTITUTION_CHANGED), subject, f"{kind.contract_name}.{name}: {shown}")


def _text(value: object) -> str:
    if not isinstance(value, bytes):
        return str(value)
    text = value.rstrip(b"\0")
    return text.decode() if text.isascii() and text.decode().isprintable() and text else "0x" + value.hex()
