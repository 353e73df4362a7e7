"""Whose turn it is to propose: CometBFT's priorities, worked out from its first height on.

They are in no header, yet every validator must have the same ones. Source: `ValidatorSet` in CometBFT 0.38.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ledger.errors import CheckFailedError
from ledger.primitives import Address
from ledger.proofs.comet.validators import Validator, ValidatorSet
from ledger.snapshot.consensus import Powers, set_of

WINDOW = 2
"""Priorities are at most this often the total power apart."""
REMEMBERED = 4_096
"""Turns among which a cycle is looked for."""


class ProposerError(CheckFailedError):
    """A header of another proposer than whose turn it was by the validators of all heights before."""

    type = "wrong-proposer"


@dataclass(frozen=True, slots=True)
class Turn:
    """Validators of one height. Shape: `priorities`: in the order of `validators`; `proposer`: whose turn it is."""

    validators: ValidatorSet
    priorities: tuple[int, ...]
    proposer: Validator


def first_turn(powers: Powers) -> Turn:
    """The turn at a chain's initial height."""
    validators = set_of(powers)
    return next_turn(Turn(validators, (0,) * len(validators.validators), validators.validators[0]))


def next_turn(turn: Turn) -> Turn:
    """The turn at the next height with the same validators (`IncrementProposerPriority(1)`)."""
    members, total = turn.validators.validators, turn.validators.total_power
    centred = _centred(turn.priorities, total)
    raised = [priority + member.power for priority, member in zip(centred, members, strict=True)]
    # Of equal priorities the lower address comes first.
    best = min(range(len(members)), key=lambda place: (-raised[place], members[place].address))
    raised[best] -= total
    return Turn(turn.validators, tuple(raised), members[best])


def changed_turn(turn: Turn, powers: Powers) -> Turn:
    """The same turn with other validators (`UpdateWithChangeSet`)."""
    after, members = set_of(powers), turn.validators.validators
    removed = sum(member.power for member in members if member.key not in powers)
    highest = after.total_power + removed
    newcomer = -(highest + (highest >> 3))
    before = dict(zip((member.key for member in members), turn.priorities, strict=True))
    priorities = tuple(before.get(member.key, newcomer) for member in after.validators)
    return Turn(after, tuple(_centred(priorities, after.total_power)), turn.proposer)


def turns_until(powers: Powers, initial: int, changes: Mapping[int, Powers], last: int) -> tuple[Turn, Turn, Turn]:
    """The turns at `last` and the two heights before it.

    Shape   `powers`: of the initial height, which is at most `last` - 2; `changes`: validators by the height that
            decided on them, in office two heights later.
    """
    first = _walk(first_turn(powers), initial, last - 2, changes)
    second = _walk(first, last - 2, last - 1, changes)
    return first, second, _walk(second, last - 1, last, changes)


def check_proposer(turn: Turn, proposer: Address, height: int) -> None:
    """Errors  ProposerError."""
    if turn.proposer.address != proposer:
        raise ProposerError(
            f"consensus height {height}: proposed by {proposer.hex()}, expected {turn.proposer.address.hex()}, whose "
            "turn it was"
        )


def _walk(turn: Turn, height: int, target: int, changes: Mapping[int, Powers]) -> Turn:
    for changed in sorted(decided + 2 for decided in changes if height < decided + 2 <= target):
        turn = changed_turn(_advance(turn, changed - 1 - height), changes[changed - 2])
        turn, height = next_turn(turn), changed
    return _advance(turn, target - height)


def _advance(turn: Turn, steps: int) -> Turn:
    """So many heights without a change; turns come in a cycle, most often a short one."""
    seen: dict[tuple[int, ...], int] = {}
    for done in range(steps):
        before = seen.get(turn.priorities)
        if before is not None:
            for _ in range((steps - done) % (done - before)):
                turn = next_turn(turn)
            return turn
        if len(seen) < REMEMBERED:
            seen[turn.priorities] = done
        turn = next_turn(turn)
    return turn


def _centred(priorities: tuple[int, ...], total: int) -> list[int]:
    """Not too far apart, and about zero on average."""
    apart = max(priorities) - min(priorities)
    if apart > WINDOW * total:
        ratio = (apart + WINDOW * total - 1) // (WINDOW * total)
        # Go's division goes towards zero.
        priorities = tuple(-(-priority // ratio) if priority < 0 else priority // ratio for priority in priorities)
    average = sum(priorities) // len(priorities)
    return [priority - average for priority in priorities]
