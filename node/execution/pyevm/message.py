"""A call or creation and the transaction it belongs to, as py-evm's opcodes read them."""

from itertools import count

from eth.constants import CREATE_CONTRACT_ADDRESS


class Message:
    """As `eth.vm.message.Message`, without its checks: all values come from checked transactions or opcodes.

    Shape   `to` is empty for a creation, whose code runs for `create_address`; `code_address` is where the code of a
            delegated call lives.
    """

    __slots__ = (
        "code",
        "code_address",
        "create_address",
        "data",
        "depth",
        "gas",
        "is_create",
        "is_static",
        "refund",
        "sender",
        "should_transfer_value",
        "storage_address",
        "to",
        "value",
    )

    is_delegation = False

    def __init__(
        self,
        *,
        gas: int,
        to: bytes,
        sender: bytes,
        value: int,
        data: bytes,
        code: bytes,
        depth: int = 0,
        create_address: bytes | None = None,
        code_address: bytes | None = None,
        should_transfer_value: bool = True,
        is_static: bool = False,
        is_delegation: bool = False,  # noqa: ARG002 - delegations come with Prague
    ) -> None:
        self.gas = gas
        self.to = to
        self.sender = sender
        self.value = value
        self.data = data
        self.code = code
        self.depth = depth
        self.create_address = create_address
        self.code_address = to if code_address is None else code_address
        self.storage_address = to if create_address is None else create_address
        self.should_transfer_value = should_transfer_value
        self.is_static = is_static
        self.is_create = to == CREATE_CONTRACT_ADDRESS
        self.refund = 0

    @property
    def data_as_bytes(self) -> bytes:
        return self.data


class TransactionContext:
    """As `eth.vm.forks.cancun.transaction_context.CancunTransactionContext`. Logs are numbered in order of writing."""

    __slots__ = ("gas_price", "get_next_log_counter", "origin")

    blob_versioned_hashes = ()

    def __init__(self, origin: bytes, gas_price: int = 0) -> None:
        self.origin = origin
        self.gas_price = gas_price
        self.get_next_log_counter = count().__next__
