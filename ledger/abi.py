"""Calls, outputs and logs of the compiled contracts: ABI encoding by name, coders made once."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import Any

from eth_abi.decoding import AddressDecoder, ContextFramesBytesIO, StringDecoder
from eth_abi.encoding import AddressEncoder, TextStringEncoder
from eth_abi.exceptions import DecodingError, EncodingError
from eth_abi.registry import BaseEquals
from eth_abi.registry import registry as standard_registry

from ledger.abi_words import read_values, value_readers
from ledger.artifacts import load_artifact
from ledger.errors import BadInputError
from ledger.primitives import Hash32, keccak256

REVERT_SELECTOR = keccak256(b"Error(string)")[:4]
PANIC_SELECTOR = keccak256(b"Panic(uint256)")[:4]


class AbiError(BadInputError):
    """A contract has no such entry or event, or values or bytes do not fit it."""

    type = "abi"


class _Bytes20Decoder(AddressDecoder):
    """Addresses as the ledger has them: 20 bytes."""

    decoder_fn = staticmethod(bytes)  # type: ignore[assignment]  # eth_abi declares text


class _TextDecoder(StringDecoder):
    """Text as it can be shown: a contract takes any bytes for a string, so not all of it is UTF-8."""

    def __init__(self, handle_string_errors: str = "replace") -> None:
        super().__init__(handle_string_errors)  # type: ignore[no-untyped-call]


def _make_registry() -> Any:
    registry = standard_registry.copy()  # type: ignore[no-untyped-call]
    registry.unregister("address")
    is_address = BaseEquals("address")  # type: ignore[no-untyped-call]
    registry.register(is_address, AddressEncoder, _Bytes20Decoder, label="address")
    registry.unregister("string")
    is_string = BaseEquals("string")  # type: ignore[no-untyped-call]
    registry.register(is_string, TextStringEncoder, _TextDecoder, label="string")
    return registry


_REGISTRY = _make_registry()


def _type_of(field: dict[str, Any]) -> str:
    """Canonical type, for example `(bytes32,uint256)[]` for an array of structs."""
    kind: str = field["type"]
    if not kind.startswith("tuple"):
        return kind
    inner = ",".join(_type_of(part) for part in field["components"])
    return f"({inner}){kind.removeprefix('tuple')}"


class _Coder:
    """Encodes and decodes the values of a list of fields."""

    def __init__(self, fields: Sequence[dict[str, Any]]) -> None:
        self.names = tuple(field["name"] for field in fields)
        self.kinds = tuple(_type_of(field) for field in fields)
        self.types = "(" + ",".join(self.kinds) + ")"
        self._encode: Callable[[Any], bytes] | None = _REGISTRY.get_encoder(self.types) if fields else None
        self._decode: Callable[[BytesIO], Any] | None = _REGISTRY.get_decoder(self.types) if fields else None
        self._readers = value_readers(self.kinds)

    def encode(self, values: Sequence[Any]) -> bytes:
        if self._encode is None and not values:
            return b""
        try:
            if self._encode is not None:
                return self._encode(values)
        except EncodingError as error:
            raise AbiError(f"values: {error}, expected {self.types}", expected=self.types) from error
        raise AbiError(f"values: found {len(values)}, expected none", expected=self.types)

    def decode(self, data: bytes) -> tuple[Any, ...]:
        if self._decode is None:
            return ()
        if self._readers is not None and (values := read_values(self._readers, bytes(data))) is not None:
            return tuple(values)
        try:
            stream = ContextFramesBytesIO(data)  # type: ignore[no-untyped-call]
            return tuple(self._decode(stream))
        except (DecodingError, OverflowError) as error:
            raise AbiError(f"data: {error}, expected {self.types}", expected=self.types) from error


@dataclass(frozen=True)
class Entry:
    """A function. `signature` is what its selector is made of, for example `set(bytes32,uint256)`."""

    name: str
    selector: bytes
    inputs: _Coder
    outputs: _Coder
    is_view: bool

    @property
    def signature(self) -> str:
        return self.name + self.inputs.types


@dataclass(frozen=True)
class Event:
    """An event. `fields` says in the order of the source which are topics (True) and which are data."""

    name: str
    topic: Hash32
    fields: tuple[tuple[str, bool], ...]
    topics: tuple[_Coder | None, ...]
    data: _Coder

    def decode(self, topics: Sequence[bytes], data: bytes) -> dict[str, Any]:
        """Values by field, in order; an indexed field of dynamic type gives the hash that stands for it."""
        if len(topics) != len(self.topics) + 1:
            raise AbiError(f"log of {self.name}: {len(topics)} topics, expected {len(self.topics) + 1}")
        pairs = zip(self.topics, topics[1:], strict=True)
        indexed = iter([bytes(t) if coder is None else coder.decode(t)[0] for coder, t in pairs])
        plain = iter(self.data.decode(data))
        return {name: next(indexed if is_topic else plain) for name, is_topic in self.fields}


def _entry(item: dict[str, Any]) -> Entry:
    inputs = _Coder(item["inputs"])
    selector = keccak256((item["name"] + inputs.types).encode())[:4]
    return Entry(item["name"], selector, inputs, _Coder(item["outputs"]), item["stateMutability"] in ("view", "pure"))


def _is_dynamic(kind: str) -> bool:
    return kind in ("string", "bytes") or kind.endswith("]") or kind.startswith("(")


def _event(item: dict[str, Any]) -> Event:
    fields = item["inputs"]
    types = ",".join(_type_of(field) for field in fields)
    indexed = [field for field in fields if field["indexed"]]
    return Event(
        item["name"],
        keccak256(f"{item['name']}({types})".encode()),
        tuple((field["name"], bool(field["indexed"])) for field in fields),
        tuple(None if _is_dynamic(_type_of(field)) else _Coder([field]) for field in indexed),
        _Coder([field for field in fields if not field["indexed"]]),
    )


class ContractAbi:
    """The calls and logs of one contract.

    Shape   values in the order of the ABI: addresses and bytes as bytes, structs as tuples. An entry is given by its
            name, or by its signature where several have one name (`safeTransferFrom(address,address,uint256)`).
    Errors  AbiError for unknown names, values that do not fit, bytes that do not decode.
    """

    def __init__(self, name: str, abi: Iterable[dict[str, Any]], creation: bytes = b"", runtime: bytes = b"") -> None:
        self.name = name
        self.creation = creation
        self.runtime = runtime
        items = list(abi)
        self.entries = tuple(_entry(item) for item in items if item["type"] == "function")
        self.events = tuple(_event(item) for item in items if item["type"] == "event")
        constructors = [item for item in items if item["type"] == "constructor"]
        self._constructor = _Coder(constructors[0]["inputs"] if constructors else [])
        self._by_name: dict[str, list[Entry]] = {}
        for entry in self.entries:
            self._by_name.setdefault(entry.name, []).append(entry)
            self._by_name.setdefault(entry.signature, []).append(entry)
        self._by_selector = {entry.selector: entry for entry in self.entries}
        self._by_topic = {event.topic: event for event in self.events}

    def entry(self, name: str) -> Entry:
        found = self._by_name.get(name, [])
        if len(found) != 1:
            options = ", ".join(e.signature for e in found or self.entries)
            raise AbiError(f"{self.name}: entry {name!r}, expected one of {options}", contract=self.name, entry=name)
        return found[0]

    def selector(self, name: str) -> bytes:
        """First four bytes of a call."""
        return self.entry(name).selector

    def topic(self, event: str) -> Hash32:
        """First topic of an event's logs."""
        for known in self.events:
            if known.name == event:
                return known.topic
        names = ", ".join(e.name for e in self.events)
        raise AbiError(f"{self.name}: event {event!r}, expected one of {names}", contract=self.name, event=event)

    def encode_call(self, name: str, *values: Any) -> bytes:
        entry = self.entry(name)
        return entry.selector + entry.inputs.encode(values)

    def decode_call(self, data: bytes) -> tuple[Entry, dict[str, Any]]:
        """The entry that calldata names, and its values by argument."""
        entry = self._by_selector.get(bytes(data[:4]))
        if entry is None:
            raise AbiError(f"{self.name}: selector 0x{data[:4].hex()}, expected one of its entries", contract=self.name)
        return entry, dict(zip(entry.inputs.names, entry.inputs.decode(data[4:]), strict=True))

    def decode_output(self, name: str, data: bytes) -> tuple[Any, ...]:
        """What a call returned: always a tuple, of one value for an entry with one output."""
        return self.entry(name).outputs.decode(data)

    def decode_log(self, topics: Sequence[bytes], data: bytes) -> tuple[str, dict[str, Any]]:
        """Name of the event, and its values by field."""
        event = self._by_topic.get(Hash32(bytes(topics[0]))) if topics else None
        if event is None:
            found = f"0x{bytes(topics[0]).hex()}" if topics else "none"
            raise AbiError(f"{self.name}: topic {found}, expected one of its events", contract=self.name)
        return event.name, event.decode(topics, data)

    def encode_creation(self, *values: Any) -> bytes:
        """Code that creates the contract: its bytecode, then the constructor's arguments."""
        return self.creation + self._constructor.encode(values)

    @staticmethod
    def decode_revert(output: bytes) -> str:
        """The reason a call reverted with, in words; bytes that hold none are shown as hex."""
        return decode_revert(output)


def decode_revert(output: bytes) -> str:
    """The reason a call reverted with, in words; bytes that hold none are shown as hex."""
    if not output:
        return "reverted without a reason"
    try:
        if output[:4] == REVERT_SELECTOR:
            return str(_REVERT.decode(output[4:])[0])
        if output[:4] == PANIC_SELECTOR:
            return f"panic {_PANIC.decode(output[4:])[0]}"
    except AbiError:
        return f"reverted with 0x{output.hex()}"
    return f"reverted with 0x{output.hex()}"


_REVERT = _Coder([{"name": "reason", "type": "string"}])
_PANIC = _Coder([{"name": "code", "type": "uint256"}])


@cache
def contract(name: str) -> ContractAbi:
    """The compiled contract of this name, for example `contract("Ballots").encode_call("vote", 1, record)`.

    Errors  UnknownArtifactError.
    """
    artifact = load_artifact(name)
    creation, runtime = (bytes.fromhex(artifact[key].removeprefix("0x")) for key in ("bytecode", "runtime"))
    return ContractAbi(name, artifact["abi"], creation, runtime)
