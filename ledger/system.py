"""Where the system contracts stand: fixed addresses, the same on every ledger (docs/reference/formats.md, 2)."""

from enum import IntEnum
from functools import cache

from ledger.primitives import Address


class SystemContract(IntEnum):
    """The contracts that a founding puts into the genesis. The number is the last byte of the address."""

    DIRECTORY = 0x01
    CONSTITUTION = 0x02
    PERMISSIONS = 0x03
    MEMBERSHIP = 0x04
    ROLL = 0x05
    EVIDENCE = 0x06
    JOURNAL = 0x07
    BALLOTS = 0x11
    ALLOCATION = 0x12
    EQUAL_SHARES = 0x13
    TREASURY = 0x14
    LONG_BALLOTS = 0x15

    @property
    def contract_name(self) -> str:
        """Name of the Vyper file, for example `EqualShares`."""
        return _camel_case(self.name)

    @property
    def address(self) -> Address:
        """The ASCII letters of `ortaq`, fourteen zero bytes, the number."""
        return Address(b"ortaq" + bytes(14) + bytes([self]))


@cache
def _camel_case(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))
