"""Admission: a duty within its quota, or an entry that accepted something; nothing else."""

from dataclasses import dataclass, field

from coincurve import PrivateKey

from ledger.chain.admission import DEPLOYER, Admission
from ledger.chain.transaction import Transaction, decode_transaction, sign_transaction
from ledger.primitives import Address, Gas
from ledger.secp256k1 import address_of

CHAIN = 5
RELAY, STRANGER = b"\x01" * 32, b"\x02" * 32
BALLOTS = Address(b"\xbb" * 20)
CAST = b"\x01\x02\x03\x04"


@dataclass
class Permissions:
    duties: dict[Address, tuple[int, Gas]] = field(default_factory=dict)
    entries: dict[tuple[Address, bytes], Gas] = field(default_factory=dict)

    def duty_of(self, account: Address) -> tuple[int, Gas]:
        return self.duties.get(account, (0, Gas(0)))

    def entry_bound(self, account: Address, selector: bytes) -> Gas:
        return self.entries.get((account, selector), Gas(0))


PERMISSIONS = Permissions({address_of(PrivateKey(RELAY)): (2, Gas(250_000))}, {(BALLOTS, CAST): Gas(100_000)})


def transaction(key: bytes, gas: int, to: Address | None = BALLOTS, data: bytes = CAST) -> Transaction:
    return decode_transaction(sign_transaction(key, chain_id=CHAIN, nonce=0, to=to, data=data, gas_limit=gas), CHAIN)


def test_entry__by_a_stranger_within_its_bound__is_admitted_if_it_accepted_something() -> None:
    admission = Admission(PERMISSIONS)
    call = transaction(STRANGER, 100_000)
    assert admission.refuse_before(call) is None
    assert admission.refuse_after(call, success=True) is None
    assert "reverted" in (admission.refuse_after(call, success=False) or "")


def test_entry__over_its_bound__is_refused() -> None:
    assert "no duty" in (Admission(PERMISSIONS).refuse_before(transaction(STRANGER, 100_001)) or "")


def test_other_call__by_a_stranger__is_refused() -> None:
    for call in (
        transaction(STRANGER, 50_000, data=b"\x01\x02\x03\x05"),
        transaction(STRANGER, 50_000, data=CAST[:3]),
        transaction(STRANGER, 50_000, to=Address(b"\xcc" * 20)),
    ):
        assert "no duty" in (Admission(PERMISSIONS).refuse_before(call) or "")


def test_duty__calls_add_up_to_its_quota__the_next_is_refused() -> None:
    admission = Admission(PERMISSIONS)
    other = transaction(RELAY, 125_000, to=Address(b"\xcc" * 20))
    for _ in range(2):
        assert admission.refuse_before(other) is None
        assert admission.refuse_after(other, success=False) is None
    assert "250000 used" in (admission.refuse_before(other) or "")


def test_duty__refused_before_it_ran__costs_no_quota() -> None:
    admission = Admission(PERMISSIONS)
    assert admission.refuse_before(transaction(RELAY, 250_001, to=Address(b"\xcc" * 20))) is not None
    assert admission.refuse_before(transaction(RELAY, 250_000, to=Address(b"\xcc" * 20))) is None


def test_duty__calls_an_entry__costs_no_quota_but_must_accept_something() -> None:
    admission = Admission(PERMISSIONS)
    call = transaction(RELAY, 100_000)
    assert admission.refuse_after(call, success=False) is not None
    assert admission.refuse_after(call, success=True) is None
    assert admission.refuse_before(transaction(RELAY, 250_000, to=Address(b"\xcc" * 20))) is None


def test_creation__without_the_duty_deployer__is_refused() -> None:
    creation = transaction(RELAY, 200_000, to=None)
    assert "deployer" in (Admission(PERMISSIONS).refuse_before(creation) or "")
    deployer = Permissions({address_of(PrivateKey(RELAY)): (DEPLOYER, Gas(250_000))})
    assert Admission(deployer).refuse_before(creation) is None


def test_supposing__what_is_tried_out__costs_no_quota_here() -> None:
    admission = Admission(PERMISSIONS)
    half = transaction(RELAY, 125_000, to=Address(b"\xcc" * 20))
    admission.refuse_after(half, success=True)
    supposed = admission.supposing()
    supposed.refuse_after(half, success=True)
    assert "250000 used" in (supposed.refuse_before(half) or "")
    assert admission.refuse_before(half) is None
    assert "125000 used" in (admission.refuse_before(transaction(RELAY, 125_001, to=Address(b"\xcc" * 20))) or "")
