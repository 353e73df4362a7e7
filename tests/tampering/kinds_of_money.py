"""Money, people and powers: logs that a dishonest sequencer invents, and seals."""

from ledger.primitives import ZERO_ADDRESS, keccak256
from ledger.system import SystemContract
from tests.tampering.draft import Draft, make_log, with_topic, with_word, word_of
from tests.tampering.kinds import JOURNAL, TREASURY, kind

MEMBERSHIP, ROLL, EVIDENCE = SystemContract.MEMBERSHIP, SystemContract.ROLL, SystemContract.EVIDENCE
NOBODY = b"\x99" * 20

# Money.


@kind("money-amount", "money.sum", "a line of the books has another amount")
def _(draft: Draft) -> bytes:
    draft.change_log(JOURNAL, "Line", lambda log: with_word(log, 2, word_of(log, 2) + 1))
    return draft.write()


@kind("money-balance", "money.balance", "an account is said to hold more")
def _(draft: Draft) -> bytes:
    draft.change_log(JOURNAL, "Line", lambda log: with_word(log, 3, word_of(log, 3) + 1), which=1)
    return draft.write()


@kind("money-account", "money.account", "a line names another account than its kind and key")
def _(draft: Draft) -> bytes:
    draft.change_log(JOURNAL, "Line", lambda log: with_topic(log, 2, keccak256(b"my account")))
    return draft.write()


@kind("money-entry-number", "money.entry", "an entry's number is taken twice")
def _(draft: Draft) -> bytes:
    draft.change_log(JOURNAL, "Entry", lambda log: with_topic(log, 1, 1), which=1)
    return draft.write()


@kind("money-line-dropped", "money.entry", "a line of an entry is left out")
def _(draft: Draft) -> bytes:
    draft.change_log(JOURNAL, "Line", lambda _: None)
    return draft.write()


@kind("money-authority", "money.authority", "an entry names a vote that there is not")
def _(draft: Draft) -> bytes:
    draft.change_log(JOURNAL, "Entry", lambda log: with_topic(log, 2, b"\x77" * 32), which=-1)
    return draft.write()


@kind("money-event-without-entry", "money.movement", "income without an entry")
def _(draft: Draft) -> bytes:
    draft.change_log(TREASURY, "Received", lambda log: with_word(log, 0, word_of(log, 0) + 1))
    return draft.write()


@kind("money-decided-twice", "money.appropriation", "a vote takes from its fund a second time")
def _(draft: Draft) -> bytes:
    height, index, place = draft.find(TREASURY, "Decided")[0]
    draft.add_log(height, draft.blocks[height].receipts[index].logs[place], index)
    return draft.write()


@kind("money-payee-of-winner", "money.appropriation", "an appropriation for another payee than the vote's")
def _(draft: Draft) -> bytes:
    draft.change_log(TREASURY, "Appropriated", lambda log: with_topic(log, 3, keccak256(b"my cousin")))
    return draft.write()


@kind("money-payee", "money.payment", "a payment to another payee than the appropriation's")
def _(draft: Draft) -> bytes:
    draft.change_log(TREASURY, "Ordered", lambda log: with_topic(log, 3, keccak256(b"my cousin")))
    return draft.write()


@kind("money-payment-state", "money.payment", "a payment that was reversed is settled")
def _(draft: Draft) -> bytes:
    draft.change_log(TREASURY, "Changed", lambda log: with_topic(log, 2, 2), which=2)
    return draft.write()


@kind("money-document", "money.evidence", "a payment ordered by a document that there is not")
def _(draft: Draft) -> bytes:
    draft.change_log(TREASURY, "Ordered", lambda log: with_word(log, 2, 999))
    return draft.write()


@kind("money-document-twice", "money.evidence", "two payments ordered by one document")
def _(draft: Draft) -> bytes:
    height, index, place = draft.find(TREASURY, "Ordered")[0]
    first = word_of(draft.blocks[height].receipts[index].logs[place], 2)
    draft.change_log(TREASURY, "Ordered", lambda log: with_word(log, 2, first), which=2)
    return draft.write()


@kind("money-treasurer", "money.duty", "income booked by somebody who is no treasurer")
def _(draft: Draft) -> bytes:
    draft.change_log(TREASURY, "Received", lambda log: with_word(log, 1, NOBODY))
    return draft.write()


# People and powers.


@kind("share-moved", "share.moved", "a share goes from one owner to another")
def _(draft: Draft) -> bytes:
    height, index, place = draft.find(MEMBERSHIP, "Transfer")[0]
    owner = draft.blocks[height].receipts[index].logs[place].topics[2]
    draft.add_log(height + 1, make_log(MEMBERSHIP, "Transfer", [owner, NOBODY, 1], []))
    return draft.write()


@kind("share-issued-twice", "share.moved", "a share's id is given a second time")
def _(draft: Draft) -> bytes:
    height = draft.find(MEMBERSHIP, "Transfer")[0][0]
    draft.add_log(height + 1, make_log(MEMBERSHIP, "Transfer", [ZERO_ADDRESS, NOBODY, 1], []))
    return draft.write()


@kind("seats-added", "roll.count", "more seats than keys")
def _(draft: Draft) -> bytes:
    draft.change_log(ROLL, "Filled", lambda log: with_word(log, 0, word_of(log, 0) + 1))
    return draft.write()


@kind("share-invented", "proof.value", "a share that the state does not have")
def _(draft: Draft) -> bytes:
    height = draft.find(MEMBERSHIP, "Transfer")[0][0]
    draft.add_log(height + 1, make_log(MEMBERSHIP, "Transfer", [ZERO_ADDRESS, NOBODY, 13], []))
    return draft.write()


@kind("parameter-changed", "parameter.authority", "a parameter changes without a vote")
def _(draft: Draft) -> bytes:
    name = b"roll.minimum".ljust(32, b"\0")
    draft.add_log(20, make_log(SystemContract.CONSTITUTION, "ParameterSet", [name], [1, 1, 1]))
    return draft.write()


@kind("parameter-out-of-bounds", "parameter.bounds", "a parameter beyond what any vote may set")
def _(draft: Draft) -> bytes:
    name = b"roll.minimum".ljust(32, b"\0")
    draft.add_log(20, make_log(SystemContract.CONSTITUTION, "ParameterSet", [name], [1, 2**200, 1]))
    return draft.write()


@kind("sealer-changed", "sealer.authority", "another sequencer without a vote")
def _(draft: Draft) -> bytes:
    draft.add_log(20, make_log(SystemContract.PERMISSIONS, "SealerSet", [NOBODY], [1, 1]))
    return draft.write()


@kind("duty-given", "permission.authority", "somebody is appointed without a vote")
def _(draft: Draft) -> bytes:
    draft.add_log(20, make_log(SystemContract.PERMISSIONS, "Appointed", [NOBODY], [8, 10**7, 1]))
    return draft.write()


@kind("contract-installed", "permission.authority", "a new version of a contract without a vote")
def _(draft: Draft) -> bytes:
    words = [2, TREASURY.address, 0, 1]
    log = make_log(SystemContract.DIRECTORY, "Installed", [b"Treasury".ljust(32, b"\0"), NOBODY], words)
    draft.add_log(20, log)
    return draft.write()
