"""What CometBFT's RPC answers to `/commit` and `/validators`, as a signed header."""

import re
from base64 import b64decode
from collections.abc import Iterable, Mapping
from typing import Any

from ledger.primitives import Address, Hash32
from ledger.proofs.comet.commit import Commit, SignedHeader, Vote
from ledger.proofs.comet.header import BLOCK_PROTOCOL, HASHES, CometHeader
from ledger.proofs.comet.validators import Validator, ValidatorSet
from ledger.proofs.comet.wire import BlockId, CommitError, Instant, PartSet

KEY_TYPE = "tendermint/PubKeyEd25519"
FOR_THE_BLOCK, FLAGS = 2, (1, 2, 3)
"""`block_id_flag`: 1 absent, 2 for the block, 3 nil."""
_TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?Z", re.ASCII)


def read_signed_header(answer: Mapping[str, Any], validators: Iterable[Mapping[str, Any]]) -> SignedHeader:
    """Read a header with its commit.

    Shape   `answer`: the `result` of `/commit`; `validators`: the rows of `/validators` of the same height, all pages.
            Nil and absent votes become None. Nothing is believed: signatures and power are not checked here.
    Errors  CommitError if a member is missing or the parts are not of one header.
    """
    try:
        signed = answer["signed_header"]
        header, rows = _read_header(signed["header"]), signed["commit"]["signatures"]
        found = ValidatorSet(tuple(_read_validator(row) for row in validators))
        commit = signed["commit"]
        block = _read_block_id(commit["block_id"])
        votes = tuple(_read_vote(row, validator) for row, validator in zip(rows, found.validators, strict=True))
        round_number, height = int(commit["round"]), int(commit["height"])
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise CommitError(f"rpc: {type(error).__name__} {error}, expected answers of CometBFT 0.38") from error
    if (height, block.hash) != (header.height, header.hash):
        raise CommitError(f"rpc: commit of {block.hash.hex()} at {height}, expected {header.hash.hex()}")
    return SignedHeader(header, found, Commit(round_number, block.parts, votes))


def read_instant(text: str) -> Instant:
    """Read a time in RFC 3339 with up to nine digits after the point, in UTC. Errors: CommitError."""
    match = _TIME.fullmatch(text)
    if match is None:
        raise CommitError(f"rpc: time {text[:40]!r}, expected RFC 3339 in UTC")
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    seconds = _days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second
    return Instant(seconds, int((match[7] or "").ljust(9, "0")))


def _days(year: int, month: int, day: int) -> int:
    """Days from 1970-01-01; years begin in March, so that a leap day ends one."""
    year, month = (year - 1, month + 9) if month < 3 else (year, month - 3)
    leap_days = year // 4 - year // 100 + year // 400
    return year * 365 + leap_days + (153 * month + 2) // 5 + day - 1 - 719_468


def _read_header(row: Mapping[str, Any]) -> CometHeader:
    protocol = int(row["version"]["block"])
    if protocol != BLOCK_PROTOCOL:
        raise CommitError(f"rpc: block protocol {protocol}, expected {BLOCK_PROTOCOL}")
    return CometHeader(
        app_version=int(row["version"].get("app", 0)),
        chain=str(row["chain_id"]),
        height=int(row["height"]),
        time=read_instant(row["time"]),
        last_block=_read_block_id(row["last_block_id"]),
        proposer=Address(bytes.fromhex(row["proposer_address"])),
        **{name: _read_hash(row[name]) for name in HASHES},
    )


def _read_block_id(row: Mapping[str, Any]) -> BlockId:
    return BlockId(_read_hash(row["hash"]), PartSet(int(row["parts"]["total"]), _read_hash(row["parts"]["hash"])))


def _read_hash(text: str) -> Hash32:
    return Hash32(bytes.fromhex(text))


def _read_validator(row: Mapping[str, Any]) -> Validator:
    if row["pub_key"]["type"] != KEY_TYPE:
        raise CommitError(f"rpc: key of type {row['pub_key']['type']!r}, expected {KEY_TYPE!r}")
    return Validator(b64decode(row["pub_key"]["value"], validate=True), int(row["voting_power"]))


def _read_vote(row: Mapping[str, Any], validator: Validator) -> Vote | None:
    flag = row["block_id_flag"]
    if flag not in FLAGS:
        raise CommitError(f"rpc: block_id_flag {flag!r}, expected 1 to 3")
    if flag != FOR_THE_BLOCK:
        return None
    if bytes.fromhex(row["validator_address"]) != validator.address:
        raise CommitError(f"rpc: vote of {row['validator_address']}, expected {validator.address.hex()}")
    return Vote(read_instant(row["timestamp"]), b64decode(row["signature"], validate=True))
