"""Transactions that no block may hold, whatever the way on which they come."""

import os

from eth_account import Account as EthAccount

from ledger.chain.transaction import sign_transaction
from ledger.system import SystemContract
from tests.node.consensus.comet.stage import ANYBODY, Founded


def other_transactions(founded: Founded) -> dict[str, bytes]:
    """By name, each with the nonce that is next once the registrar's 0 and 1 are taken."""
    relay = founded.keys["relay"]
    account = EthAccount.from_key(relay)
    plain = {"nonce": 0, "to": "0x" + "11" * 20, "value": 0, "gas": 100_000, "data": b""}
    fees = {"maxFeePerGas": 0, "maxPriorityFeePerGas": 0, "chainId": founded.chain_id}
    blob = {**plain, **fees, "type": 3, "maxFeePerBlobGas": 1, "blobVersionedHashes": [b"\x01" + bytes(31)]}
    authority = account.sign_authorization({"chainId": founded.chain_id, "address": "0x" + "22" * 20, "nonce": 1})
    set_code = {**plain, **fees, "type": 4, "authorizationList": [authority]}
    good = founded.admit(2)
    return {
        "no bytes": b"",
        "one byte": b"\x02",
        "garbage": b"\xc9" * 300,
        "largest garbage": os.urandom(128 * 1024),
        "over the size": bytes(128 * 1024 + 1),
        "trailing bytes": good + b"\x00",
        "cut off": good[:-1],
        "other chain": founded.admit(2, chain_id=founded.chain_id + 1),
        "no chain": bytes(account.sign_transaction({**plain, "gasPrice": 0}).raw_transaction),
        "blob": bytes(account.sign_transaction(blob).raw_transaction),
        "set code": bytes(account.sign_transaction(set_code).raw_transaction),
        "nonce gap": founded.admit(3),
        "used nonce": founded.admit(0),
        "over the quota": founded.admit(2, gas_limit=2**24 + 1),
        "no duty": sign_transaction(
            ANYBODY, chain_id=founded.chain_id, nonce=0, to=SystemContract.ROLL.address, data=b"1234", gas_limit=10**6
        ),
        "contract creation": founded.admit(2, to=None),
        "nothing accepted": founded.cast_nothing(),
        "no balance": founded.admit(2, max_fee_per_gas=1),
    }
