"""Promises: what a relay signs before a ballot is in a durable sealed block (formats.md, 11)."""

from dataclasses import dataclass

from coincurve import PrivateKey

from ledger.primitives import Address, Hash32, Height
from ledger.secp256k1 import recover_address, sign_digest
from ledger.tagged import hash_words, tag_of

PROMISE_TAG = tag_of("ortaq/promise/1")


@dataclass(frozen=True, slots=True)
class Promise:
    """A relay's word that a ballot will stand in a block no later than `include_by`."""

    chain_id: int
    ballot_digest: Hash32
    include_by: Height
    signature: bytes

    def relay(self) -> Address:
        """The address whose key promised. Errors: SignatureError."""
        return recover_address(promise_digest(self.chain_id, self.ballot_digest, self.include_by), self.signature)


def promise_digest(chain_id: int, ballot_digest: Hash32, include_by: int) -> Hash32:
    return hash_words(PROMISE_TAG, chain_id, ballot_digest, include_by)


def make_promise(chain_id: int, ballot_digest: Hash32, include_by: Height, key: PrivateKey) -> Promise:
    signature = sign_digest(key, promise_digest(chain_id, ballot_digest, include_by))
    return Promise(chain_id, ballot_digest, include_by, signature)
