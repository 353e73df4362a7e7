"""Shares and seats: shares never move, and there are never more seats than shares."""

from ledger.audit.checks import Checks
from ledger.audit.record import AuditTransaction, Event
from ledger.audit.tables import SEAT_BYTES
from ledger.bundle.tables import Tables
from ledger.primitives import ZERO_ADDRESS
from ledger.system import SystemContract

SHARE_BYTES = 32


class People:
    """Membership and Roll, from genesis on. Shape: `standing`: shares; `issued`: ids given so far; `seats`: filled."""

    def __init__(self, checks: Checks, tables: Tables) -> None:
        self._checks = checks
        self._owners = tables.table()
        # since (5 bytes), key (20)
        self._roll = tables.table()
        self.standing = 0
        self.issued = 0
        self.seats = 0

    def entry(self, seat: int) -> int:
        """since << 160 | key, 0 for no such seat."""
        if seat >= self.seats:
            return 0
        return int.from_bytes(self._roll.get(seat.to_bytes(SEAT_BYTES, "big")) or b"", "big")

    def take(self, transaction: AuditTransaction, event: Event, time: int) -> None:
        if event.kind is SystemContract.MEMBERSHIP and event.name == "Transfer":
            self._take_transfer(event)
        elif event.kind is SystemContract.ROLL and event.name == "Filled":
            self._take_filled(transaction, event, time)
        elif event.kind is SystemContract.ROLL and event.name == "Renewed":
            self._set(event.values["seat"], time, bytes(event.values["key"]))

    def _take_transfer(self, event: Event) -> None:
        sender, receiver, id_ = (event.values[name] for name in ("sender", "receiver", "token_id"))
        share = int(id_).to_bytes(SHARE_BYTES, "big")
        owner = self._owners.get(share)
        name = f"share {id_}"
        if sender == ZERO_ADDRESS:
            holds = receiver != ZERO_ADDRESS and id_ == self.issued + 1
            self._checks.require("share.moved", holds, f"a new share, with id {self.issued + 1}", id_, name)
            self._owners.put(share, bytes(receiver))
            self.issued, self.standing = max(self.issued, id_), self.standing + 1
            return
        holds = receiver == ZERO_ADDRESS and owner == sender
        found = f"from 0x{bytes(sender).hex()} to 0x{bytes(receiver).hex()}"
        self._checks.require("share.moved", holds, "an end by its owner's share, to nobody", found, name)
        self._owners.drop(share)
        if owner is not None and receiver == ZERO_ADDRESS:
            self.standing -= 1

    def _take_filled(self, transaction: AuditTransaction, event: Event, time: int) -> None:
        first, count = event.values["first"], event.values["count"]
        self._checks.expect("roll.count", self.seats, first, "first seat")
        arguments = transaction.arguments(event, "fill")
        keys = b"" if arguments is None else bytes(arguments["keys"])
        if arguments is None:
            self._checks.skip("ballot.seat", "seats were filled by a contract, whose keys are not in calldata")
            keys = bytes(20 * count)
        elif self._checks.expect("roll.count", 20 * count, len(keys), "bytes of keys"):
            has_zero = any(keys[i : i + 20] == ZERO_ADDRESS for i in range(0, len(keys), 20))
            self._checks.require("roll.count", not has_zero, "no zero key", "one")
        for i in range(0, len(keys), 20):
            self._put(self.seats, time, keys[i : i + 20])
            self.seats += 1
        self._checks.require("roll.count", self.seats <= self.standing, f"at most {self.standing} seats", self.seats)

    def _set(self, seat: int, since: int, key: bytes) -> None:
        if self._checks.require("roll.count", seat < self.seats, f"a seat below {self.seats}", seat):
            self._put(seat, since, key)

    def _put(self, seat: int, since: int, key: bytes) -> None:
        self._roll.put(seat.to_bytes(SEAT_BYTES, "big"), since.to_bytes(5, "big") + key)
