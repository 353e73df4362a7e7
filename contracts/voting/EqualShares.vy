# pragma version ^0.4.0
"""
@title Equal shares
@license Apache-2.0
@notice Picks the winners of a participatory budget by the method of equal shares with add1 completion. Too much work for
        a chain to do, but not to check: somebody proposes a certificate, anybody has it checked over all voters, range
        by range, and a later proposal of an earlier step that overspends replaces it. After a time to challenge, the
        result is final. No judge.
@dev A certificate claims that step j of add1 fits the budget and step j + 1 overspends. What it must show is in
     contracts/voting/equal_shares_plan.vy; a range of voters only adds to the sums of its lines. The chain keeps one hash
     for each certificate, which stands for it and for how far its check is; whoever goes on brings both.
     That no step before j + 1 overspends is not shown: a certificate of such a step is the challenge.
     Formats: docs/reference/formats.md, 4. Model: ledger/voting/equal_shares*.py.
"""
from contracts.voting import approvals
from contracts.voting import budget_question
from contracts.voting import equal_shares_plan as plan
from contracts.voting import equal_shares_walk as walk


# Of Ballots, beside what a budget question needs.
interface Lanes:
    def lane_words(id: uint256, first: uint256, count: uint256) -> DynArray[uint256, approvals.MAX_WORDS]: view


interface Constitution:
    def get(name: bytes32) -> uint256: view


# What somebody claims.
struct Certificate:
    # The last step that fits.
    step: uint256
    # How many of the lines belong to it; the others to the step after it.
    split: uint256
    lines: DynArray[uint256, plan.MAX_LINES]


# A certificate with all that its check needs.
struct Program:
    id: uint256
    form: uint256
    turnout: uint256
    step: uint256
    split: uint256
    fits_share: uint256
    exceeds_share: uint256
    selected: uint256
    spent: uint256
    costs: DynArray[uint256, plan.MAX_OPTIONS]
    lines: DynArray[uint256, plan.MAX_LINES]


# How far a check is.
struct Progress:
    # Storage words of the question's lanes that have been read, and ballots in them.
    words: uint256
    ballots: uint256
    # One for each line.
    sums: DynArray[uint256, plan.MAX_LINES]


# The best certificate that has been checked to the end.
struct Standing:
    program: bytes32
    step: uint256
    selected: uint256
    spent: uint256
    # From when on it is final.
    final_from: uint256


event Proposed:
    id: indexed(uint256)
    program: indexed(bytes32)
    step: uint256


event Checked:
    id: indexed(uint256)
    program: indexed(bytes32)
    words: uint256
    ballots: uint256


event Refused:
    id: indexed(uint256)
    program: indexed(bytes32)
    line: uint256


event Stands:
    id: indexed(uint256)
    program: indexed(bytes32)
    step: uint256
    selected: uint256
    spent: uint256
    final_from: uint256


event Finalised:
    id: indexed(uint256)
    selected: uint256
    spent: uint256


# The parameter of the constitution: seconds to challenge a certificate.
CHALLENGE: constant(bytes32) = 0x657175616c5f7368617265732e6368616c6c656e676500000000000000000000
# Grains that every share has on top, so that rounding up never takes a project from those who can just pay it.
BONUS: constant(uint256) = 2**40
# Most that a cost, the budget or a share may be, in minor units.
MAX_MONEY: constant(uint256) = 2**64 - 1
# In place of a progress, for a certificate whose check has ended.
ENDED: constant(bytes32) = 0x0000000000000000000000000000000000000000000000000000000000000001

BALLOTS: immutable(address)
CONSTITUTION: immutable(address)

# By program: hash of the progress of its check.
progress: public(HashMap[bytes32, bytes32])
# By question: what will be final unless it is replaced.
standing: public(HashMap[uint256, Standing])
# By question: its winners, once final; bit i is option i + 1.
selected: public(HashMap[uint256, uint256])
# By question: what the winners cost together, in minor units, once final.
spent: public(HashMap[uint256, uint256])
# By question: whether the winners are known. They never change.
is_final: public(HashMap[uint256, bool])


@deploy
def __init__(ballots: address, constitution: address):
    """
    @param ballots The version of Ballots whose questions this allocates.
    @param constitution Where the time to challenge stands.
    """
    BALLOTS = ballots
    CONSTITUTION = constitution


@external
@view
def ballots() -> address:
    """
    @notice The version of Ballots whose questions this allocates; the ids here are its ids.
    """
    return BALLOTS


@external
def allocate_all(
    id: uint256, options: DynArray[budget_question.Option, plan.MAX_OPTIONS], budget: budget_question.Budget
):
    """
    @notice Let everything win that anybody wants, if the budget pays for all of it. Then no step of add1 overspends, and
            no certificate is needed. Anyone may, once.
    @param id The question.
    @param options All its options, in its order.
    @param budget Its budget.
    """
    projects: plan.Projects = empty(plan.Projects)
    wanted: uint256 = 0
    form: uint256 = 0
    turnout: uint256 = 0
    projects, wanted, form, turnout = self._read(id, options, budget)
    spent: uint256 = 0
    for i: uint256 in range(len(options), bound=plan.MAX_OPTIONS):
        if (wanted >> i) & 1 == 1:
            spent += options[i].cost
    assert spent <= budget.amount, "equal shares: not all fits"
    self._finalise(id, wanted, spent)


@external
def propose(
    id: uint256,
    options: DynArray[budget_question.Option, plan.MAX_OPTIONS],
    budget: budget_question.Budget,
    certificate: Certificate,
) -> bytes32:
    """
    @notice Bring a certificate; where one stands already, only one of an earlier step. Anyone may.
    @param id The question.
    @param options All its options, in its order.
    @param budget Its budget.
    @param certificate The claim.
    @return Hash of its program, which names it in `check`.
    """
    projects: plan.Projects = empty(plan.Projects)
    wanted: uint256 = 0
    program: Program = empty(Program)
    program.id = id
    program.step = certificate.step
    program.split = certificate.split
    program.lines = certificate.lines
    projects, wanted, program.form, program.turnout = self._read(id, options, budget)
    program.costs = projects.costs
    assert self._is_earlier(id, certificate.step), "equal shares: not an earlier step"
    assert certificate.split <= len(certificate.lines), "equal shares: bad split"
    program.fits_share = self._share(budget, program.turnout, certificate.step)
    program.exceeds_share = self._share(budget, program.turnout, certificate.step + 1)
    program.selected, program.spent = plan._bought(certificate.lines, 0, certificate.split, projects, True)
    assert program.spent <= budget.amount, "equal shares: step overspends"
    excess: uint256 = 0
    overspent: uint256 = 0
    excess, overspent = plan._bought(
        certificate.lines, certificate.split, len(certificate.lines), projects, False
    )
    assert overspent > budget.amount, "equal shares: next step fits"
    # What costs nothing wins without being bought.
    program.selected |= wanted ^ projects.candidates
    return self._register(program)


@external
def check(program: Program, before: Progress, words: uint256):
    """
    @notice Check a certificate over the next voters. If all have been seen, it is refused or stands. Anyone may.
    @param program The certificate with all that its check needs, as `propose` made it.
    @param before How far the check is, as the events of the ranges before tell; zeros at first.
    @param words Storage words of lanes to read.
    """
    name: bytes32 = keccak256(abi_encode(program))
    assert self.progress[name] == keccak256(abi_encode(before)), "equal shares: not the progress of this certificate"
    assert self._is_earlier(program.id, program.step), "equal shares: not an earlier step"
    assert words > 0, "equal shares: empty range"
    masks: DynArray[uint256, approvals.MAX_BALLOTS] = approvals._masks(
        staticcall Lanes(BALLOTS).lane_words(program.id, before.words, words), program.form
    )
    after: Progress = Progress(
        words=before.words + words,
        ballots=before.ballots + len(masks),
        sums=walk._walk(
            masks, program.lines, program.split, program.fits_share, program.exceeds_share, before.sums
        ),
    )
    log Checked(id=program.id, program=name, words=after.words, ballots=after.ballots)
    if after.ballots < program.turnout:
        self.progress[name] = keccak256(abi_encode(after))
    else:
        self._judge(program, name, after.sums)


@external
def finalise(id: uint256):
    """
    @notice Make the standing result final, once nobody can challenge it any more. Anyone may.
    @param id The question.
    """
    standing: Standing = self.standing[id]
    assert standing.final_from != 0, "equal shares: nothing stands"
    assert block.timestamp >= standing.final_from, "equal shares: time to challenge"
    self._finalise(id, standing.selected, standing.spent)


@internal
@view
def _read(
    id: uint256, options: DynArray[budget_question.Option, plan.MAX_OPTIONS], budget: budget_question.Budget
) -> (plan.Projects, uint256, uint256, uint256):
    """
    @notice Read a question that this rule can allocate.
    @return Its projects; all options that can win, also those without cost; its form; its turnout.
    """
    assert not self.is_final[id], "equal shares: already final"
    form: uint256 = budget_question._require_passed(BALLOTS, id, options, budget)
    assert budget.rule == budget_question.EQUAL_SHARES_ADD1, "equal shares: other rule"
    assert approvals._is_readable(form), "equal shares: needs approval ballots"
    assert len(budget.exclusive) == 0, "equal shares: exclusive sets"
    assert budget.amount <= MAX_MONEY, "equal shares: budget too high"
    assert budget.ties <= budget_question.CHEAPER_THEN_LISTED, "equal shares: unknown tie rule"
    projects: plan.Projects = empty(plan.Projects)
    projects.is_cheaper_first = budget.ties == budget_question.CHEAPER_THEN_LISTED
    turnout: uint256 = 0
    turnout, projects.votes = budget_question._counts(BALLOTS, id, form)
    wanted: uint256 = 0
    for i: uint256 in range(len(options), bound=plan.MAX_OPTIONS):
        assert options[i].cost <= MAX_MONEY, "equal shares: cost too high"
        projects.costs.append(options[i].cost)
        if projects.votes[i] >= max(budget.threshold, 1):
            wanted |= 1 << i
            if options[i].cost > 0:
                projects.candidates |= 1 << i
    return projects, wanted, form, turnout


@internal
@view
def _is_earlier(id: uint256, step: uint256) -> bool:
    """
    @notice Whether a certificate of this step could still change the result.
    """
    if self.is_final[id]:
        return False
    standing: Standing = self.standing[id]
    return standing.final_from == 0 or step < standing.step


@internal
@pure
def _share(budget: budget_question.Budget, turnout: uint256, step: uint256) -> uint256:
    """
    @notice What each voter has to spend at a step, in grains.
    """
    assert budget.step > 0, "equal shares: no step"
    assert step <= MAX_MONEY // budget.step, "equal shares: share too high"
    raised: uint256 = step * budget.step
    assert budget.amount // turnout + raised < MAX_MONEY, "equal shares: share too high"
    return (budget.amount << walk.GRAIN_BITS) // turnout + (raised << walk.GRAIN_BITS) + BONUS


@internal
def _register(program: Program) -> bytes32:
    """
    @notice Open the check of a certificate that has none yet.
    """
    name: bytes32 = keccak256(abi_encode(program))
    assert self.progress[name] == empty(bytes32), "equal shares: already proposed"
    start: Progress = empty(Progress)
    for _: uint256 in range(len(program.lines), bound=plan.MAX_LINES):
        start.sums.append(0)
    self.progress[name] = keccak256(abi_encode(start))
    log Proposed(id=program.id, program=name, step=program.step)
    return name


@internal
def _judge(program: Program, name: bytes32, sums: DynArray[uint256, plan.MAX_LINES]):
    """
    @notice End the check of a certificate: it is refused, or it stands.
    """
    self.progress[name] = ENDED
    line: uint256 = walk._failing(program.lines, sums, program.costs)
    if line != walk.NO_LINE:
        log Refused(id=program.id, program=name, line=line)
        return
    final_from: uint256 = block.timestamp + staticcall Constitution(CONSTITUTION).get(CHALLENGE)
    self.standing[program.id] = Standing(
        program=name, step=program.step, selected=program.selected, spent=program.spent, final_from=final_from
    )
    log Stands(
        id=program.id,
        program=name,
        step=program.step,
        selected=program.selected,
        spent=program.spent,
        final_from=final_from,
    )


@internal
def _finalise(id: uint256, selected: uint256, spent: uint256):
    """
    @notice Store the winners.
    """
    assert not self.is_final[id], "equal shares: already final"
    self.selected[id] = selected
    self.spent[id] = spent
    self.is_final[id] = True
    log Finalised(id=id, selected=selected, spent=spent)
