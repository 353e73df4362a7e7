"""What both executors ask of a block alike: its attributes, its parent, and how they say no."""

from typing import NoReturn

from ledger.chain.header import Header
from ledger.errors import BadInputError, CheckFailedError
from ledger.ports import BlockAttributes
from ledger.primitives import Hash32

MIN_GAS_LIMIT = 5_000
GAS_LIMIT_QUOTIENT = 1_024
BLOCK_FULL = "block full"
"""How the refusal of a transaction begins that may stand in a later block."""


class InvalidBlockError(CheckFailedError):
    """A block that does not follow from its parent. `facts["fields"]` names the header fields that differ."""

    type = "invalid-block"


class BadAttributesError(BadInputError):
    """Attributes that no block on this parent may have. `facts["fields"]` names them."""

    type = "bad-attributes"


class StaleBlockError(BadInputError):
    """A block that is not a child of the head."""

    type = "stale-block"


def usable_gas(gas_limit: int) -> int:
    """Half the gas limit, because a fuller block would raise the base fee above 0 (EIP-1559)."""
    return gas_limit // 2


def check_attributes(parent: Header, attributes: BlockAttributes) -> None:
    """Check the free fields of a block against its parent; BadAttributesError names the field."""
    if attributes.timestamp <= parent.timestamp:
        raise _bad("timestamp", str(attributes.timestamp), f"more than the parent's {parent.timestamp}")
    if len(attributes.extra_data) > 32:
        raise _bad("extra_data", f"{len(attributes.extra_data)} bytes", "at most 32")
    step = parent.gas_limit // GAS_LIMIT_QUOTIENT
    if abs(attributes.gas_limit - parent.gas_limit) >= max(step, 1) or attributes.gas_limit < MIN_GAS_LIMIT:
        expected = f"at least {MIN_GAS_LIMIT} and less than {step} away from the parent's {parent.gas_limit}"
        raise _bad("gas_limit", str(attributes.gas_limit), expected)


def check_parent(head: Header, header: Header) -> None:
    """StaleBlockError where the block is no child of the head."""
    if header.parent_hash != head.hash:
        raise StaleBlockError(
            f"block {header.number}: parent {header.parent_hash.hex()}, expected the head {head.hash.hex()}"
        )


def check_free_fields(head: Header, header: Header) -> BlockAttributes:
    """Return what a header may choose; InvalidBlockError for another parent or a choice that it has not."""
    if header.parent_hash != head.hash:
        raise_invalid(f"parent {header.parent_hash.hex()}, expected the head {head.hash.hex()}", "parent_hash")
    attributes = free_fields(header)
    try:
        check_attributes(head, attributes)
    except BadAttributesError as error:
        raise_invalid(error.detail, *error.facts["fields"])
    return attributes


def check_transactions_root(header: Header, found: Hash32) -> None:
    """InvalidBlockError where a header names other transactions: known before anything runs."""
    if found != header.transactions_root:
        raise_invalid("transactions_root: the transactions do not give it", "transactions_root")


def check_header(found: Header, expected: Header) -> None:
    """InvalidBlockError that names every field in which a header differs from the one that follows."""
    if found.hash != expected.hash:
        fields = expected.differences(found)
        raise_invalid("; ".join(_describe(name, found, expected) for name in fields), *fields)


def raise_transaction(index: int, reason: str, header: Header) -> NoReturn:
    """InvalidBlockError for a transaction that may not stand in a block."""
    if reason == BLOCK_FULL:
        reason = f"the block uses more than half its gas limit {header.gas_limit}"
    raise_invalid(f"transaction {index}: {reason}")


def free_fields(header: Header) -> BlockAttributes:
    """The fields of a header that do not follow from parent and transactions."""
    return BlockAttributes(header.timestamp, header.fee_recipient, header.extra_data, header.gas_limit)


def raise_invalid(detail: str, *fields: str) -> NoReturn:
    raise InvalidBlockError(f"block: {detail}", fields=list(fields))


def _describe(name: str, found: Header, expected: Header) -> str:
    values = (getattr(header, name) for header in (found, expected))
    texts = [value.hex()[:64] if isinstance(value, bytes) else str(value) for value in values]
    return f"{name}: found {texts[0]}, expected {texts[1]}"


def _bad(field_name: str, found: str, expected: str) -> BadAttributesError:
    return BadAttributesError(f"{field_name}: found {found}, expected {expected}", fields=[field_name])
