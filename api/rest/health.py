"""For those who run a node: does it live, and can it answer?"""

from typing import Literal

from fastapi import APIRouter

from api.context import Head
from api.models.base import Count, Record
from api.readers.ledger import head_seal
from api.rest.answers import answers
from ledger.errors import CannotCheckError
from ledger.views.seals import SealState

router = APIRouter(tags=["operation"])


class Health(Record):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Ready(Record):
    """The node answers from a chain whose head is sealed."""

    status: Literal["ready"] = "ready"
    height: Count


class NotReadyError(CannotCheckError):
    """The head has no good seal (yet)."""

    type = "not-ready"


@router.get("/health")
async def health() -> Health:
    """Says that the process answers, and nothing about the chain."""
    return Health()


@router.get("/ready", responses=answers(503))
def ready(head: Head) -> Ready:
    """Says whether the newest block is sealed by the sealer in force."""
    seal = head_seal(head)
    if seal.state in (SealState.MISSING, SealState.WRONG):
        raise NotReadyError(f"head {head.height}: {seal.state.value} seal {seal.reason}".rstrip(), height=head.height)
    return Ready(height=head.height)
