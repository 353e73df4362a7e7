"""What a vote costs on OpenZeppelin's Governor: the baseline of bench/gas.py, compiled in bench/governor.json."""

import json
from pathlib import Path
from typing import Any

from coincurve import PrivateKey
from eth_abi.abi import encode as encode_abi

from bench.single_blocks import OFFICE, Ledger
from ledger.primitives import Address, Hash32, keccak256
from ledger.secp256k1 import address_of, sign_digest
from tests.node.execution.ledgers import CHAIN_ID

COMPILED = Path(__file__).with_name("governor.json")
VOTERS = 40
"""Votes of each kind."""
BALLOT_TYPE = keccak256(b"Ballot(uint256 proposalId,uint8 support,address voter,uint256 nonce)")


def measure_governor() -> dict[str, float]:
    """castVote and castVoteBySig, the mean of many voters' first votes; the first of each choice, which fill the
    proposal's counts, are left out.
    """
    ledger = Ledger()
    keys = [keccak256(b"voter %d" % i) for i in range(2 * VOTERS)]
    governor, proposal = _propose(ledger, keys)
    direct = [
        _call(ledger, governor, "castVote(uint256,uint8)", [proposal, i % 3], key)
        for i, key in enumerate(keys[:VOTERS])
    ]
    signed = [
        _call(ledger, governor, "castVoteBySig(uint256,uint8,address,bytes)", _signed(governor, proposal, i % 3, key))
        for i, key in enumerate(keys[VOTERS:])
    ]
    return {"castVote": sum(direct[3:]) / (VOTERS - 3), "castVoteBySig": sum(signed) / VOTERS}


def _propose(ledger: Ledger, keys: list[bytes]) -> tuple[Address, int]:
    """A Governor with a member for each key, and a proposal that is open."""
    compiled: dict[str, Any] = json.loads(COMPILED.read_text())
    share = ledger.deploy(bytes.fromhex(compiled["share"]["bytecode"][2:]))
    creation = bytes.fromhex(compiled["governor"]["bytecode"][2:])
    governor = ledger.deploy(creation + encode_abi(["address"], [share]))
    _call(ledger, share, "admit(address[])", [[address_of(key) for key in keys]])
    target = [[share], [0], [b""], "p"]
    _call(ledger, governor, "propose(address[],uint256[],bytes[],string)", target)
    described = [*target[:3], keccak256(b"p")]
    types = "hashProposal(address[],uint256[],bytes[],bytes32)"
    proposal = int.from_bytes(ledger.call(governor, _encode(types, described)), "big")
    for _ in range(3):
        _call(ledger, share, "admit(address[])", [[]])
    return governor, proposal


def _signed(governor: Address, proposal: int, support: int, key: bytes) -> list[Any]:
    """Arguments of castVoteBySig."""
    voter = address_of(key)
    types = ["bytes32", "uint256", "uint8", "address", "uint256"]
    struct = encode_abi(types, [BALLOT_TYPE, proposal, support, voter, 0])
    digest = keccak256(b"\x19\x01" + _governor_domain(governor) + keccak256(struct))
    raw = sign_digest(PrivateKey(key), digest)
    return [proposal, support, voter, raw[:64] + bytes([27 + raw[64]])]


def _governor_domain(governor: Address) -> Hash32:
    kind = keccak256(b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
    types = ["bytes32", "bytes32", "bytes32", "uint256", "address"]
    return keccak256(encode_abi(types, [kind, keccak256(b"Assembly"), keccak256(b"1"), CHAIN_ID, governor]))


def _encode(signature: str, values: list[Any]) -> bytes:
    types = signature[signature.index("(") + 1 : -1].split(",")
    return keccak256(signature.encode())[:4] + encode_abi(types, values)


def _call(ledger: Ledger, to: Address, signature: str, values: list[Any], key: bytes = OFFICE) -> int:
    return ledger.send(to, _encode(signature, values), key)
