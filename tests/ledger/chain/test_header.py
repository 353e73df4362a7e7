"""Headers against py-evm's and geth's: bytes, hash, strict decoding."""

import random
from dataclasses import replace

import pytest
import rlp as library

from ledger.chain.header import BadHeaderError, Header, decode_header
from ledger.chain.rlp import decode, encode
from ledger.primitives import Address, Gas, Hash32, Height, Timestamp
from tests.node.execution.stock import stock_header


def random_header(seed: int) -> Header:
    rng = random.Random(seed)
    return Header(
        parent_hash=Hash32(rng.randbytes(32)),
        fee_recipient=Address(rng.randbytes(20)),
        state_root=Hash32(rng.randbytes(32)),
        number=Height(rng.getrandbits(rng.choice([1, 20, 40]))),
        gas_limit=Gas(rng.getrandbits(40)),
        timestamp=Timestamp(rng.getrandbits(40)),
        transactions_root=Hash32(rng.randbytes(32)),
        receipts_root=Hash32(rng.randbytes(32)),
        logs_bloom=rng.randbytes(256),
        gas_used=Gas(rng.getrandbits(30)),
        extra_data=rng.randbytes(rng.randrange(33)),
        prev_randao=Hash32(rng.randbytes(32)),
        base_fee_per_gas=rng.getrandbits(70),
        excess_blob_gas=Gas(rng.choice([0, 131_072])),
    )


@pytest.mark.parametrize("seed", range(10))
def test_encode__random_header__as_py_evm_and_back(seed: int) -> None:
    header = random_header(seed)
    assert header.encode() == library.encode(stock_header(header))
    assert header.hash == stock_header(header).hash
    assert decode_header(header.encode()) == header


CHANGES = [
    (0, b"\1" * 31, "parent_hash"),
    (2, b"\1" * 21, "fee_recipient"),
    (6, b"\1" * 255, "logs_bloom"),
    (8, b"\0\1", "number"),
    (9, b"\1" * 9, "gas_limit"),
    (12, b"\1" * 33, "extra_data"),
    (14, b"", "nonce"),
    (19, [], "parent_beacon_block_root"),
]


@pytest.mark.parametrize(("index", "value", "field"), CHANGES)
def test_decode_header__bad_field__is_named(index: int, value, field: str) -> None:
    items = decode(random_header(1).encode())
    items[index] = value
    with pytest.raises(BadHeaderError, match=field):
        decode_header(encode(items))


@pytest.mark.parametrize("count", [15, 19, 21])
def test_decode_header__other_fork__is_refused(count: int) -> None:
    items = [*decode(random_header(1).encode()), b""][:count]
    with pytest.raises(BadHeaderError, match="expected 20"):
        decode_header(encode(items))


def test_differences__two_headers__in_the_order_of_the_encoding() -> None:
    header = random_header(2)
    assert header.differences(header) == ()
    other = replace(header, timestamp=Timestamp(1), state_root=Hash32(b"\0" * 32))
    assert header.differences(other) == ("state_root", "timestamp")
