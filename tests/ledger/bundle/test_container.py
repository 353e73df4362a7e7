"""The container: what any tar reads, and what no reader takes."""

import io
import tarfile

import pytest

from ledger.bundle.documents import Facts, Manifest, decode_facts, decode_manifest, encode_json
from ledger.bundle.errors import BundleError
from ledger.bundle.names import parse_name
from ledger.bundle.reading import Bundle
from ledger.bundle.tar import END, make_header, padding
from ledger.bundle.writing import BundleWriter
from ledger.primitives import Height, keccak256

FACTS = Facts(keccak256(b"founding"), 77, Height(0), keccak256(b"head"))
CID = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy"
MEMBERS = (
    ("bundle.json", FACTS.encode()),
    ("genesis.json", b"{}"),
    ("founding.toml", b"x" * 513),
    ("founding.json", b"{}"),
    ("blocks/000000000000.rlp", b"\xc0"),
    ("receipts/000000000000.rlp", b"\xc0"),
    ("seals/000000000000.bin", bytes(4)),
    ("proofs/000000000000-0000.rlp", b"\xc0"),
    (f"evidence/{CID}", b""),
)


def write(members=MEMBERS) -> bytes:
    sink = io.BytesIO()
    writer = BundleWriter(sink)
    for name, content in members:
        writer.add(name, content)
    writer.finish([])
    return sink.getvalue()


def pack(*members: tuple[str, bytes]) -> bytes:
    """Any members in any order, whatever their names."""
    return b"".join(make_header(name, len(data)) + data + padding(len(data)) for name, data in members) + END


def code_of(data: bytes) -> str:
    with pytest.raises(BundleError) as caught:
        Bundle(io.BytesIO(data))
    return caught.value.code


def test_writer__tar__lists_and_unpacks_it() -> None:
    with tarfile.open(fileobj=io.BytesIO(write()), mode="r:") as archive:
        found = archive.getmembers()
        assert [member.name for member in found] == [*(name for name, _ in MEMBERS), "manifest.json"]
        assert {(member.mode, member.mtime, member.uid) for member in found} == {(0o644, 0, 0)}
        assert archive.extractfile("founding.toml").read() == b"x" * 513


def test_writer__reader__gives_the_same_contents() -> None:
    bundle = Bundle(io.BytesIO(write()))
    for name, content in MEMBERS:
        assert bundle.content(name) == content
    manifest = decode_manifest(bundle.content("manifest.json"))
    assert manifest.members == tuple(member.facts for member in bundle.members[:-1])


def test_reader__cut_anywhere__container() -> None:
    data = write()
    for length in (0, 1, 511, 512, 700, 5000, len(data) - 1024, len(data) - 1):
        assert code_of(data[:length]) == "bundle.container"


def test_reader__bytes_behind_the_end__container() -> None:
    assert code_of(write() + b"\0") == "bundle.container"


@pytest.mark.parametrize("offset", [100, 116, 136, 148, 156, 157, 257, 265, 345, 511])
def test_reader__header_byte_changed__container(offset: int) -> None:
    data = bytearray(write())
    data[offset] ^= 1
    assert code_of(bytes(data)) == "bundle.container"


def test_reader__padding_not_zero__container() -> None:
    data = bytearray(write())
    data[512 + len(FACTS.encode())] = 1
    assert code_of(bytes(data)) == "bundle.container"


@pytest.mark.parametrize(
    "name", ["../bundle.json", "/etc/passwd", "evidence/../x", "blocks/0.rlp", "bundle.json/", "evidence/B", "a" * 99]
)
def test_reader__name_of_no_member__name(name: str) -> None:
    assert code_of(pack((name, b""))) == "bundle.name"


def test_reader__declared_length_of_ten_gigabytes_or_a_little_too_much__limit() -> None:
    # 8 GiB are the most that eleven octal digits can declare.
    for digits in (b"77777777777", b"00400000001"):
        header = bytearray(make_header("bundle.json", 0))
        header[124:135] = digits
        assert code_of(bytes(header)) == "bundle.limit"


def test_reader__two_members_exchanged_left_out_or_twice__order() -> None:
    for i in range(len(MEMBERS) - 1):
        swapped = list(MEMBERS)
        swapped[i], swapped[i + 1] = swapped[i + 1], swapped[i]
        assert code_of(pack(*swapped)) == "bundle.order"
        assert code_of(pack(*MEMBERS[: i + 1], *MEMBERS[i:])) == "bundle.order"
    for i in range(len(MEMBERS) - 1):
        assert code_of(pack(*MEMBERS[:i], *MEMBERS[i + 1 :])) == "bundle.order"


def test_reader__no_manifest__order() -> None:
    assert code_of(pack(*MEMBERS)) == "bundle.order"


def test_reader__a_gzip_bomb__container() -> None:
    assert code_of(b"\x1f\x8b\x08" + bytes(1000)) == "bundle.container"


def test_facts__other_format__version() -> None:
    with pytest.raises(BundleError) as caught:
        decode_facts(FACTS.encode().replace(b"bundle 1", b"bundle 2"))
    assert caught.value.code == "bundle.version"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[" * 100_000,
        b'{"a":' * 17 + b"1" + b"}" * 17,
        FACTS.encode() + b"\n",
        FACTS.encode().replace(b'"last":0', b'"last":0.0'),
        FACTS.encode().replace(b'"last":0', b'"last":-1'),
        FACTS.encode().replace(b'"last":0', b'"last":true'),
        FACTS.encode().replace(b'"last"', b'"lost"'),
        FACTS.encode().replace(b'{"chain_id":77,', b'{"chain_id":77,"chain_id":77,'),
        FACTS.encode().replace(b'"format":"ortaq bundle 1",', b""),
    ],
)
def test_facts__anything_but_the_one_spelling__refused(data: bytes) -> None:
    with pytest.raises(BundleError) as caught:
        decode_facts(data)
    assert caught.value.code in ("bundle.json", "bundle.version")


def test_manifest__missing_not_ascending__json() -> None:
    good = Manifest((), (CID,)).encode()
    assert decode_manifest(good).missing == (CID,)
    with pytest.raises(BundleError) as caught:
        decode_manifest(encode_json({"members": [], "missing": [CID, CID]}))
    assert caught.value.code == "bundle.json"


def test_names__of_parts__read_back() -> None:
    assert parse_name("seals/000000001000.bin").height == 1000
    assert parse_name("proofs/000000001000-0002.rlp").run == 2
