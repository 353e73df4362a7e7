"""How much geth runs in the time that there is for a block, by what its last trials took."""

MIN_GAS = 2_000_000
"""Shorter trials tell of their fixed costs only."""
MIN_ROOM = 2 * MIN_GAS
"""Enough for the next trial to tell that geth has become faster."""
FIRST_GAS = 30_000_000
"""Gas of the first trial at most; a machine that does more shows it at once."""


class Pace:
    """Gas that a trial may use.

    Units   `target_s`: seconds that a trial may take.
    """

    def __init__(self, target_s: float) -> None:
        self._target_s = target_s
        self._room = FIRST_GAS

    @property
    def room(self) -> int:
        return self._room

    def note(self, gas: int, seconds: float) -> None:
        """A trial used so much and took so long. A slower one counts at once, a faster one by half."""
        if gas < MIN_GAS:
            return
        fitting = int(gas * self._target_s / max(seconds, 1e-3))
        self._room = max(MIN_ROOM, min(fitting, (self._room + fitting) // 2))
