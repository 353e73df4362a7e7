"""Receipts of a node that knows witnesses: their seals stand in them, where the ballot stands there as it does now."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from coincurve import PrivateKey

from ledger.chain.header import decode_header
from ledger.primitives import Address, Hash32, Height, to_hex
from ledger.proofs.cause import Cause
from ledger.proofs.making import find_seat_ballot
from ledger.proofs.receipt import Receipt
from ledger.proofs.receipt_json import decode_receipt
from ledger.proofs.seal import Seal, SealKind, make_seal
from ledger.proofs.verdict import Standing, Verdict, check_receipt
from ledger.proofs.vouching import Vouching
from ledger.proofs.witnessed import MAX_BEHIND, MAX_SEALS, WitnessedBlocks
from ledger.secp256k1 import address_of
from ledger.voting.ballot import SignedBallot
from tests.api.app_client import AppClient
from tests.api.test_witness_pages import NAMED, OTHER, STRANGER, Known, client_of, said
from tests.api.town import Town, message_of


def receipt_of(client: AppClient, town: Town, ballot: SignedBallot) -> Receipt:
    response = client.get(f"/api/v1/ballots/{town.code(ballot)}/receipt")
    assert response.status_code == 200, response.text
    return decode_receipt(response.content)


def height_of(receipt: Receipt) -> int:
    return decode_header(receipt.header).number


def judged(town: Town, receipt: Receipt, *trusted: PrivateKey) -> Verdict:
    return check_receipt(receipt, town.ledger.anchor, trusted=[address_of(key) for key in trusted])


def knowing(town: Town, rows: Sequence[Vouching]) -> AppClient:
    return client_of(town, Known(list(rows)))


def test_receipt__newest_block_witnessed__carries_the_seals_and_is_vouched_for(town: Town) -> None:
    head = town.chain.head().number
    client = knowing(town, [said(town, key, head) for key in (NAMED, STRANGER)])

    receipt = receipt_of(client, town, town.final)

    assert height_of(receipt) == head
    verdict = judged(town, receipt, NAMED, STRANGER)
    assert verdict.standing is Standing.COUNTED
    assert set(verdict.witnesses) == {address_of(NAMED), address_of(STRANGER)}
    posted = client.post("/api/v1/receipts", json=message_of(town.decided, town.final))
    page = client.post("/verify/receipt", data={"code": town.code(town.final)})
    assert [decode_receipt(answer.content) for answer in (posted, page)] == [receipt] * 2


def test_receipt__witness_some_blocks_behind__proved_where_the_ballot_stood_as_it_does_now(town: Town) -> None:
    head = town.chain.head().number
    client = knowing(town, [said(town, STRANGER, head - 1), said(town, NAMED, head - 2), said(town, STRANGER, head)])

    receipt = receipt_of(client, town, town.final)

    # A witness of the anchor goes before strangers who are further on.
    assert height_of(receipt) == head - 2
    assert judged(town, receipt, NAMED).witnesses == (address_of(NAMED),)
    assert judged(town, receipt).is_final


@pytest.mark.parametrize("name", ["counted", "replaced"])
def test_receipt__witness_before_the_ballot_or_its_replacement__is_of_the_newest_block(town: Town, name: str) -> None:
    """The running vote's last ballot came one block before the newest."""
    head = town.chain.head().number
    client = knowing(town, [said(town, NAMED, head - 2)])
    ballot = getattr(town, name)

    receipt = receipt_of(client, town, ballot)

    assert (height_of(receipt), receipt.witnesses) == (head, ())
    standing = Standing.COUNTED if name == "counted" else Standing.REPLACED
    assert judged(town, receipt).standing is standing
    near = receipt_of(knowing(town, [said(town, NAMED, head - 1)]), town, ballot)
    assert (height_of(near), judged(town, near, NAMED).standing) == (head - 1, standing)


def test_receipt__witness_before_the_close__stays_final(town: Town) -> None:
    """Of the refused vote no ballot was taken later; only the window's end lies between."""
    signed = find_seat_ballot(town.chain, town.chain_id, town.refused, 0)
    heights = range(1, town.chain.head().number + 1)
    open_until = max(h for h in heights if town.chain.header(Height(h)).timestamp < town.refused.closes)
    assert town.chain.head().number - open_until <= MAX_BEHIND
    client = knowing(town, [said(town, NAMED, open_until)])

    receipt = receipt_of(client, town, signed)

    assert judged(town, receipt).is_final
    assert height_of(receipt) == town.chain.head().number


def test_receipt__witness_of_another_block_there__holds_the_evidence(town: Town) -> None:
    head = town.chain.head().number
    client = knowing(town, [said(town, NAMED, head, OTHER)])

    receipt = receipt_of(client, town, town.final)

    assert judged(town, receipt).standing is Standing.COUNTED
    assert judged(town, receipt, NAMED).cause is Cause.EQUIVOCATION


def test_receipt__seal_that_was_brought__is_in_it(town: Town) -> None:
    client, head = client_of(town, None), town.chain.head()
    seal = make_seal(SealKind.WITNESS, town.chain_id, head.number, head.hash, NAMED)
    assert client.post("/api/v1/feed/witnesses", json={"seal": to_hex(seal.encode())}).status_code == 201

    assert receipt_of(client, town, town.final).witnesses == (seal,)


def test_receipt__own_note_of_a_watchdog__is_no_seal(town: Town) -> None:
    head = town.chain.head().number

    assert receipt_of(knowing(town, [said(town, NAMED, head, is_signed=False)]), town, town.final).witnesses == ()


def sealed(key: PrivateKey, height: int) -> tuple[Address, Seal]:
    return address_of(key), make_seal(SealKind.WITNESS, 7, Height(height), Hash32(b"\1" * 32), key)


def test_blocks__order_and_bounds() -> None:
    keys = [PrivateKey(bytes([i]) * 32) for i in range(1, 50)]
    crowd = [sealed(key, 90) for key in keys[1:]]
    own = [sealed(keys[0], height) for height in (70, 80, 90)]

    blocks = WitnessedBlocks.of([*crowd, *own], [address_of(keys[0])])

    assert blocks.heights(Height(100)) == [90, 80, 70]
    assert blocks.heights(Height(85)) == [80, 70]
    assert blocks.heights(Height(80 + MAX_BEHIND + 1)) == [90]
    assert len(blocks.at(Height(90))) == MAX_SEALS
    assert blocks.at(Height(90))[0] == own[2][1]
    assert blocks.at(Height(1)) == ()
    assert replace(blocks, seals={}).heights(Height(9)) == []
