"""Choices: from the options a voter names to the canonical bytes she signs, and back."""

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.voting.form import BallotKind, ChoiceError, Encoding, Form


@dataclass(frozen=True, slots=True)
class Choice:
    """What a ballot says.

    Shape   `options`: numbers from 1, in the order of preference for an ordinal ballot, ascending for all others;
            empty for a blank ballot. `points`: one per named option where the ballot carries points, else empty.
    """

    options: tuple[int, ...]
    points: tuple[int, ...] = ()


def make_choice(form: Form, options: Sequence[int], points: Sequence[int] = ()) -> Choice:
    """Order a voter's options as the form wants them, and check every limit.

    Errors  ChoiceError names the limit, the value and what was expected.
    """
    named, weights = list(options), list(points)
    if form.kind is not BallotKind.ORDINAL:
        order = sorted(range(len(named)), key=named.__getitem__)
        named = [named[i] for i in order]
        weights = [weights[i] for i in order] if len(weights) == len(order) else weights
    choice = Choice(tuple(named), tuple(weights))
    validate_choice(form, choice)
    return choice


def validate_choice(form: Form, choice: Choice) -> None:
    """Check a choice against the limits of its question.

    Errors  ChoiceError.
    """
    named = choice.options
    _check("number of options", len(named), form.min_length, form.max_length)
    for option in named:
        _check("option", option, 1, form.options)
    if len(set(named)) != len(named):
        raise ChoiceError(f"option: named twice in {list(named)}, expected each once", options=list(named))
    if form.kind is not BallotKind.ORDINAL and list(named) != sorted(named):
        raise ChoiceError(f"options: {list(named)}, expected ascending order", options=list(named))
    if not form.carries_points:
        _check("number of points", len(choice.points), 0, 0)
        return
    _check("number of points", len(choice.points), len(named), len(named))
    for points in choice.points:
        _check("points", points, form.min_points, form.max_points)
    _check("sum of points", sum(choice.points), form.min_sum, form.max_sum)


def _check(field: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise ChoiceError(f"{field}: {value}, expected {low} to {high}", field=field, value=value, low=low, high=high)


def encode_choice(form: Form, choice: Choice) -> bytes:
    """Write a valid choice as the question's fixed number of bytes."""
    encoding = form.encoding
    if encoding is Encoding.MASK:
        mask = sum(1 << (option - 1) for option in choice.options)
        return mask.to_bytes(form.choice_length, "big")
    if encoding is Encoding.PAIRS:
        width = form.points_width
        body = b"".join(
            bytes([option]) + points.to_bytes(width, "big")
            for option, points in zip(choice.options, choice.points, strict=True)
        )
    else:
        body = bytes(choice.options)
    return body.ljust(form.choice_length, b"\0")


def decode_choice(form: Form, data: bytes) -> Choice:
    """Read a choice back; only canonical bytes are accepted.

    Errors  ChoiceError for a wrong length, a limit, or bytes that are not canonical.
    """
    _check("length of choice", len(data), form.choice_length, form.choice_length)
    encoding = form.encoding
    points: tuple[int, ...] = ()
    if encoding is Encoding.MASK:
        mask = int.from_bytes(data, "big")
        options = tuple(i + 1 for i in range(mask.bit_length()) if mask >> i & 1)
    elif encoding is Encoding.PAIRS:
        step = 1 + form.points_width
        pairs = [(data[i], int.from_bytes(data[i + 1 : i + step], "big")) for i in range(0, len(data), step)]
        pairs = pairs[: next((i for i, (option, _) in enumerate(pairs) if option == 0), len(pairs))]
        options, points = tuple(option for option, _ in pairs), tuple(p for _, p in pairs)
    else:
        options = tuple(data[: data.find(0)] if 0 in data else data)
    choice = Choice(options, points)
    validate_choice(form, choice)
    if encode_choice(form, choice) != data:
        raise ChoiceError(f"choice: {data.hex()} is not canonical", choice=data.hex())
    return choice
