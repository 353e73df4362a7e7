"""The public list of accepted ballots: its rows, order and parts."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.primitives import Hash32, Height, keccak256
from ledger.proofs.code import BallotCodeError, ballot_code
from ledger.views.ballot_list import ListedError, encode_listed, list_codes, list_key


class Rows(dict[bytes, bytes]):
    """The node's own rows, in memory."""

    def extra_row(self, key: bytes) -> bytes | None:
        return self.get(key)

    def scan_extra_rows(self, prefix: bytes, start: bytes = b"") -> Iterator[tuple[bytes, bytes]]:
        return ((key, self[key]) for key in sorted(self) if key.startswith(prefix) and key >= prefix + start)


def rows_of(question: int, digests: list[Hash32]) -> Rows:
    return Rows({list_key(question, digest): encode_listed(Height(at)) for at, digest in enumerate(digests, 1)})


DIGESTS = [keccak256(b"ballot %d" % number) for number in range(300)]


def test_list__any_order_of_casting__is_alphabetical() -> None:
    codes = list(list_codes(rows_of(7, DIGESTS), 7, Height(300)))

    assert codes == sorted(map(ballot_code, DIGESTS))
    assert codes == list(list_codes(rows_of(7, DIGESTS[::-1]), 7, Height(300)))


def test_list__other_questions_and_later_blocks__are_left_out() -> None:
    rows = Rows({**rows_of(7, DIGESTS), **rows_of(8, DIGESTS[:1]), **rows_of(7 << 8, DIGESTS[:1])})

    assert list(list_codes(rows, 7, Height(2))) == sorted(map(ballot_code, DIGESTS[:2]))
    assert list(list_codes(rows, 8, Height(300))) == [ballot_code(DIGESTS[0])]
    assert list(list_codes(rows, 9, Height(300))) == []


@given(st.integers(0, 299))
def test_list__after_a_code__goes_on_behind_it(at: int) -> None:
    rows = rows_of(7, DIGESTS)
    codes = list(list_codes(rows, 7, Height(300)))

    assert list(list_codes(rows, 7, Height(300), codes[at])) == codes[at + 1 :]


def test_list__after_the_last_possible_code__is_empty() -> None:
    rows = rows_of(7, [*DIGESTS, Hash32(b"\xff" * 32)])

    assert list(list_codes(rows, 7, Height(999)))[-1] == "zoo-ZZZZ-ZZZZ-ZZZZ-ZZZZ"
    assert list(list_codes(rows, 7, Height(999), "zoo-ZZZZ-ZZZZ-ZZZZ-ZZZZ")) == []


def test_list__after_no_code__is_refused() -> None:
    with pytest.raises(BallotCodeError):
        list(list_codes(Rows(), 7, Height(1), "notaword-0000-0000-0000-0000"))


@pytest.mark.parametrize(("key", "row"), [(b"", encode_listed(Height(1))), (b"x", bytes(8)), (bytes(12), bytes(7))])
def test_list__row_that_is_none__is_refused(key: bytes, row: bytes) -> None:
    prefix = list_key(7, Hash32(bytes(32)))[:-12]
    with pytest.raises(ListedError):
        list(list_codes(Rows({prefix + key: row}), 7, Height(1)))
