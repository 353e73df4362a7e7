"""What the API is given: ports and facts. `scripts/` makes them; nothing here opens a file or a socket."""

from collections.abc import Callable
from dataclasses import dataclass, field

from ledger.founding.constitution import Constitution
from ledger.ports import BallotRelay, ChainReader, CheckedStore, Clock, EvidenceStore, WitnessSource
from ledger.primitives import Hash32


@dataclass(frozen=True, slots=True)
class FoundingFacts:
    """Who this ledger is.

    Shape   `anchor`: its text, empty where none is published yet. `genesis`, `text`, `keys`: the bytes of a bundle's
            `genesis.json`, `founding.toml` and `founding.json`; empty where they are not served.
    """

    hash: Hash32
    chain_id: int
    constitution: Constitution
    anchor: str = ""
    genesis: bytes = b""
    text: bytes = b""
    keys: bytes = b""

    @property
    def is_simulated(self) -> bool:
        return self.constitution.is_simulated

    @property
    def is_rehearsal(self) -> bool:
        return self.constitution.rehearsal


@dataclass(frozen=True, slots=True)
class ApiSettings:
    """Limits of the HTTP door; `scripts/founding/settings.py` documents each."""

    body_limit_bytes: int = 1_048_576
    acknowledge_s: float = 5.0


@dataclass(frozen=True, slots=True)
class Services:
    """Shape   `relay`: None on a node that takes no ballots; `clock`: not read where time is simulated; `waiting`: how
    many transactions wait for a block, None where nobody knows; `witnesses`: None where none are asked;
            `checked`: None on a server that keeps no statements of voters.
    """

    chain: ChainReader
    evidence: EvidenceStore
    founding: FoundingFacts
    clock: Clock
    relay: BallotRelay | None = None
    settings: ApiSettings = field(default_factory=ApiSettings)
    waiting: Callable[[], int] | None = None
    witnesses: WitnessSource | None = None
    checked: CheckedStore | None = None
