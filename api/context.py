"""What a request handler gets: the newest head, the services behind it, witnesses' words, voters' statements."""

from typing import Annotated

from fastapi import Depends, Request

from api.readers.checked import CheckedCounts
from api.snapshot import Snapshot, Snapshots
from ledger.proofs.vouching import Vouching, sort_vouchings
from ledger.proofs.witnessed import MAX_BEHIND, WitnessedBlocks


async def current_snapshot(request: Request) -> Snapshot:
    """The ledger as of the newest head. Asynchronous, so that it costs no thread."""
    snapshots: Snapshots = request.app.state.snapshots
    request.state.snapshot = snapshots.current()
    found: Snapshot = request.state.snapshot
    return found


Head = Annotated[Snapshot, Depends(current_snapshot)]


async def current_vouchings(request: Request, head: Head) -> list[Vouching]:
    """What witnesses said of this chain: those that are asked, and those that bring their seals."""
    source = head.services.witnesses
    brought: list[Vouching] = request.app.state.witnesses.vouchings()
    return sort_vouchings([*brought, *(source.vouchings() if source else ())])


Vouchings = Annotated[list[Vouching], Depends(current_vouchings)]


async def witnessed_blocks(request: Request, vouchings: Vouchings) -> WitnessedBlocks:
    """The witness seals that this server holds over the newest blocks, for the receipts that it makes."""
    book = request.app.state.witnesses
    heard = [(row.witness, row.seal) for row in vouchings if row.seal is not None]
    return WitnessedBlocks.of([*book.recent(MAX_BEHIND), *heard], book.known)


Witnessed = Annotated[WitnessedBlocks, Depends(witnessed_blocks)]


async def checked_counts(request: Request) -> CheckedCounts:
    """The statements of voters that this server keeps, and how many there are."""
    found: CheckedCounts = request.app.state.checked
    return found


CheckedBook = Annotated[CheckedCounts, Depends(checked_counts)]
