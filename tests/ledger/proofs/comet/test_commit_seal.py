"""Seals by commit: those of real CometBFT networks hold, and no altered one does."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.primitives import Hash32, Height, keccak256
from ledger.proofs.comet.body import decode_body, encode_body
from ledger.proofs.comet.commit import Commit, SignedHeader, Vote
from ledger.proofs.comet.header import CometHeader, chain_name
from ledger.proofs.comet.validators import Validator
from ledger.proofs.comet.wire import BlockId, Instant, PartSet
from ledger.proofs.seal import Seal, SealError, SealKind, decode_seal, make_commit_seal, sealer_set, validate_seal
from tests.ledger.proofs.comet.real import CASES, CHAIN_ID, FOUR, Case
from tests.ledger.proofs.comet.synthetic import make_signers, sign

OTHER = Hash32(b"\x5a" * 32)
DATA = FOUR.seal.encode()
ROWS = len(FOUR.signed.validators.validators)


def refused(seal: Seal, case: Case = FOUR, match: str | None = None) -> None:
    with pytest.raises(SealError, match=match):
        case.validate(seal)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_seal__of_a_real_network__holds_and_is_made_from_the_rpc(case: Case) -> None:
    case.validate(case.seal)
    assert make_commit_seal(case.block.number, case.signed) == case.seal
    assert case.seal.kind is SealKind.COMMIT


def test_vectors__cover__rounds_versions_absent_validators_and_changes() -> None:
    signed = [case.signed for case in CASES]
    assert {0, 1} <= {one.commit.round for one in signed}
    assert {0, 7} == {one.header.app_version for one in signed}
    assert {1, 4, 5} == {len(one.validators.validators) for one in signed}
    assert any(None in one.commit.votes for one in signed)
    assert {case.row["commit"]["canonical"] for case in CASES} == {True, False}
    assert {len({v.power for v in one.validators.validators}) for one in signed} >= {1, 2, 3}


def test_change_of_validators__block_that_makes_it__is_sealed_by_those_before() -> None:
    cases = [case for case in CASES if case.name.startswith("four")]
    before, made, after, back, again = cases[:5]
    assert before.sealers == made.sealers == again.sealers
    assert after.sealers == back.sealers != made.sealers
    for case, wrong in ((made, after), (after, made), (again, back)):
        with pytest.raises(SealError, match="other validators"):
            case.validate(case.seal, sealers=wrong.sealers)


@pytest.mark.parametrize("mask", [0x01, 0x80, 0xFF])
def test_seal__any_byte_altered__is_refused(mask: int) -> None:
    """Each byte counts: there is none that a reader passes over."""
    passed = []
    for place in range(len(DATA)):
        altered = bytearray(DATA)
        altered[place] ^= mask
        try:
            FOUR.validate(decode_seal(bytes(altered)))
        except SealError:
            continue
        passed.append(place)
    assert not passed


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_seal__bytes_altered_cut_put_in_or_swapped__is_refused(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(DATA)))
    end = data.draw(st.integers(start, len(DATA)))
    altered = DATA[:start] + data.draw(st.binary(max_size=100)) + DATA[end:]
    if altered == DATA:
        return
    with pytest.raises(SealError):
        FOUR.validate(decode_seal(altered))


def test_seal__cut_anywhere__is_refused() -> None:
    for length in range(41, len(DATA)):
        refused(decode_seal(DATA[:length]), match="expected at least")


def test_seal__bytes_after_its_end__is_refused() -> None:
    refused(decode_seal(DATA + b"\x00"), match="after the last validator")


def test_seal__of_another_chain__is_refused() -> None:
    with pytest.raises(SealError, match="not signed"):
        FOUR.validate(FOUR.seal, chain_id=CHAIN_ID + 1)


def test_seal__for_another_block_or_height__is_refused() -> None:
    block, other = FOUR.block, CASES[-1].block
    with pytest.raises(SealError, match="over block"):
        validate_seal(FOUR.seal, CHAIN_ID, block.number, other.hash, FOUR.sealers)
    with pytest.raises(SealError, match="of height"):
        validate_seal(FOUR.seal, CHAIN_ID, other.number, block.hash, FOUR.sealers)
    refused(replace(FOUR.seal, height=Height(block.number + 1)), match="of height")
    refused(replace(FOUR.seal, block_hash=other.hash), match="over block")
    claimed = replace(FOUR.seal, block_hash=other.hash)
    with pytest.raises(SealError, match="not signed"):
        validate_seal(claimed, CHAIN_ID, block.number, other.hash, FOUR.sealers)


@pytest.mark.parametrize("kind", [SealKind.SOLO, SealKind.WITNESS])
def test_seal__of_another_kind_than_the_sealers__is_refused(kind: SealKind) -> None:
    with pytest.raises(SealError, match="kind: COMMIT"):
        FOUR.validate(FOUR.seal, sealers=sealer_set(kind, FOUR.sealers.members))
    with pytest.raises(SealError, match=f"kind: {kind.name}"):
        FOUR.validate(replace(FOUR.seal, kind=kind))


def test_seal__of_kinds_that_cannot_seal_a_block__is_refused_under_sealers_of_that_kind_too() -> None:
    for kind in set(SealKind) - {SealKind.SOLO, SealKind.COMMIT}:
        with pytest.raises(SealError, match="expected SOLO or COMMIT"):
            FOUR.validate(replace(FOUR.seal, kind=kind), sealers=sealer_set(kind, FOUR.sealers.members))


HEADER_CHANGES: list[tuple[str, Callable[[CometHeader], object]]] = [
    ("app_version", lambda h: h.app_version + 1),
    ("height", lambda h: h.height + 1),
    ("time", lambda h: replace(h.time, seconds=h.time.seconds + 1)),
    ("time", lambda h: replace(h.time, nanoseconds=h.time.nanoseconds ^ 1)),
    ("last_block", lambda h: BlockId(OTHER, h.last_block.parts)),
    ("last_block", lambda h: BlockId(h.last_block.hash, PartSet(2, h.last_block.parts.hash))),
    ("last_block", lambda h: BlockId(h.last_block.hash, PartSet(1, OTHER))),
    ("last_commit_hash", lambda _: OTHER),
    ("data_hash", lambda _: OTHER),
    ("next_validators_hash", lambda _: OTHER),
    ("consensus_hash", lambda _: OTHER),
    ("last_results_hash", lambda _: OTHER),
    ("evidence_hash", lambda _: OTHER),
    ("proposer", lambda h: h.proposer[::-1]),
]


@pytest.mark.parametrize("field", HEADER_CHANGES, ids=lambda field: field[0])
def test_header__one_field_altered__is_refused(field: tuple[str, Callable[[CometHeader], object]]) -> None:
    name, change = field
    signed = FOUR.signed
    header = replace(signed.header, **{name: change(signed.header)})
    refused(_seal(replace(signed, header=header)), match="not signed by its key")


def test_header__changes_tried__are_all_that_a_seal_carries() -> None:
    derived = {"chain", "app_hash", "validators_hash"}
    assert {name for name, _ in HEADER_CHANGES} == set(CometHeader.__dataclass_fields__) - derived


COMMIT_CHANGES: list[Callable[[Commit], Commit]] = [
    lambda c: replace(c, round=c.round + 1),
    lambda c: replace(c, parts=replace(c.parts, total=c.parts.total + 1)),
    lambda c: replace(c, parts=replace(c.parts, hash=OTHER)),
]


@pytest.mark.parametrize("change", COMMIT_CHANGES, ids=["round", "total", "parts"])
def test_commit__altered__is_refused(change: Callable[[Commit], Commit]) -> None:
    refused(_seal(replace(FOUR.signed, commit=change(FOUR.signed.commit))), match="not signed by its key")


def test_votes__each_altered_given_to_another_or_swapped__is_refused() -> None:
    votes = FOUR.signed.commit.votes
    cast = [place for place, vote in enumerate(votes) if vote]
    assert len(cast) >= 3
    for place, other in zip(cast, cast[1:] + cast[:1], strict=True):
        mine, theirs = votes[place], votes[other]
        later = Instant(mine.time.seconds, (mine.time.nanoseconds + 1) % 10**9)
        for vote in (
            Vote(mine.time, theirs.signature),
            theirs,
            Vote(later, mine.signature),
            Vote(mine.time, bytes(64)),
        ):
            refused(_with_votes({place: vote}), match="not signed by its key")
        refused(_with_votes({place: theirs, other: mine}), match="not signed by its key")


def test_votes__one_given_to_a_validator_that_was_absent__is_refused() -> None:
    votes = FOUR.signed.commit.votes
    absent, present = votes.index(None), next(vote for vote in votes if vote)
    refused(_with_votes({absent: present}), match="not signed by its key")


def test_votes__dropped_until_too_few_are_left__is_refused_at_two_thirds() -> None:
    signed = FOUR.signed
    total, powers = signed.validators.total_power, [v.power for v in signed.validators.validators]
    votes = list(signed.commit.votes)
    power = sum(p for p, vote in zip(powers, votes, strict=True) if vote)
    for place in [place for place, vote in enumerate(votes) if vote]:
        votes[place], power = None, power - powers[place]
        seal = _with_votes(dict(enumerate(votes)))
        if 3 * power > 2 * total:
            FOUR.validate(seal)
        else:
            refused(seal, match="more than two thirds")


def test_validators__each_altered_dropped_doubled_or_swapped__is_refused() -> None:
    for place, (start, end) in enumerate(_row_bounds()):
        row = DATA[start:end]
        count = 41 + _COUNT_PLACE
        fewer, more = bytes([ROWS - 1]), bytes([ROWS + 1])
        refused(decode_seal(DATA[:count] + fewer + DATA[count + 1 : start] + DATA[end:]))
        refused(decode_seal(DATA[:count] + more + DATA[count + 1 : end] + row + DATA[end:]), match="twice")
        for power in (0, 1, 1 << 59, 1 << 60, (1 << 64) - 1):
            refused(decode_seal(DATA[: start + 32] + power.to_bytes(8, "big") + DATA[start + 40 :]))
        stranger = Validator(keccak256(b"stranger %d" % place), 1).key
        refused(decode_seal(DATA[:start] + stranger + DATA[start + 32 :]))
    bounds = _row_bounds()
    for (a, b), (c, d) in pairwise(bounds):
        refused(decode_seal(DATA[:a] + DATA[c:d] + DATA[a:b] + DATA[d:]), match="order")


def test_validators__of_their_own_choice__do_not_seal() -> None:
    """Strangers can sign any header well; that they may, only the reader's own sealers say."""
    signed = sign(make_signers([40, 20, 20, 20]), FOUR.block.hash)
    header = replace(signed.header, chain=chain_name(CHAIN_ID))
    refused(_seal(replace(signed, header=header)), match="other validators")


def test_body__read__is_written_the_same() -> None:
    for case in CASES:
        body = case.seal.body
        assert encode_body(decode_body(body, chain_name(CHAIN_ID), case.block.hash)) == body


_COUNT_PLACE = 16 + 12 + 68 + 6 * 32 + 20 + 4 + 36


def _row_bounds() -> list[tuple[int, int]]:
    """Where each validator's row starts and ends in the seal."""
    place, bounds = 41 + _COUNT_PLACE + 1, []
    for vote in FOUR.signed.commit.votes:
        end = place + 41 + (76 if vote else 0)
        bounds.append((place, end))
        place = end
    assert place == len(DATA)
    return bounds


def _seal(signed: SignedHeader) -> Seal:
    return make_commit_seal(FOUR.block.number, signed)


def _with_votes(changes: dict[int, Vote | None]) -> Seal:
    signed = FOUR.signed
    votes = tuple(changes.get(place, vote) for place, vote in enumerate(signed.commit.votes))
    return _seal(replace(signed, commit=replace(signed.commit, votes=votes)))
