"""Evidence and proofs: no key is needed."""

from collections.abc import Callable
from dataclasses import replace

from ledger.bundle.multiproof import Multiproof, decode_multiproof
from ledger.evidence.cid import Codec, cid_of
from ledger.primitives import keccak256
from ledger.system import SystemContract
from tests.tampering.draft import Draft, with_topic
from tests.tampering.kinds import kind

EVIDENCE = SystemContract.EVIDENCE

# Evidence: no key is needed.


@kind("evidence-byte", "evidence.cid", "a byte of a document")
def _(draft: Draft) -> bytes:
    name = draft.names("evidence/")[1]
    draft.files[name] = bytes([draft.files[name][0] ^ 1]) + draft.files[name][1:]
    return draft.write()


@kind("evidence-dropped", "evidence.missing", "a document is left out, and not named as missing")
def _(draft: Draft) -> bytes:
    del draft.files[draft.names("evidence/")[1]]
    return draft.write()


@kind("evidence-added", "evidence.surplus", "a document that nobody anchored")
def _(draft: Draft) -> bytes:
    data = b"a document that nobody anchored"
    draft.files[f"evidence/{cid_of(Codec.RAW, data)}"] = data
    return draft.write()


@kind("evidence-called-missing", "evidence.missing", "a document that is there is said to be missing")
def _(draft: Draft) -> bytes:
    draft.missing.append(draft.names("evidence/bafkrei")[2].removeprefix("evidence/"))
    return draft.write()


@kind("evidence-number", "evidence.anchor", "a document's number is taken twice; sealed")
def _(draft: Draft) -> bytes:
    draft.change_log(EVIDENCE, "Anchored", lambda log: with_topic(log, 1, 1), which=1)
    return draft.write()


# Proofs: no key is needed.


def change_proof(draft: Draft, change: Callable[[Multiproof], Multiproof], *, which: int = -1) -> bytes:
    name = draft.names("proofs/")[which]
    draft.files[name] = change(decode_multiproof(draft.files[name], name)).encode()
    return draft.write()


@kind("proof-value", "proof.node", "a proved value is another")
def _(draft: Draft) -> bytes:
    def change(proof: Multiproof) -> Multiproof:
        (row, value), *others = proof.values
        return replace(proof, values=((row, value + 1), *others))

    return change_proof(draft, change)


@kind("proof-node-dropped", "proof.node", "a node is left out")
def _(draft: Draft) -> bytes:
    return change_proof(draft, lambda proof: replace(proof, nodes=proof.nodes[1:]))


@kind("proof-node-added", "proof.node", "a node that proves nothing")
def _(draft: Draft) -> bytes:
    nodes = [b"\xc2\x20\x05"]
    return change_proof(draft, lambda proof: replace(proof, nodes=tuple(sorted([*proof.nodes, *nodes], key=keccak256))))


@kind("proof-row-dropped", "proof.rows", "a value that must be proved is left out")
def _(draft: Draft) -> bytes:
    return change_proof(draft, lambda proof: replace(proof, values=proof.values[1:]))


@kind("proof-member-dropped", "proof.rows", "the proofs of a close are left out")
def _(draft: Draft) -> bytes:
    del draft.files[draft.names("proofs/")[0]]
    return draft.write()


@kind("proof-height", "proof.form", "proofs that say they are of another block")
def _(draft: Draft) -> bytes:
    return change_proof(draft, lambda proof: replace(proof, height=proof.height - 1))


@kind("proof-of-another-close", "proof.form", "the proofs of another close")
def _(draft: Draft) -> bytes:
    first, second, *_ = draft.names("proofs/")
    draft.files[first] = draft.files[second]
    return draft.write()
