"""The compiled `Vote.vy` beside this file: creation code and calls."""

from functools import cache
from pathlib import Path

from vyper.compiler import compile_code

from ledger.primitives import keccak256, to_word


@cache
def init_code() -> bytes:
    """Compile the contract with the pinned Vyper."""
    source = Path(__file__).with_name("Vote.vy").read_text()
    return bytes.fromhex(compile_code(source, output_formats=["bytecode"])["bytecode"][2:])


def vote_data(option: int) -> bytes:
    return keccak256(b"vote(uint256)")[:4] + to_word(option)
