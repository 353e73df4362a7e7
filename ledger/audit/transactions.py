"""Transactions: their form, their order by nonce, and whether they may stand in a block (formats.md, 7)."""

from collections import defaultdict
from collections.abc import Mapping

from ledger.audit.checks import Checks
from ledger.audit.record import AuditBlock, AuditTransaction
from ledger.chain.admission import Admission, PermissionsReader
from ledger.chain.transaction import BadTransactionError, Transaction, decode_transaction
from ledger.primitives import ZERO_ADDRESS, Address


class TransactionRules:
    """Rules of transactions. `nonces`: of the accounts in genesis."""

    def __init__(self, checks: Checks, chain_id: int, nonces: Mapping[Address, int]) -> None:
        self._checks = checks
        self._chain_id = chain_id
        self._nonces: defaultdict[Address, int] = defaultdict(int, nonces)

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
            self._checks.expect("transaction.nonce", self._nonces[decoded.sender], decoded.nonce)
            self._nonces[decoded.sender] = decoded.nonce + 1
            if not is_act:
                self._check_admission(admission, transaction, decoded)

    def _check_admission(self, admission: Admission, transaction: AuditTransaction, decoded: Transaction) -> None:
        reason = admission.refuse_before(decoded)
        reason = reason or admission.refuse_after(decoded, transaction.receipt.success)
        self._checks.require("transaction.admission", reason is None, "one that may stand here", reason)
