"""Choices as people type them: ids or numbers of options, with points where the ballot carries some."""

from collections.abc import Mapping, Sequence

from ledger.voting.choice import encode_choice, make_choice
from ledger.voting.form import ChoiceError, Form

BLANK = "blank"


def read_choice(text: str, form: Form, ids: Sequence[str]) -> bytes:
    """A choice in canonical bytes, from `yes`, `park,bus`, `park=3,bus=1` or `blank`.

    Shape   `ids`: identifiers of the options in their order, empty where they are not known; an option may be given by
            its number, from 1, as well. Ordinal ballots name the most preferred first.
    Errors  ChoiceError names what is wrong.
    """
    if text.strip().lower() == BLANK:
        return encode_choice(form, make_choice(form, ()))
    numbers = {identifier: number for number, identifier in enumerate(ids, 1) if identifier}
    options, points = [], []
    for part in text.split(","):
        word, mark, weight = part.strip().partition("=")
        options.append(_option(word.strip(), numbers, form))
        if bool(mark) != form.carries_points:
            expected = "points, such as park=3" if form.carries_points else "no points in this vote"
            raise ChoiceError(f"choice: {part.strip()!r}, expected {expected}")
        if mark:
            points.append(_points(weight.strip(), part))
    return encode_choice(form, make_choice(form, options, points))


def _option(word: str, numbers: Mapping[str, int], form: Form) -> int:
    if word in numbers:
        return numbers[word]
    if word.isdecimal() and word.isascii() and 1 <= int(word) <= form.options:
        return int(word)
    shown = ", ".join(numbers) if len(numbers) <= 20 else f"{len(numbers)} ids; `ortaq vote show` lists them"
    raise ChoiceError(f"choice: {word!r}, expected an option's number, 1 to {form.options}, or {shown or 'its id'}")


def _points(text: str, part: str) -> int:
    if not (text.isdecimal() and text.isascii()):
        raise ChoiceError(f"choice: {part.strip()!r}, expected points as a number")
    return int(text)
