"""Ballot codes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.primitives import Hash32
from ledger.proofs.code import BallotCodeError, ballot_code, normalise_code


@given(st.binary(min_size=32, max_size=32))
def test_code__typed_in_any_case__comes_back_in_its_one_form(digest: bytes) -> None:
    code = ballot_code(Hash32(digest))
    assert normalise_code(f"  {code.upper()} ") == code
    assert normalise_code(code.lower().replace("0", "o").replace("1", "l")) == code or any(
        c in code.partition("-")[0] for c in "01"
    )


@given(st.binary(min_size=32, max_size=32), st.integers(0, 90))
def test_code__another_of_the_first_91_bits__is_another_code(digest: bytes, bit: int) -> None:
    other = (int.from_bytes(digest, "big") ^ 1 << (255 - bit)).to_bytes(32, "big")
    assert ballot_code(Hash32(digest)) != ballot_code(Hash32(other))


@pytest.mark.parametrize("text", ["", "maple", "maple-1234", "maple-1234-1234-1234-123U", "1234-1234-1234-1234-1234"])
def test_code__not_one__is_refused(text: str) -> None:
    with pytest.raises(BallotCodeError, match="expected the form"):
        normalise_code(text)
