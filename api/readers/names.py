"""Names for what the chain knows by hashes: options, payees, votes."""

from enum import Enum

from api.snapshot import Snapshot
from ledger.money.account import split_numbered_key
from ledger.primitives import ZERO_HASH, Hash32
from ledger.system import SystemContract
from ledger.views.people import DutyView, load_duties
from ledger.views.question_document import QuestionDocument, find_document
from ledger.views.questions import load_question, question_count
from ledger.views.text import label_text
from ledger.voting.question import Question

OPENED = (SystemContract.BALLOTS, "Opened")
DUTIES_CHANGED = ((SystemContract.PERMISSIONS, "Appointed"), (SystemContract.PERMISSIONS, "Dismissed"))


def name_of(member: Enum) -> str:
    """A member of an enumeration as the API spells it: `YES_NO` becomes `yes-no`."""
    return member.name.lower().replace("_", "-")


def find_question(snapshot: Snapshot, number: int) -> Question:
    """A question, kept for good: it never changes once it is open. Errors: UnknownQuestionError."""
    at = snapshot.contracts.ballots
    return snapshot.facts.once(("question", at, number), lambda: load_question(snapshot.state, number, at))


def document_of(snapshot: Snapshot, question: Question) -> QuestionDocument:
    """The question's document, an empty one where it is not held here. Once found it is kept for good."""

    def find() -> QuestionDocument | None:
        return find_document(snapshot.services.evidence, question.text)

    return snapshot.facts.once(("document", question.text), find) or QuestionDocument("")


def title_of(snapshot: Snapshot, question: Question) -> str:
    return document_of(snapshot, question).title or f"Vote {question.id}"


def vote_of(snapshot: Snapshot, authority: Hash32) -> int | None:
    """The vote that an authority of the books names, None for income or for another contract's."""
    if authority == ZERO_HASH:
        return None
    contract, number = split_numbered_key(authority)
    return number if contract == snapshot.contracts.ballots else None


def name_label(snapshot: Snapshot, label: Hash32, authority: Hash32) -> str:
    """What an appropriation is for: the option's name in the vote that allowed it, or the label's own text."""
    vote = vote_of(snapshot, authority)
    if vote is not None:
        text = document_of(snapshot, find_question(snapshot, vote)).options.get(label)
        if text is not None:
            return text.name or text.identifier
    return label_text(label)


def name_payee(payee: Hash32) -> str:
    """A payee's identifier: a short text, or the ends of a hash. No personal data stands on chain."""
    return label_text(payee)


def vote_by_hash(snapshot: Snapshot, question_hash: Hash32) -> int | None:
    """The vote with this question hash."""

    def table() -> dict[Hash32, int]:
        return {find_question(snapshot, number).hash: number for number in range(1, vote_count(snapshot) + 1)}

    return snapshot.until_changed("votes by hash", (OPENED,), table).get(question_hash)


def vote_count(snapshot: Snapshot) -> int:
    """How many votes were opened."""
    at = snapshot.contracts.ballots
    return snapshot.until_changed(("votes", at), (OPENED,), lambda: question_count(snapshot.state, at))


def find_duties(snapshot: Snapshot) -> list[DutyView]:
    """Who holds which duty."""
    return snapshot.until_changed("duties", DUTIES_CHANGED, lambda: load_duties(snapshot.state))
