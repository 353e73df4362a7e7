"""What CometBFT 0.38 keeps of its state and of its newest block: rows of its two databases, as protobuf."""

from dataclasses import dataclass

from ledger.proofs.comet.commit import SignedHeader
from ledger.proofs.comet.header import BLOCK_PROTOCOL, HASHES, CometHeader
from ledger.proofs.comet.validators import Validator
from ledger.proofs.comet.wire import BlockId, bytes_field, encode_varint, message_field, number_field
from ledger.snapshot.consensus import ConsensusStart
from node.consensus.comet.genesis import APP_VERSION, EVIDENCE_BLOCKS, EVIDENCE_BYTES, EVIDENCE_S, MAX_BLOCK_BYTES
from node.consensus.comet.process import VERSION
from node.snapshot.proposers import Turn

ABSENT, FOR_THE_BLOCK = 1, 2
NO_TIME = -62_135_596_800
"""Seconds of Go's zero time: the first of January of the year 1."""


@dataclass(frozen=True, slots=True)
class CometStart:
    """CometBFT after a consensus block. Shape: `turns`: of that height and the two after it."""

    start: ConsensusStart
    initial_height: int
    turns: tuple[Turn, Turn, Turn]

    @property
    def height(self) -> int:
        return self.start.decided.header.height


def state_rows(comet: CometStart) -> dict[bytes, bytes]:
    """Rows of `state.db`. Source: `Store.Bootstrap` in CometBFT."""
    height, (last, current, following) = comet.height, comet.turns
    rows = {
        b"validatorsKey:%d" % at: message_field(1, _validator_set(turn)) + number_field(2, at)
        for at, turn in enumerate((last, current, following), height)
    }
    rows[b"consensusParamsKey:%d" % (height + 1)] = message_field(1, _parameters()) + number_field(2, height + 1)
    rows[b"stateKey"] = _state(comet)
    return rows


def block_rows(comet: CometStart) -> dict[bytes, bytes]:
    """Rows of `blockstore.db`: the newest block without its content, which other members have."""
    decided, height = comet.start.decided, comet.height
    block_id = _block_id(decided)
    meta = message_field(1, block_id) + message_field(3, _header(decided.header))
    return {
        b"blockStore": number_field(1, height) + number_field(2, height),
        b"H:%d" % height: meta,
        b"BH:" + decided.header.hash.hex().encode(): b"%d" % height,
        b"SC:%d" % height: _commit(decided, block_id),
    }


def _state(comet: CometStart) -> bytes:
    decided, current = comet.start.decided, comet.start.current.header
    last, present, following = comet.turns
    height = comet.height
    consensus = number_field(1, BLOCK_PROTOCOL) + number_field(2, APP_VERSION)
    return b"".join(
        (
            message_field(1, message_field(1, consensus) + bytes_field(2, VERSION.encode())),
            bytes_field(2, current.chain.encode()),
            number_field(3, height),
            message_field(4, _block_id(decided)),
            message_field(5, decided.header.time.encode()),
            message_field(6, _validator_set(following)),
            message_field(7, _validator_set(present)),
            message_field(8, _validator_set(last)),
            number_field(9, height + 2),
            message_field(10, _parameters()),
            number_field(11, height + 1),
            bytes_field(12, current.last_results_hash),
            bytes_field(13, current.app_hash),
            number_field(14, comet.initial_height),
        )
    )


def _validator_set(turn: Turn) -> bytes:
    rows = [_validator(*row) for row in zip(turn.validators.validators, turn.priorities, strict=True)]
    place = turn.validators.validators.index(turn.proposer)
    return b"".join(message_field(1, row) for row in rows) + message_field(2, rows[place])


def _validator(validator: Validator, priority: int) -> bytes:
    return b"".join(
        (
            bytes_field(1, validator.address),
            message_field(2, bytes_field(1, validator.key)),
            number_field(3, validator.power),
            number_field(4, priority % (1 << 64)),
        )
    )


def _parameters() -> bytes:
    """`ConsensusParams`, as `make_genesis_document` names them; no ballot changes them."""
    age = number_field(1, EVIDENCE_S)
    evidence = number_field(1, EVIDENCE_BLOCKS) + message_field(2, age) + number_field(3, EVIDENCE_BYTES)
    return b"".join(
        (
            message_field(1, number_field(1, MAX_BLOCK_BYTES) + number_field(2, (1 << 64) - 1)),
            message_field(2, evidence),
            message_field(3, bytes_field(1, b"ed25519")),
            message_field(4, number_field(1, APP_VERSION)),
            message_field(5, b""),
        )
    )


def _header(header: CometHeader) -> bytes:
    version = number_field(1, BLOCK_PROTOCOL) + number_field(2, header.app_version)
    return b"".join(
        (
            message_field(1, version),
            bytes_field(2, header.chain.encode()),
            number_field(3, header.height),
            message_field(4, header.time.encode()),
            message_field(5, header.last_block.encode()),
            *(bytes_field(6 + place, getattr(header, name)) for place, name in enumerate(HASHES)),
            bytes_field(14, header.proposer),
        )
    )


def _block_id(signed: SignedHeader) -> bytes:
    return BlockId(signed.header.hash, signed.commit.parts).encode()


def _commit(signed: SignedHeader, block_id: bytes) -> bytes:
    fields = number_field(1, signed.header.height) + number_field(2, signed.commit.round) + message_field(3, block_id)
    for validator, vote in zip(signed.validators.validators, signed.commit.votes, strict=True):
        if vote is None:
            nobody = encode_varint(1 << 3) + encode_varint(NO_TIME % (1 << 64))
            fields += message_field(4, number_field(1, ABSENT) + message_field(3, nobody))
            continue
        row = number_field(1, FOR_THE_BLOCK) + bytes_field(2, validator.address) + message_field(3, vote.time.encode())
        fields += message_field(4, row + bytes_field(4, vote.signature))
    return fields
