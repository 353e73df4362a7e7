"""The second verifier computes the golden vectors of the formats."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.paths import REPOSITORY
from tests.verifier.node import VERIFIER, ask_many, node_program

VECTORS = REPOSITORY / "tests" / "vectors"


@pytest.mark.parametrize(("name", "least"), [("formats", 60), ("comet", 24), ("ed25519", 100)])
def test_vectors__computed_again__are_the_same(name: str, least: int) -> None:
    vectors = json.loads((VECTORS / f"{name}.json").read_text())
    (answer,) = ask_many([{"ask": "vectors", "name": name, "vectors": vectors}])
    assert answer["differences"] == []
    assert answer["compared"] >= least


def test_anchor__one_letter_altered__is_refused() -> None:
    text = json.loads((VECTORS / "formats.json").read_text())["anchor"]["text"]
    altered = [text[:at] + ("a" if text[at] != "a" else "b") + text[at + 1 :] for at in range(len(text))]
    answers = ask_many({"ask": "refuse", "anchor": anchor} for anchor in [text, *altered])
    assert "refused" not in answers[0]
    assert all("refused" in answer for answer in answers[1:])


def test_sources__types_in_comments__hold() -> None:
    program = Path(node_program())
    compiler = VERIFIER / "node_modules" / "typescript" / "bin" / "tsc"
    done = subprocess.run(
        [program, compiler, "-p", VERIFIER / "jsconfig.json"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_lock__packages__are_pinned_without_a_host() -> None:
    packages = json.loads((VERIFIER / "package-lock.json").read_text())["packages"]
    ours = json.loads((VERIFIER / "package.json").read_text())
    assert all(
        re.fullmatch(r"[0-9.]+", version) for version in (ours["dependencies"] | ours["devDependencies"]).values()
    )
    for name, package in packages.items():
        assert "resolved" not in package
        assert not name or package["integrity"].startswith("sha512-")
