"""CIDs in text and in bytes: one form, read strictly."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multiformats import CID

from ledger.evidence.cid import Cid, Codec, cid_of, encode_cid_bytes, parse_cid
from ledger.evidence.errors import BadCidError

HELLO = "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e"


def test_cid_of__known_text__is_the_published_cid():
    assert str(cid_of(Codec.RAW, b"hello world")) == HELLO


def test_cid_bytes__raw_file__are_version_codec_hash_length_digest():
    expected = bytes.fromhex("01551220") + hashlib.sha256(b"hello world").digest()
    assert encode_cid_bytes(parse_cid(HELLO)) == expected


@given(st.sampled_from(Codec), st.binary(min_size=32, max_size=32))
def test_parse_cid__both_forms__give_back_the_cid(codec, digest):
    cid = Cid(codec, digest)
    assert parse_cid(str(cid)) == cid
    assert parse_cid(encode_cid_bytes(cid)) == cid


OTHER = CID("base32", 1, "raw", ("sha2-256", bytes(32)))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        HELLO.upper(),
        " " + HELLO,
        HELLO + "\n",
        HELLO[:-1],
        HELLO + "a",
        HELLO[:-1] + "f",  # the last character's loose bits set
        HELLO[:-1] + "1",
        HELLO[:-1] + "é",
        "/ipfs/" + HELLO,
        "QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n",
        OTHER.encode("base58btc"),
        OTHER.encode("base64url"),
        str(CID("base32", 1, "dag-cbor", ("sha2-256", bytes(32)))),
        str(CID("base32", 1, "raw", ("sha2-512", bytes(64)))),
        str(CID("base32", 1, "raw", ("blake3", bytes(32)))),
    ],
)
def test_parse_cid__any_other_text__is_refused(text):
    with pytest.raises(BadCidError, match="cid: found"):
        parse_cid(text)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        encode_cid_bytes(parse_cid(HELLO))[:-1],
        encode_cid_bytes(parse_cid(HELLO)) + b"\0",
        bytes.fromhex("02551220") + bytes(32),
        bytes.fromhex("01711220") + bytes(32),
        bytes.fromhex("01551b20") + bytes(32),
        bytes.fromhex("0155121f") + bytes(32),
    ],
)
def test_parse_cid__any_other_bytes__are_refused(data):
    with pytest.raises(BadCidError, match="cid: found"):
        parse_cid(data)


def test_parse_cid__a_very_long_text__is_not_repeated_whole():
    with pytest.raises(BadCidError) as caught:
        parse_cid("b" * 1_000_000)
    assert len(caught.value.detail) < 300


@given(st.one_of(st.text(), st.binary(), st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=58, max_size=58)))
def test_parse_cid__garbage__raises_only_its_own_error(garbage):
    for source in (garbage, "b" + garbage if isinstance(garbage, str) else b"\x01\x55\x12\x20" + garbage):
        try:
            cid = parse_cid(source)
        except BadCidError:
            continue
        assert source in (str(cid), encode_cid_bytes(cid))
