"""The index of ballots by code: its bytes, and finding by a code."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.primitives import Hash32, Height, keccak256
from ledger.proofs.code import BallotCodeError, ballot_code
from ledger.views.ballot_index import (
    BallotPlace,
    PlaceError,
    code_bits,
    decode_place,
    encode_place,
    find_ballot,
    find_by_code,
    index_key,
)

PLACES = st.builds(
    BallotPlace,
    st.integers(0, 2**48 - 1),
    st.integers(0, 2**32 - 1),
    st.integers(0, 255),
    st.integers(0, 2**64 - 1).map(Height),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**16 - 1),
)
DIGEST = keccak256(b"a ballot")


class Rows(dict[bytes, bytes]):
    """The node's own rows, in memory."""

    def extra_row(self, key: bytes) -> bytes | None:
        return self.get(key)

    def scan_extra_rows(self, prefix: bytes, start: bytes = b"") -> Iterator[tuple[bytes, bytes]]:
        return ((key, self[key]) for key in sorted(self) if key.startswith(prefix) and key >= prefix + start)


@given(PLACES)
def test_place__any__comes_back(place: BallotPlace) -> None:
    assert len(encode_place(place)) == 25
    assert decode_place(encode_place(place)) == place


def test_place__fixed_example__has_these_bytes() -> None:
    place = BallotPlace(0x010203040506, 0x0708090A, 0x0B, Height(0x0C0D0E0F10111213), 0x14151617, 0x1819)

    assert encode_place(place) == bytes(range(1, 26))
    assert index_key(DIGEST) == b"code" + DIGEST[:12]


@pytest.mark.parametrize("field", ["question", "seat", "sequence", "height", "transaction", "record"])
def test_place__out_of_range__names_the_field(field: str) -> None:
    values = {"question": 1, "seat": 1, "sequence": 1, "height": 1, "transaction": 1, "record": 1}
    for bad in (-1, 2**64):
        with pytest.raises(PlaceError, match=field):
            encode_place(BallotPlace(**{**values, field: bad}))


@pytest.mark.parametrize("length", [0, 24, 26])
def test_place__wrong_length__is_refused(length: int) -> None:
    with pytest.raises(PlaceError, match="expected 25"):
        decode_place(bytes(length))


@given(st.binary(min_size=32, max_size=32).map(Hash32))
def test_code__any_digest__fixes_its_first_91_bits(digest: Hash32) -> None:
    assert code_bits(ballot_code(digest)) == int.from_bytes(digest, "big") >> 165


def _neighbour(digest: Hash32, bit: int) -> Hash32:
    """The digest with one bit, counted from the left, turned."""
    return Hash32((int.from_bytes(digest, "big") ^ 1 << 255 - bit).to_bytes(32, "big"))


def test_find__neighbours_in_the_index__are_told_apart_by_the_91st_bit() -> None:
    places = [BallotPlace(1, seat, 1, Height(5), 0, seat) for seat in range(3)]
    last_of_code, beyond_code = _neighbour(DIGEST, 90), _neighbour(DIGEST, 91)
    rows = Rows(
        {index_key(d): encode_place(p) for d, p in zip((DIGEST, last_of_code, beyond_code), places, strict=True)}
    )

    assert find_by_code(rows, ballot_code(last_of_code)) == [places[1]]
    assert sorted(p.seat for p in find_by_code(rows, ballot_code(DIGEST))) == [0, 2]
    assert ballot_code(DIGEST) == ballot_code(beyond_code)
    assert find_ballot(rows, DIGEST) == places[0]
    assert find_ballot(rows, _neighbour(DIGEST, 3)) is None


def test_find__longer_keys_of_another_kind__are_passed_over() -> None:
    rows = Rows({index_key(DIGEST) + b"x": b"another kind"})

    assert find_by_code(rows, ballot_code(DIGEST)) == []


@pytest.mark.parametrize("code", ["", "zzzz-0000-0000-0000-0000", "abandon-0000-0000-0000-000U", "abandon 0"])
def test_find__text_that_is_no_code__is_refused(code: str) -> None:
    with pytest.raises(BallotCodeError):
        find_by_code(Rows(), code)
