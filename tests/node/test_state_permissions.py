"""What `Permissions` says of a sender is asked once, and remembered within a bound."""

import pytest

from ledger.primitives import Address
from node import permissions
from node.permissions import StatePermissions
from tests.node.consensus.comet.stage import Founded, Stage


def test_duty_of__more_senders_than_are_kept__are_asked_again(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = Stage(Founded.at(tmp_path_factory.mktemp("permissions") / "ledger")).engine.state()
    asked: list[Address] = []
    original = permissions.read

    def read(*arguments: object) -> tuple[object, ...]:
        asked.append(arguments[-1])
        return original(*arguments)

    monkeypatch.setattr(permissions, "read", read)
    monkeypatch.setattr(permissions, "KEPT_DUTIES", 2)
    known = StatePermissions(state)
    anna, bela, cleo = (Address(bytes([n]) * 20) for n in (1, 2, 3))
    for account in (anna, bela, anna, bela, cleo, cleo, anna):
        assert known.duty_of(account) == (0, 0)
    assert asked == [anna, bela, cleo, anna]
