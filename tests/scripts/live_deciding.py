"""A ballot that decides something on a ledger whose time is the wall's: opened, cast by some, closed, carried out."""

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from coincurve import PrivateKey

from ledger.abi import contract
from ledger.ports import ChainReader
from ledger.primitives import ZERO_HASH, Height
from ledger.system import SystemContract
from ledger.views.questions import load_question, question_count
from ledger.voting.ballot import Ballot, domain_separator, encode_record, sign_ballot
from ledger.voting.form import BallotKind
from ledger.voting.question import EffectKind, Option, effect_hash
from scripts.running.remote_desk import RemoteDesk
from tests.scripts.small_ledger import FORMS, choice_of, voter_key


@dataclass(frozen=True)
class Haste:
    """Units: seconds until a question opens, that it is open, and that validators' time may be behind the wall's."""

    lead_s: int = 4
    window_s: int = 8
    margin_s: int = 2


@dataclass(frozen=True)
class Parliament:
    """Who decides, and how calls come to the chain.

    Shape   `officer`, `relay`: keys with those duties; `seats`: who votes, each with the key `voter_key(seat)`.
    """

    desk: RemoteDesk
    chain: ChainReader
    chain_id: int
    officer: PrivateKey
    relay: PrivateKey
    seats: Sequence[int]

    def decide(self, of: SystemContract, entry: str, *arguments: Any, haste: Haste | None = None) -> Height:
        """Let the seats vote yes on a call, and carry it out; the block in which it took effect."""
        pace = haste or Haste()
        call = contract(of.contract_name).encode_call(entry, *arguments)
        form = FORMS[BallotKind.YES_NO]
        fields = (form.kind, form.options, form.min_length, form.max_length, 0, 0, 0, 0)
        opens = int(time.time()) + pace.lead_s
        text, effect = hashlib.sha256(call + opens.to_bytes(8, "big")).digest(), effect_hash(of.address, call)
        proposal = (text, fields, 0, EffectKind.PERMISSION, opens, opens + pace.window_s, ZERO_HASH, effect)
        options = [(Option.label_of(name), 0, ZERO_HASH) for name in ("yes", "no", "abstain")]
        self.desk.call(self.officer, SystemContract.BALLOTS, "open", proposal, options)
        question = load_question(self.chain.state(), question_count(self.chain.state()))
        domain, yes = domain_separator(self.chain_id, question.contract), choice_of(BallotKind.YES_NO)
        ballots = [Ballot(question.hash, seat, 1, yes) for seat in self.seats]
        records = b"".join(encode_record(sign_ballot(domain, one, voter_key(one.seat))) for one in ballots)
        self._wait_until(opens + pace.margin_s)
        self.desk.call(self.relay, SystemContract.BALLOTS, "cast", question.id, records)
        self._wait_until(question.closes + pace.margin_s)
        self.desk.call(self.relay, SystemContract.BALLOTS, "close", question.id)
        self._wait_until(question.closes + question.terms.waiting + pace.margin_s)
        return self.desk.call(self.relay, SystemContract.BALLOTS, "execute", question.id, of.address, call)

    @staticmethod
    def _wait_until(moment: int) -> None:
        time.sleep(max(0.0, moment - time.time()))
