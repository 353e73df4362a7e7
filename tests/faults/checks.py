"""What has to hold after every fault: one chain, every acknowledged ballot in the count, and none twice."""

from collections import Counter

from ledger.ports import ChainReader
from ledger.primitives import Hash32, Height
from ledger.secp256k1 import address_of
from ledger.views.ballot_index import find_ballot
from ledger.views.questions import load_tally
from ledger.voting.ballot import SignedBallot, ballot_digest, domain_separator
from ledger.voting.tally import KEY_BITS, OpenTally
from scripts.replay.recount import carried_ballots
from tests.faults.load import Register
from tests.faults.network import FaultyNetwork
from tests.scripts.small_ledger import voter_key


def check_network(network: FaultyNetwork, register: Register) -> int:
    """Check every member against the others and against what voters were told; how many ballots were counted."""
    check_one_chain(network)
    counted = 0
    for member in range(len(network.members)):
        with network.chain(member) as chain:
            counted = max(counted, _check_ballots(network, chain, register, member, recount=member == 0))
    assert not register.failed, list(register.failed.values())[:3]
    return counted


def check_one_chain(network: FaultyNetwork) -> None:
    """No two members have different blocks at a height."""
    hashes: list[list[bytes]] = []
    for member in range(len(network.members)):
        with network.chain(member) as chain:
            hashes.append([bytes(chain.header(Height(h)).hash) for h in range(chain.head().number + 1)])
    longest = max(hashes, key=len)
    for member, found in enumerate(hashes):
        differing = [height for height, one in enumerate(found) if one != longest[height]]
        assert not differing, f"member {member} has other blocks from height {differing[0]} on"


def _check_ballots(
    network: FaultyNetwork, chain: ChainReader, register: Register, member: int, *, recount: bool
) -> int:
    with register.lock:
        acknowledged = dict(register.acknowledged)
        sent = set(register.sent)
    _check_index(chain, acknowledged, member)
    if not recount:
        return 0
    domain = domain_separator(network.chain_id, network.question.contract)
    question = network.question
    found, head = _carried(chain, network)
    model = OpenTally(question.form, question.hash, domain, question.record, _entry)
    refused = {id(signed) for signed, _ in model.add_all(found)}
    digests = Counter(ballot_digest(domain, signed.ballot) for signed in found if id(signed) not in refused)
    assert not [digest for digest, times in digests.items() if times > 1], "a ballot was counted twice"
    assert set(digests) <= sent, "a ballot was counted that nobody cast"
    lost = {digest for digest, height in acknowledged.items() if height <= head} - set(digests)
    assert not lost, f"{len(lost)} acknowledged ballots are not in the count"
    tally = load_tally(chain.state(head), question.id)
    assert tally.votes == tuple(model.votes), "the contract's count is not the model's"
    assert tally.turnout == model.turnout
    return len(digests)


def _check_index(chain: ChainReader, acknowledged: dict[Hash32, int], member: int) -> None:
    """What a member has sealed holds every ballot that was acknowledged for those blocks, by any member."""
    for digest, height in acknowledged.items():
        if height > chain.head().number or chain.seal(Height(height)) is None:
            # It has not caught up yet; who acknowledged has it.
            continue
        place = find_ballot(chain, digest)
        assert place is not None, f"member {member}: acknowledged at height {height}, but not in the chain"
        assert place.height == height, f"member {member}: at {place.height}, acknowledged at {height}"


def _carried(chain: ChainReader, network: FaultyNetwork) -> tuple[list[SignedBallot], Height]:
    """All ballots in the chain's blocks, and up to which block."""
    while True:
        head = chain.head().number
        found = carried_ballots(chain, network.chain_id, network.question)
        if chain.head().number == head:
            return found, Height(head)


def _entry(seat: int) -> int:
    """The roll as it was filled: every seat before the question was opened."""
    return 1 << KEY_BITS | int.from_bytes(address_of(voter_key(seat)), "big")
