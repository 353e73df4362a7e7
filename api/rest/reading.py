"""Everything that can be read."""

from fastapi import APIRouter

from api.context import CheckedBook, Head, Vouchings
from api.models.ballots import BallotLookup
from api.models.base import Listing
from api.models.blocks import BlockLine, BlockRecord, FeedHead, HeadRecord
from api.models.codes import BallotCodes
from api.models.evidence import EvidenceLine, EvidenceRecord
from api.models.funds import FundPage, FundsPage, PaymentRecord
from api.models.ledger import LedgerRecord, PeopleRecord
from api.models.votes import ResultRecord, VoteLine, VoteRecord
from api.models.witnesses import WitnessesPage
from api.paging import DEFAULT_LIMIT, Before, CodeLimit, Limit
from api.parameters import AfterCode, BallotCode, BlockName, EvidenceNumber, FundName, PaymentNumber, VoteNumber
from api.readers import ballots, blocks, codes, evidence, funds, ledger, results, votes, witnesses
from api.rest.answers import INVALID, UNKNOWN, answers

PREFIX = "/api/v1"

router = APIRouter(prefix=PREFIX)


@router.get("/ledger", tags=["ledger"])
def get_ledger(head: Head) -> LedgerRecord:
    """What this ledger is, and its newest block."""
    return ledger.ledger_record(head)


@router.get("/head", tags=["ledger"])
def get_head(head: Head) -> HeadRecord:
    """The newest block and its seal."""
    return ledger.head_record(head)


@router.get("/people", tags=["ledger"])
def get_people(head: Head) -> PeopleRecord:
    """How many members and seats there are."""
    return ledger.people_record(head)


@router.get("/feed/head", tags=["feed"])
def get_feed_head(head: Head) -> FeedHead:
    """Where a follower begins: the newest block, and the bytes of its seal."""
    return ledger.feed_head(head)


@router.get("/votes", tags=["votes"], responses=answers(INVALID))
def list_votes(head: Head, before: Before = None, limit: Limit = DEFAULT_LIMIT) -> Listing[VoteLine]:
    """Votes, the newest first."""
    return votes.vote_list(head, before, limit, f"{PREFIX}/votes")


@router.get("/votes/{vote}", tags=["votes"], responses=answers(UNKNOWN, INVALID))
def get_vote(head: Head, counts: CheckedBook, vote: VoteNumber) -> VoteRecord:
    """A vote with everything that a ballot binds itself to, and its result."""
    return votes.vote_record(head, vote, counts)


@router.get("/votes/{vote}/result", tags=["votes"], responses=answers(UNKNOWN, INVALID))
def get_result(head: Head, vote: VoteNumber) -> ResultRecord:
    """The count of a vote as of the newest block."""
    return results.result_record(head, vote)


@router.get("/votes/{vote}/ballots", tags=["votes"], responses=answers(400, UNKNOWN, INVALID, 503))
def list_codes(
    head: Head, vote: VoteNumber, after: AfterCode = "", limit: CodeLimit = codes.DEFAULT_CODES
) -> BallotCodes:
    """Codes of the accepted ballots of a vote, in alphabetical order. The whole is at `/votes/{vote}/ballots.txt`."""
    return codes.code_list(head, vote, after, limit, f"{PREFIX}/votes/{vote}/ballots")


@router.get("/funds", tags=["money"])
def list_funds(head: Head) -> FundsPage:
    """All funds, and whether the books balance."""
    return funds.funds_page(head)


@router.get("/funds/{fund}", tags=["money"], responses=answers(UNKNOWN, INVALID))
def get_fund(head: Head, fund: FundName) -> FundPage:
    """A fund with its income, appropriations, payments and entries."""
    return funds.fund_page(head, fund)


@router.get("/payments", tags=["money"], responses=answers(INVALID))
def list_payments(head: Head, before: Before = None, limit: Limit = DEFAULT_LIMIT) -> Listing[PaymentRecord]:
    """Payments, the newest first."""
    return funds.payment_list(head, before, limit, f"{PREFIX}/payments")


@router.get("/payments/{payment}", tags=["money"], responses=answers(UNKNOWN, INVALID))
def get_payment(head: Head, payment: PaymentNumber) -> PaymentRecord:
    """One payment."""
    return funds.find_payment(head, payment)


@router.get("/evidence", tags=["evidence"], responses=answers(INVALID))
def list_evidence(head: Head, before: Before = None, limit: Limit = DEFAULT_LIMIT) -> Listing[EvidenceLine]:
    """Anchored documents, the newest first."""
    return evidence.evidence_list(head, before, limit, f"{PREFIX}/evidence")


@router.get("/evidence/{number}", tags=["evidence"], responses=answers(UNKNOWN, INVALID))
def get_evidence(head: Head, number: EvidenceNumber) -> EvidenceRecord:
    """A document, with what this node found when it checked the bytes. The bytes are at `/ipfs/{cid}`."""
    return evidence.evidence_record(head, number)


@router.get("/blocks", tags=["blocks"], responses=answers(INVALID))
def list_blocks(head: Head, before: Before = None, limit: Limit = DEFAULT_LIMIT) -> Listing[BlockLine]:
    """Blocks, the newest first."""
    return blocks.block_list(head, before, limit, f"{PREFIX}/blocks")


@router.get("/blocks/{block}", tags=["blocks"], responses=answers(400, UNKNOWN, INVALID))
def get_block(head: Head, vouchings: Vouchings, block: BlockName) -> BlockRecord:
    """A block by height or hash, with its seal, who vouches for it, and its transactions."""
    return blocks.block_record(head, block, vouchings)


@router.get("/witnesses", tags=["blocks"])
def list_witnesses(head: Head, vouchings: Vouchings) -> WitnessesPage:
    """Who vouches for which height, as far as this server knows; their seals are at `/api/v1/feed/witnesses`."""
    return witnesses.witnesses_page(head, vouchings)


@router.get("/ballots/{code}", tags=["ballots"], responses=answers(400, INVALID))
def find_ballot(head: Head, code: BallotCode) -> BallotLookup:
    """What became of a ballot: counted, replaced, or not found. How it was cast is not said."""
    return ballots.lookup(head, code)
