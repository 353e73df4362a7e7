"""Headers: each follows from its parent and from what stands in the block."""

from functools import reduce
from operator import or_

from ledger.audit.checks import Checks
from ledger.bundle.parts import StoredBlock
from ledger.chain.header import EMPTY_ROOT, EMPTY_UNCLES_HASH, BadHeaderError, Header, decode_header
from ledger.chain.trie import list_root
from ledger.primitives import ZERO_ADDRESS, ZERO_HASH
from ledger.system import SystemContract

FIXED = {
    "uncles_hash": EMPTY_UNCLES_HASH,
    "difficulty": 0,
    "prev_randao": ZERO_HASH,
    "nonce": bytes(8),
    "base_fee_per_gas": 0,
    "withdrawals_root": EMPTY_ROOT,
    "blob_gas_used": 0,
    "excess_blob_gas": 0,
    "parent_beacon_block_root": ZERO_HASH,
}


class ChainRules:
    """Rules of headers, from genesis on. Shape: `head`: the last header that could be read."""

    def __init__(self, checks: Checks, genesis: Header | None) -> None:
        self._checks = checks
        self._genesis = genesis
        self.head: Header | None = None

    def take(self, stored: StoredBlock) -> Header | None:
        """The header of the next block, checked; None where its bytes are none."""
        checks = self._checks
        try:
            header = decode_header(stored.header)
        except BadHeaderError as error:
            checks.fail("header.form", "twenty canonical fields", error.detail)
            return None
        checks.count("header.form")
        checks.expect("header.number", stored.height, header.number)
        if stored.height == 0:
            self._check_genesis(header)
        elif self.head is not None:
            self._check_parent(self.head, header)
        self._check_fields(header, stored.height)
        self._check_contents(header, stored)
        self.head = header
        return header

    def _check_genesis(self, header: Header) -> None:
        if self._genesis is not None:
            self._checks.expect("genesis.header", self._genesis.hash, header.hash, _named(self._genesis, header))

    def _check_parent(self, parent: Header, header: Header) -> None:
        self._checks.expect("header.parent", parent.hash, header.parent_hash)
        later = f"later than {parent.timestamp}"
        self._checks.require("header.time", header.timestamp > parent.timestamp, later, header.timestamp)
        self._checks.expect("header.gas", parent.gas_limit, header.gas_limit, "gas_limit")

    def _check_fields(self, header: Header, height: int) -> None:
        for name, value in FIXED.items():
            self._checks.expect("header.fixed", value, getattr(header, name), name)
        allowed = (ZERO_ADDRESS, SystemContract.PERMISSIONS.address)
        is_fixed = header.fee_recipient in allowed
        self._checks.require("header.fixed", is_fixed, "zero, or Permissions", header.fee_recipient, "fee_recipient")
        if height > 0:
            self._checks.expect("header.fixed", b"", header.extra_data, "extra_data")

    def _check_contents(self, header: Header, stored: StoredBlock) -> None:
        checks, receipts = self._checks, stored.receipts
        used = receipts[-1].cumulative_gas_used if receipts else 0
        checks.expect("header.gas", used, header.gas_used, "gas_used")
        half = header.gas_limit // 2
        checks.require("header.gas", header.gas_used <= half, f"at most {half}", header.gas_used, "gas_used")
        checks.expect("header.transactions", list_root(stored.transactions), header.transactions_root)
        checks.expect("header.receipts", list_root([receipt.encode() for receipt in receipts]), header.receipts_root)
        if len(receipts) != len(stored.transactions):
            checks.fail("header.receipts", f"{len(stored.transactions)} receipts", str(len(receipts)))
        bloom = reduce(or_, (receipt.bloom for receipt in receipts), 0)
        is_bloom = bloom.to_bytes(256, "big") == header.logs_bloom
        checks.require("header.bloom", is_bloom, "the bloom of the logs", header.logs_bloom)


def _named(expected: Header, found: Header) -> str:
    return ", ".join(expected.differences(found))
