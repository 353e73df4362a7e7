"""The golden vectors of docs/reference/formats.md, and the same numbers by other people's libraries."""

import json

from eth_abi import encode as abi_encode
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils import keccak

from ledger.primitives import to_hex
from ledger.proofs.anchor import decode_anchor
from ledger.proofs.seal import SealKind, decode_seal
from ledger.proofs.succession import succession_signers
from scripts.vectors import PATH, make_vectors

VECTORS = json.loads(PATH.read_text())


def test_vectors__made_anew__equal_the_committed_ones() -> None:
    assert json.loads(json.dumps(make_vectors())) == VECTORS


def test_ballot_digest__by_eth_account__is_the_same_and_recovers_the_key() -> None:
    chain_id = VECTORS["founding"]["chain_id"]
    for vector in VECTORS["ballots"].values():
        message = encode_typed_data(
            {"name": "ortaq", "version": "1", "chainId": chain_id, "verifyingContract": VECTORS["system"]["Ballots"]},
            {
                "Ballot": [
                    {"name": "question", "type": "bytes32"},
                    {"name": "seat", "type": "uint32"},
                    {"name": "sequence", "type": "uint16"},
                    {"name": "choice", "type": "bytes"},
                ]
            },
            {
                "question": vector["question"],
                "seat": vector["seat"],
                "sequence": vector["sequence"],
                "choice": vector["choice"],
            },
        )
        digest = keccak(b"\x19" + message.version + message.header + message.body)
        assert "0x" + digest.hex() == vector["digest"]
        record = bytes.fromhex(vector["record"][2:])
        r, vs = record[-64:-32], int.from_bytes(record[-32:], "big")
        address = Account.recover_message(
            message, vrs=(27 + (vs >> 255), int.from_bytes(r, "big"), vs & (1 << 255) - 1)
        )
        assert address == Account.from_key(vector["key"]).address
        assert record[:5] == vector["seat"].to_bytes(4, "big") + bytes([vector["sequence"]])


def test_checked_digest__by_eth_account__is_the_same() -> None:
    vector = VECTORS["checked"]
    message = encode_typed_data(
        {
            "name": "ortaq checked",
            "version": "1",
            "chainId": VECTORS["founding"]["chain_id"],
            "verifyingContract": VECTORS["system"]["Ballots"],
        },
        {
            "Checked": [
                {"name": "question", "type": "bytes32"},
                {"name": "seat", "type": "uint32"},
                {"name": "ballot", "type": "bytes32"},
            ]
        },
        {name: vector[name] for name in ("question", "seat", "ballot")},
    )
    digest = keccak(b"\x19" + message.version + message.header + message.body)
    assert "0x" + digest.hex() == vector["digest"]
    assert "0x" + message.header.hex() == vector["domain"]


def test_founding__by_abi_encoding__is_the_same() -> None:
    founding = VECTORS["founding"]
    keys = sorted(
        duty.encode().ljust(32, b"\0") + bytes.fromhex(address[2:]).rjust(32, b"\0")
        for duty, address in founding["keys"]
    )
    words = [keccak(b"ortaq/founding/1"), keccak(founding["text"].encode()), keccak(b"".join(keys))]
    digest = keccak(abi_encode(["bytes32"] * 4, [*words, bytes.fromhex(founding["nonce"][2:])]))
    assert "0x" + digest.hex() == founding["founding"]
    assert founding["chain_id"] == int.from_bytes(digest[:6], "big")


def test_choice__canonical_bytes__as_the_format_says() -> None:
    choices = {name: vector["choice"] for name, vector in VECTORS["forms"].items()}
    assert choices["yes-no"] == "0x02"
    assert choices["approval-mask"] == "0x2101"  # options 1, 9 and 14: bits 0, 8 and 13
    assert choices["approval-list"] == "0x0358af" + "00" * 12
    assert choices["ordinal"] == "0x080104"
    assert choices["cumulative"] == "0x02040501" + "00" * 6
    assert choices["score"] == "0x010000" + "2703e8" + "00" * 114


def test_seal__read_back__names_its_signer() -> None:
    sealer = bytes.fromhex(VECTORS["sealers"]["members"][0][0][2:])
    for kind in (SealKind.SOLO, SealKind.WITNESS):
        seal = decode_seal(bytes.fromhex(VECTORS["seals"][kind.name.lower()]["seal"][2:]))
        assert (seal.kind, seal.height) == (kind, VECTORS["seals"]["height"])
        assert seal.signer(VECTORS["founding"]["chain_id"]) == sealer
        assert seal.signer(VECTORS["founding"]["chain_id"] + 1) != sealer


def test_succession__by_eth_abi_and_eth_account__is_the_same() -> None:
    vector, seals = VECTORS["succession"], VECTORS["seals"]
    chain_id, block_hash = VECTORS["founding"]["chain_id"], bytes.fromhex(seals["block_hash"][2:])
    types, words = ["uint256", "uint256"] + ["address"] * 3, [vector["threshold"], vector["silence"], *vector["keys"]]
    assert "0x" + keccak(keccak(b"ortaq/recovery/1") + abi_encode(types, words)).hex() == vector["recovery"]
    words = [chain_id, seals["height"], block_hash]
    digest = keccak(keccak(b"ortaq/seal/succession/1") + abi_encode(["uint256", "uint256", "bytes32"], words))
    assert "0x" + digest.hex() == vector["digest"]
    seal = decode_seal(bytes.fromhex(vector["seal"][2:]))
    assert seal.kind is SealKind.SUCCESSION
    assert [to_hex(signer) for signer in succession_signers(seal, chain_id)] == vector["keys"][:2]


def test_consensus_acts__read_by_eth_account__are_from_everybodys_key() -> None:
    sender = Account.from_key(keccak(b"ortaq/consensus-act/1")).address
    for name, signature in (("succeed", "succeed(address)"), ("punish", "punish(bytes32,uint256)")):
        raw = VECTORS["succession"]["acts"][name]
        assert Account.recover_transaction(raw) == sender
        assert keccak(signature.encode())[:4].hex() in raw


def test_anchor__text__gives_the_same_bytes() -> None:
    anchor = decode_anchor(VECTORS["anchor"]["text"])
    assert "0x" + anchor.encode().hex() == VECTORS["anchor"]["bytes"]
    assert anchor.phrase == VECTORS["anchor"]["phrase"]
    assert (anchor.issued, anchor.until) == (1_700_000_000, 1_731_536_000)
