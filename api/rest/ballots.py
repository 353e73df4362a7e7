"""Relaying: the one way to write. The relay carries what a citizen signed; it cannot make or change it."""

import asyncio
from dataclasses import dataclass

from fastapi import APIRouter, Response
from starlette.concurrency import run_in_threadpool

from api.context import Head
from api.models.ballots import BallotAnswer, BallotMessage, PromiseAnswer
from api.readers.names import find_question
from api.rest.answers import INVALID, UNKNOWN, answers
from api.snapshot import Snapshot
from ledger.errors import CannotCheckError
from ledger.ports import BallotRelay
from ledger.primitives import Hash32, Height, to_hex
from ledger.proofs.code import ballot_code
from ledger.views.acceptance import validate_ballot
from ledger.views.ballot_index import find_ballot
from ledger.voting.ballot import Ballot, SignedBallot, ballot_digest, domain_separator, encode_record

router = APIRouter(prefix="/api/v1")


class NoRelayError(CannotCheckError):
    """This node carries no ballots; another relay, or the citizen's own transaction, does."""

    type = "no-relay"


@dataclass(frozen=True, slots=True)
class _Checked:
    """A ballot that the state accepts. `height`: of its block, where it stands in one already."""

    record: bytes
    digest: Hash32
    height: Height | None


@router.post(
    "/ballots",
    tags=["ballots"],
    status_code=201,
    responses={
        **answers(400, UNKNOWN, 409, 413, INVALID, 503),
        202: {"model": PromiseAnswer, "description": "taken, and promised to stand in a block by a height"},
    },
)
async def send_ballot(head: Head, message: BallotMessage, response: Response) -> BallotAnswer | PromiseAnswer:
    """Carry one signed ballot to the chain. 201: it stands in a durable sealed block. 202: it waits; the promise is the
    citizen's evidence. The same ballot sent again is harmless.
    """
    relay = head.services.relay
    if relay is None:
        raise NoRelayError("ballots: this node carries none, expected a node that relays")
    checked = await run_in_threadpool(_check, head, message)
    code, digest = ballot_code(checked.digest), to_hex(checked.digest)
    height = checked.height
    if height is None:
        height = await _carry(relay, message.vote, checked, head.services.settings.acknowledge_s)
    if height is not None:
        return BallotAnswer(code=code, digest=digest, vote=message.vote, block=height)
    promise = await run_in_threadpool(relay.promise, checked.digest)
    response.status_code = 202
    return PromiseAnswer(
        code=code,
        digest=digest,
        vote=message.vote,
        include_by=promise.include_by,
        promise=to_hex(promise.signature),
    )


def _check(head: Snapshot, message: BallotMessage) -> _Checked:
    """Check a ballot as the contract will. Errors: UnknownQuestionError, BallotRefusedError."""
    services = head.services
    question = find_question(head, message.vote)
    choice, signature = bytes.fromhex(message.choice[2:]), bytes.fromhex(message.signature[2:])
    signed = SignedBallot(Ballot(question.hash, message.seat, message.sequence, choice), signature)
    chain_id = services.founding.chain_id
    digest = ballot_digest(domain_separator(chain_id, question.contract), signed.ballot)
    known = find_ballot(services.chain, digest)
    if known is None:
        validate_ballot(head.state, chain_id, question, signed, head.now)
    return _Checked(encode_record(signed), digest, None if known is None else known.height)


async def _carry(relay: BallotRelay, vote: int, checked: _Checked, wait_s: float) -> Height | None:
    """Hand a ballot over and wait for its block, not longer than `wait_s`."""
    waiting = asyncio.wrap_future(await run_in_threadpool(relay.submit, vote, checked.record, checked.digest))
    done, _ = await asyncio.wait({waiting}, timeout=wait_s)
    if done:
        return waiting.result()
    # Whoever holds the promise asks again; what comes of the ballot later is no answer to this request.
    waiting.add_done_callback(lambda late: late.cancelled() or late.exception())
    return None
