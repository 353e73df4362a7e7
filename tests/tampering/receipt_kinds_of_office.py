"""The kinds of tampering with who vouches for a receipt's block: handovers, validators, witnesses."""

from dataclasses import replace
from typing import Any

from ledger.primitives import Hash32, Height, keccak256
from ledger.proofs.cause import Cause
from ledger.proofs.handover_making import make_anchor
from ledger.proofs.seal import SealKind, make_seal, sealer_set
from ledger.proofs.verdict import Standing
from ledger.secp256k1 import address_of
from tests.ledger.proofs.comet.synthetic import make_signers
from tests.tampering.receipt_kinds import STRANGER, judged, kind, simple
from tests.tampering.receipts import Draft, Given, witness_address

OLD, HANDED, NETWORK, WITNESSED = 0, "handed-over", "validators", "witnessed"


def _earlier(draft: Draft) -> int:
    return draft.bases.history.chain.state(draft.bases.history.succeeded).header.timestamp - 16


def _at_last_handover(draft: Draft) -> Given:
    history = draft.bases.history
    earlier = history.chain.state(Height(history.succeeded - 1)).header
    return draft.give(header=earlier.encode())


# Handovers: the first by ballot, the second by recovery keys.


def handed(name: str, cause: Cause, about: str, make: Any) -> None:
    simple(name, cause, about, make, base=HANDED)


def _second(draft: Draft, **changes: Any) -> Given:
    first, second = draft.receipt.handovers
    return draft.give(handovers=(first, replace(second, **changes)))


handed("handovers-left-out", Cause.SEALERS, "no handovers", lambda d: d.give(handovers=()))
handed(
    "first-handover-left-out",
    Cause.HANDOVER,
    "the first one missing",
    lambda d: d.give(handovers=d.receipt.handovers[1:]),
)
handed(
    "last-handover-left-out", Cause.SEALERS, "the last one missing", lambda d: d.give(handovers=d.receipt.handovers[:1])
)
handed(
    "handovers-out-of-order", Cause.HANDOVER, "both exchanged", lambda d: d.give(handovers=d.receipt.handovers[::-1])
)
handed(
    "handover-twice",
    Cause.HANDOVER,
    "the first one twice",
    lambda d: d.give(handovers=(d.receipt.handovers[0], *d.receipt.handovers)),
)
handed("handover-seal-altered", Cause.HANDOVER, "a digit of its seal", lambda d: d.flip("handovers", 0, "seal", at=100))
handed(
    "handover-header-altered",
    Cause.HANDOVER,
    "a digit of its header",
    lambda d: d.flip("handovers", 0, "header", at=60),
)
handed(
    "handover-node-altered",
    Cause.HANDOVER,
    "a digit of its proof",
    lambda d: d.flip("handovers", 0, "permissions", "account_proof", 0, at=40),
)
handed(
    "handover-to-another",
    Cause.HANDOVER,
    "another hash of the next sealers",
    lambda d: d.flip("handovers", 0, "permissions", "storage", 0, "value"),
)
handed(
    "succession-silence-shorter",
    Cause.HANDOVER,
    "a shorter silence",
    lambda d: d.put(1, "handovers", 1, "succession", "silence"),
)
handed(
    "succession-threshold-lower",
    Cause.HANDOVER,
    "one key is said to do",
    lambda d: d.put(1, "handovers", 1, "succession", "threshold"),
)
handed(
    "succession-key-altered",
    Cause.HANDOVER,
    "another recovery key",
    lambda d: d.flip("handovers", 1, "succession", "keys", 0),
)
handed(
    "succession-keys-out-of-order",
    Cause.FORM,
    "recovery keys exchanged",
    lambda d: d.edit(lambda r: r["handovers"][1]["succession"]["keys"].reverse()),
)
handed(
    "succession-signature-altered",
    Cause.HANDOVER,
    "a digit of a recovery key's signature",
    lambda d: d.flip("handovers", 1, "seal", at=140),
)
handed(
    "succession-without-its-proof",
    Cause.HANDOVER,
    "no recovery terms",
    lambda d: d.put(None, "handovers", 1, "succession"),
)
handed(
    "succession-of-a-time-to-come",
    Cause.HANDOVER,
    "read before it can have been",
    lambda d: d.under(d.anchor, now=_earlier(d)),
)
handed("handover-to-come", Cause.HANDOVER, "a handover not before the receipt's block", _at_last_handover)


@kind("handover-forged", Cause.HANDOVER, "a handover that a stranger sealed", base=HANDED)
def _(draft: Draft) -> Given:
    first, second = draft.receipt.handovers
    seal = make_seal(
        SealKind.SOLO, draft.receipt.chain_id, first.block.seal.height, first.block.seal.block_hash, STRANGER
    )
    return draft.give(handovers=(replace(first, block=replace(first.block, seal=seal)), second))


@kind("succession-by-too-few", Cause.HANDOVER, "one recovery key of two", base=HANDED)
def _(draft: Draft) -> Given:
    block = draft.receipt.handovers[1].block
    seal = replace(block.seal, body=b"\x01" + block.seal.body[1:66])
    return _second(draft, block=replace(block, seal=seal))


@kind("retired-sequencer", Cause.SEALERS, "the first sequencer sealed it, long out of office", base=HANDED)
def _(draft: Draft) -> Given:
    history = draft.bases.history
    first = history.ledger.keys["sealer"]
    given = draft.give(
        seal=draft.solo_seal(draft.header, first),
        sealers=sealer_set(SealKind.SOLO, [(address_of(first), 1)]),
        handovers=(),
    )
    return replace(given, anchor=make_anchor(history.chain, draft.anchor.founding, history.rotated))


@judged("newer-anchor", Standing.COUNTED, "an anchor after the first handover passes it over", base=HANDED)
def _(draft: Draft) -> Given:
    history = draft.bases.history
    return draft.under(make_anchor(history.chain, draft.anchor.founding, history.rotated))


# Validators.


def network(name: str, cause: Cause, about: str, make: Any) -> None:
    simple(name, cause, about, make, base=NETWORK)


def _signers(draft: Draft) -> list[Any]:
    return draft.bases.network.signers


def _forgers(draft: Draft, *, named: bool) -> Given:
    signers = make_signers([10, 10, 10, 10, 6])[:4]
    fields: dict[str, Any] = {"seal": draft.commit(signers, [0, 1, 2, 3])}
    if named:
        rows = [(one.validator.address, one.power) for one in signers]
        fields["sealers"] = sealer_set(SealKind.COMMIT, rows)
    return draft.give(**fields)


network("votes-of-too-few", Cause.SEAL, "votes of 30 of 45", lambda d: d.give(seal=d.commit(_signers(d), [0, 1, 2])))
network("vote-altered", Cause.SEAL, "a digit of a vote's signature", lambda d: d.flip("seal", at=-100))
network(
    "commit-of-others",
    Cause.SEAL,
    "a commit of other validators than those in force",
    lambda d: _forgers(d, named=False),
)
network(
    "validators-of-the-forger",
    Cause.SEALERS,
    "other validators, as sealers and seal",
    lambda d: _forgers(d, named=True),
)
network(
    "commit-of-another-chain",
    Cause.SEAL,
    "votes on another chain id",
    lambda d: d.give(seal=d.commit(_signers(d), [0, 1, 2, 3], 1)),
)
network(
    "commit-over-another-block",
    Cause.SEAL,
    "the commit names another block",
    lambda d: d.give(seal=replace(d.receipt.seal, block_hash=Hash32(keccak256(b"x")))),
)
network(
    "commit-of-another-height",
    Cause.SEAL,
    "the commit says the next height",
    lambda d: d.give(seal=replace(d.receipt.seal, height=Height(d.header.number + 1))),
)
network(
    "commit-cut",
    Cause.SEAL,
    "the last bytes of the commit are gone",
    lambda d: d.give(seal=replace(d.receipt.seal, body=d.receipt.seal.body[:-20])),
)
network(
    "commit-continued",
    Cause.SEAL,
    "a byte behind the commit",
    lambda d: d.give(seal=replace(d.receipt.seal, body=d.receipt.seal.body + b"\0")),
)
network("power-altered", Cause.SEALERS, "more power of one validator", lambda d: d.put(11, "sealers", "members", 0, 1))
network(
    "sealers-out-of-order",
    Cause.FORM,
    "two validators exchanged",
    lambda d: d.edit(lambda r: r["sealers"]["members"].reverse()),
)
network(
    "sequencer-after-its-office",
    Cause.SEAL,
    "the old sequencer's seal under validators",
    lambda d: d.give(seal=d.solo_seal(d.header, d.bases.network.ledger.keys["sealer"])),
)
network(
    "validators-without-the-handover", Cause.SEALERS, "no handover from the sequencer", lambda d: d.give(handovers=())
)


# Witnesses.


def witnessed(name: str, cause: Cause, about: str, make: Any) -> None:
    simple(name, cause, about, make, base=WITNESSED)


witnessed(
    "witness-forged",
    Cause.WITNESS,
    "a witness seal that no key could have made",
    lambda d: d.give(witnesses=(d.witness_seal(body=b"\xff" * 65),)),
)
witnessed(
    "witness-of-another-height",
    Cause.WITNESS,
    "a witness seal of the block before",
    lambda d: d.give(witnesses=(d.witness_seal(height=Height(d.header.number - 1)),)),
)
witnessed(
    "sealer-among-the-witnesses",
    Cause.WITNESS,
    "the sequencer's seal among the witnesses",
    lambda d: d.give(witnesses=(d.receipt.seal,)),
)
witnessed(
    "witness-denies",
    Cause.EQUIVOCATION,
    "the anchor's witness sealed another block at this height",
    lambda d: d.give(witnesses=(d.denial(),)),
)
witnessed(
    "witness-says-both",
    Cause.EQUIVOCATION,
    "the anchor's witness sealed this block and another one",
    lambda d: d.give(witnesses=(d.witness_seal(), d.denial())),
)
witnessed(
    "trusted-witness-denies",
    Cause.EQUIVOCATION,
    "a witness whom the reader names sealed another block",
    lambda d: replace(d.give(witnesses=(d.denial(1),)), trusted=(witness_address(1),)),
)


@judged("stranger-denies", Standing.COUNTED, "a stranger sealed another block: anybody can make a key", base=WITNESSED)
def _(draft: Draft) -> Given:
    return draft.give(witnesses=(draft.witness_seal(), draft.denial(1)))


@judged(
    "witness-altered",
    Standing.COUNTED,
    "another block hash under a witness's signature: it leads to a key that nobody has",
    base=WITNESSED,
)
def _(draft: Draft) -> Given:
    return draft.give(witnesses=(draft.witness_seal(1, block_hash=Hash32(keccak256(b"x"))),))
