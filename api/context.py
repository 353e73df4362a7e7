"""What a request handler gets: the newest head, and the services behind it."""

from typing import Annotated

from fastapi import Depends, Request

from api.snapshot import Snapshot, Snapshots


async def current_snapshot(request: Request) -> Snapshot:
    """The ledger as of the newest head. Asynchronous, so that it costs no thread."""
    snapshots: Snapshots = request.app.state.snapshots
    request.state.snapshot = snapshots.current()
    found: Snapshot = request.state.snapshot
    return found


Head = Annotated[Snapshot, Depends(current_snapshot)]
