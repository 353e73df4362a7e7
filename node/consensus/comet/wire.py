"""Framing of ABCI's socket protocol: each message is its length, an unsigned varint, and its bytes."""

from ledger.errors import BadInputError

MAX_MESSAGE_BYTES = 16 * 2**20
"""Four times the largest consensus block (docs/reference/formats.md, 14)."""
MAX_VARINT_BYTES = 10


class BadFrameError(BadInputError):
    """Bytes that are no message of the socket protocol, or one that is too long."""

    type = "bad-abci-frame"


def encode_frame(message: bytes) -> bytes:
    size, prefix = len(message), bytearray()
    while size > 0x7F:
        prefix.append(size & 0x7F | 0x80)
        size >>= 7
    prefix.append(size)
    return bytes(prefix) + message


class FrameReader:
    """Cuts a stream into messages, however it is split. It keeps no more than one message and what came with it."""

    def __init__(self, limit: int = MAX_MESSAGE_BYTES) -> None:
        self._limit = limit
        self._buffer = bytearray()

    @property
    def pending(self) -> int:
        """Bytes of a message that is not whole yet."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[bytes]:
        """The messages that are whole now. Errors: BadFrameError, before any byte of a message too long is kept."""
        self._buffer += data
        messages: list[bytes] = []
        at = 0
        while (found := self._prefix(at)) is not None:
            size, start = found
            if start + size > len(self._buffer):
                break
            messages.append(bytes(self._buffer[start : start + size]))
            at = start + size
        del self._buffer[:at]
        return messages

    def _prefix(self, at: int) -> tuple[int, int] | None:
        """(length of the message, where it begins), or None while the length itself is not whole."""
        size = shift = 0
        for position in range(at, min(at + MAX_VARINT_BYTES, len(self._buffer))):
            byte = self._buffer[position]
            size |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                if size > self._limit:
                    raise BadFrameError(
                        f"message: {size} bytes announced, expected at most {self._limit}",
                        found=size,
                        limit=self._limit,
                    )
                return size, position + 1
        if len(self._buffer) - at >= MAX_VARINT_BYTES:
            raise BadFrameError(f"message: its length has more than {MAX_VARINT_BYTES} bytes, expected a varint")
        return None
