# pragma version ^0.4.0
"""
@title Appropriations
@license Apache-2.0
@notice What passed questions took from the funds, and for whom. A question takes once. The winners of a large budget
        get their appropriations in several calls, because one transaction has no room for 255.
"""
from contracts.money import accounts
from contracts.money import bookkeeping
from contracts.voting import budget_question

uses: bookkeeping


# What a question took from a fund.
struct Decision:
    fund: bytes32
    # Hash of the question's options, zero for a yes/no question.
    options: bytes32
    # Winners that have no appropriation yet: bit i is option i + 1.
    pending: uint256


struct Grant:
    label: bytes32
    authority: bytes32
    payee: bytes32
    amount: uint256


struct Appropriation:
    label: bytes32
    authority: bytes32
    fund: bytes32
    payee: bytes32
    amount: uint256
    rest: uint256


event Decided:
    authority: indexed(bytes32)
    fund: indexed(bytes32)
    amount: uint256


event Appropriated:
    appropriation: indexed(uint256)
    authority: indexed(bytes32)
    payee: indexed(bytes32)
    fund: bytes32
    label: bytes32
    amount: uint256


event Released:
    appropriation: indexed(uint256)
    authority: indexed(bytes32)
    amount: uint256


# About 13 million gas, of the 2**24 that a transaction may use.
MAX_WINNERS_A_CALL: constant(uint256) = 100

# Appropriations so far; the last one has this number.
appropriation_count: public(uint256)
# Authority -> what that question took; the fund is zero if it took nothing.
decision: public(HashMap[bytes32, Decision])
# Number -> what the ballot fixed. The rest is the account's balance in Journal.
grants: HashMap[uint256, Grant]


@external
@view
def appropriation(id: uint256) -> Appropriation:
    """
    @notice What a ballot appropriated.
    @param id Number of the appropriation, from 1.
    @return label: of the option, or the purpose; authority: Ballots (20 bytes), then the question's id (12 bytes);
            fund; payee; amount; rest: neither ordered nor released. In minor units.
    """
    grant: Grant = self._grant(id)
    return Appropriation(
        label=grant.label,
        authority=grant.authority,
        fund=self.decision[grant.authority].fund,
        payee=grant.payee,
        amount=grant.amount,
        rest=bookkeeping._held(accounts.APPROPRIATION, accounts._numbered(self, id)),
    )


@internal
@view
def _grant(id: uint256) -> Grant:
    """
    @notice An appropriation's fixed part; refuses an unknown number.
    """
    assert 0 < id and id <= self.appropriation_count, "treasury: no such appropriation"
    return self.grants[id]


@internal
@view
def _account(id: uint256) -> accounts.Account:
    """
    @notice The account that holds an appropriation's rest.
    """
    return accounts.Account(kind=accounts.APPROPRIATION, key=accounts._numbered(self, id))


@internal
@view
def _rest(id: uint256) -> uint256:
    """
    @notice What of an appropriation is neither ordered nor released.
    """
    return bookkeeping._held(accounts.APPROPRIATION, accounts._numbered(self, id))


@internal
def _decide(authority: bytes32, fund: bytes32, options: bytes32, amount: uint256):
    """
    @notice Note that a question takes an amount from a fund; refuses a second time, and more than the fund holds.
    """
    assert self.decision[authority].fund == empty(bytes32), "treasury: question has appropriated before"
    bookkeeping._check_amount(amount)
    held: uint256 = bookkeeping._held(accounts.FUND, fund)
    if amount > held:
        raise concat("treasury: ", uint2str(amount), " over the fund's ", uint2str(held))
    self.decision[authority].fund = fund
    self.decision[authority].options = options
    log Decided(authority=authority, fund=fund, amount=amount)


@internal
def _new(grant: Grant, fund: bytes32) -> accounts.Account:
    """
    @notice Number a new appropriation.
    @return Its account, still empty.
    """
    id: uint256 = self.appropriation_count + 1
    self.appropriation_count = id
    self.grants[id] = grant
    log Appropriated(
        appropriation=id,
        authority=grant.authority,
        payee=grant.payee,
        fund=fund,
        label=grant.label,
        amount=grant.amount,
    )
    return self._account(id)


@internal
def _appropriate_one(authority: bytes32, fund: bytes32, payee: bytes32, amount: uint256, purpose: bytes32):
    """
    @notice Take an amount for one payee, by a yes/no question.
    """
    self._decide(authority, fund, empty(bytes32), amount)
    taker: accounts.Account = self._new(
        Grant(label=purpose, authority=authority, payee=payee, amount=amount), fund
    )
    giver: accounts.Account = accounts.Account(kind=accounts.FUND, key=fund)
    bookkeeping._move(bookkeeping._heading(authority, purpose, 0), giver, taker, amount)


@internal
def _appropriate_winners(
    authority: bytes32,
    budget: budget_question.Budget,
    fingerprint: bytes32,
    selected: uint256,
    options: DynArray[budget_question.Option, budget_question.MAX_OPTIONS],
):
    """
    @notice Take the winners' costs from the fund and give as many of them as fit their appropriations.
    """
    total: uint256 = 0
    pending: uint256 = 0
    for i: uint256 in range(len(options), bound=255):
        if (selected >> i) & 1 == 1 and options[i].cost > 0:
            total += options[i].cost
            pending |= 1 << i
    if total > budget.amount:
        raise concat("treasury: winners cost ", uint2str(total), " over the budget ", uint2str(budget.amount))
    self._decide(authority, budget.fund, fingerprint, total)
    giver: accounts.Account = accounts.Account(kind=accounts.FUND, key=budget.fund)
    taker: accounts.Account = accounts.Account(kind=accounts.DECISION, key=authority)
    heading: accounts.Heading = bookkeeping._heading(authority, convert(b"decision", bytes32), 0)
    bookkeeping._move(heading, giver, taker, total)
    self._appropriate_next(authority, budget.fund, pending, options)


@internal
def _appropriate_pending(authority: bytes32, options: DynArray[budget_question.Option, budget_question.MAX_OPTIONS]):
    """
    @notice Give the next winners of an earlier decision their appropriations.
    """
    decision: Decision = self.decision[authority]
    assert decision.pending != 0, "treasury: no winner without appropriation"
    assert keccak256(abi_encode(options)) == decision.options, "treasury: not the options of the question"
    self._appropriate_next(authority, decision.fund, decision.pending, options)


@internal
def _appropriate_next(
    authority: bytes32,
    fund: bytes32,
    pending: uint256,
    options: DynArray[budget_question.Option, budget_question.MAX_OPTIONS],
):
    """
    @notice Split what the decision still holds among the first of the winners that have no appropriation.
    """
    left: uint256 = pending
    total: uint256 = 0
    lines: DynArray[accounts.Line, accounts.MAX_LINES] = []
    for i: uint256 in range(len(options), bound=255):
        if len(lines) == MAX_WINNERS_A_CALL:
            break
        if (left >> i) & 1 == 1:
            option: budget_question.Option = options[i]
            grant: Grant = Grant(label=option.label, authority=authority, payee=option.payee, amount=option.cost)
            lines.append(bookkeeping._line(self._new(grant, fund), option.cost))
            left ^= 1 << i
            total += option.cost
    lines.append(bookkeeping._taking(accounts.Account(kind=accounts.DECISION, key=authority), total))
    self.decision[authority].pending = left
    bookkeeping._post(bookkeeping._heading(authority, convert(b"appropriation", bytes32), 0), lines)


@internal
def _release(id: uint256, authority: bytes32):
    """
    @notice Give an appropriation's rest back to its fund.
    """
    grant: Grant = self._grant(id)
    rest: uint256 = self._rest(id)
    assert rest > 0, "treasury: appropriation has no rest"
    fund: accounts.Account = accounts.Account(kind=accounts.FUND, key=self.decision[grant.authority].fund)
    bookkeeping._move(
        bookkeeping._heading(authority, convert(b"release", bytes32), 0), self._account(id), fund, rest
    )
    log Released(appropriation=id, authority=authority, amount=rest)
