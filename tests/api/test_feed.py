"""The feed: bytes that a bundle's parts are made of."""

import asyncio
import json

import pytest

from api.feed.live import MAX_LISTENERS, Listeners, TooManyListenersError, stream_heads
from ledger.bundle.frames import decode_block, decode_receipts, split_seals
from ledger.bundle.multiproof import decode_multiproof, verify_multiproof
from ledger.chain.header import decode_header
from ledger.primitives import Height
from ledger.proofs.slots import question_slot
from ledger.system import SystemContract
from tests.api.app_client import AppClient
from tests.api.town import Town

FEED = "/api/v1/feed"


def test_blocks__whole_chain__are_those_of_the_store(client: AppClient, town: Town) -> None:
    head = town.chain.head().number
    frames = split_seals(client.get(f"{FEED}/blocks", params={"first": 0}).content, "blocks")
    assert len(frames) == 3 * (head + 1)
    for height in range(head + 1):
        block, receipts, seal = frames[3 * height : 3 * height + 3]
        header, transactions = decode_block(block, "block")
        assert decode_header(header) == town.chain.header(Height(height))
        assert transactions == town.chain.block(Height(height)).transactions
        assert decode_receipts(receipts, "receipts") == town.chain.receipts(Height(height))
        assert seal == (town.chain.seal(Height(height)) or b"")


def test_blocks__range__ends_where_asked(client: AppClient) -> None:
    answer = client.get(f"{FEED}/blocks", params={"first": 3, "last": 5})
    assert len(split_seals(answer.content, "blocks")) == 9


def test_blocks__above_the_head__unknown(client: AppClient) -> None:
    answer = client.get(f"{FEED}/blocks", params={"first": 10**6})
    assert (answer.status_code, answer.json()["type"]) == (404, "unknown-block")


def test_proofs__of_a_question__hold_against_the_header(client: AppClient, town: Town) -> None:
    ballots = SystemContract.BALLOTS.address
    rows = [f"0x{ballots.hex()}:{question_slot(id_):#x}" for id_ in (1, 2, 99)]
    head = town.chain.head()
    answer = client.get(f"{FEED}/proofs", params={"height": head.number, "row": rows})
    proof = decode_multiproof(answer.content, "proofs")
    verify_multiproof(proof, head.state_root)
    values = dict(proof.values)
    assert values[ballots, question_slot(1)] == int.from_bytes(town.decided.hash, "big")
    assert values[ballots, question_slot(99)] == 0


def test_proofs__bad_rows__refused(client: AppClient) -> None:
    for rows in (["x"], ["0x00:1"], ["0x" + "00" * 20 + ":-1"], ["0x" + "00" * 20 + ":1"] * 2):
        answer = client.get(f"{FEED}/proofs", params={"height": 1, "row": rows})
        assert (answer.status_code, answer.json()["type"]) == (400, "bad-row")
    assert client.get(f"{FEED}/proofs", params={"height": 1}).status_code == 422


def test_evidence__block_by_cid__its_bytes_or_unknown(client: AppClient, town: Town) -> None:
    cid = town.evidence.add(b"a page of minutes")
    assert client.get(f"{FEED}/evidence/{cid}").content == b"a page of minutes"
    absent = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy"
    assert client.get(f"{FEED}/evidence/{absent}").status_code == 404
    assert client.get(f"{FEED}/evidence/..%2f..%2fetc").status_code in (400, 404)


def test_founding__not_given_to_this_node__said(client: AppClient) -> None:
    for name in ("genesis", "text", "founding"):
        answer = client.get(f"{FEED}/{name}")
        assert (answer.status_code, answer.json()["type"]) == (404, "unknown-founding-file")


def test_live__blocks_behind__come_as_events(town: Town) -> None:
    head = town.chain.head()
    listeners = Listeners()
    listeners.join()

    async def take() -> list[str]:
        stream = stream_heads(town.chain, head.number - 2, listeners)
        events = [await anext(stream), await anext(stream)]
        await stream.aclose()
        return events

    events = asyncio.run(take())
    facts = [json.loads(event.split("data: ")[1]) for event in events]
    assert [fact["height"] for fact in facts] == [head.number - 1, head.number]
    assert facts[1]["hash"] == "0x" + head.hash.hex()
    assert listeners.count == 0


def test_live__too_many_listeners__refused() -> None:
    listeners = Listeners(MAX_LISTENERS)
    with pytest.raises(TooManyListenersError) as caught:
        listeners.join()
    assert caught.value.status_code == 503
