"""Names and versions on chain, beside the model."""

from collections.abc import Callable

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from ledger.access.authority import AuthorityError, Effect
from ledger.access.directory import Directory, DirectoryError, Version
from ledger.primitives import ZERO_ADDRESS, Address, Timestamp
from ledger.proofs.slots import version_slot
from ledger.system import SystemContract
from ledger.voting.question import EffectKind
from tests.contracts.chain import START, Chain, Deployed, Reverted, account, mock
from tests.contracts.founding import QUESTION, STRANGER, World, WorldMachine, bytes32, listings
from tests.contracts.gas import snapshot

ENTRENCHED = EffectKind.ENTRENCHED
TREASURY = bytes32(b"Treasury")


def _new_code(world: World) -> Deployed:
    return world.chain.deploy(mock("executor"))


def test_constructor__founding_contracts__each_is_version_one(world: World) -> None:
    assert world.directory.read("count") == len(SystemContract)
    for index, (name, number, address) in enumerate(listings()):
        assert world.directory.read("at", index) == (name, number, address)
        assert world.directory.read("resolve", name) == address
        assert world.directory.read("name_of", address) == name
        assert world.directory.read("number_of", name) == number
        assert world.directory.read("version_of", address) == (1, START, 0)
    with pytest.raises(Reverted):
        world.directory.read("at", len(SystemContract))


def test_views__unknown_name_or_address__zeros(world: World) -> None:
    assert world.directory.read("resolve", bytes32(b"Nothing")) == ZERO_ADDRESS
    assert world.directory.read("version_of", STRANGER) == (0, 0, 0)
    assert world.directory.read("name_of", STRANGER) == bytes(32)
    assert world.directory.read("is_authority", STRANGER) is False
    assert world.directory.read("is_authority", ZERO_ADDRESS) is False


BALLOTS = (bytes32(b"Ballots"), 17, account("ballots"))
ROLL = (bytes32(b"Roll"), 5, account("roll"))


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([], "directory: no Ballots"),
        ([ROLL], "directory: no Ballots"),
        ([BALLOTS, (bytes(32), 5, account("roll"))], "directory: empty name"),
        ([BALLOTS, (bytes32(b"Roll"), 0, account("roll"))], "directory: number 0"),
        ([BALLOTS, (bytes32(b"Roll"), 5, ZERO_ADDRESS)], "directory: zero address"),
        ([BALLOTS, ROLL, (bytes32(b"Roll"), 6, account("other"))], "directory: name in use"),
        ([BALLOTS, ROLL, (bytes32(b"Evidence"), 5, account("other"))], "directory: number in use"),
        ([BALLOTS, ROLL, (bytes32(b"Evidence"), 6, account("roll"))], "directory: already a version"),
    ],
)
def test_constructor__contradictory_listing__is_refused(rows: list[tuple[bytes, int, Address]], reason: str) -> None:
    with pytest.raises(Reverted, match=rf"^{reason}$"):
        Chain().deploy("Directory", rows)


def test_install__new_ballots__old_one_keeps_authority_until_the_grace_ends(world: World) -> None:
    directory, old = world.directory, world.ballots
    new = _new_code(world)
    world.chain.now += 50
    sent = world.execute(ENTRENCHED, directory, "install", bytes32(b"Ballots"), new.address, 100)
    changed = world.chain.now
    expected = {"name": bytes32(b"Ballots"), "account": new.address, "version": 2, "replaced": old.address}
    assert directory.events(sent) == [("Installed", {**expected, "until": changed + 100, "question": QUESTION})]
    assert directory.read("resolve", bytes32(b"Ballots")) == new.address
    assert directory.read("version_of", old.address) == (1, START, changed + 100)
    assert directory.read("version_of", new.address) == (2, changed, 0)
    world.chain.now = changed + 99
    assert directory.read("is_authority", old.address) is True
    assert directory.read("is_authority", new.address) is True
    world.chain.now = changed + 100
    assert directory.read("is_authority", old.address) is False
    with pytest.raises(Reverted, match="authority: not a ballot"):
        world.execute(ENTRENCHED, directory, "introduce", bytes32(b"More"), 99, _new_code(world).address)


def test_install__other_rule_contract__is_no_authority(world: World) -> None:
    new = _new_code(world)
    world.execute(ENTRENCHED, world.directory, "install", TREASURY, new.address, 0)
    assert world.directory.read("is_authority", new.address) is False
    assert world.directory.read("name_of", new.address) == TREASURY


@pytest.mark.parametrize("contract", [c for c in SystemContract if c < 17])
def test_install__record_contract__is_refused(world: World, contract: SystemContract) -> None:
    name = bytes32(contract.contract_name.encode())
    with pytest.raises(Reverted, match=r"^directory: record contracts never move$"):
        world.execute(ENTRENCHED, world.directory, "install", name, _new_code(world).address, 0)


@pytest.mark.parametrize(
    ("name", "address", "grace", "reason"),
    [
        (b"Nothing", lambda w: _new_code(w).address, 0, "directory: unknown name"),
        (b"Treasury", lambda w: STRANGER, 0, "directory: no code at this address"),
        (b"Treasury", lambda w: ZERO_ADDRESS, 0, "directory: no code at this address"),
        (b"Treasury", lambda w: w.ballots.address, 0, "directory: already a version"),
        (b"Ballots", lambda w: w.ballots.address, 0, "directory: already a version"),
        (b"Treasury", lambda w: _new_code(w).address, 2**64 - 1, "reverted|Revert"),
    ],
)
def test_install__bad_version__is_refused(
    world: World, name: bytes, address: Callable[[World], Address], grace: int, reason: str
) -> None:
    with pytest.raises(Reverted, match=reason):
        world.execute(ENTRENCHED, world.directory, "install", bytes32(name), address(world), grace)


@pytest.mark.parametrize(
    ("name", "number", "has_code", "reason"),
    [
        (b"Dividends", 16, True, "directory: number of a record contract"),
        (b"Dividends", 17, True, "directory: number in use"),
        (b"Ballots", 40, True, "directory: name in use"),
        (b"", 40, True, "directory: empty name"),
        (b"Dividends", 40, False, "directory: no code at this address"),
    ],
)
def test_introduce__bad_listing__is_refused(
    world: World, name: bytes, number: int, has_code: bool, reason: str
) -> None:
    address = _new_code(world).address if has_code else STRANGER
    with pytest.raises(Reverted, match=rf"^{reason}$"):
        world.execute(ENTRENCHED, world.directory, "introduce", bytes32(name), number, address)


def test_version_slot__every_contract__holds_its_word(world: World) -> None:
    for contract in SystemContract:
        word = world.directory.slot(version_slot(contract.address))
        assert Version.from_word(word) == Version(contract, 1, Timestamp(START))
    assert Version.from_word(world.directory.slot(version_slot(STRANGER))) is None


def test_gas__directory(fresh: World) -> None:
    directory, new = fresh.directory, _new_code(fresh)
    data = directory.abi.encode_call("install", TREASURY, new.address, 60)
    gas = fresh.ballots.measure("run", QUESTION, ENTRENCHED, directory.address, data, sender=STRANGER)
    snapshot("access/Directory.install (executed)", gas)
    for view in ("resolve", "is_authority"):
        argument = TREASURY if view == "resolve" else fresh.ballots.address
        snapshot(f"access/Directory.{view}", directory.measure(view, argument, sender=STRANGER))


class DirectoryMachine(WorldMachine):
    """Whatever is voted in, contract and model agree on what is refused, in force, and in authority."""

    def __init__(self) -> None:
        super().__init__()
        self.model = Directory(((n.rstrip(b"\0").decode(), k, a) for n, k, a in listings()), Timestamp(START))
        self.codes = [_new_code(self.world) for _ in range(4)]
        self.executor = self.world.ballots

    def _both(self, kind: EffectKind, entry: str, values: list[object], model: Callable[[Effect | None], None]) -> None:
        data = self.world.directory.abi.encode_call(entry, *values)
        in_authority = self.model.is_authority(self.executor.address, self.now)
        try:
            model(Effect(QUESTION, kind) if in_authority else None)
        except (AuthorityError, DirectoryError):
            with pytest.raises(Reverted):
                self.executor.send("run", QUESTION, kind, self.world.directory.address, data, sender=STRANGER)
        else:
            self.executor.send("run", QUESTION, kind, self.world.directory.address, data, sender=STRANGER)

    @property
    def now(self) -> Timestamp:
        return Timestamp(self.world.chain.now)

    names = st.sampled_from(["Ballots", "Treasury", "Roll", "Nothing", "Dividends", ""])
    places = st.integers(0, 5)
    kinds = st.sampled_from([ENTRENCHED, ENTRENCHED, ENTRENCHED, EffectKind.PARAMETER])

    def _address(self, place: int) -> tuple[Address, bool]:
        extra = [(STRANGER, False), (self.world.evidence.address, True)]
        return ([(code.address, True) for code in self.codes] + extra)[place]

    @rule(kind=kinds, name=names, place=places, grace=st.sampled_from([0, 1, 100]))
    def install(self, kind: EffectKind, name: str, place: int, grace: int) -> None:
        address, has_code = self._address(place)
        values = [bytes32(name.encode()), address, grace]
        self._both(kind, "install", values, lambda e: self.model.install(e, name, address, grace, self.now, has_code))

    @rule(kind=kinds, name=names, number=st.sampled_from([5, 16, 17, 40, 41]), place=places)
    def introduce(self, kind: EffectKind, name: str, number: int, place: int) -> None:
        address, has_code = self._address(place)
        values = [bytes32(name.encode()), number, address]
        self._both(
            kind, "introduce", values, lambda e: self.model.introduce(e, name, number, address, self.now, has_code)
        )

    @rule(seconds=st.sampled_from([1, 50, 100]))
    def wait(self, seconds: int) -> None:
        self.world.chain.now += seconds

    @rule(place=st.integers(0, 4))
    def vote_through(self, place: int) -> None:
        self.executor = [*self.codes, self.world.ballots][place]

    @invariant()
    def agree(self) -> None:
        directory = self.world.directory
        for name in ("Ballots", "Treasury", "Roll", "Dividends", "Nothing"):
            assert directory.read("resolve", bytes32(name.encode())) == self.model.resolve(name)
        for code in [*self.codes, self.world.ballots]:
            assert Version.from_word(directory.slot(version_slot(code.address))) == self.model.versions.get(
                code.address
            )
            assert directory.read("is_authority", code.address) == self.model.is_authority(code.address, self.now)
        assert any(self.model.is_authority(a, self.now) for a in self.model.versions)


DirectoryMachine.TestCase.settings = settings(max_examples=15, stateful_step_count=10, deadline=None)
TestDirectoryBesideModel = DirectoryMachine.TestCase
