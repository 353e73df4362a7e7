# pragma version ^0.4.0
"""
@title Treasury
@license Apache-2.0
@notice The common funds. Income comes in with its source; a passed ballot appropriates it to payees; a treasurer
        orders payments to the payee that the ballot fixed, each with a document, and records what became of them.
@dev Holds no balances: every movement is an entry in Journal, and what a fund or an appropriation still has is its
     account there. A rule contract: only the version in force can write to Journal.
"""
from contracts.access import authority
from contracts.access import duties
from contracts.money import accounts
from contracts.money import appropriations
from contracts.money import bookkeeping
from contracts.money import documents
from contracts.money import payments
from contracts.money import winners
from contracts.voting import budget_question

initializes: bookkeeping
initializes: documents
initializes: appropriations[bookkeeping := bookkeeping]
initializes: payments[appropriations := appropriations, bookkeeping := bookkeeping, documents := documents]

exports: bookkeeping.currency
exports: (appropriations.appropriation, appropriations.appropriation_count, appropriations.decision)
exports: (payments.payment, payments.payment_count, payments.payment_for)


event Received:
    fund: indexed(bytes32)
    source: indexed(bytes32)
    evidence: indexed(uint256)
    amount: uint256
    treasurer: address


MAX_FUNDS: constant(uint256) = 64

DIRECTORY: immutable(address)
PERMISSIONS: immutable(address)

# Names of the funds, in founding order.
funds: public(DynArray[bytes32, MAX_FUNDS])
# Whether a name is a fund's.
is_fund: public(HashMap[bytes32, bool])


@deploy
def __init__(
    directory: address,
    permissions: address,
    evidence: address,
    journal: address,
    currency: bytes32,
    funds: DynArray[bytes32, MAX_FUNDS],
):
    """
    @param directory Where Ballots and the rules of allocation are found.
    @param permissions Who is a treasurer.
    @param evidence Where documents are anchored.
    @param journal The books.
    @param currency Of every amount: ASCII, zero-padded on the right.
    @param funds Names of the funds, at least one, none twice.
    """
    bookkeeping.__init__(journal, currency)
    documents.__init__(evidence)
    DIRECTORY = directory
    PERMISSIONS = permissions
    assert len(funds) > 0, "treasury: no fund"
    for fund: bytes32 in funds:
        assert fund != empty(bytes32), "treasury: fund without a name"
        assert not self.is_fund[fund], "treasury: fund named twice"
        self.is_fund[fund] = True
    self.funds = funds


@external
@view
def fund_count() -> uint256:
    """
    @notice How many funds there are; `funds(i)` names them, from 0.
    """
    return len(self.funds)


@external
@view
def fund_balance(fund: bytes32) -> uint256:
    """
    @notice What a fund holds and no ballot has taken, in minor units.
    @param fund Its name.
    """
    self._check_fund(fund)
    return bookkeeping._held(accounts.FUND, fund)


@external
def receive(fund: bytes32, amount: uint256, source: bytes32, evidence: uint256):
    """
    @notice Book income. Only a treasurer may.
    @param fund The fund that it enters.
    @param amount In minor units.
    @param source Identifier of the payer or of the kind of income; no personal data.
    @param evidence Number of the document in Evidence that shows it.
    """
    duties._require(PERMISSIONS, duties.TREASURER)
    self._check_fund(fund)
    bookkeeping._check_amount(amount)
    assert source != empty(bytes32), "treasury: no source"
    documents._require(evidence)
    bookkeeping._move(
        bookkeeping._heading(empty(bytes32), convert(b"income", bytes32), evidence),
        accounts.Account(kind=accounts.SOURCE, key=source),
        accounts.Account(kind=accounts.FUND, key=fund),
        amount,
    )
    log Received(fund=fund, source=source, evidence=evidence, amount=amount, treasurer=msg.sender)


@external
def appropriate_result(
    options: DynArray[budget_question.Option, budget_question.MAX_OPTIONS], budget: budget_question.Budget
):
    """
    @notice Give each winner of a budget question its appropriation. Only as the effect of that question.
    @dev The question is the one in execution. More than a hundred winners: go on with `appropriate_pending`.
    @param options All options of the question, in its order.
    @param budget The budget of the question.
    """
    question: uint256 = authority._require(DIRECTORY, authority.BUDGET)
    self._check_fund(budget.fund)
    fingerprint: bytes32 = empty(bytes32)
    selected: uint256 = 0
    fingerprint, selected = winners._of(DIRECTORY, msg.sender, question, options, budget)
    appropriations._appropriate_winners(
        accounts._numbered(msg.sender, question), budget, fingerprint, selected, options
    )


@external
def appropriate_pending(decision: bytes32, options: DynArray[budget_question.Option, budget_question.MAX_OPTIONS]):
    """
    @notice Give the next winners of a decision their appropriations, a hundred at a time. Anyone may.
    @param decision Its authority: Ballots (20 bytes), then the question's id (12 bytes).
    @param options All options of the question, in its order.
    """
    appropriations._appropriate_pending(decision, options)


@external
def appropriate(fund: bytes32, payee: bytes32, amount: uint256, purpose: bytes32):
    """
    @notice Appropriate an amount to one payee. Only as the effect of a yes/no question, once for each.
    @param fund The fund that it is taken from.
    @param payee Identifier of the payee; no personal data.
    @param amount In minor units.
    @param purpose Becomes the appropriation's label.
    """
    question: uint256 = authority._require(DIRECTORY, authority.BUDGET)
    assert not winners._has_budget(msg.sender, question), "treasury: question has winners of its own"
    self._check_fund(fund)
    assert payee != empty(bytes32), "treasury: no payee"
    assert purpose != empty(bytes32), "treasury: no purpose"
    appropriations._appropriate_one(accounts._numbered(msg.sender, question), fund, payee, amount, purpose)


@external
def release(appropriation: uint256):
    """
    @notice Give an appropriation's rest back to its fund. Only as the effect of a budget question.
    @param appropriation Its number.
    """
    question: uint256 = authority._require(DIRECTORY, authority.BUDGET)
    appropriations._release(appropriation, accounts._numbered(msg.sender, question))


@external
def order(appropriation: uint256, amount: uint256, purpose: bytes32, evidence: uint256) -> uint256:
    """
    @notice Order a payment to the appropriation's payee. Only a treasurer may; instalments up to its amount.
    @param appropriation Its number.
    @param amount In minor units, at most the rest.
    @param purpose Short ASCII text, zero-padded on the right; no personal data.
    @param evidence Number of the document in Evidence, for example an invoice; one document pays once.
    @return The payment's number.
    """
    duties._require(PERMISSIONS, duties.TREASURER)
    return payments._order(appropriation, amount, purpose, evidence)


@external
def settle(payment: uint256, evidence: uint256):
    """
    @notice Record that an ordered payment reached its payee. Only a treasurer may.
    @param payment Its number.
    @param evidence Number of the document in Evidence, for example a bank statement.
    """
    duties._require(PERMISSIONS, duties.TREASURER)
    payments._settle(payment, evidence)


@external
def fail(payment: uint256, evidence: uint256):
    """
    @notice Record that an ordered payment did not reach its payee. Only a treasurer may.
    @param payment Its number.
    @param evidence Number of the document in Evidence that shows it.
    """
    duties._require(PERMISSIONS, duties.TREASURER)
    payments._fail(payment, evidence)


@external
def reverse(payment: uint256):
    """
    @notice Give a failed payment's amount back to its appropriation. Only a treasurer may.
    @param payment Its number.
    """
    duties._require(PERMISSIONS, duties.TREASURER)
    payments._reverse(payment)


@internal
@view
def _check_fund(fund: bytes32):
    """
    @notice Refuse a name that is no fund's.
    """
    assert self.is_fund[fund], "treasury: unknown fund"
