"""Where CometBFT stands: found from seals and one signed header, and refused where these contradict each other."""

from dataclasses import replace

import pytest

from ledger.primitives import Hash32, Height
from ledger.proofs.comet.body import encode_body
from ledger.proofs.comet.commit import SignedHeader
from ledger.proofs.seal import Seal, SealKind
from ledger.snapshot.consensus import ConsensusStart, Trail, TrailFinder, check_consensus, powers_of
from ledger.snapshot.errors import SnapshotDiffersError
from tests.ledger.proofs.comet.synthetic import CHAIN_ID, Signer, make_signers
from tests.ledger.snapshot.comet_chain import CometChain, make_header

FOUR = make_signers([10, 10, 10, 10])
FIVE = make_signers([10, 10, 10, 10, 5])
INITIAL = 7
DECIDED = (7, 9, 10, 14)


def chain(**changes: object) -> CometChain:
    """Blocks 7 to 10; the second of them, decided at 9, brought a fifth validator into office at 11."""
    fields = {"initial": INITIAL, "decided": DECIDED, "signers": {0: FOUR, 11: FIVE}, **changes}
    return CometChain(**fields)  # type: ignore[arg-type]


def powers(signers: list[Signer]) -> dict[bytes, int]:
    return {signer.validator.key: signer.power for signer in signers}


def follow(made: CometChain, last: int) -> Trail:
    finder = TrailFinder(CHAIN_ID)
    for number in range(INITIAL, last + 1):
        found = finder.take(make_header(number - 1), make_header(number), made.seal(number))
        assert found == made.decided[number - INITIAL]
    assert finder.trail is not None
    return finder.trail


def start(made: CometChain, signed: SignedHeader, candidates: list[list[Signer]] | None = None) -> ConsensusStart:
    named = [powers(signers) for signers in candidates or [FIVE]]
    return check_consensus(follow(made, 10), encode_body(signed), make_header(10), CHAIN_ID, named)


def test_trail__validators_that_changed__are_found_at_the_height_that_decided_on_them() -> None:
    trail = follow(chain(), 10)
    assert (trail.origin, trail.powers) == (make_header(6), powers(FOUR))
    assert trail.changes == {9: powers(FIVE)}
    assert trail.last == chain().signed(15)


def test_trail__after_a_block_of_one_sequencer__begins_anew() -> None:
    finder, made = TrailFinder(CHAIN_ID), chain()
    assert (
        finder.take(make_header(5), make_header(6), Seal(SealKind.SOLO, Height(6), Hash32(bytes(32)), bytes(65)))
        is None
    )
    assert finder.trail is None
    finder.take(make_header(6), make_header(7), made.seal(7))
    assert finder.trail is not None
    assert finder.trail.origin == make_header(6)


@pytest.mark.parametrize("decided", [(7, 7), (9, 8), (6,)])
def test_trail__heights_that_do_not_ascend__are_refused(decided: tuple[int, ...]) -> None:
    made, finder = chain(decided=decided), TrailFinder(CHAIN_ID)

    def take(place: int) -> None:
        signed, number = made.signed(decided[place] + 1), INITIAL + place
        seal = Seal(SealKind.COMMIT, Height(number), signed.header.app_hash, encode_body(signed))
        finder.take(make_header(number - 1), make_header(number), seal)

    for place in range(len(decided) - 1):
        take(place)
    with pytest.raises(SnapshotDiffersError, match="consensus height"):
        take(len(decided) - 1)


def test_start__header_that_holds_the_last_block__is_taken() -> None:
    made = chain()
    found = start(made, made.signed(14))
    assert found.decided == made.signed(14)
    assert found.current == made.signed(15)
    assert powers_of(found.following) == powers(FIVE)
    assert powers_of(start(made, made.signed(14), [FOUR, FIVE]).following) == powers(FIVE)


def test_start__validators_that_the_last_block_named__are_those_after_next() -> None:
    made = chain(signers={0: FOUR, 16: FIVE})
    found = start(made, made.signed(14))
    assert (powers_of(found.current.validators), powers_of(found.following)) == (powers(FOUR), powers(FIVE))
    with pytest.raises(SnapshotDiffersError, match="state: validators"):
        start(made, made.signed(14), [FOUR])


def test_start__other_headers__are_refused() -> None:
    made = chain()
    good = made.signed(14)
    for signed, words in (
        # Header 13 carries the same app hash, as no block was decided between.
        (made.signed(13), "consensus.bin: height: found 13, expected 14"),
        (made.signed(15), "consensus.bin: "),
        (chain(silent=(0, 1)).signed(14), "power 25 of 45, expected more than two thirds"),
        (chain(signers={0: FOUR}).signed(14), "consensus.bin: header"),
        (replace(good, header=replace(good.header, proposer=FIVE[1].validator.address)), "is not signed by its key"),
    ):
        with pytest.raises(SnapshotDiffersError, match=words):
            start(made, signed)


def test_start__bytes_altered__are_never_taken() -> None:
    made = chain()
    body, trail = encode_body(made.signed(14)), follow(chain(), 10)
    for place in range(0, len(body), 7):
        changed = bytearray(body)
        changed[place] ^= 1
        with pytest.raises(SnapshotDiffersError):
            check_consensus(trail, bytes(changed), make_header(10), CHAIN_ID, [powers(FIVE)])
    for cut in (b"", body[:-1], body + b"\0"):
        with pytest.raises(SnapshotDiffersError):
            check_consensus(trail, cut, make_header(10), CHAIN_ID, [powers(FIVE)])
