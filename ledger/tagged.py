"""Tagged hashes: every record that is signed or committed to starts with a word no other kind of record has."""

from ledger.primitives import Hash32, keccak256, to_word


def tag_of(name: str) -> Hash32:
    """The first word of every record of one kind, for example `ortaq/question/1`."""
    return keccak256(name.encode("ascii"))


def hash_words(tag: Hash32, *words: bytes | int | bool) -> Hash32:
    """Hash a tag and static ABI words, as `keccak256(abi_encode(TAG, ...))` does in a contract.

    Shape   integers and booleans become 32-byte words; bytes of at most 32 are numbers of that width (addresses: 20)
            and are padded on the left.
    """
    return keccak256(tag + b"".join(w.rjust(32, b"\0") if isinstance(w, bytes) else to_word(int(w)) for w in words))
