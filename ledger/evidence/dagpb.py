"""dag-pb nodes: links to other blocks, and data.

Source  IPLD's dag-pb specification. Links come before data in the bytes, by history.
"""

from dataclasses import dataclass

from ledger.evidence.cid import Cid, encode_cid_bytes, parse_cid
from ledger.evidence.errors import BadCidError, MalformedBlockError
from ledger.evidence.protobuf import decode_fields, encode_bytes, encode_number, need_bytes, need_number

_NODE_DATA, _NODE_LINK = 1, 2
_LINK_CID, _LINK_NAME, _LINK_SIZE = 1, 2, 3


@dataclass(frozen=True, slots=True)
class Link:
    """A link. `size`: bytes of all blocks under it, each counted as often as it is linked."""

    name: str
    cid: Cid
    size: int


@dataclass(frozen=True, slots=True)
class Node:
    """A node: its links in order, and its UnixFS message."""

    links: tuple[Link, ...]
    data: bytes


def encode_node(node: Node) -> bytes:
    """Encode a node as the one block that names it."""
    links = b"".join(encode_bytes(_NODE_LINK, _encode_link(link)) for link in node.links)
    return links + encode_bytes(_NODE_DATA, node.data)


def decode_node(block: bytes) -> Node:
    """Decode a dag-pb block.

    Errors  MalformedBlockError for bytes that are no node, or a link of a kind that `ledger.evidence.cid` refuses.
    """
    links: list[Link] = []
    data: bytes | None = None
    for field, value in decode_fields(block):
        if data is not None:
            raise MalformedBlockError(f"field {field}", "a field after the data", "nothing")
        if field == _NODE_LINK:
            links.append(_decode_link(need_bytes("link", value)))
        elif field == _NODE_DATA:
            data = need_bytes("data", value)
        else:
            raise MalformedBlockError("node", f"field {field}", "links and data")
    if data is None:
        raise MalformedBlockError("data", "nothing", "a UnixFS message")
    return Node(tuple(links), data)


def _encode_link(link: Link) -> bytes:
    return (
        encode_bytes(_LINK_CID, encode_cid_bytes(link.cid))
        + encode_bytes(_LINK_NAME, link.name.encode())
        + encode_number(_LINK_SIZE, link.size)
    )


def _decode_link(message: bytes) -> Link:
    fields = list(decode_fields(message))
    if [field for field, _ in fields] != [_LINK_CID, _LINK_NAME, _LINK_SIZE]:
        raise MalformedBlockError(
            "link", f"fields {[field for field, _ in fields]}", "CID, name and size in this order"
        )
    cid, name, size = (value for _, value in fields)
    try:
        return Link(
            need_bytes("link name", name).decode(),
            parse_cid(need_bytes("link CID", cid)),
            need_number("link size", size),
        )
    except UnicodeDecodeError as error:
        raise MalformedBlockError("link name", repr(name), "UTF-8") from error
    except BadCidError as error:
        raise MalformedBlockError("link CID", error.facts["found"], error.facts["expected"]) from error
