"""Values of one word each, read without eth_abi's machinery: what most logs are made of."""

from collections.abc import Callable, Sequence
from typing import Any

WORD = 32
ReadWord = Callable[[bytes], Any]
"""A word's value, None where its padding is not as it should be."""


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


def read_words(readers: Sequence[ReadWord], data: bytes) -> list[Any] | None:
    """The values of the words at the start of `data`; None where eth_abi has to say what is wrong."""
    if len(data) < WORD * len(readers):
        return None
    values = [read(data[WORD * i : WORD * i + WORD]) for i, read in enumerate(readers)]
    return None if None in values else values


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
