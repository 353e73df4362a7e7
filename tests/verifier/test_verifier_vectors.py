"""The second verifier computes the golden vectors of the formats."""

import json

import pytest

from tests.paths import REPOSITORY
from tests.verifier.node import ask_many

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
