"""The state after one block, read from geth."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from ledger.chain.header import Header
from ledger.chain.transaction import intrinsic_gas
from ledger.errors import BadInputError
from ledger.ports import AccountProof, CallResult
from ledger.primitives import ZERO_ADDRESS, Address, Gas, to_hex
from node.execution.geth.link import Asker
from node.execution.geth.wire import at_block, decode_proof, encode_slot, read_bytes, read_number
from node.store.senders import Senders

CALL_GAS = Gas(50_000_000)
"""Gas of a call that names none."""
MAX_SLOTS = 1_024
"""Slots in one request for proofs, as many as geth takes."""
KEPT_ANSWERS = 20_000
KEPT_BYTES = 2_048
"""Longer outputs and codes are asked for again each time."""
_NONCE, _BALANCE = "eth_getTransactionCount", "eth_getBalance"
_TRACER = {"tracer": "callTracer", "tracerConfig": {"onlyTopCall": True}}
V = TypeVar("V")


class GethStateView:
    """The state after one block, as `ledger.ports.StateView`. Any number of threads may use it.

    A block's state never changes, so an answer is kept; geth keeps every state, so a view stays valid.
    Errors  ExecutorUnavailableError once the link's patience is at its end.
    """

    def __init__(self, header: Header, asker: Asker, senders: Senders | None = None) -> None:
        self._senders = senders
        self._header = header
        self._asker = asker
        self._block = at_block(header.hash)
        self._known: dict[tuple[object, ...], Any] = {}

    @property
    def header(self) -> Header:
        return self._header

    def storage(self, address: Address, slot: int) -> int:
        return self._ask("eth_getStorageAt", (to_hex(address), encode_slot(slot)), _read_word)

    def nonce(self, address: Address) -> int:
        return self._ask(_NONCE, (to_hex(address),), read_number)

    def balance(self, address: Address) -> int:
        return self._ask(_BALANCE, (to_hex(address),), read_number)

    def code(self, address: Address) -> bytes:
        return self._ask("eth_getCode", (to_hex(address),), read_bytes)

    def fetch_nonces(self, senders: Iterable[Address]) -> None:
        """Have the nonces of many senders ready: `nonce` then knows them. Only for accounts that have a key."""
        wanted = set(senders)
        if self._senders is not None:
            for sender, nonce in self._senders.nonces(wanted, self._header.number).items():
                self._keep((_NONCE, to_hex(sender)), nonce)
        self._fetch(_NONCE, wanted)

    def fetch_balances(self, addresses: Iterable[Address]) -> None:
        """Have the balances of many accounts ready: `balance` then knows them."""
        self._fetch(_BALANCE, set(addresses))

    def call(self, to: Address, data: bytes, sender: Address = ZERO_ADDRESS, gas: Gas = CALL_GAS) -> CallResult:
        """Run a call and undo it, as the port says."""
        # geth takes the intrinsic gas of a transaction from calls too; the code gets what was asked for.
        intrinsic = intrinsic_gas(data, False)
        message = {"from": to_hex(sender), "to": to_hex(to), "gas": hex(gas + intrinsic), "input": to_hex(data)}

        def read(frame: Any) -> CallResult:
            output = read_bytes(frame.get("output", "0x"))
            return CallResult("error" not in frame, output, Gas(read_number(frame["gasUsed"]) - intrinsic))

        key = ("call", to, data, sender, gas)
        return self._once(key, lambda: self._asker.ask("debug_traceCall", [message, self._block, _TRACER], read))

    def proof(self, address: Address, slots: Sequence[int]) -> AccountProof:
        parts = [tuple(slots[start : start + MAX_SLOTS]) for start in range(0, max(len(slots), 1), MAX_SLOTS)]
        proofs = [self._proof(address, part) for part in parts]
        return replace(proofs[0], storage=tuple(entry for proof in proofs for entry in proof.storage))

    def _proof(self, address: Address, slots: tuple[int, ...]) -> AccountProof:
        parameters = [to_hex(address), [encode_slot(slot) for slot in slots], self._block]
        return self._asker.ask("eth_getProof", parameters, lambda answer: decode_proof(answer, address, slots))

    def _fetch(self, method: str, addresses: Iterable[Address]) -> None:
        keys = [key for key in ((method, to_hex(address)) for address in addresses) if key not in self._known]
        if keys:
            answers = self._asker.ask_all([(method, [address, self._block]) for _, address in keys], read_number)
            for key, answer in zip(keys, answers, strict=True):
                self._keep(key, answer)

    def _ask(self, method: str, parameters: tuple[str, ...], read: Callable[[Any], V]) -> V:
        key = (method, *parameters)
        return self._once(key, lambda: self._asker.ask(method, [*parameters, self._block], read))

    def _once(self, key: tuple[object, ...], ask: Callable[[], V]) -> V:
        known = self._known
        if key in known:
            found: V = known[key]
            return found
        answer = ask()
        self._keep(key, answer)
        return answer

    def _keep(self, key: tuple[object, ...], answer: Any) -> None:
        data = answer.output if isinstance(answer, CallResult) else answer
        if isinstance(data, bytes) and len(data) > KEPT_BYTES:
            return
        if len(self._known) >= KEPT_ANSWERS:
            # A new dictionary, for another thread may be reading the old one.
            self._known = {}
        self._known[key] = answer


def _read_word(value: Any) -> int:
    data = read_bytes(value)
    if len(data) != 32:
        raise BadInputError(f"found {len(data)} bytes, expected a word")
    return int.from_bytes(data, "big")
