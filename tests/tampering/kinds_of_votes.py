"""Ballots and results: sealed anew by who holds the keys of the relay and the sequencer."""

from collections.abc import Callable
from dataclasses import replace

from ledger.abi import contract
from ledger.primitives import Timestamp, keccak256
from ledger.system import SystemContract
from tests.tampering.draft import Draft, with_word, word_of
from tests.tampering.kinds import BALLOTS, kind

HEAD = 5
SIGNATURE = 64


def change_records(draft: Draft, change: Callable[[list[bytes]], list[bytes]], *, which: int = 0) -> int:
    """Change the records of a batch as the relay's key can; result: its block."""
    height, index, call = draft.calls(BALLOTS, "cast")[which]
    _, values = contract("Ballots").decode_call(call.data)
    step = HEAD + 1 + SIGNATURE
    records = [values["records"][i : i + step] for i in range(0, len(values["records"]), step)]
    data = contract("Ballots").encode_call("cast", values["id"], b"".join(change(records)))
    draft.sign_again(height, index, data=data, gas_limit=2**24)
    return height


def change_accepted(draft: Draft, change: Callable[[int], int]) -> None:
    """Change the bits of the first batch's event."""
    draft.change_log(BALLOTS, "Cast", lambda log: with_word(log, 2, change(word_of(log, 2))))


# Ballots.


@kind("ballot-dropped", "tally.turnout", "a ballot is left out of its batch, and its bit")
def _(draft: Draft) -> bytes:
    change_records(draft, lambda records: records[:-1])
    change_accepted(draft, lambda bits: bits & (1 << bits.bit_length() - 1) - 1)
    return draft.write()


@kind("ballot-choice", "ballot.signature", "a ballot says something else than was signed")
def _(draft: Draft) -> bytes:
    change_records(
        draft, lambda records: [records[0][:HEAD] + bytes([records[0][HEAD] ^ 3]) + records[0][6:], *records[1:]]
    )
    return draft.write()


@kind("ballot-not-canonical", "ballot.choice", "a ballot marks more options than it may")
def _(draft: Draft) -> bytes:
    change_records(draft, lambda records: [records[0][:HEAD] + b"\x1f" + records[0][6:], *records[1:]])
    return draft.write()


@kind("ballot-signature", "ballot.signature", "a byte of a ballot's signature")
def _(draft: Draft) -> bytes:
    change_records(
        draft, lambda records: [records[0][:20] + bytes([records[0][20] ^ 1]) + records[0][21:], *records[1:]]
    )
    return draft.write()


@kind("ballot-seat", "ballot.seat", "a ballot of a seat that nobody has")
def _(draft: Draft) -> bytes:
    change_records(draft, lambda records: [(99).to_bytes(4, "big") + records[0][4:], *records[1:]])
    return draft.write()


@kind("ballot-duplicated", "ballot.sequence", "a ballot stands twice in its batch, and both are said to count")
def _(draft: Draft) -> bytes:
    change_records(draft, lambda records: [*records, records[0]])
    change_accepted(draft, lambda bits: bits << 1 | 1)
    return draft.write()


@kind("ballot-sequence", "ballot.sequence", "a ballot far ahead of its seat's last one")
def _(draft: Draft) -> bytes:
    change_records(draft, lambda records: [records[0][:4] + b"\xc8" + records[0][5:], *records[1:]])
    return draft.write()


@kind("ballot-refused", "ballot.refused", "a good ballot is said not to count")
def _(draft: Draft) -> bytes:
    change_accepted(draft, lambda bits: bits & ~1)
    return draft.write()


@kind("ballot-bits", "ballot.record", "a bit for a ballot that is not there")
def _(draft: Draft) -> bytes:
    change_accepted(draft, lambda bits: bits | 1 << 200)
    return draft.write()


@kind("ballot-ragged", "ballot.record", "a batch that ends within a ballot")
def _(draft: Draft) -> bytes:
    change_records(draft, lambda records: [*records, b"\0"])
    return draft.write()


@kind("ballots-too-late", "ballot.window", "a batch stands in a block after the close")
def _(draft: Draft) -> bytes:
    height, _, _ = draft.calls(BALLOTS, "cast")[0]
    for block in draft.blocks[height:]:
        block.header = replace(block.header, timestamp=Timestamp(block.header.timestamp + 10**6))
    draft.relink(height)
    return draft.write()


@kind("ballots-of-another-vote", "ballot.signature", "a batch is cast in another vote, where the same people vote")
def _(draft: Draft) -> bytes:
    (_, _, call), (height, index, later), *_ = draft.calls(BALLOTS, "cast")
    _, values = contract("Ballots").decode_call(call.data)
    _, into = contract("Ballots").decode_call(later.data)
    data = contract("Ballots").encode_call("cast", into["id"], values["records"])
    draft.sign_again(height, index, data=data, gas_limit=2**24)
    return draft.write()


# Questions and results.


@kind("question-hash", "question.hash", "a vote's hash is another")
def _(draft: Draft) -> bytes:
    draft.change_log(BALLOTS, "Opened", lambda log: with_word(log, 0, keccak256(b"another question")))
    return draft.write()


@kind("question-budget", "question.hash", "a vote is opened on another budget")
def _(draft: Draft) -> bytes:
    height, index, call = draft.calls(BALLOTS, "open")[0]
    _, values = contract("Ballots").decode_call(call.data)
    proposal = list(values["proposal"])
    proposal[6] = keccak256(b"another budget")
    data = contract("Ballots").encode_call("open", tuple(proposal), values["options"])
    draft.sign_again(height, index, data=data, gas_limit=2**24)
    return draft.write()


@kind("outcome-passed", "outcome.passed", "a vote that was lost is said to have passed")
def _(draft: Draft) -> bytes:
    draft.change_log(BALLOTS, "Closed", lambda log: with_word(log, 1, 1 - word_of(log, 1)), which=1)
    return draft.write()


@kind("outcome-turnout", "outcome.turnout", "a vote's turnout is another")
def _(draft: Draft) -> bytes:
    draft.change_log(BALLOTS, "Closed", lambda log: with_word(log, 0, word_of(log, 0) + 1))
    return draft.write()


@kind("outcome-early", "outcome.time", "a vote is closed while it is open")
def _(draft: Draft) -> bytes:
    height = draft.find(BALLOTS, "Closed")[0][0]
    late = draft.blocks[height].header.timestamp - draft.blocks[height - 1].header.timestamp - 1
    for block in draft.blocks[height:]:
        block.header = replace(block.header, timestamp=Timestamp(block.header.timestamp - late))
    draft.relink(height)
    return draft.write()


@kind("allocation-selected", "allocation.selected", "another project wins")
def _(draft: Draft) -> bytes:
    draft.change_log(SystemContract.ALLOCATION, "Allocated", lambda log: with_word(log, 0, word_of(log, 0) ^ 24))
    return draft.write()


@kind("allocation-spent", "allocation.spent", "the winners cost less than they do")
def _(draft: Draft) -> bytes:
    draft.change_log(SystemContract.ALLOCATION, "Allocated", lambda log: with_word(log, 1, word_of(log, 1) - 1))
    return draft.write()


@kind("allocation-budget", "allocation.options", "a budget is allocated that was not voted on")
def _(draft: Draft) -> bytes:
    height, index, call = draft.calls(SystemContract.ALLOCATION, "allocate")[0]
    _, values = contract("Allocation").decode_call(call.data)
    budget = list(values["budget"])
    budget[2] += 10**6
    data = contract("Allocation").encode_call("allocate", values["id"], values["options"], tuple(budget))
    draft.sign_again(height, index, data=data, gas_limit=2**24)
    return draft.write()


@kind("effect-early", "effect.waiting", "an effect is carried out before its waiting time is over")
def _(draft: Draft) -> bytes:
    height = draft.find(BALLOTS, "Executed")[0][0]
    opened = draft.blocks[draft.find(BALLOTS, "Opened")[0][0]].header.timestamp
    draft.change_header(height, timestamp=Timestamp(opened + 1))
    draft.relink(height)
    return draft.write()


@kind("effect-call", "effect.call", "another call is carried out than the one voted on")
def _(draft: Draft) -> bytes:
    height, index, call = draft.calls(BALLOTS, "execute")[0]
    _, values = contract("Ballots").decode_call(call.data)
    data = contract("Ballots").encode_call("execute", values["id"], values["target"], values["data"] + b"\0" * 32)
    draft.sign_again(height, index, data=data, gas_limit=2**24)
    return draft.write()
