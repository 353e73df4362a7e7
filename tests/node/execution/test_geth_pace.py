"""The pace of trials: how much gas there is time for."""

from node.execution.geth.pace import FIRST_GAS, MIN_GAS, MIN_ROOM, Pace


def test_room__slower_than_expected__shrinks_at_once_and_grows_by_half() -> None:
    pace = Pace(2.0)
    assert pace.room == FIRST_GAS
    pace.note(20_000_000, 4.0)
    assert pace.room == 10_000_000
    pace.note(10_000_000, 1.0)
    assert pace.room == (10_000_000 + 20_000_000) // 2


def test_room__short_trials__tell_nothing() -> None:
    pace = Pace(1.0)
    pace.note(MIN_GAS - 1, 60.0)
    assert pace.room == FIRST_GAS


def test_room__after_a_pause_of_the_machine__is_enough_to_find_out_that_it_is_over() -> None:
    pace = Pace(1.0)
    pace.note(FIRST_GAS, 600.0)
    assert pace.room == MIN_ROOM
    for _ in range(20):
        pace.note(pace.room, pace.room / 100_000_000)
    assert pace.room > 95_000_000
