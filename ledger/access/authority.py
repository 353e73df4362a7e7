"""The authority of a passed ballot: what contracts/access/authority.vy enforces, stated once more."""

from dataclasses import dataclass

from ledger.errors import BadInputError
from ledger.voting.question import EffectKind


class AuthorityError(BadInputError):
    """Only the effect of a passed ballot of certain kinds may do this."""

    type = "authority"


@dataclass(frozen=True, slots=True)
class Effect:
    """A passed question that is being executed by a version of Ballots in authority."""

    question: int
    kind: EffectKind


def validate_effect(effect: Effect | None, *kinds: EffectKind) -> Effect:
    """Errors  AuthorityError if there is no effect (None: anybody else calls) or it is of another kind."""
    if effect is None or effect.kind not in kinds:
        found = "no ballot" if effect is None else f"a ballot of kind {effect.kind.name.lower()}"
        expected = " or ".join(kind.name.lower() for kind in kinds)
        raise AuthorityError(f"authority: found {found}, expected one of kind {expected}")
    return effect
