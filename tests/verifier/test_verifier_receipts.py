"""Both verifiers give the same verdict on each receipt, and none that was altered counts."""

import base64
import copy
import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ledger.errors import LedgerError
from ledger.primitives import Address, Timestamp, to_hex
from ledger.proofs.anchor import Anchor
from ledger.proofs.receipt_json import decode_receipt, encode_receipt
from ledger.proofs.seal import SealKind, make_seal
from ledger.proofs.verdict import check_receipt
from ledger.secp256k1 import address_of
from tests.ledger.proofs.history import make_history
from tests.scripts.small_ledger import member_key
from tests.verifier.node import ask_many, run_verifier
from tests.verifier.receipts import Receipts

NOW = 1_800_000_000
Said = tuple[str, str | None]
COUNTED: Said = ("counted", None)


def _ask(data: bytes, anchor: Anchor) -> dict[str, Any]:
    return {"ask": "receipt", "receipt": base64.b64encode(data).decode(), "anchor": anchor.text, "now": NOW}


def _first(data: bytes, anchor: Anchor) -> Said:
    """Our own verdict and its cause, in the other's words."""
    try:
        verdict = check_receipt(decode_receipt(data), anchor, now=Timestamp(NOW))
    except LedgerError:
        return "refused", "form"
    return verdict.standing.value, verdict.cause


def _second(answers: Iterable[dict[str, Any]]) -> list[Said]:
    return [(answer["verdict"], answer["cause"]) for answer in answers]


def test_receipts__of_every_verdict__are_judged_alike(town: Receipts) -> None:
    answers = ask_many(_ask(encode_receipt(receipt), town.anchor) for receipt in town.receipts.values())
    seen = dict(zip(town.receipts, _second(answers), strict=True))
    assert seen == {name: _first(encode_receipt(receipt), town.anchor) for name, receipt in town.receipts.items()}
    assert {verdict for verdict, _ in seen.values()} == {"counted", "replaced", "not in the count"}
    finals = {name for name, answer in zip(town.receipts, answers, strict=True) if answer["isFinal"]}
    assert finals == {name for name in town.receipts if name.endswith("final")}


def test_receipts__across_changes_of_sealers__are_judged_alike(tmp_path: Path) -> None:
    history = make_history(tmp_path / "ledger")
    try:
        anchor = history.ledger.anchor
        originals = [encode_receipt(receipt) for receipt in history.receipts]
        record = json.loads(originals[-1])
    finally:
        history.ledger.node.close()
    altered = []
    for path in _leaves(record["handovers"]):
        copied = copy.deepcopy(record)
        _change(copied["handovers"], path)
        altered.append(json.dumps(copied).encode())
    without = [json.dumps({**record, "handovers": record["handovers"][:kept]}).encode() for kept in (0, 1)]
    data = [*originals, *without, *altered]
    answers = _second(ask_many(_ask(receipt, anchor) for receipt in data))
    assert answers == [_first(receipt, anchor) for receipt in data]
    assert answers[: len(originals)] == [COUNTED] * len(originals)
    assert {verdict for verdict, _ in answers[len(originals) :]} == {"cannot be checked", "refused"}


def test_receipts__against_another_anchor__cannot_be_checked(town: Receipts, tmp_path: Path) -> None:
    receipt = encode_receipt(town.receipts["APPROVAL counted"])
    head = town.ledger.node.chain.head()
    others = [
        replace(town.anchor, founding=head.hash),
        replace(town.anchor, sealers=head.hash),
        replace(town.anchor, until=NOW),
    ]
    answers = ask_many(_ask(receipt, anchor) for anchor in others)
    assert [answer["verdict"] for answer in answers] == ["cannot be checked"] * len(others)


def test_receipts__witnesses__count_once_each_and_only_the_anchors(town: Receipts) -> None:
    receipt = town.receipts["APPROVAL counted"]
    seals = tuple(
        make_seal(SealKind.WITNESS, town.ledger.chain_id, receipt.seal.height, receipt.seal.block_hash, member_key(i))
        for i in (1, 1, 3)
    )
    known = tuple(sorted(_witness(i) for i in (1, 2)))
    anchor = replace(town.anchor, witnesses=known)
    data = encode_receipt(replace(receipt, witnesses=seals))
    answer, more = ask_many([_ask(data, anchor), {**_ask(data, anchor), "trusted": [to_hex(_witness(3))]}])
    assert (answer["verdict"], answer["vouched"]) == ("counted", [to_hex(_witness(1))])
    assert (more["witnesses"], more["vouched"]) == (2, sorted(to_hex(_witness(i)) for i in (1, 3)))
    ours = check_receipt(decode_receipt(data), anchor, trusted=[_witness(3)])
    assert [to_hex(witness) for witness in ours.witnesses] == more["vouched"]


def _witness(index: int) -> Address:
    return Address(address_of(member_key(index)))


def test_receipt__any_byte_altered__is_never_counted(town: Receipts) -> None:
    original = encode_receipt(town.receipts["APPROVAL counted"])
    chance = random.Random(5)
    places = [*range(0, len(original) - 1, 23), *(chance.randrange(len(original) - 1) for _ in range(300))]
    changed = []
    for at in places:
        byte = chance.choice([b for b in b'0123456789abcdef",{}[]x \xff' if b != original[at]])
        changed.append(original[:at] + bytes([byte]) + original[at + 1 :])
    answers = _second(ask_many(_ask(data, town.anchor) for data in changed))
    assert len(changed) > 600
    differ = [
        (changed[i][places[i] - 20 : places[i] + 20], answer)
        for i, answer in enumerate(answers)
        if answer == COUNTED or answer != _first(changed[i], town.anchor)
    ]
    assert differ == []


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict | list):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _leaves(part, (*path, key))
    else:
        yield path


def _altered(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if value is None:
        return {"sequence": 9, "choice": "0x0111", "signature": "0x" + "11" * 64}
    return value[:-1] + ("0" if value[-1] != "0" else "1")


def _change(place: Any, path: tuple[Any, ...]) -> None:
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = _altered(place[path[-1]])


def _remove(place: Any, path: tuple[Any, ...]) -> None:
    for step in path[:-1]:
        place = place[step]
    del place[path[-1]]


def test_receipt__each_value_altered_or_removed__is_judged_alike(town: Receipts) -> None:
    record = json.loads(encode_receipt(town.receipts["APPROVAL counted"]))
    changed = []
    for path in _leaves(record):
        for act in (_change, _remove):
            copied = copy.deepcopy(record)
            act(copied, path)
            changed.append(json.dumps(copied).encode())
    answers = _second(ask_many(_ask(data, town.anchor) for data in changed))
    assert answers == [_first(data, town.anchor) for data in changed]
    assert COUNTED not in answers


def test_command__receipt_without_an_anchor__cannot_be_checked(town: Receipts, tmp_path: Path) -> None:
    file = tmp_path / "receipt.json"
    file.write_bytes(encode_receipt(town.receipts["APPROVAL final"]))
    code, out, _ = run_verifier("receipt", file)
    assert code == 3
    assert "there is no anchor" in out


@pytest.mark.parametrize(
    ("name", "exit_code", "title"),
    [
        ("APPROVAL counted", 0, "Counted, as of block"),
        ("APPROVAL final", 0, "Counted, final"),
        ("APPROVAL replaced", 1, "Replaced"),
        ("APPROVAL not cast", 1, "Not in the count"),
    ],
)
def test_command__receipt__says_the_verdict_and_hides_the_choice(
    town: Receipts, tmp_path: Path, name: str, exit_code: int, title: str
) -> None:
    file, anchor = tmp_path / "receipt.json", tmp_path / "anchor.txt"
    file.write_bytes(encode_receipt(town.receipts[name]))
    anchor.write_text(town.anchor.text + "\n")
    code, out, _ = run_verifier("receipt", file, "--anchor", anchor)
    assert (code, out.startswith(title)) == (exit_code, True)
    assert "option 1" not in out
    assert "option 1, option 5, option 9" in run_verifier("receipt", file, "--anchor", anchor, "--choice")[1]
