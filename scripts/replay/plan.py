"""The plan of a replay: what a file's vote becomes on a ledger. It follows from the file alone, so a repeat agrees."""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property

from ledger.errors import BadInputError
from ledger.interchange.pabulib import parse_pabulib
from ledger.interchange.pabulib_types import PabulibFile, Rule, Vote, VoteType
from ledger.money.account import fund_id
from ledger.primitives import Hash32, keccak256
from ledger.views.definition import budget_record
from ledger.voting.choice import encode_choice, make_choice
from ledger.voting.form import MAX_CHOICE_LENGTH, BallotKind, Form
from ledger.voting.question import AllocationRule, Budget, Option, TieRule

FUND = fund_id("participatory budget")
KINDS = {
    VoteType.CHOOSE_1: BallotKind.CHOOSE_ONE,
    VoteType.APPROVAL: BallotKind.APPROVAL,
    VoteType.ORDINAL: BallotKind.ORDINAL,
    VoteType.CUMULATIVE: BallotKind.CUMULATIVE,
    VoteType.SCORING: BallotKind.SCORE,
}
RULES = {
    Rule.GREEDY: AllocationRule.GREEDY,
    Rule.GREEDY_NO_SKIP: AllocationRule.GREEDY_NO_SKIP,
    Rule.GREEDY_THRESHOLD: AllocationRule.GREEDY,
    Rule.GREEDY_EXCLUSIVE: AllocationRule.GREEDY,
    Rule.EQUAL_SHARES_ADD1: AllocationRule.EQUAL_SHARES_ADD1,
    Rule.OTHER: AllocationRule.GREEDY,
}
MAX_POINTS = 2**16 - 1


class UnsupportedVoteError(BadInputError):
    """A well-formed file whose vote no question of the ledger can hold."""

    type = "unsupported-vote"


@dataclass(frozen=True)
class Plan:
    """What will stand on the ledger.

    Shape   `digest`: sha-256 of the file; a ledger that was founded for another file is refused.
    """

    path: str
    digest: str
    file: PabulibFile
    form: Form

    @property
    def has_our_rule(self) -> bool:
        """True where the file names an allocation rule that the ledger has; winners are compared only then."""
        return self.file.meta.rule is not Rule.OTHER

    @cached_property
    def options(self) -> tuple[Option, ...]:
        return tuple(
            Option(Option.label_of(project.id), project.cost_minor, payee_of(self.digest, project.id))
            for project in self.file.projects
        )

    @cached_property
    def document(self) -> bytes:
        """The question document: canonical JSON, whose sha2-256 is the question's `text`."""
        meta = self.file.meta
        record = {
            "title": meta.entries.get("description", "A participatory budget"),
            "place": ", ".join(meta.entries[key] for key in ("unit", "country") if key in meta.entries),
            "instance": meta.entries.get("instance", ""),
            "source": f"replay of a Pabulib file, sha-256 {self.digest}",
            "currency": meta.currency,
            "exponent": meta.exponent,
            "budget": budget_record(self.budget),
            "rule": meta.rule_text,
            "options": [{"id": p.id, "name": p.name, "cost": p.cost_minor} for p in self.file.projects],
        }
        return json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

    @property
    def text(self) -> Hash32:
        return Hash32(hashlib.sha256(self.document).digest())

    @property
    def budget(self) -> Budget:
        meta = self.file.meta
        rule = RULES[meta.rule]
        # add1 raises each voter's share by one unit of the file's currency, as Pabulib's own checker does.
        step = 10**meta.exponent if rule is AllocationRule.EQUAL_SHARES_ADD1 else 0
        return Budget(rule, FUND, meta.budget_minor, meta.threshold or 0, TieRule.LISTED, step=step)

    def choice(self, vote: Vote) -> bytes:
        """The ballot of a vote, in canonical bytes."""
        points = vote.points or () if self.form.carries_points else ()
        return encode_choice(self.form, make_choice(self.form, [index + 1 for index in vote.options], points))


def make_plan(data: bytes, path: str) -> Plan:
    """Read a Pabulib file and find the question that holds its vote.

    Errors  FileFormatError for a malformed file; UnsupportedVoteError for what no question can hold.
    """
    file = parse_pabulib(data, path)
    return Plan(path, hashlib.sha256(data).hexdigest(), file, _form_of(file, path))


def payee_of(digest: str, project: str) -> Hash32:
    """An identifier for the payee of a project. A real ledger takes it from its register of payees."""
    return keccak256(f"replay payee\0{digest}\0{project}".encode())


def _form_of(file: PabulibFile, path: str) -> Form:
    meta, count = file.meta, len(file.projects)
    kind = KINDS[meta.vote_type]
    limits = meta.limits
    longest = min(limits.max_length or count, count)
    shortest = min((len(vote.options) for vote in file.votes), default=1)
    min_length = limits.min_length if limits.min_length is not None else min(1, shortest)
    if kind is BallotKind.CHOOSE_ONE:
        return Form(kind, count, min(min_length, 1), 1)
    if kind in (BallotKind.APPROVAL, BallotKind.ORDINAL):
        return Form(kind, count, min(min_length, longest), longest)
    if meta.default_score:
        raise UnsupportedVoteError(
            f"{path}: default_score {meta.default_score}, expected 0: a ballot holds what it names"
        )
    return _pointed_form(file, path, kind, min(min_length, longest), longest)


def _pointed_form(file: PabulibFile, path: str, kind: BallotKind, min_length: int, longest: int) -> Form:
    limits = file.meta.limits
    given = [points for vote in file.votes for points in vote.points or ()]
    if any(points < 0 for points in given):
        raise UnsupportedVoteError(f"{path}: points below 0, expected 0 to {MAX_POINTS}")
    max_sum = limits.max_sum_points or max((sum(vote.points or ()) for vote in file.votes), default=1) or 1
    max_points = min(limits.max_points or max_sum, max_sum, MAX_POINTS)
    width = 1 if max_points < 256 else 2
    if longest * (1 + width) > MAX_CHOICE_LENGTH:
        # The file states no tighter limit, so the longest ballot that was cast serves as one.
        longest = max(len(vote.options) for vote in file.votes)
    if longest * (1 + width) > MAX_CHOICE_LENGTH:
        raise UnsupportedVoteError(
            f"{path}: ballots of {longest} projects with points up to {max_points}, expected at most "
            f"{MAX_CHOICE_LENGTH // (1 + width)} projects"
        )
    return Form(
        kind,
        len(file.projects),
        min(min_length, longest),
        longest,
        min(limits.min_points or 0, max_points),
        max_points,
        min(limits.min_sum_points or 0, max_sum),
        max_sum,
    )
