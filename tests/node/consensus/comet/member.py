"""One validator in a process of its own, which votes and says what is acknowledged: `member LEDGER BINARY FIRST`.

It prints `comet PID` and `acknowledged SEAT SEQUENCE HEIGHT` for each ballot.
"""

import sys
from pathlib import Path

from ledger.primitives import Hash32
from ledger.views.questions import load_question
from ledger.voting.ballot import Ballot, domain_separator, sign_ballot
from node.validator import ValidatorNode
from tests.node.consensus.comet.network import CHOICE, open_alone, sign_vote, submit
from tests.scripts.small_ledger import voter_key

SEATS = 12
TIMEOUT_S = 30


def main() -> None:
    path, binary, sequence = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    with open_alone(path, binary) as node:
        while True:
            vote(node, sequence)
            sequence += 1


def vote(node: ValidatorNode, sequence: int) -> None:
    """One ballot of every seat."""
    question = load_question(node.chain.state(), 1)
    chain_id = node.founding.chain_id
    domain = domain_separator(chain_id, question.contract)
    sent = []
    for seat in range(SEATS):
        signed = sign_ballot(domain, Ballot(Hash32(question.hash), seat, sequence, CHOICE), voter_key(seat))
        sent.append((seat, submit(node, sign_vote(chain_id, question, signed))))
    for seat, transaction_hash in sent:
        placed = node.wait(transaction_hash, TIMEOUT_S)
        print("comet", node.process.pid, flush=True)  # noqa: T201
        if placed is not None and placed.success:
            print("acknowledged", seat, sequence, placed.height, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
