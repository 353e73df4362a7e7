# pragma version ^0.4.0
"""
@title Payments
@license Apache-2.0
@notice Payments and their states: ordered, then settled, or failed and then reversed. One document pays once; it is
        free again when its payment is reversed.
"""
from contracts.money import accounts
from contracts.money import appropriations
from contracts.money import bookkeeping
from contracts.money import documents

uses: appropriations
uses: bookkeeping
uses: documents


struct Payment:
    appropriation: uint256
    amount: uint256
    state: uint8
    purpose: bytes32
    # Number of the document that the payment was ordered by.
    evidence: uint256
    # Number of the document that it was settled or failed by, zero while ordered.
    outcome: uint256
    # Number of the ordering entry in Journal.
    entry: uint256


event Ordered:
    payment: indexed(uint256)
    appropriation: indexed(uint256)
    payee: indexed(bytes32)
    amount: uint256
    purpose: bytes32
    evidence: uint256
    treasurer: address


# Settled, failed or reversed; no evidence for reversed.
event Changed:
    payment: indexed(uint256)
    state: indexed(uint8)
    evidence: indexed(uint256)
    treasurer: address


ORDERED: constant(uint8) = 1
SETTLED: constant(uint8) = 2
FAILED: constant(uint8) = 3
REVERSED: constant(uint8) = 4

# Payments so far; the last one has this number.
payment_count: public(uint256)
# Number -> payment.
payments: HashMap[uint256, Payment]
# Hash of a document's CID -> the payment that it pays, zero if none or if that one was reversed.
payment_for: public(HashMap[bytes32, uint256])


@external
@view
def payment(id: uint256) -> Payment:
    """
    @notice A payment. Its payee is the appropriation's.
    @param id Number of the payment, from 1.
    @return appropriation, amount in minor units, state (1 ordered, 2 settled, 3 failed, 4 reversed), purpose,
            evidence that ordered it, evidence of the outcome, number of the ordering entry.
    """
    return self._payment(id)


@internal
@view
def _payment(id: uint256) -> Payment:
    """
    @notice A payment; refuses an unknown number.
    """
    assert 0 < id and id <= self.payment_count, "treasury: no such payment"
    return self.payments[id]


@internal
@view
def _account(id: uint256) -> accounts.Account:
    """
    @notice The account that holds what is ordered and not settled.
    """
    return accounts.Account(kind=accounts.OBLIGATION, key=accounts._numbered(self, id))


@internal
def _order(appropriation: uint256, amount: uint256, purpose: bytes32, evidence: uint256) -> uint256:
    """
    @notice Order a payment of an amount to the appropriation's payee.
    @return The payment's number.
    """
    grant: appropriations.Grant = appropriations._grant(appropriation)
    assert grant.payee != empty(bytes32), "treasury: appropriation without a payee"
    assert purpose != empty(bytes32), "treasury: no purpose"
    self._check_rest(appropriation, amount)
    id: uint256 = self.payment_count + 1
    self.payment_count = id
    self._use_document(evidence, id)
    entry: uint256 = bookkeeping._move(
        bookkeeping._heading(grant.authority, purpose, evidence),
        appropriations._account(appropriation),
        self._account(id),
        amount,
    )
    self.payments[id] = Payment(
        appropriation=appropriation,
        amount=amount,
        state=ORDERED,
        purpose=purpose,
        evidence=evidence,
        outcome=0,
        entry=entry,
    )
    log Ordered(
        payment=id,
        appropriation=appropriation,
        payee=grant.payee,
        amount=amount,
        purpose=purpose,
        evidence=evidence,
        treasurer=msg.sender,
    )
    return id


@internal
@view
def _check_rest(appropriation: uint256, amount: uint256):
    """
    @notice Refuse a payment of nothing, and one over what the appropriation still has.
    """
    assert amount > 0, "treasury: amount of 0"
    rest: uint256 = appropriations._rest(appropriation)
    if amount > rest:
        numbers: String[171] = concat(uint2str(amount), " over the rest ", uint2str(rest))
        raise concat("treasury: ", numbers, " of appropriation ", uint2str(appropriation))


@internal
def _use_document(evidence: uint256, payment: uint256):
    """
    @notice Bind a document to a payment; refuses one that pays another.
    """
    document: bytes32 = documents._require(evidence)
    earlier: uint256 = self.payment_for[document]
    if earlier != 0:
        raise concat("treasury: evidence pays payment ", uint2str(earlier))
    self.payment_for[document] = payment


@internal
def _settle(id: uint256, evidence: uint256):
    """
    @notice Note that the money has reached the payee.
    """
    self._end(id, ORDERED, SETTLED, evidence)
    payment: Payment = self.payments[id]
    grant: appropriations.Grant = appropriations._grant(payment.appropriation)
    bookkeeping._move(
        bookkeeping._heading(grant.authority, payment.purpose, evidence),
        self._account(id),
        accounts.Account(kind=accounts.PAYEE, key=grant.payee),
        payment.amount,
    )


@internal
def _fail(id: uint256, evidence: uint256):
    """
    @notice Note that the money has not reached the payee; it stays an obligation until the payment is reversed.
    """
    self._end(id, ORDERED, FAILED, evidence)


@internal
def _end(id: uint256, before: uint8, after: uint8, evidence: uint256):
    """
    @notice Bring an ordered payment to its outcome, shown by a document.
    """
    documents._require(evidence)
    self._change(id, before, after, evidence)
    self.payments[id].outcome = evidence


@internal
def _reverse(id: uint256):
    """
    @notice Give a failed payment's amount back to its appropriation, and free its document.
    """
    self._change(id, FAILED, REVERSED, 0)
    payment: Payment = self.payments[id]
    self.payment_for[documents._hash(payment.evidence)] = 0
    heading: accounts.Heading = bookkeeping._heading(
        appropriations._grant(payment.appropriation).authority, payment.purpose, payment.outcome
    )
    heading.reverses = payment.entry
    bookkeeping._move(
        heading, self._account(id), appropriations._account(payment.appropriation), payment.amount
    )


@internal
def _change(id: uint256, before: uint8, after: uint8, evidence: uint256):
    """
    @notice Move a payment from one state to the next; refuses any other way.
    """
    state: uint8 = self._payment(id).state
    if state != before:
        raise concat("treasury: payment is in state ", uint2str(state), ", expected ", uint2str(before))
    self.payments[id].state = after
    log Changed(payment=id, state=after, evidence=evidence, treasurer=msg.sender)
