"""Make the golden vectors of the formats anew: `python -m scripts.vectors`. Tests compare; nothing else writes them."""

import json
from pathlib import Path
from typing import Any

from coincurve import PrivateKey

from ledger.chain.consensus_act import ConsensusAct, Punishment, Succession, sign_act
from ledger.founding.identity import FoundingKey, chain_id_of, founding_hash
from ledger.primitives import Address, Hash32, Height, Timestamp, keccak256, to_hex
from ledger.proofs.anchor import Anchor
from ledger.proofs.code import ballot_code
from ledger.proofs.promise import make_promise, promise_digest
from ledger.proofs.seal import SealKind, make_seal, seal_digest, sealer_set
from ledger.proofs.succession import Recovery, make_succession_seal, sign_succession, succession_digest
from ledger.secp256k1 import address_of
from ledger.system import SystemContract
from ledger.voting.ballot import Ballot, ballot_digest, domain_separator, encode_record, sign_ballot
from ledger.voting.checked import Checked, checked_digest, checked_domain, sign_checked
from ledger.voting.choice import encode_choice, make_choice
from ledger.voting.form import BallotKind, Form
from ledger.voting.lane import place_lane
from ledger.voting.question import (
    AllocationRule,
    Budget,
    EffectKind,
    Fraction,
    Option,
    Question,
    Terms,
    TieRule,
    effect_hash,
    options_hash,
)

PATH = Path(__file__).resolve().parent.parent / "tests" / "vectors" / "formats.json"
TEXT = b'title = "A ledger of vectors"\n'
NONCE = bytes(range(32))
KEY = PrivateKey(bytes(31) + b"\x01")
FORMS: dict[str, tuple[Form, list[int], list[int]]] = {
    "yes-no": (Form(BallotKind.YES_NO, 3), [2], []),
    "choose-one": (Form(BallotKind.CHOOSE_ONE, 7, min_length=0), [7], []),
    "approval-mask": (Form(BallotKind.APPROVAL, 14, 0, 14), [14, 1, 9], []),
    "approval-list": (Form(BallotKind.APPROVAL, 175, 1, 15), [175, 3, 88], []),
    "ordinal": (Form(BallotKind.ORDINAL, 8, 3, 3), [8, 1, 4], []),
    "cumulative": (Form(BallotKind.CUMULATIVE, 6, 1, 5, 1, 5, 1, 5), [5, 2], [1, 4]),
    "score": (Form(BallotKind.SCORE, 40, 0, 40, 0, 1000, 0, 40_000), [39, 1], [1000, 0]),
}


def make_vectors() -> dict[str, Any]:
    """All vectors as one JSON object, in the order of formats.md."""
    keys = [FoundingKey("registrar", Address(b"\x11" * 20)), FoundingKey("sealer", address_of(KEY))]
    founding = founding_hash(TEXT, keys, NONCE)
    chain_id = chain_id_of(founding)
    return {
        "founding": {
            "text": TEXT.decode(),
            "keys": [[key.duty, to_hex(key.address)] for key in keys],
            "nonce": to_hex(NONCE),
            "founding": to_hex(founding),
            "chain_id": chain_id,
        },
        "system": {contract.contract_name: to_hex(contract.address) for contract in SystemContract},
        "forms": {name: _form_vector(*row) for name, row in FORMS.items()},
        "ballots": {name: _ballot_vector(founding, chain_id, *row) for name, row in FORMS.items()},
        **_block_vectors(founding, chain_id),
    }


def _form_vector(form: Form, options: list[int], points: list[int]) -> dict[str, Any]:
    place = place_lane(form, 5, 100)
    return {
        "form": {name: int(getattr(form, name)) for name in Form.__dataclass_fields__},
        "packed": to_hex(form.packed.to_bytes(17, "big")),
        "encoding": form.encoding.name.lower(),
        "options": options,
        "points": points,
        "choice": to_hex(encode_choice(form, make_choice(form, options, points))),
        "lane_of_seat_100_in_question_5": {"slots": [hex(slot) for slot in place.slots], "shift": place.shift},
    }


def _question(founding: Hash32, form: Form) -> tuple[Question, dict[str, Any]]:
    options = [
        Option(Option.label_of(f"project {i}"), 1000 * i, keccak256(b"payee %d" % i)) for i in range(form.options)
    ]
    budget = Budget(AllocationRule.GREEDY, keccak256(b"fund"), 250_000, 10, TieRule.LISTED, (0b11,))
    calldata = bytes.fromhex("01020304")
    question = Question(
        founding=founding,
        contract=SystemContract.BALLOTS.address,
        id=5,
        text=keccak256(b"any document"),
        options=options_hash(options),
        form=form,
        secrecy=0,
        effect_kind=EffectKind.BUDGET,
        record=Timestamp(1_700_000_000),
        opens=Timestamp(1_700_000_060),
        closes=Timestamp(1_700_086_460),
        terms=Terms(Fraction(1, 10), Fraction(1, 2), True, 3600),
        budget=budget.hash,
        effect=effect_hash(SystemContract.TREASURY.address, calldata),
    )
    parts = {
        "text": to_hex(question.text),
        "options": to_hex(question.options),
        "budget": to_hex(question.budget),
        "effect": to_hex(question.effect),
        "word": to_hex(question.word.to_bytes(32, "big")),
        "question": to_hex(question.hash),
    }
    return question, parts


def _ballot_vector(
    founding: Hash32, chain_id: int, form: Form, options: list[int], points: list[int]
) -> dict[str, Any]:
    question, parts = _question(founding, form)
    domain = domain_separator(chain_id, question.contract)
    ballot = Ballot(question.hash, 100, 3, encode_choice(form, make_choice(form, options, points)))
    digest = ballot_digest(domain, ballot)
    return {
        **parts,
        "seat": ballot.seat,
        "sequence": ballot.sequence,
        "choice": to_hex(ballot.choice),
        "domain": to_hex(domain),
        "digest": to_hex(digest),
        "key": to_hex(KEY.secret),
        "record": to_hex(encode_record(sign_ballot(domain, ballot, KEY))),
        "code": ballot_code(digest),
    }


def _block_vectors(founding: Hash32, chain_id: int) -> dict[str, Any]:
    height, block_hash = Height(7), keccak256(b"block 7")
    sealers = sealer_set(SealKind.SOLO, [(address_of(KEY), 1)])
    issued, until = Timestamp(1_700_000_000), Timestamp(1_731_536_000)
    anchor = Anchor(founding, height, block_hash, sealers.hash, issued, (Address(b"\x22" * 20),), until)
    seals = {
        kind.name.lower(): {
            "digest": to_hex(seal_digest(kind, chain_id, height, block_hash)),
            "seal": to_hex(make_seal(kind, chain_id, height, block_hash, KEY).encode()),
        }
        for kind in (SealKind.SOLO, SealKind.WITNESS)
    }
    digest = keccak256(b"ballot")
    return {
        "seals": {"height": height, "block_hash": to_hex(block_hash), **seals},
        "sealers": {"members": [[to_hex(address_of(KEY)), 1]], "hash": to_hex(sealers.hash)},
        "anchor": {"bytes": to_hex(anchor.encode()), "text": anchor.text, "phrase": anchor.phrase},
        "succession": _succession_vectors(chain_id, height, block_hash),
        "promise": {
            "ballot_digest": to_hex(digest),
            "include_by": 9,
            "digest": to_hex(promise_digest(chain_id, digest, 9)),
            "signature": to_hex(make_promise(chain_id, digest, Height(9), KEY).signature),
        },
        "checked": _checked_vector(chain_id),
    }


def _checked_vector(chain_id: int) -> dict[str, Any]:
    domain = checked_domain(chain_id, SystemContract.BALLOTS.address)
    statement = Checked(keccak256(b"question"), 100, keccak256(b"ballot"))
    return {
        "question": to_hex(statement.question),
        "seat": statement.seat,
        "ballot": to_hex(statement.ballot),
        "domain": to_hex(domain),
        "digest": to_hex(checked_digest(domain, statement)),
        "signature": to_hex(sign_checked(domain, statement, KEY).signature),
    }


def _succession_vectors(chain_id: int, height: Height, block_hash: Hash32) -> dict[str, Any]:
    """A seal of two recovery keys of three, and the transactions of consensus acts."""
    keys = sorted((PrivateKey(bytes(31) + bytes([number])) for number in (2, 3, 4)), key=address_of)
    recovery = Recovery(2, 1_209_600, tuple(address_of(key) for key in keys))
    signatures = [sign_succession(chain_id, height, block_hash, key) for key in keys[:2]]
    heir = Address(b"\x33" * 20)
    acts: dict[str, ConsensusAct] = {"succeed": Succession(heir), "punish": Punishment(b"\x44" * 32, 12)}
    return {
        "threshold": recovery.threshold,
        "silence": recovery.silence,
        "keys": [to_hex(key) for key in recovery.keys],
        "recovery": to_hex(recovery.hash),
        "digest": to_hex(succession_digest(chain_id, height, block_hash)),
        "seal": to_hex(make_succession_seal(chain_id, height, block_hash, signatures).encode()),
        "acts": {name: to_hex(sign_act(act, chain_id, 5)) for name, act in acts.items()},
    }


def main() -> None:
    PATH.parent.mkdir(parents=True, exist_ok=True)
    PATH.write_text(json.dumps(make_vectors(), indent=1) + "\n")


if __name__ == "__main__":
    main()
