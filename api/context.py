"""What a request handler gets: the newest head, the services behind it, and who vouches for its blocks."""

from typing import Annotated

from fastapi import Depends, Request

from api.snapshot import Snapshot, Snapshots
from ledger.proofs.vouching import Vouching, sort_vouchings


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
