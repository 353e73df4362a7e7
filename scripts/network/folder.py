"""A network's directory: one subdirectory a member, and `network.json`, which says what each is."""

import json
import socket
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from ledger.errors import BadInputError
from node.files import write_durably

NAME = "network.json"
LOCK_NAME = "network.lock"
LOG_NAME = "network.log"
EXECUTORS = ("pyevm", "geth")


class NoNetworkError(BadInputError):
    """A directory that holds no network, or one whose description is damaged."""

    type = "no-network"


@dataclass(frozen=True, slots=True)
class MemberPlan:
    """One member. Shape: `name` is the organisation, and the subdirectory."""

    name: str
    executor: str
    http_port: int
    p2p_port: int


@dataclass(frozen=True, slots=True)
class NetworkFolder:
    """Where a network's files stand."""

    path: Path
    members: tuple[MemberPlan, ...]

    def member(self, plan: MemberPlan) -> Path:
        return self.path / plan.name

    @property
    def first(self) -> Path:
        """The member that founded the network; it holds the keys of the duties."""
        return self.path / self.members[0].name

    def save(self) -> None:
        record = {"members": [asdict(plan) for plan in self.members]}
        write_durably(self.path / NAME, (json.dumps(record, indent=1) + "\n").encode())


def is_network(path: Path) -> bool:
    return (path / NAME).is_file()


def load_network(path: Path) -> NetworkFolder:
    """Errors  NoNetworkError."""
    if not is_network(path):
        raise NoNetworkError(f"{path}: no {NAME}, expected a network's directory; `ortaq network up` makes one")
    try:
        rows = json.loads((path / NAME).read_bytes())["members"]
        members = tuple(MemberPlan(**row) for row in rows)
    except (ValueError, KeyError, TypeError) as error:
        raise NoNetworkError(f"{path / NAME}: damaged ({error}), expected a list of members") from error
    if not members:
        raise NoNetworkError(f"{path / NAME}: no members, expected one at least")
    return NetworkFolder(path, members)


def pick_ports(wanted: Sequence[int]) -> list[int]:
    """For each wanted port itself if it is free here, else the next one above that is; no port twice.

    Those that the system hands out by itself are all higher: any program may get one before its member starts.
    """
    picked: list[int] = []
    for first in wanted:
        port = first
        while port in picked or not is_free(port):
            port += 1
        picked.append(port)
    return picked


def is_free(port: int) -> bool:
    """Whether nobody listens on a port of the loopback."""
    with socket.socket() as one:
        try:
            one.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
