"""What others can say of this node: witnesses that sealed its blocks, and how much waits for a block."""

import threading
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field

from api.context import Head
from api.feed.routes import MAX_HEIGHT, PREFIX
from api.models.base import AddressText, Count, Hex, Record
from api.rest.answers import INVALID, answers
from api.snapshot import Snapshot
from ledger.errors import BadInputError, CheckFailedError
from ledger.primitives import Address, Height, to_hex
from ledger.proofs.anchor import decode_anchor
from ledger.proofs.seal import Seal, SealKind, decode_seal
from ledger.proofs.vouching import Vouching, VouchingBook

KEPT_HEIGHTS = 4_096
BROUGHT = ""
"""The source of seals that were brought here, which nobody had to ask for."""
SEAL_HEX = 2 * (1 + 8 + 32 + 65)

router = APIRouter(prefix=PREFIX, tags=["feed"])


class WitnessSealError(BadInputError):
    """A seal that this node does not keep: by none of its anchor's witnesses, or over a block that it has not."""

    type = "bad-witness-seal"


class WitnessDisagreesError(CheckFailedError):
    """A witness sealed another block at a height than this node has: one of them shows another history."""

    type = "witness-disagrees"


class WitnessMessage(Record):
    """A witness seal (docs/reference/formats.md, 8)."""

    seal: Hex = Field(min_length=2 + SEAL_HEX, max_length=2 + SEAL_HEX)


class WitnessAnswer(Record):
    """A seal that was taken."""

    height: Count
    witness: AddressText


class WitnessSeals(Record):
    """Seals over one block; a reader checks them, and knows whom to trust."""

    seals: list[Hex]


class Waiting(Record):
    """What waits for a block here. A ledger on which something waits for long and no block comes stands still."""

    transactions: Count | None = Field(description="null where this node does not know")


class WitnessBook:
    """Seals of known witnesses, over the newest heights that have some. In memory: witnesses bring them again.

    Any thread may ask. Shape: `known`: the witnesses that the anchor names.
    """

    def __init__(self, anchor: str) -> None:
        self.known = frozenset(decode_anchor(anchor).witnesses) if anchor else frozenset()
        self._seals: dict[Height, dict[Address, Seal]] = {}
        self._vouched = VouchingBook()
        self._lock = threading.Lock()

    def take(self, data: bytes, head: Snapshot) -> tuple[Height, Address]:
        """Keep a seal. Errors: WitnessSealError, SealError, SignatureError, WitnessDisagreesError."""
        seal = decode_seal(data)
        if seal.kind is not SealKind.WITNESS:
            raise WitnessSealError(f"seal kind: {seal.kind.name}, expected WITNESS")
        witness = seal.signer(head.services.founding.chain_id)
        if witness not in self.known:
            raise WitnessSealError(f"witness: {to_hex(witness)}, expected one of the {len(self.known)} of the anchor")
        header = head.services.chain.header(seal.height) if seal.height <= head.height else None
        if header is None or seal.height == 0:
            raise WitnessSealError(f"height: {seal.height}, expected 1 to {head.height}")
        self._vouched.take(Vouching(witness, seal.height, seal.block_hash, header.hash, BROUGHT, seal=seal))
        if header.hash != seal.block_hash:
            raise WitnessDisagreesError(
                f"witness {to_hex(witness)}: sealed {to_hex(seal.block_hash)} at {seal.height}, here stands "
                f"{to_hex(header.hash)}"
            )
        with self._lock:
            self._seals.setdefault(seal.height, {})[witness] = seal
            while len(self._seals) > KEPT_HEIGHTS:
                del self._seals[min(self._seals)]
        return seal.height, witness

    def at(self, height: Height | None) -> list[bytes]:
        """Seals over a block; None: over the newest one that has any."""
        with self._lock:
            place = max(self._seals, default=Height(0)) if height is None else height
            return [seal.encode() for seal in self._seals.get(place, {}).values()]

    def recent(self, heights: int) -> list[tuple[Address, Seal]]:
        """Seals over the highest blocks that have any, at most so many blocks, each with its witness."""
        with self._lock:
            return [row for height in sorted(self._seals)[-heights:] for row in self._seals[height].items()]

    def vouchings(self) -> list[Vouching]:
        """What each witness that brought seals said last, and where one sealed another block than stands here."""
        return self._vouched.all()


@router.get("/witnesses", responses=answers(INVALID))
def get_witnesses(request: Request, height: Annotated[int | None, Query(ge=0, le=MAX_HEIGHT)] = None) -> WitnessSeals:
    """Witness seals over a block, by default over the newest that has any."""
    book: WitnessBook = request.app.state.witnesses
    return WitnessSeals(seals=[to_hex(seal) for seal in book.at(None if height is None else Height(height))])


@router.post("/witnesses", status_code=201, responses=answers(400, 409, 413, INVALID))
def send_witness(request: Request, head: Head, message: WitnessMessage) -> WitnessAnswer:
    """Take the seal of a witness that this node's anchor names, over a block that it has."""
    book: WitnessBook = request.app.state.witnesses
    try:
        data = bytes.fromhex(message.seal[2:])
    except ValueError as error:
        raise WitnessSealError("seal: expected whole bytes in hex") from error
    height, witness = book.take(data, head)
    return WitnessAnswer(height=height, witness=to_hex(witness))


@router.get("/waiting")
async def get_waiting(head: Head) -> Waiting:
    """How many transactions wait for a block."""
    waiting = head.services.waiting
    return Waiting(transactions=None if waiting is None else waiting())
