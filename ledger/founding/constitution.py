"""The founding text: a TOML file with every number that the contracts start from."""

import tomllib
from enum import StrEnum
from fractions import Fraction as Ratio
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from ledger.errors import FileFormatError
from ledger.voting.question import EffectKind, Fraction

PARAMETERS = ("roll.minimum", "opening.signatures", "equal_shares.challenge")
"""Each is read by a contract (docs/reference/contracts.md, Constitution); any other name is refused."""


class ClockKind(StrEnum):
    """Where block times come from."""

    WALL = "wall"
    SIMULATED = "simulated"


class Duty(StrEnum):
    """Narrow duties, in the order of their bits in `Permissions`."""

    REGISTRAR = "registrar"
    RELAY = "relay"
    RETURNING_OFFICER = "returning officer"
    TREASURER = "treasurer"
    DEPLOYER = "deployer"

    @property
    def mask(self) -> int:
        return 1 << list(Duty).index(self)


SEALER_ROLE = "sealer"
"""The role of the sequencer's key."""
MAX_RECOVERY_KEYS = 32
FOUNDING_DUTIES = (Duty.REGISTRAR, Duty.RELAY, Duty.RETURNING_OFFICER, Duty.TREASURER)
"""Duties that somebody holds from genesis on; a deployer is appointed by ballot when one is needed."""


def _fraction(value: Any) -> Fraction:
    if isinstance(value, Fraction):
        return value
    if not isinstance(value, str) or value.count("/") != 1 or not all(part.isdecimal() for part in value.split("/")):
        raise ValueError(f'found {value!r}, expected a fraction such as "1/2"')
    numerator, denominator = (int(part) for part in value.split("/"))
    if not 0 < denominator < 2**16 or numerator > denominator:
        raise ValueError(f"found {value}, expected between 0/1 and 1/1")
    return Fraction(numerator, denominator)


Share = Annotated[Fraction, BeforeValidator(_fraction)]
Seconds = Annotated[int, Field(ge=0, lt=2**32)]
Quota = Annotated[int, Field(gt=0, lt=2**64)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, arbitrary_types_allowed=True)


class Currency(_Part):
    """Shape   `code`: three letters (ISO 4217). `exponent`: decimal digits of the minor unit, 0 to 4."""

    code: str = Field(pattern="^[A-Z]{3}$")
    exponent: int = Field(ge=0, le=4)


class BlockLimits(_Part):
    """Units   gas. A block uses at most half of its limit, so that the base fee stays 0."""

    gas_limit: int = Field(ge=40_000_000, le=1_000_000_000)


class Parameter(_Part):
    """A number with its bounds; `entrenched`: changes only by an entrenched ballot."""

    value: int = Field(ge=0, lt=2**128)
    lower: int = Field(ge=0, lt=2**128)
    upper: int = Field(ge=0, lt=2**128)
    entrenched: bool

    @model_validator(mode="after")
    def _within(self) -> Self:
        if not self.lower <= self.value <= self.upper:
            raise ValueError(f"value {self.value}, expected within [{self.lower}, {self.upper}]")
        return self


class KindTerms(_Part):
    """Terms of one kind of effect. Units: seconds."""

    window_min_s: int = Field(gt=0, lt=2**32)
    window_max_s: int = Field(gt=0, lt=2**32)
    waiting_s: Seconds
    quorum: Share
    majority: Share
    strict: bool

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.window_min_s > self.window_max_s:
            raise ValueError(f"window_min_s {self.window_min_s} above window_max_s {self.window_max_s}")
        share = Ratio(self.majority.numerator, self.majority.denominator)
        if share < Ratio(1, 2):
            raise ValueError(f"majority {share}, expected at least 1/2: two opposite decisions could both pass")
        if share == Ratio(1, 2) and not self.strict:
            raise ValueError(
                "majority 1/2 without strict, expected strict = true: two opposite decisions could both pass"
            )
        if share == 1 and self.strict:
            raise ValueError("majority 1/1 with strict = true could never pass, expected strict = false")
        return self


class Succession(_Part):
    """Who names another sequencer when the one in office is silent: `threshold` of `keys` recovery keys.

    Shape   without keys, nobody does: all three are 0. Units: seconds without a block.
    """

    keys: int = Field(ge=0, le=MAX_RECOVERY_KEYS)
    threshold: int = Field(ge=0, le=MAX_RECOVERY_KEYS)
    silence_s: int = Field(ge=0, lt=2**40)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.keys == 0 and (self.threshold or self.silence_s):
            raise ValueError(f"keys 0 with threshold {self.threshold} and silence_s {self.silence_s}, expected all 0")
        if self.keys and not 0 < self.threshold <= self.keys:
            raise ValueError(f"threshold {self.threshold}, expected 1 to the {self.keys} keys")
        if self.keys and self.silence_s == 0:
            raise ValueError("silence_s 0, expected at least a second: the sequencer in office goes first")
        return self


class ValidatorRules(_Part):
    """What happens to a validator that signed two blocks at one height."""

    double_sign: Literal["none", "remove"]


class Trust(_Part):
    """For how long an anchor may be trusted, in seconds; 0: for ever."""

    period_s: int = Field(ge=0, lt=2**40)


class Fund(_Part):
    """An account that ballots appropriate from."""

    name: str = Field(min_length=1, max_length=64)


class Constitution(_Part):
    """A founding text that holds together.

    Shape   `terms`: one entry for every kind of effect; `duties`: the quota of gas a block of each founding duty.
    Source  docs/reference/contracts.md, Constitution and Permissions.
    """

    title: str = Field(min_length=1, max_length=200)
    clock: Annotated[ClockKind, BeforeValidator(lambda v: ClockKind(v) if isinstance(v, str) else v)]
    rehearsal: bool
    currency: Currency
    block: BlockLimits
    parameters: dict[str, Parameter]
    terms: dict[str, KindTerms]
    succession: Succession
    validators: ValidatorRules
    trust: Trust
    fund: tuple[Fund, ...] = Field(min_length=1, max_length=64, strict=False)
    duties: dict[str, Quota]

    @model_validator(mode="after")
    def _complete(self) -> Self:
        _same_names("parameters", self.parameters, PARAMETERS)
        _same_names("terms", self.terms, [kind.name.lower() for kind in EffectKind])
        _same_names("duties", self.duties, FOUNDING_DUTIES)
        names = [fund.name for fund in self.fund]
        if len(set(names)) != len(names):
            raise ValueError(f"fund: two of one name in {names}")
        if self.clock is ClockKind.SIMULATED and not self.rehearsal:
            raise ValueError('clock "simulated" with rehearsal = false: a real vote needs clock = "wall"')
        if self.is_simulated and self.trust.period_s:
            raise ValueError(f"trust.period_s {self.trust.period_s} with simulated time, expected 0: no clock has it")
        half = self.block.gas_limit // 2
        for duty, quota in self.duties.items():
            if quota > half:
                raise ValueError(f"duties.{duty}: {quota}, expected at most half the block's gas limit, {half}")
        return self

    @property
    def is_simulated(self) -> bool:
        """True where block times are chosen, not taken from a clock."""
        return self.clock is ClockKind.SIMULATED

    @property
    def recovery_roles(self) -> tuple[str, ...]:
        """Names of the recovery keys: recovery1, recovery2, ..."""
        return tuple(f"recovery{number}" for number in range(1, self.succession.keys + 1))

    @property
    def roles(self) -> tuple[str, ...]:
        """Every key that a founding with one sequencer needs."""
        return (*(duty.value for duty in FOUNDING_DUTIES), SEALER_ROLE, *self.recovery_roles)

    def kind_terms(self, kind: EffectKind) -> KindTerms:
        return self.terms[kind.name.lower()]


def _same_names(field: str, found: dict[str, Any], expected: Any) -> None:
    missing = sorted(set(expected) - set(found))
    unknown = sorted(set(found) - set(expected))
    if missing:
        raise ValueError(f"{field}: {', '.join(missing)} missing")
    if unknown:
        raise ValueError(f"{field}: {', '.join(unknown)} unknown, expected only {', '.join(expected)}")


def parse_constitution(text: bytes, path: str) -> Constitution:
    """Read a founding text.

    Errors  FileFormatError with the file, the line where TOML breaks (else None), the field, and what was expected.
    """
    try:
        data = tomllib.loads(text.decode("utf-8"))
    except UnicodeDecodeError as error:
        line = text[: error.start].count(b"\n") + 1
        raise FileFormatError(path, line, "encoding", f"byte 0x{text[error.start]:02x}", "UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise FileFormatError(path, _line_of(str(error)), "syntax", str(error), "TOML 1.0") from error
    try:
        return Constitution.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "constitution"
        found = "nothing" if first["type"] == "missing" else _shown(first["input"])
        raise FileFormatError(path, None, field, found, first["msg"].removeprefix("Value error, ")) from error


def _line_of(message: str) -> int | None:
    _, mark, rest = message.partition("at line ")
    return int(rest.split(",")[0]) if mark else None


def _shown(value: Any, limit: int = 60) -> str:
    text = "this table" if isinstance(value, dict) else repr(value)
    return text if len(text) <= limit else text[:limit] + "..."
