"""Content and the CIDs that Kubo v0.42.0 gives it by `ipfs add --cid-version=1` (directories: `-r -H`).

tests/node/evidence/test_kubo_evidence.py asks a real Kubo for each of them again.
"""

import hashlib

CHUNK = 256 * 1024


def content(size: int) -> bytes:
    """The first bytes of one endless deterministic text."""
    return hashlib.shake_128(b"ortaq evidence").digest(size)


FILES = {
    0: "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",
    1: "bafkreigqouvwblnrjdfawo2newiyotrnvpjumnz6omocorr5mw2ettbdjq",
    1000: "bafkreifkwsouegsb5s5er2eort576lhg2rvlgvzz4v53naexnpw5q6frwu",
    CHUNK - 1: "bafkreicrsqucerlnvjzvnezmwm4vg6y7beo6p5rh6i54kbhoaxq7d6qnfm",
    CHUNK: "bafkreihc222cljnqdipgl6iizc2htfgcoxida237rpi5zp7udgwy3x26yu",
    CHUNK + 1: "bafybeigayf4bul5eugdwhdx7x64ny7ij7anvkfa77hhxpmj2ddyu6yh4ny",
    3 * CHUNK + 17: "bafybeicupbb7uhsjp3mq3tpivhuf2ogawsh7y3mhps4k7vhbkosucpymqm",
    174 * CHUNK: "bafybeicc5tcjnx3zozrpkuqe2zuytys7ukrvq4tei5tnoqa32jt2aibxp4",
    174 * CHUNK + 1: "bafybeigvngpocvz5hhbpyl2eptxt4erumqu7p53iw2pk2qhynbvegqulr4",
}
"""CID by size of `content`; the last two are the largest file of one level and the smallest of two."""

NESTED = {
    "a/b.txt": b"x",
    "a/c.bin": content(300_000),
    "a.b": b"3",
    "Z": b"",
    ".hidden": b"h",
    "ünïcode/ქართული/文書.txt": "қазақ".encode(),
    "e\u0301": b"1",
    "\u00e9": b"2",
}
"""Names that sort differently as text, as bytes and as paths; one accent composed and decomposed."""
DIRECTORIES = [
    ({}, "bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354"),
    ({"report.txt": content(1000)}, "bafybeiaypq4tgbse6f7hw55ugutxgzkxiwheag3mxkm3qrjx2en5cfj3p4"),
    (NESTED, "bafybeida735sucaymwbhmrhisl5s4j7swi44ktofchhlyxqgvylktstwiu"),
]
"""Files by path, and the CID of the directory."""
