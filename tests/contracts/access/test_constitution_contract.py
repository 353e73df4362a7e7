"""Parameters and terms on chain, beside the model."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from ledger.access.authority import Effect
from ledger.access.constitution import Bounded, Constitution, EffectTerms
from ledger.errors import BadInputError
from ledger.founding.constitution import PARAMETERS as NAMES
from ledger.voting.question import EffectKind
from tests.contracts.chain import Chain, Reverted, account
from tests.contracts.founding import FOUNDING, PARAMETERS, QUESTION, STRANGER, TERMS, World, WorldMachine, bytes32
from tests.contracts.gas import snapshot

K = EffectKind
DIRECTORY = account("directory")
CHALLENGE = bytes32(b"equal_shares.challenge")
GOOD = (60, 3600, 30, 1, 3, 3, 5, False)
BAD_TERMS = [
    ((0, 3600, 0, 0, 1, 1, 2, True), "constitution: empty window"),
    ((61, 60, 0, 0, 1, 1, 2, True), "constitution: window_min above window_max"),
    ((60, 60, 0, 0, 0, 1, 2, True), "constitution: zero denominator"),
    ((60, 60, 0, 0, 1, 0, 0, False), "constitution: zero denominator"),
    ((60, 60, 0, 2, 1, 1, 2, True), "constitution: quorum above 1"),
    ((60, 60, 0, 0, 1, 3, 2, False), "constitution: majority above 1"),
    ((60, 60, 0, 0, 1, 1, 3, True), "constitution: majority of one half or less"),
    ((60, 60, 0, 0, 1, 1, 2, False), "constitution: majority of one half or less"),
    ((60, 60, 0, 0, 1, 0, 1, False), "constitution: majority of one half or less"),
    ((60, 60, 0, 0, 1, 2, 2, True), "constitution: majority out of reach"),
]


def _rows() -> list[tuple[Any, ...]]:
    return [(bytes32(name), *rest) for name, *rest in PARAMETERS]


def _deploy(**changed: Any) -> None:
    values = {
        "directory": DIRECTORY,
        "founding": FOUNDING,
        "simulated": True,
        "rehearsal": True,
        "parameters": _rows(),
        "terms": TERMS,
        **changed,
    }
    Chain().deploy("Constitution", *values.values())


def test_constructor__founding_numbers__are_in_force(world: World) -> None:
    constitution = world.constitution
    assert constitution.read("founding") == FOUNDING
    assert constitution.read("simulated") is True
    assert constitution.read("rehearsal") is True
    assert constitution.read("names") == tuple(bytes32(name.encode()) for name in NAMES)
    for name, value, lower, upper, entrenched in PARAMETERS:
        assert constitution.read("get", bytes32(name)) == value
        assert constitution.read("bounds", bytes32(name)) == (lower, upper, entrenched)
    for kind, terms in enumerate(TERMS):
        assert constitution.read("terms", kind) == terms


def test_constructor__real_ledger__flags_are_false() -> None:
    chain = Chain()
    constitution = chain.deploy("Constitution", DIRECTORY, FOUNDING, False, False, _rows(), TERMS)
    assert (constitution.read("simulated"), constitution.read("rehearsal")) == (False, False)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"directory": bytes(20)}, "constitution: zero directory"),
        ({"founding": bytes(32)}, "constitution: empty founding hash"),
        ({"rehearsal": False}, "constitution: simulated without rehearsal"),
        ({"parameters": []}, "constitution: parameter missing"),
        ({"parameters": _rows()[:2]}, "constitution: parameter missing"),
        ({"parameters": [*_rows(), _rows()[0]]}, "constitution: parameter twice"),
        ({"parameters": [*_rows(), (bytes32(b"roll.maximum"), 1, 1, 1, True)]}, "constitution: unknown parameter"),
        ({"parameters": [*_rows()[:2], (CHALLENGE, 0, 1, 9, False)]}, "constitution: out of bounds"),
        ({"parameters": [*_rows()[:2], (CHALLENGE, 10, 1, 9, False)]}, "constitution: out of bounds"),
        ({"parameters": [*_rows()[:2], (CHALLENGE, 5, 9, 1, False)]}, "constitution: out of bounds"),
        (
            {"parameters": [(bytes32(b"opening.signatures"), 1, 0, 9, True), *_rows()]},
            "constitution: questions without signatures",
        ),
    ],
)
def test_constructor__missing_unknown_or_contradictory__is_refused(changed: dict[str, Any], reason: str) -> None:
    with pytest.raises(Reverted, match=rf"^{reason}$"):
        _deploy(**changed)


@pytest.mark.parametrize(("terms", "reason"), BAD_TERMS)
@pytest.mark.parametrize("kind", [0, 4])
def test_constructor__contradictory_terms__is_refused(kind: int, terms: tuple[Any, ...], reason: str) -> None:
    with pytest.raises(Reverted, match=rf"^{reason}$"):
        _deploy(terms=[*TERMS[:kind], terms, *TERMS[kind + 1 :]])


@pytest.mark.parametrize(("terms", "reason"), BAD_TERMS)
def test_set_terms__contradictory__is_refused_by_contract_and_model(
    world: World, terms: tuple[Any, ...], reason: str
) -> None:
    with pytest.raises(Reverted, match=rf"^{reason}$"):
        world.execute(K.ENTRENCHED, world.constitution, "set_terms", 1, terms)
    with pytest.raises(BadInputError):
        EffectTerms.from_row(terms)


@pytest.mark.parametrize("kind", [0, 3, 9, 255])
def test_set_terms__consistent__are_in_force(world: World, kind: int) -> None:
    sent = world.execute(K.ENTRENCHED, world.constitution, "set_terms", kind, GOOD)
    assert world.constitution.events(sent) == [("TermsSet", {"kind": kind, "terms": GOOD, "question": QUESTION})]
    assert world.constitution.read("terms", kind) == GOOD


def test_set_terms__greatest_values__come_back(world: World) -> None:
    widest = (2**40 - 1, 2**40 - 1, 2**40 - 1, 2**16 - 1, 2**16 - 1, 2**16 - 1, 2**16 - 1, False)
    world.execute(K.ENTRENCHED, world.constitution, "set_terms", 1, widest)
    assert world.constitution.read("terms", 1) == widest


def test_views__unknown_name_or_kind__revert(world: World) -> None:
    for view in ("get", "bounds"):
        with pytest.raises(Reverted, match=r"^constitution: unknown parameter$"):
            world.constitution.read(view, bytes32(b"roll.maximum"))
    with pytest.raises(Reverted, match=r"^constitution: kind without terms$"):
        world.constitution.read("terms", 5)


@pytest.mark.parametrize("value", [1, 2_592_000])
def test_set__at_the_bounds__is_in_force(world: World, value: int) -> None:
    sent = world.execute(K.PARAMETER, world.constitution, "set", CHALLENGE, value)
    fields = {"name": CHALLENGE, "old": 60, "value": value, "question": QUESTION}
    assert world.constitution.events(sent) == [("ParameterSet", fields)]
    assert world.constitution.read("get", CHALLENGE) == value


@pytest.mark.parametrize("value", [0, 2_592_001, 2**256 - 1])
def test_set__beyond_the_bounds__is_refused(world: World, value: int) -> None:
    with pytest.raises(Reverted, match=r"^constitution: out of bounds$"):
        world.execute(K.PARAMETER, world.constitution, "set", CHALLENGE, value)


def test_set__unknown_name__is_refused(world: World) -> None:
    with pytest.raises(Reverted, match=r"^constitution: unknown parameter$"):
        world.execute(K.ENTRENCHED, world.constitution, "set", bytes32(b"roll.maximum"), 1)


def test_gas__constitution(fresh: World) -> None:
    constitution = fresh.constitution
    snapshot("access/Constitution.get", constitution.measure("get", CHALLENGE, sender=STRANGER))
    snapshot("access/Constitution.terms", constitution.measure("terms", 1, sender=STRANGER))
    for entry, values in (("set", (CHALLENGE, 61)), ("set_terms", (1, GOOD))):
        data = constitution.abi.encode_call(entry, *values)
        gas = fresh.ballots.measure("run", QUESTION, K.ENTRENCHED, constitution.address, data, sender=STRANGER)
        snapshot(f"access/Constitution.{entry} (executed)", gas)


class ConstitutionMachine(WorldMachine):
    """Whatever is voted, contract and model agree on what is refused and what is in force."""

    def __init__(self) -> None:
        super().__init__()
        bounded = {name.decode(): Bounded(*rest) for name, *rest in PARAMETERS}
        self.model = Constitution(bounded, {k: EffectTerms.from_row(row) for k, row in enumerate(TERMS)})

    def _both(self, kind: K, entry: str, values: list[object], model: Callable[[Effect], None]) -> None:
        try:
            model(Effect(QUESTION, kind))
        except BadInputError:
            with pytest.raises(Reverted):
                self.world.execute(kind, self.world.constitution, entry, *values)
        else:
            self.world.execute(kind, self.world.constitution, entry, *values)

    kinds = st.sampled_from([*K, K.ENTRENCHED, K.ENTRENCHED])
    small = st.integers(0, 4)

    @rule(kind=kinds, name=st.sampled_from([*NAMES, "roll.maximum"]), value=st.integers(0, 20) | st.integers(0, 2**22))
    def set(self, kind: K, name: str, value: int) -> None:
        self._both(kind, "set", [bytes32(name.encode()), value], lambda e: self.model.set(e, name, value))

    @rule(
        kind=kinds,
        of=st.integers(0, 7),
        row=st.tuples(small, small, st.integers(0, 2**40 - 1), small, small, small, small, st.booleans()),
    )
    def set_terms(self, kind: K, of: int, row: tuple[int, int, int, int, int, int, int, bool]) -> None:
        self._both(kind, "set_terms", [of, row], lambda e: self.model.set_terms(e, of, EffectTerms.from_row(row)))

    @invariant()
    def agree(self) -> None:
        for name, bounded in self.model.parameters.items():
            assert self.world.constitution.read("get", bytes32(name.encode())) == bounded.value
        for kind, terms in self.model.terms.items():
            assert self.world.constitution.read("terms", kind) == terms.row


ConstitutionMachine.TestCase.settings = settings(max_examples=15, stateful_step_count=12, deadline=None)
TestConstitutionBesideModel = ConstitutionMachine.TestCase
