"""Writes the published vectors: `python -m tests.tampering.publish` founds a small town and tampers with its bundle."""

import base64
import gzip
import json
import shutil
import tempfile
from difflib import SequenceMatcher
from hashlib import sha256
from pathlib import Path
from typing import Any

from scripts.cli import main
from tests.api.town import build
from tests.tampering import kinds_of_files, kinds_of_money, kinds_of_votes
from tests.tampering.draft import Draft
from tests.tampering.kinds import KINDS

# Importing them is what lists their kinds.
assert all(module.__doc__ for module in (kinds_of_files, kinds_of_money, kinds_of_votes))

FOLDER = Path(__file__).parent / "vectors"
GOOD, LIST, ANCHOR = FOLDER / "good.bundle.gz", FOLDER / "vectors.json", FOLDER / "anchor.txt"
BLOCK = 512
GAP = 12
"""Equal bytes between two differences that are not worth an edit of their own."""
Edit = list[Any]


def find_edits(good: bytes, bad: bytes) -> list[Edit]:
    """Edits [offset, removed, base64 of what stands there instead] that make one file of the other, ascending."""
    first, second = ([data[i : i + BLOCK] for i in range(0, len(data), BLOCK)] for data in (good, bad))
    edits: list[Edit] = []
    for tag, i, j, k, m in SequenceMatcher(None, first, second, autojunk=False).get_opcodes():
        if tag != "equal":
            old, new = b"".join(first[i:j]), b"".join(second[k:m])
            edits += _runs(i * BLOCK, old, new) if len(old) == len(new) else [_edit(i * BLOCK, len(old), new)]
    return edits


def apply_edits(good: bytes, edits: list[Edit]) -> bytes:
    """The tampered file."""
    parts, at = [], 0
    for offset, removed, text in edits:
        parts += [good[at:offset], base64.b64decode(text)]
        at = offset + removed
    return b"".join([*parts, good[at:]])


def _runs(offset: int, old: bytes, new: bytes) -> list[Edit]:
    """Where two texts of one length differ."""
    edits, start, last = [], None, 0
    for i in (i for i in range(len(old)) if old[i] != new[i]):
        if start is not None and i - last > GAP:
            edits.append(_edit(offset + start, last + 1 - start, new[start : last + 1]))
            start = None
        start, last = i if start is None else start, i
    return [*edits, _edit(offset + start, last + 1 - start, new[start : last + 1])] if start is not None else edits


def _edit(offset: int, removed: int, data: bytes) -> Edit:
    return [offset, removed, base64.b64encode(data).decode()]


def write_vectors() -> None:
    """Make all of them anew: another founding, other keys, the same kinds."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        town = build(Path(name) / "town")
        folder = Path(shutil.copytree(town.ledger.path, Path(name) / "copy"))
        out = Path(name) / "good.bundle"
        if main(["export", "bundle", str(folder), "--out", str(out), "--quiet"]) != 0:
            raise SystemExit("the town could not be exported")
        good = out.read_bytes()
        keys = {duty: key.secret for duty, key in town.ledger.keys.items()}
        ANCHOR.write_text(town.ledger.anchor.text + "\n")
    GOOD.write_bytes(gzip.compress(good, mtime=0))
    rows = []
    for tampering in KINDS:
        bad = tampering.make(Draft(good, keys))
        edits = find_edits(good, bad)
        if apply_edits(good, edits) != bad:
            raise SystemExit(f"{tampering.name}: its edits do not give it")
        facts = {"name": tampering.name, "about": tampering.about, "code": tampering.code, "exit": tampering.exit}
        rows.append({**facts, "executes": tampering.executes, "sha256": sha256(bad).hexdigest(), "edits": edits})
    LIST.write_text("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n")


if __name__ == "__main__":
    write_vectors()
