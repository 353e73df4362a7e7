"""A ballot that decides something on a network that runs: opened, cast by some, closed, carried out."""

import hashlib
import time
from contextlib import contextmanager
from typing import Any

from ledger.abi import contract
from ledger.primitives import ZERO_HASH
from ledger.system import SystemContract
from ledger.views.questions import load_question, question_count
from ledger.voting.ballot import Ballot, domain_separator, encode_record, sign_ballot
from ledger.voting.form import BallotKind
from ledger.voting.question import EffectKind, Option, effect_hash
from node.keys import load_key
from scripts.running.carriers import RemoteCarrier
from scripts.running.ledgers import open_ledger
from scripts.running.remote_desk import RemoteDesk
from tests.faults.network import FaultyNetwork
from tests.scripts.small_ledger import FORMS, choice_of, voter_key

LEAD_S = 4
WINDOW_S = 8
MARGIN_S = 2
VOTERS = 40


def decide(network: FaultyNetwork, of: SystemContract, entry: str, *arguments: Any) -> None:
    """Let seats vote yes on a call, and carry it out."""
    call = contract(of.contract_name).encode_call(entry, *arguments)
    folder = network.members[0].folder
    officer, relay = (load_key(folder / "keys" / f"{name}.json") for name in ("returning-officer", "relay"))
    form = FORMS[BallotKind.YES_NO]
    fields = (form.kind, form.options, form.min_length, form.max_length, 0, 0, 0, 0)
    with _desk(network) as (opened, desk):
        opens = int(time.time()) + LEAD_S
        text, effect = hashlib.sha256(call + opens.to_bytes(8, "big")).digest(), effect_hash(of.address, call)
        proposal = (text, fields, 0, EffectKind.PERMISSION, opens, opens + WINDOW_S, ZERO_HASH, effect)
        options = [(Option.label_of(name), 0, ZERO_HASH) for name in ("yes", "no", "abstain")]
        desk.call(officer, SystemContract.BALLOTS, "open", proposal, options)
        question = load_question(opened.chain.state(), question_count(opened.chain.state()))
        domain, yes = domain_separator(network.chain_id, question.contract), choice_of(BallotKind.YES_NO)
        ballots = [Ballot(question.hash, seat, 1, yes) for seat in range(VOTERS)]
        records = b"".join(encode_record(sign_ballot(domain, one, voter_key(one.seat))) for one in ballots)
        _wait_until(opens)
        desk.call(relay, SystemContract.BALLOTS, "cast", question.id, records)
        _wait_until(question.closes)
        desk.call(relay, SystemContract.BALLOTS, "close", question.id)
        _wait_until(question.closes + question.terms.waiting)
        desk.call(relay, SystemContract.BALLOTS, "execute", question.id, of.address, call)


@contextmanager
def _desk(network: FaultyNetwork):
    with open_ledger(network.members[0].folder) as opened, network.door(0) as client:
        yield opened, RemoteDesk(RemoteCarrier(client), opened.chain, network.chain_id)


def _wait_until(moment: int) -> None:
    """Validators' time is a little behind the wall's."""
    time.sleep(max(0.0, moment + MARGIN_S - time.time()))
