"""The form of a ballot: what may be chosen, how a choice is written as bytes, and where it lies in storage."""

from dataclasses import dataclass
from enum import IntEnum

from ledger.errors import BadInputError

MAX_OPTIONS = 255
MAX_CHOICE_LENGTH = 255
SLOT = 32


class BallotKind(IntEnum):
    """What a voter is asked to do."""

    YES_NO = 1
    CHOOSE_ONE = 2
    APPROVAL = 3
    ORDINAL = 4
    CUMULATIVE = 5
    SCORE = 6

    @property
    def has_points(self) -> bool:
        """True where options collect points beside votes; such questions rank by points."""
        return self in (BallotKind.ORDINAL, BallotKind.CUMULATIVE, BallotKind.SCORE)


class Encoding(IntEnum):
    """How the choice bytes are laid out; follows from the form, never chosen separately."""

    INDEX = 1
    MASK = 2
    LIST = 3
    PAIRS = 4


class FormError(BadInputError):
    """A form that cannot be, for example more choices than options."""

    type = "bad-form"


class ChoiceError(BadInputError):
    """A choice that does not fit the question's form."""

    type = "bad-choice"


@dataclass(frozen=True, slots=True)
class Form:
    """Kind, number of options and limits of a ballot.

    Shape   `options`: 1..255 (exactly 3 for yes/no: yes, no, abstain). `min_length`/`max_length`: how many options a
            ballot names. `min_points`/`max_points` per named option, `min_sum`/`max_sum` for the ballot: only where a
            ballot carries points (cumulative, score), else 0.
    Units   points.
    Errors  FormError names the field.
    """

    kind: BallotKind
    options: int
    min_length: int = 1
    max_length: int = 1
    min_points: int = 0
    max_points: int = 0
    min_sum: int = 0
    max_sum: int = 0

    def __post_init__(self) -> None:
        self._check("options", self.options, 1, MAX_OPTIONS)
        self._check("max_length", self.max_length, 1, self.options)
        self._check("min_length", self.min_length, 0, self.max_length)
        if self.kind is BallotKind.YES_NO:
            self._check("options", self.options, 3, 3)
        if self.kind in (BallotKind.YES_NO, BallotKind.CHOOSE_ONE):
            self._check("max_length", self.max_length, 1, 1)
        if self.carries_points:
            self._check("max_points", self.max_points, 1, 2**16 - 1)
            self._check("min_points", self.min_points, 0, self.max_points)
            self._check("max_sum", self.max_sum, 1, 2**32 - 1)
            self._check("min_sum", self.min_sum, 0, self.max_sum)
        else:
            for field in ("min_points", "max_points", "min_sum", "max_sum"):
                self._check(field, getattr(self, field), 0, 0)
        if self.choice_length > MAX_CHOICE_LENGTH:
            raise FormError(
                f"max_length: {self.max_length} choices need {self.choice_length} bytes, expected at most "
                f"{MAX_CHOICE_LENGTH}",
                max_length=self.max_length,
                choice_length=self.choice_length,
            )

    def _check(self, field: str, value: int, low: int, high: int) -> None:
        if not low <= value <= high:
            raise FormError(f"{field}: {value}, expected {low} to {high}", field=field, value=value, low=low, high=high)

    @property
    def carries_points(self) -> bool:
        """True where the ballot itself states points; ordinal points follow from the ranks."""
        return self.kind in (BallotKind.CUMULATIVE, BallotKind.SCORE)

    @property
    def encoding(self) -> Encoding:
        if self.carries_points:
            return Encoding.PAIRS
        if self.kind is BallotKind.ORDINAL:
            return Encoding.LIST
        if self.kind is BallotKind.APPROVAL:
            return Encoding.MASK if self.mask_length <= self.max_length else Encoding.LIST
        return Encoding.INDEX

    @property
    def mask_length(self) -> int:
        """Bytes that hold one bit an option."""
        return (self.options + 7) // 8

    @property
    def points_width(self) -> int:
        """Bytes of one points number in a pair."""
        return 1 if self.max_points < 256 else 2

    @property
    def choice_length(self) -> int:
        """Bytes of the choice; fixed for a question."""
        return {
            Encoding.INDEX: 1,
            Encoding.MASK: self.mask_length,
            Encoding.LIST: self.max_length,
            Encoding.PAIRS: self.max_length * (1 + self.points_width),
        }[self.encoding]

    @property
    def lane_length(self) -> int:
        """Bytes that a seat takes in storage: sequence, then choice."""
        return 1 + self.choice_length

    @property
    def lanes_per_slot(self) -> int:
        """Seats that share a storage slot; 0 where a seat needs several slots."""
        return SLOT // self.lane_length

    @property
    def slots_per_lane(self) -> int:
        """Slots that a seat needs; 1 where seats share one."""
        return -(-self.lane_length // SLOT)

    @property
    def packed(self) -> int:
        """The form as one number: the low 136 bits of a question's storage word (formats.md, 4)."""
        fields = (
            (self.kind, 8),
            (self.options, 8),
            (self.min_length, 8),
            (self.max_length, 8),
            (self.choice_length, 8),
            (self.min_points, 16),
            (self.max_points, 16),
            (self.min_sum, 32),
            (self.max_sum, 32),
        )
        word = shift = 0
        for value, bits in fields:
            word |= value << shift
            shift += bits
        return word
