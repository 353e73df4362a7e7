"""Values of one word each, byte strings and lists of words, read without eth_abi's machinery: what most calls and logs
are made of.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

WORD = 32
ReadWord = Callable[[bytes], Any]
"""A word's value, None where its padding is not as it should be."""
ReadTail = Callable[[bytes, int], Any]
"""The value of variable length that stands at an offset, None where it is not as it should be."""
Reader = tuple[ReadWord | None, ReadTail | None]
"""Reads a field from its own word, or from where that word says."""


def value_readers(kinds: Iterable[str]) -> list[Reader] | None:
    """How to read fields of these types, one after another; None where one of them takes eth_abi."""
    readers: list[Reader] = []
    for kind in kinds:
        if (word := word_reader(kind)) is not None:
            readers.append((word, None))
        elif (tail := tail_reader(kind)) is not None:
            readers.append((None, tail))
        else:
            return None
    return readers


def word_reader(kind: str) -> ReadWord | None:
    """How to read a word of this type; None for a type that takes more than a word."""
    if kind == "address":
        return _padded_left(20)
    if kind == "bool":
        return lambda word: {0: False, 1: True}.get(int.from_bytes(word, "big"))
    if kind.startswith("uint") and kind[4:].isdigit():
        return _unsigned(int(kind[4:]))
    if kind.startswith("int") and kind[3:].isdigit():
        return _signed(int(kind[3:]))
    if kind.startswith("bytes") and kind[5:].isdigit():
        return _padded_right(int(kind[5:]))
    return None


def tail_reader(kind: str) -> ReadTail | None:
    """How to read a value of this type, which stands after the fields' words; None for one that is read otherwise."""
    if kind == "bytes":
        return _read_bytes
    read = word_reader(kind[:-2]) if kind.endswith("[]") else None
    return None if read is None else _list_of(read)


def read_values(readers: Sequence[Reader], data: bytes) -> list[Any] | None:
    """The values of the fields that begin `data`; None where eth_abi has to say what is wrong."""
    if len(data) < WORD * len(readers):
        return None
    values: list[Any] = []
    for i, (read_word, read_tail) in enumerate(readers):
        word = data[WORD * i : WORD * i + WORD]
        if read_word is not None:
            values.append(read_word(word))
        elif read_tail is not None:
            values.append(read_tail(data, int.from_bytes(word, "big")))
    return None if None in values else values


def _read_bytes(data: bytes, at: int) -> bytes | None:
    start = at + WORD
    end = start + int.from_bytes(data[at:start], "big")
    padded = end + (start - end) % WORD
    if padded > len(data) or data.count(0, end, padded) != padded - end:
        return None
    return data[start:end]


def _list_of(read: ReadWord) -> ReadTail:
    def read_list(data: bytes, at: int) -> tuple[Any, ...] | None:
        start = at + WORD
        end = start + WORD * int.from_bytes(data[at:start], "big")
        if end > len(data):
            return None
        values = tuple(read(data[place : place + WORD]) for place in range(start, end, WORD))
        return None if None in values else values

    return read_list


def _unsigned(bits: int) -> ReadWord:
    if bits == 8 * WORD:
        return lambda word: int.from_bytes(word, "big")
    padding = bytes(WORD - bits // 8)
    return lambda word: int.from_bytes(word, "big") if word.startswith(padding) else None


def _signed(bits: int) -> ReadWord:
    bound = 1 << bits - 1

    def read(word: bytes) -> int | None:
        value = int.from_bytes(word, "big", signed=True)
        return value if -bound <= value < bound else None

    return read


def _padded_left(size: int) -> ReadWord:
    padding = bytes(WORD - size)
    return lambda word: word[WORD - size :] if word.startswith(padding) else None


def _padded_right(size: int) -> ReadWord:
    padding = bytes(WORD - size)
    return lambda word: word[:size] if word.endswith(padding) else None
