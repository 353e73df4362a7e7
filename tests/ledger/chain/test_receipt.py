"""Receipts and blooms against py-evm's, strict decoding."""

import random

import pytest
from eth.rlp.logs import Log as StockLog
from eth.rlp.receipts import Receipt as StockReceipt
from eth_bloom import BloomFilter

from ledger.chain.receipt import BadReceiptError, Log, Receipt, decode_receipt, logs_bloom
from ledger.chain.rlp import decode, encode
from ledger.primitives import Address, Gas, Hash32


def random_receipt(seed: int) -> Receipt:
    rng = random.Random(seed)
    logs = tuple(
        Log(
            Address(rng.randbytes(20)),
            tuple(Hash32(rng.randbytes(32)) for _ in range(rng.randrange(5))),
            rng.randbytes(rng.choice([0, 1, 40, 400])),
        )
        for _ in range(rng.randrange(4))
    )
    return Receipt(seed % 3, rng.random() < 0.5, Gas(rng.getrandbits(30)), logs)


@pytest.mark.parametrize("seed", range(12))
def test_encode__random_receipt__as_py_evm_and_back(seed: int) -> None:
    receipt = random_receipt(seed)
    logs = [
        StockLog(log.address, [int.from_bytes(topic, "big") for topic in log.topics], log.data) for log in receipt.logs
    ]
    stock = StockReceipt(b"\x01" if receipt.success else b"", receipt.cumulative_gas_used, logs)
    prefix = bytes([receipt.transaction_type]) if receipt.transaction_type else b""
    assert receipt.encode() == prefix + stock.encode()
    assert decode_receipt(receipt.encode()) == receipt


def test_logs_bloom__many_logs__as_the_library() -> None:
    logs = [log for seed in range(30) for log in random_receipt(seed).logs]
    bloom = BloomFilter()
    for log in logs:
        bloom.add(log.address)
        bloom.extend(log.topics)
    assert logs_bloom(logs) == int(bloom) > 0
    assert logs_bloom([]) == 0


def test_decode_receipt__altered__is_refused() -> None:
    receipt = random_receipt(3)
    assert receipt.logs
    items = decode(receipt.encode()[1:] if receipt.transaction_type else receipt.encode())
    for index, value in ((0, b"\x02"), (1, b"\0"), (2, bytes(256)), (2, b"\1" * 255), (3, b"")):
        changed = [*items[:index], value, *items[index + 1 :]]
        with pytest.raises(BadReceiptError):
            decode_receipt(encode(changed))
    for log in ([b"\1" * 19, [], b""], [b"\1" * 20, [b"\1" * 31], b""], [b"\1" * 20, [], []], [b"\1" * 20, []], b""):
        with pytest.raises(BadReceiptError):
            decode_receipt(encode([items[0], items[1], bytes(256), [log]]))
    for data in (b"", b"\x03" + encode(items), b"\x00" + encode(items), receipt.encode() + b"\0"):
        with pytest.raises(BadReceiptError):
            decode_receipt(data)
