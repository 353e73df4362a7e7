"""What each entry of the money costs."""

from ledger.money.text import encode_text
from tests.contracts.chain import Chain, Deployed
from tests.contracts.founding import STRANGER, TREASURER
from tests.contracts.gas import snapshot
from tests.contracts.money.town import (
    PARKS,
    SOURCE,
    Town,
    budget_row,
    found_town,
    make_budget,
    make_options,
    option_rows,
)


def test_gas__each_entry__as_in_the_snapshot() -> None:
    town = found_town(Chain())
    for number in range(1, 5):
        town.anchor(number)
    for word in ("first", "again"):
        measure(f"Treasury.receive {word}", town.treasury, "receive", PARKS, 5000, SOURCE, 1)
    appropriate(town)
    for number, word in ((2, "first"), (3, "next")):
        values = (1, 10, encode_text("instalment"), number)
        measure(f"Treasury.order {word}", town.treasury, "order", *values)
    measure("Treasury.settle", town.treasury, "settle", 1, 4)
    measure("Treasury.fail", town.treasury, "fail", 2, 4)
    measure("Treasury.reverse", town.treasury, "reverse", 2)
    effect(town, 8, "Treasury.release", "release", 1)


def measure(name: str, of: Deployed, entry: str, *values: object) -> None:
    snapshot(f"money/{name}", of.measure(entry, *values, sender=TREASURER))


def effect(town: Town, question: int, name: str, entry: str, *values: object) -> None:
    """Measured with the stand-in's part of an execution."""
    data = town.treasury.abi.encode_call(entry, *values)
    gas = town.questions.measure("run", question, 3, town.treasury.address, data, sender=STRANGER)
    snapshot(f"money/{name}", gas)


def appropriate(town: Town) -> None:
    effect(town, 9, "Treasury.appropriate", "appropriate", PARKS, SOURCE, 100, encode_text("bench"))
    for question, count in ((1, 1), (2, 10), (3, 100), (4, 150)):
        options, budget = make_options([3] * count), make_budget(1000)
        town.ask(question, options, budget)
        town.select(question, 2**count - 1)
        name = f"Treasury.appropriate_result {count} winners"
        effect(town, question, name, "appropriate_result", option_rows(options), budget_row(budget))
    values = (town.authority(4), option_rows(options))
    measure("Treasury.appropriate_pending 50 winners", town.treasury, "appropriate_pending", *values)
