"""The ledger as a whole: head, people, banner."""

from api.models.blocks import FeedHead, HeadRecord, SealRecord
from api.models.ledger import AboutRecord, DutyRecord, HomeRecord, LedgerRecord, PeopleRecord, SealersRecord
from api.readers.funds import fund_records
from api.readers.names import find_duties
from api.readers.votes import vote_lines
from api.rendering import iso_time
from api.snapshot import Snapshot
from ledger.primitives import to_hex
from ledger.proofs.anchor import decode_anchor
from ledger.proofs.seal import SealerSet
from ledger.system import SystemContract
from ledger.views.people import load_people
from ledger.views.seals import SealState, SealView, check_seal, load_sealers
from ledger.views.validators import load_sealing_validators

HOME_VOTES = 6
SEALER_SET = (SystemContract.PERMISSIONS, "SealerSet")


def seal_record(seal: SealView) -> SealRecord:
    return SealRecord(state=seal.state.value, signer=to_hex(seal.signer) if seal.signer else None, reason=seal.reason)


def head_seal(snapshot: Snapshot) -> SealView:
    """The head's seal. One that is missing is asked for again, because it comes a moment after its block."""
    services = snapshot.services

    def check() -> SealView:
        return check_seal(services.chain, services.founding.chain_id, snapshot.header, _sealers(snapshot))

    found = snapshot.answers.once("seal", check)
    return check() if found.state is SealState.MISSING else found


def _sealers(snapshot: Snapshot) -> SealerSet | None:
    """Who could seal the head: whoever may seal the next block, unless the head itself changed that."""
    if snapshot.last_event(*SEALER_SET) == snapshot.height:
        return None
    return snapshot.until_changed("sealers", (SEALER_SET,), lambda: load_sealers(snapshot.state))


def head_record(snapshot: Snapshot) -> HeadRecord:
    header = snapshot.header
    return HeadRecord(
        height=header.number,
        hash=to_hex(header.hash),
        time=iso_time(header.timestamp),
        seal=seal_record(head_seal(snapshot)),
    )


def feed_head(snapshot: Snapshot) -> FeedHead:
    founding = snapshot.services.founding
    seal = snapshot.services.chain.seal(snapshot.height)
    return FeedHead(
        height=snapshot.height,
        hash=to_hex(snapshot.header.hash),
        chain_id=founding.chain_id,
        founding=to_hex(founding.hash),
        seal=None if seal is None else to_hex(seal),
    )


def ledger_record(snapshot: Snapshot) -> LedgerRecord:
    founding = snapshot.services.founding
    text = founding.constitution
    return LedgerRecord(
        currency=text.currency.code,
        exponent=text.currency.exponent,
        title=text.title,
        founding=to_hex(founding.hash),
        chain_id=founding.chain_id,
        clock=text.clock.value,
        rehearsal=text.rehearsal,
        head=head_record(snapshot),
    )


def people_record(snapshot: Snapshot) -> PeopleRecord:
    people = snapshot.answers.once("people", lambda: load_people(snapshot.state))
    return PeopleRecord(members=people.members, ended=people.ended, seats=people.seats)


def home_record(snapshot: Snapshot) -> HomeRecord:
    lines, total = vote_lines(snapshot, None, HOME_VOTES)
    return HomeRecord(
        ledger=ledger_record(snapshot),
        people=people_record(snapshot),
        votes=lines,
        votes_total=total,
        funds=fund_records(snapshot),
        books_difference=snapshot.with_books(lambda books: books.difference),
    )


def sealers_record(snapshot: Snapshot) -> SealersRecord:
    sealing = load_sealing_validators(snapshot.state)
    return SealersRecord(
        kind="commit" if sealing.validators else "solo",
        validators=len(sealing.validators),
        organisations=sealing.organisations,
        capture_resistant=sealing.is_capture_resistant,
        unsound_keys=list(sealing.unsound_keys),
    )


def about_record(snapshot: Snapshot) -> AboutRecord:
    text = snapshot.services.founding.anchor
    anchor = decode_anchor(text) if text else None
    duties = find_duties(snapshot)
    return AboutRecord(
        ledger=ledger_record(snapshot),
        people=people_record(snapshot),
        duties=[
            DutyRecord(account=to_hex(view.account), duties=[duty.value for duty in view.duties], quota=view.quota)
            for view in duties
        ],
        sealers=sealers_record(snapshot),
        anchor=text,
        phrase=anchor.phrase if anchor else "",
        anchor_height=anchor.height if anchor else None,
    )
