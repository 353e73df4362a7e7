"""Random contracts and transactions that create, call, destroy, revert, log and store."""

import random

from ledger.chain.genesis import GenesisAccount
from ledger.chain.transaction import sign_transaction
from ledger.primitives import Address
from ledger.secp256k1 import address_of
from tests.node.execution.ledgers import CHAIN_ID

KEYS = [number.to_bytes(32, "big") for number in range(900, 912)]
PEOPLE = [address_of(key) for key in KEYS]
RICH = {address: GenesisAccount(balance=10**18) for address in PEOPLE}


def push(value: int) -> bytes:
    size = max(1, (value.bit_length() + 7) // 8)
    return bytes((0x5F + size,)) + value.to_bytes(size, "big")


def push_address(address: bytes) -> bytes:
    return b"\x73" + address


class ContractMaker:
    """Makes code from a seeded generator; `known` contracts are called more often than others."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.known: list[bytes] = []

    def some_address(self) -> bytes:
        rng, draw = self.rng, self.rng.random()
        if draw < 0.55 and self.known:
            return rng.choice(self.known[-25:])
        if draw < 0.7:
            return rng.choice(PEOPLE)
        if draw < 0.85:
            return bytes(19) + bytes([rng.randrange(12)])
        return rng.choice([b"\xee" * 20, b"\xef" * 20, rng.randbytes(20), bytes(20)])

    def init_code(self, depth: int = 0) -> bytes:
        """Code that may do something and then returns random runtime code."""
        runtime = self.body(depth + 1)[:160] + b"\0"
        before = self.body(depth) if self.rng.random() < 0.4 else b""

        def ending(offset: int) -> bytes:
            return push(len(runtime)) + push(offset) + b"\x5f\x39" + push(len(runtime)) + b"\x5f\xf3"

        offset = len(before) + 11
        for _ in range(5):
            offset = len(before) + len(ending(offset))
        return before + ending(offset) + runtime

    def body(self, depth: int) -> bytes:
        return b"".join(self.snippet(depth) for _ in range(self.rng.randrange(1, 8)))

    def snippet(self, depth: int) -> bytes:
        rng = self.rng
        slot = push(rng.randrange(6))
        value = push(rng.choice([0, 0, 1, 2, 2**255, rng.getrandbits(200)]))
        store = push(rng.randrange(6)) + b"\x55"
        copied, topics = rng.choice([b"\x3d", push(8)]), rng.randrange(5)
        nothing = b"\x36\x50"
        choices = [
            *[value + slot + b"\x55"] * 4,
            slot + b"\x54" + store,
            value + slot + b"\x5d",
            slot + b"\x5c" + store,
            *[self.call() + store] * 3,
            push_address(self.some_address()) + rng.choice([b"\x31", b"\x3f", b"\x3b"]) + store,
            value * topics + push(rng.randrange(40)) + push(rng.randrange(9)) + bytes([0xA0 + topics]),
            *[self.create(depth) if depth < 2 and rng.random() < 0.15 else nothing] * 2,
            push_address(self.some_address()) + b"\xff" if rng.random() < 0.5 else nothing,
            push(0) + push(0) + b"\xfd" if rng.random() < 0.35 else nothing,
            b"\xfe" if rng.random() < 0.2 else nothing,
            push(rng.choice([1, 2, 300])) + b"\x43\x03\x40" + store,
            # What the last call returned: its size, or a copy of it that may reach too far.
            copied + push(0) + push(64) + b"\x3e" if rng.random() < 0.5 else b"\x3d" + store,
        ]
        return rng.choice(choices)

    def call(self) -> bytes:
        rng = self.rng
        opcode = rng.choice([0xF1, 0xF1, 0xF2, 0xF4, 0xFA])
        value = push(rng.choice([0, 0, 1, 10**6])) if opcode in (0xF1, 0xF2) else b""
        ranges = push(32) + push(0) + push(rng.choice([0, 32, 128])) + push(0)
        gas = rng.choice([b"\x5a", push(50_000), push(3_000)])
        return ranges + value + push_address(self.some_address()) + gas + bytes([opcode])

    def create(self, depth: int) -> bytes:
        rng = self.rng
        init = self.init_code(depth + 1)[:200]
        code = b""
        for at in range(0, len(init), 32):
            code += b"\x7f" + init[at : at + 32].ljust(32, b"\0") + push(at) + b"\x52"
        value = push(rng.choice([0, 0, 1]))
        if rng.random() < 0.5:
            return code + push(len(init)) + push(0) + value + b"\xf0\x50"
        return code + push(rng.randrange(3)) + push(len(init)) + push(0) + push(0) + b"\xf5\x50"

    def transaction(self, sender: int, nonce: int) -> bytes:
        rng = self.rng
        fee = rng.choice([0, 0, 0, 3])
        value = rng.choice([0, 0, 1, 10**9])
        if rng.random() < 0.4 or not self.known:
            to, data, gas = None, self.init_code(), rng.choice([100_000, 10**6, 10**6])
        else:
            to = Address(self.some_address())
            data = rng.randbytes(rng.choice([0, 4, 64]))
            gas = rng.choice([23_000, 30_000, 10**6, 10**6, 2 * 10**6])
        access_list = ((Address(self.some_address()), (0, 1, 2)),) if rng.random() < 0.2 else ()
        return sign_transaction(
            KEYS[sender],
            chain_id=CHAIN_ID,
            nonce=nonce,
            to=to,
            data=data,
            gas_limit=gas + 8_100 * bool(access_list),
            value=value,
            max_fee_per_gas=fee,
            max_priority_fee_per_gas=fee,
            access_list=access_list,
        )
