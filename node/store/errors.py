"""What can go wrong with a store on disk."""

from ledger.errors import BadInputError, LedgerError


class StoreFullError(LedgerError):
    """There is no room for the commit. Nothing of it was written; the store works again once there is room."""

    type = "store-full"


class StoreDamagedError(BadInputError):
    """The files are cut off, altered or not a store of this program."""

    type = "store-damaged"


class StoreLockedError(BadInputError):
    """Another process writes to the store."""

    type = "store-locked"


class StoreMismatchError(BadInputError):
    """The store belongs to another ledger, or has another format version."""

    type = "store-mismatch"


class NoStoreError(BadInputError):
    """There is no store at the path."""

    type = "no-store"
