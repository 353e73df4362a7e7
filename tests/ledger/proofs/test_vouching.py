"""Witness seals held against a chain: what is taken, what stays, who vouches for which height."""

import pytest
from coincurve import PrivateKey

from ledger.errors import BadInputError
from ledger.primitives import Address, Hash32, Height, Timestamp
from ledger.proofs.seal import SealKind, decode_seal, make_seal
from ledger.proofs.vouching import MAX_WITNESSES, Vouching, VouchingBook, read_vouching, vouchers_of
from ledger.secp256k1 import address_of

CHAIN_ID = 77
HEAD = 9
ADA, BO = PrivateKey(b"\x01" * 32), PrivateKey(b"\x02" * 32)
NOW = Timestamp(1_000)


def own_hash(height: Height) -> Hash32 | None:
    return Hash32(bytes([height]) * 32) if height <= HEAD else None


def sealed(height: int, key: PrivateKey = ADA, kind: SealKind = SealKind.WITNESS, fill: int | None = None) -> bytes:
    block_hash = Hash32(bytes([height if fill is None else fill]) * 32)
    return make_seal(kind, CHAIN_ID, Height(height), block_hash, key).encode()


def read(data: bytes, source: str = "a") -> Vouching | None:
    return read_vouching(data, CHAIN_ID, own_hash, source, NOW)


def taken(book: VouchingBook, *seals: bytes, source: str = "a") -> list[bool]:
    found = [read(data, source) for data in seals]
    return [book.take(row) for row in found if row is not None]


def test_read__seal_of_this_chain__names_witness_and_agrees() -> None:
    found = read(sealed(5))

    seal = decode_seal(sealed(5))
    assert found == Vouching(address_of(ADA), Height(5), own_hash(Height(5)), own_hash(Height(5)), "a", NOW, seal)
    assert found.agrees


def test_read__other_block__differs_and_block_not_here_yet__says_nothing() -> None:
    found = read(sealed(5, fill=6))

    assert found is not None
    assert not found.agrees
    assert read(sealed(HEAD + 1)) is None


@pytest.mark.parametrize(
    "data",
    [b"", sealed(5)[:-1], sealed(5) + b"\0", sealed(5, kind=SealKind.SOLO), sealed(0), sealed(5)[:41] + b"\xff" * 65],
)
def test_read__what_is_no_witness_seal__is_refused(data: bytes) -> None:
    with pytest.raises(BadInputError):
        read(data)


def test_read__seal_for_another_chain__is_of_another_key() -> None:
    other = make_seal(SealKind.WITNESS, CHAIN_ID + 1, Height(5), Hash32(b"\5" * 32), ADA).encode()

    found = read(other)

    assert found is not None
    assert found.witness != address_of(ADA)


def test_book__newer_and_older_seals__keeps_the_newest() -> None:
    book = VouchingBook()

    assert taken(book, sealed(3), sealed(7), sealed(5)) == [False] * 3
    assert [row.height for row in book.all()] == [7]


def test_book__witness_that_once_differed__stays_an_alarm_whatever_follows() -> None:
    book = VouchingBook()

    assert taken(book, sealed(3), sealed(4, fill=99), sealed(5, fill=98), sealed(9)) == [False, True, False, False]
    assert [(row.height, row.agrees) for row in book.all()] == [(4, False), (9, True)]


def test_book__source_that_makes_up_keys__pushes_out_nobody() -> None:
    book = VouchingBook()
    taken(book, sealed(3), source="honest")

    taken(book, *(sealed(9, PrivateKey(bytes([i]) * 32)) for i in range(3, 3 + 2 * MAX_WITNESSES)), source="crowd")

    assert len([row for row in book.all() if row.source == "crowd"]) == MAX_WITNESSES
    assert [row.witness for row in book.all() if row.source == "honest"] == [address_of(ADA)]


def test_vouchers__block_below_some_seals__each_witness_once_by_its_nearest() -> None:
    rows = [row for row in map(read, (sealed(4), sealed(8), sealed(6, BO), sealed(5, BO, fill=1))) if row]

    def heights(height: int) -> list[tuple[Address, int]]:
        return [(row.witness, row.height) for row in vouchers_of(rows, height)]

    assert heights(3) == [(address_of(ADA), 4), (address_of(BO), 6)]
    assert heights(6) == [(address_of(BO), 6), (address_of(ADA), 8)]
    assert heights(7) == [(address_of(ADA), 8)]
    assert heights(9) == heights(0) == []
