"""An office: sends the transactions of those who hold a duty, through a running node or without one."""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coincurve import PrivateKey

from ledger.abi import contract, decode_revert
from ledger.chain.transaction import MAX_TRANSACTION_GAS, sign_transaction
from ledger.errors import BadInputError, CannotCheckError
from ledger.ports import EvidenceStore
from ledger.primitives import Address, Gas, Hash32, Height, Timestamp, to_hex
from ledger.reading import read
from ledger.secp256k1 import address_of
from ledger.system import SystemContract
from node.clock import SimulatedClock
from node.embedded import EmbeddedNode
from node.folder import Founding, LedgerFolder
from node.founding import SEALER
from node.store.chain_reader import StoredChain
from node.store.errors import StoreLockedError
from scripts.founding.keyring import Keyring
from scripts.founding.settings import Settings, load_settings
from scripts.running.carriers import PATIENCE_S, Carrier, Done, LocalCarrier, RemoteCarrier
from scripts.running.control import connect_control
from scripts.running.kinds import NetworkNotRunningError, NodeKind, node_kind
from scripts.running.ledgers import kubo_address, open_ledger


class NotAcknowledgedError(CannotCheckError):
    """A transaction that no block held in time. It may still come to stand in one."""

    type = "not-acknowledged"


class CallRefusedError(BadInputError):
    """A contract that does not accept a call; `detail` has its reason."""

    type = "call-refused"


@dataclass(frozen=True, slots=True)
class _Sent:
    hash: Hash32
    what: str
    to: Address
    data: bytes
    sender: Address


class Office:
    """Calls contracts of a ledger with the keys of its directory.

    Errors  CallRefusedError with the contract's reason; NotAcknowledgedError; MempoolError.
    """

    def __init__(
        self,
        carrier: Carrier,
        founding: Founding,
        chain: StoredChain,
        evidence: EvidenceStore,
        ring: Keyring,
        clock: SimulatedClock | None,
    ) -> None:
        self.founding = founding
        self.chain = chain
        self.evidence = evidence
        self.ring = ring
        self._carrier = carrier
        self._clock = clock
        self._sent: list[_Sent] = []
        self._gas = 0

    def read(self, of: SystemContract, entry: str, *arguments: Any) -> Any:
        """The first output of a view, now."""
        return read(self.chain.state(), of, entry, *arguments)[0]

    def now(self) -> Timestamp:
        """The ledger's time: the clock's, or what a simulated clock was told."""
        head = self.chain.head().timestamp
        if self.founding.constitution.is_simulated:
            return head if self._clock is None else max(head, self._clock.now())
        return max(head, Timestamp(int(time.time())))

    def advance_to(self, time_s: Timestamp) -> None:
        """Move a simulated clock forward; a wall clock goes by itself."""
        if self._clock is not None:
            self._clock.advance_to(time_s)

    def send(
        self, key: PrivateKey, of: SystemContract, entry: str, *arguments: Any, gas: Gas = MAX_TRANSACTION_GAS
    ) -> None:
        """Send one call; waits first where the sender's quota of a block is used up."""
        sender = address_of(key)
        _, quota = read(self.chain.state(), SystemContract.PERMISSIONS, "duty_of", sender)
        if self._sent and (self._sent[0].sender != sender or self._gas + gas > quota):
            self.finish()
        data = contract(of.contract_name).encode_call(entry, *arguments)
        self.send_raw(key, of.address, data, f"{of.contract_name}.{entry}", gas)

    def send_raw(self, key: PrivateKey, to: Address, data: bytes, what: str, gas: Gas) -> None:
        sender = address_of(key)
        nonce = self.chain.state().nonce(sender) + sum(sent.sender == sender for sent in self._sent)
        raw = sign_transaction(
            key.secret, chain_id=self.founding.chain_id, nonce=nonce, to=to, data=data, gas_limit=gas
        )
        self._sent.append(_Sent(self._carrier.submit(raw), what, to, data, sender))
        self._gas += gas

    def try_call(self, key: PrivateKey, of: SystemContract, entry: str, *arguments: Any) -> None:
        """See what a call would do now, and change nothing. Errors: CallRefusedError."""
        data = contract(of.contract_name).encode_call(entry, *arguments)
        result = self.chain.state().call(of.address, data, address_of(key), MAX_TRANSACTION_GAS)
        if not result.success:
            raise CallRefusedError(f"{of.contract_name}.{entry}: {decode_revert(result.output)}")

    def finish(self) -> Height | None:
        """Wait until everything that was sent is acknowledged; the height of the last."""
        sent, self._sent, self._gas = self._sent, [], 0
        height = None
        for one in sent:
            height = self._settle(one)
        return height

    def call(self, key: PrivateKey, of: SystemContract, entry: str, *arguments: Any, **options: Any) -> Height:
        """Send one call and wait for its block."""
        self.send(key, of, entry, *arguments, **options)
        height = self.finish()
        if height is None:
            raise NotAcknowledgedError(f"{of.contract_name}.{entry}: nothing was sent")
        return height

    def _settle(self, sent: _Sent) -> Height:
        outcome = self._carrier.wait(sent.hash)
        if isinstance(outcome, Done) and outcome.success:
            return outcome.height
        if outcome is None:
            raise NotAcknowledgedError(
                f"{sent.what}: in no block after {PATIENCE_S:.0f} s, though the node has it",
                transaction=to_hex(sent.hash),
            )
        result = self.chain.state().call(sent.to, sent.data, sent.sender, MAX_TRANSACTION_GAS)
        reason = outcome if isinstance(outcome, str) and result.success else decode_revert(result.output)
        raise CallRefusedError(f"{sent.what}: {reason}", transaction=to_hex(sent.hash))


def throw_away_key() -> PrivateKey:
    """A key for one transaction that anybody may send: nobody learns from it who did."""
    return PrivateKey(secrets.token_bytes(32))


@contextmanager
def open_office(path: Path, passphrase_file: Path | None = None, **flags: Any) -> Iterator[Office]:
    """Open a ledger's directory for writing: through its running node, else with the sequencer's key in this process.

    Errors  StoreLockedError where another process writes and opens no door; NetworkNotRunningError where others make
            the blocks and no node runs; KeyFileError, PassphraseNeededError.
    """
    settings = load_settings(path, passphrase_file=passphrase_file, **flags)
    ring = Keyring(LedgerFolder(path), settings.passphrase_file)
    client = connect_control(path)
    if client is not None:
        try:
            with open_ledger(path) as ledger:
                yield Office(RemoteCarrier(client), ledger.founding, ledger.chain, ledger.evidence, ring, None)
        finally:
            client.close()
        return
    if node_kind(path, settings) is not NodeKind.SOLO:
        raise NetworkNotRunningError(
            f"{path}: no node runs on it, and its blocks are others' to make; `ortaq node start`"
        )
    with _open_node(path, ring, settings) as node:
        clock = node.clock if isinstance(node.clock, SimulatedClock) else None
        yield Office(LocalCarrier(node), node.founding, node.chain, node.evidence, ring, clock)


def _open_node(path: Path, ring: Keyring, settings: Settings) -> EmbeddedNode:
    try:
        return EmbeddedNode(path, ring.open(SEALER), kubo=kubo_address(settings))
    except StoreLockedError as error:
        raise StoreLockedError(
            f"{path}: in use by process {error.facts.get('process')}, which opens no door to commands; wait until it "
            "has ended, or stop it",
            **error.facts,
        ) from error
