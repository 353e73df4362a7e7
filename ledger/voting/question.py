"""Questions: everything that a ballot binds itself to, and the hash that stands for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from eth_abi.abi import encode as abi_encode

from ledger.errors import BadInputError
from ledger.primitives import ZERO_HASH, Address, Hash32, Timestamp, keccak256
from ledger.tagged import hash_words, tag_of
from ledger.voting.form import Form, FormError

QUESTION_TAG = tag_of("ortaq/question/1")


class EffectKind(IntEnum):
    """What a passed question may change; each kind has its own terms in the constitution."""

    REFERENDUM = 0
    PARAMETER = 1
    ENTRENCHED = 2
    BUDGET = 3
    PERMISSION = 4


class AllocationRule(IntEnum):
    """How a participatory budget picks its winners."""

    GREEDY = 1
    GREEDY_NO_SKIP = 2
    EQUAL_SHARES_ADD1 = 3


class TieRule(IntEnum):
    """Which of two projects with equal counts comes first."""

    LISTED = 0
    CHEAPER_THEN_LISTED = 1


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose. Shape: `label` is keccak256 of the option's identifier in the question document (UTF-8);
    `cost` in minor units and `payee` (an identifier of the payee's account, no personal data) are 0 outside of budgets.
    """

    label: Hash32
    cost: int = 0
    payee: Hash32 = ZERO_HASH

    @staticmethod
    def label_of(identifier: str) -> Hash32:
        return keccak256(identifier.encode())


@dataclass(frozen=True, slots=True)
class Budget:
    """The rule by which a budget question picks winners, fixed when it opens.

    Shape   `threshold`: least ranking count that a project needs (0: none). `exclusive`: sets of options of which at
            most one may win, as masks (bit i: option i + 1); empty: none. `step`: what add1 adds to each voter's share,
            0 for rules without it.
    Units   `amount` and `step` in minor units; `threshold` in votes, or points where the ballot's kind has points.
    """

    rule: AllocationRule
    fund: Hash32
    amount: int
    threshold: int = 0
    ties: TieRule = TieRule.LISTED
    exclusive: tuple[int, ...] = ()
    step: int = 0

    def __post_init__(self) -> None:
        if self.amount < 0 or self.threshold < 0:
            raise BadInputError(f"budget: amount {self.amount}, threshold {self.threshold}, expected neither below 0")
        if (self.step > 0) != (self.rule is AllocationRule.EQUAL_SHARES_ADD1):
            raise BadInputError(
                f"budget: step {self.step} under rule {self.rule.value}, expected more than 0 for equal shares, else 0",
                step=self.step,
                rule=self.rule.value,
            )

    @property
    def row(self) -> tuple[int, bytes, int, int, int, list[int], int]:
        """The values of the contracts' `Budget`."""
        return self.rule, self.fund, self.amount, self.threshold, self.ties, list(self.exclusive), self.step

    @property
    def hash(self) -> Hash32:
        return keccak256(abi_encode(["(uint8,bytes32,uint256,uint256,uint8,uint256[],uint256)"], [self.row]))


@dataclass(frozen=True, slots=True)
class Fraction:
    """A threshold as the contracts compare it: cross-multiplied, never divided."""

    numerator: int
    denominator: int

    def __post_init__(self) -> None:
        if not 0 < self.denominator < 2**16 or not 0 <= self.numerator <= self.denominator:
            raise BadInputError(f"fraction: {self.numerator}/{self.denominator}, expected 0/1 to 1/1, 16 bits each")


@dataclass(frozen=True, slots=True)
class Terms:
    """What the constitution says for the kind of effect, copied when the question opens.

    Units   `waiting`: seconds between the close and the effect.
    """

    quorum: Fraction
    majority: Fraction
    majority_strict: bool
    waiting: int


@dataclass(frozen=True, slots=True)
class Question:
    """An open question, with everything a ballot binds.

    Shape   `text`: sha2-256 of the question document, whose CID is raw (0x55). `budget`: hash of `Budget`, zero where
            there is none. `effect`: `effect_hash(target, calldata)`, zero for a question without effect.
            `secrecy`: 0 open.
    Units   times in seconds since the Unix epoch; a ballot counts in [opens, closes).
    """

    founding: Hash32
    contract: Address
    id: int
    text: Hash32
    options: Hash32
    form: Form
    secrecy: int
    effect_kind: EffectKind
    record: Timestamp
    opens: Timestamp
    closes: Timestamp
    terms: Terms
    budget: Hash32 = ZERO_HASH
    effect: Hash32 = ZERO_HASH

    @property
    def hash(self) -> Hash32:
        """The `question` of an EIP-712 ballot."""
        form, terms = self.form, self.terms
        return hash_words(
            QUESTION_TAG,
            self.founding,
            self.contract,
            self.id,
            self.text,
            self.options,
            form.packed,
            self.secrecy,
            self.effect_kind,
            self.record,
            self.opens,
            self.closes,
            terms.quorum.numerator,
            terms.quorum.denominator,
            terms.majority.numerator,
            terms.majority.denominator,
            terms.majority_strict,
            terms.waiting,
            self.budget,
            self.effect,
        )

    @property
    def word(self) -> int:
        """The question's storage word in Ballots: form, then record, opens, closes (40 bits each)."""
        return self.form.packed | self.record << 136 | self.opens << 176 | self.closes << 216


def options_hash(options: Sequence[Option]) -> Hash32:
    """Hash the list of options: keccak256(abi.encode((bytes32 label, uint256 cost, bytes32 payee)[]))."""
    if not options:
        raise FormError("options: none, expected 1 to 255")
    rows = [(o.label, o.cost, o.payee) for o in options]
    return keccak256(abi_encode(["(bytes32,uint256,bytes32)[]"], [rows]))


def effect_hash(target: Address, calldata: bytes) -> Hash32:
    """Hash what a passed question will call: keccak256(abi.encode(address target, bytes calldata))."""
    return keccak256(abi_encode(["address", "bytes"], [target, calldata]))
