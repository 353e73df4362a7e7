"""The 2,048 English words of BIP-39, for codes and phrases that people read aloud."""

import json
from functools import lru_cache
from importlib.resources import files


@lru_cache(maxsize=1)
def words() -> tuple[str, ...]:
    return tuple(json.loads(files(__package__).joinpath("english.json").read_text(encoding="ascii")))


def phrase_of(data: bytes, count: int) -> tuple[str, ...]:
    """The first `count` * 11 bits of `data` as words."""
    bits = int.from_bytes(data, "big")
    width = len(data) * 8
    return tuple(words()[bits >> (width - 11 * (i + 1)) & 2047] for i in range(count))
