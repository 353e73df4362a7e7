"""Transactions: their form, their order by nonce, and whether they may stand in a block (formats.md, 7)."""

from collections.abc import Mapping

from ledger.audit.checks import Checks
from ledger.audit.record import AuditBlock, AuditTransaction
from ledger.bundle.tables import Tables
from ledger.chain.admission import Admission, PermissionsReader
from ledger.chain.transaction import BadTransactionError, Transaction, decode_transaction
from ledger.primitives import ZERO_ADDRESS, Address

NONCE_BYTES = 9


class TransactionRules:
    """Rules of transactions. `nonces`: of the accounts in genesis."""

    def __init__(self, checks: Checks, chain_id: int, nonces: Mapping[Address, int], tables: Tables) -> None:
        self._checks = checks
        self._chain_id = chain_id
        self._nonces = tables.table()
        for account, nonce in nonces.items():
            self._set_nonce(account, nonce)

    def decode(self, raw: bytes) -> Transaction | None:
        """The transaction, None where the bytes are none."""
        try:
            decoded = decode_transaction(raw, self._chain_id)
        except BadTransactionError as error:
            self._checks.fail("transaction.form", "a transaction of this ledger", error.detail)
            return None
        self._checks.count("transaction.form")
        return decoded

    def take(self, block: AuditBlock, permissions: PermissionsReader) -> None:
        """Check nonces and admission; an act's is for `ActRules`. `permissions`: after the parent block."""
        admission = Admission(permissions)
        is_act = block.header.fee_recipient != ZERO_ADDRESS
        for transaction in block.transactions:
            self._checks.at(block.height, transaction.index)
            decoded = transaction.decoded
            if decoded is None:
                continue
            self._checks.expect("transaction.nonce", self._nonce(decoded.sender), decoded.nonce)
            self._set_nonce(decoded.sender, decoded.nonce + 1)
            if not is_act:
                self._check_admission(admission, transaction, decoded)

    def _nonce(self, account: Address) -> int:
        return int.from_bytes(self._nonces.get(account) or b"", "big")

    def _set_nonce(self, account: Address, nonce: int) -> None:
        self._nonces.put(account, nonce.to_bytes(NONCE_BYTES, "big"))

    def _check_admission(self, admission: Admission, transaction: AuditTransaction, decoded: Transaction) -> None:
        reason = admission.refuse_before(decoded)
        reason = reason or admission.refuse_after(decoded, transaction.receipt.success)
        self._checks.require("transaction.admission", reason is None, "one that may stand here", reason)
