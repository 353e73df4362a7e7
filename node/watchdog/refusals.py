"""Why a block is not vouched for."""

from ledger.chain.header import Header
from ledger.errors import CheckFailedError
from ledger.primitives import to_hex
from node.watchdog.alarms import Code


class BlockRefusedError(CheckFailedError):
    """A block that the watchdog does not vouch for. `code` is the alarm's; `is_sealed`: who may seal sealed it."""

    type = "block-refused"

    def __init__(self, code: Code, detail: str, header: Header, *, is_sealed: bool) -> None:
        super().__init__(detail, code=code.value, height=header.number, hash=to_hex(header.hash))
        self.code = code
        self.header = header
        self.is_sealed = is_sealed


class EarlyBlockError(CheckFailedError):
    """A block from the future: it waits until the clock comes near."""

    type = "early-block"


class PathError(CheckFailedError):
    """Blocks that do not lead to the one that the anchor names, or that was vouched for."""

    type = "wrong-path"


def invalid_block(header: Header, detail: str) -> BlockRefusedError:
    """A block that who may seal sealed, and that breaks a rule."""
    return BlockRefusedError(Code.INVALID_BLOCK, f"block {header.number}: {detail}", header, is_sealed=True)
