"""Identities of nodes in the traffic between validators: what contracts/access/nodes.vy does, stated once more."""

from collections.abc import Iterable

from ledger.access.authority import Effect, validate_effect
from ledger.errors import BadInputError
from ledger.voting.question import EffectKind

ID_LENGTH = 20
MAX_NODES = 1024
_PERSONNEL = (EffectKind.PERMISSION, EffectKind.ENTRENCHED)


class NodeIdError(BadInputError):
    """A node identity that is none, stands there already, or does not."""

    type = "node-id"


class Nodes:
    """Who may take part. Errors: AuthorityError, NodeIdError; what is refused changes nothing."""

    def __init__(self, founding: Iterable[bytes] = ()) -> None:
        self.ids: set[bytes] = set()
        for node in founding:
            self._admit(node)

    def admit(self, effect: Effect | None, node: bytes) -> None:
        """Let a node take part."""
        validate_effect(effect, *_PERSONNEL)
        self._admit(node)

    def exclude(self, effect: Effect | None, node: bytes) -> None:
        """Keep a node out."""
        validate_effect(effect, *_PERSONNEL)
        if node not in self.ids:
            raise NodeIdError(f"node 0x{node.hex()}: not admitted, expected one that is")
        self.ids.remove(node)

    def _admit(self, node: bytes) -> None:
        if len(node) != ID_LENGTH or not any(node) or node in self.ids or len(self.ids) == MAX_NODES:
            raise NodeIdError(
                f"node 0x{node.hex()}: expected {ID_LENGTH} bytes, not zero, not admitted, at most {MAX_NODES}"
            )
        self.ids.add(node)
