"""Forms at every boundary of the contract, and choices for them: valid ones, and ones that are nearly so."""

from random import Random

from ledger.voting.choice import encode_choice, make_choice
from ledger.voting.form import BallotKind, Form

K = BallotKind
FORMS = [
    Form(K.YES_NO, 3, 0, 1),
    Form(K.CHOOSE_ONE, 1),
    Form(K.CHOOSE_ONE, 7),
    Form(K.CHOOSE_ONE, 8, 0, 1),
    Form(K.CHOOSE_ONE, 255),
    Form(K.APPROVAL, 7, 1, 7),
    Form(K.APPROVAL, 32, 2, 30),
    Form(K.APPROVAL, 63, 0, 63),
    Form(K.APPROVAL, 64, 0, 64),
    Form(K.APPROVAL, 216, 0, 216),
    Form(K.APPROVAL, 217, 1, 217),
    Form(K.APPROVAL, 248, 1, 248),
    Form(K.APPROVAL, 255, 1, 255),
    Form(K.APPROVAL, 255, 1, 15),
    Form(K.APPROVAL, 255, 0, 27),
    Form(K.APPROVAL, 255, 3, 28),
    Form(K.APPROVAL, 255, 3, 31),
    Form(K.APPROVAL, 20, 0, 2),
    Form(K.ORDINAL, 5, 5, 5),
    Form(K.ORDINAL, 32, 1, 4),
    Form(K.ORDINAL, 255, 0, 27),
    Form(K.ORDINAL, 255, 0, 28),
    Form(K.ORDINAL, 255, 0, 255),
    Form(K.CUMULATIVE, 10, 1, 5, 1, 10, 1, 10),
    Form(K.CUMULATIVE, 200, 0, 13, 0, 200, 0, 1500),
    Form(K.CUMULATIVE, 200, 1, 14, 0, 255, 0, 3000),
    Form(K.CUMULATIVE, 127, 0, 127, 1, 100, 0, 2000),
    Form(K.SCORE, 8, 0, 8, 0, 1000, 0, 8000),
    Form(K.SCORE, 9, 1, 9, 0, 256, 0, 9000),
    Form(K.SCORE, 85, 0, 85, 0, 65535, 0, 2**32 - 1),
]
"""Choices of 1, 27, 28, 31, 32 and 255 bytes; 7, 8, 63, 64 and 255 options; lanes of one word and of eight."""


def name_of(form: Form) -> str:
    return f"{form.kind.name.lower()}-{form.max_length}-of-{form.options}"


def valid_choice(form: Form, random: Random) -> bytes:
    """Some choice that the form allows."""
    while True:
        count = random.choice([form.min_length, form.max_length, random.randint(form.min_length, form.max_length)])
        options = random.sample(range(1, form.options + 1), count)
        if not form.carries_points:
            return encode_choice(form, make_choice(form, options))
        high = max(form.min_points, min(form.max_points, form.max_sum // max(1, count)))
        points = [random.randint(form.min_points, high) for _ in options]
        if form.min_sum <= sum(points) <= form.max_sum:
            return encode_choice(form, make_choice(form, options, points))


def spoil(choice: bytes, random: Random) -> bytes:
    """Change a choice a little; most often it is then no longer allowed."""
    data = bytearray(choice)
    at, other = random.randrange(len(data)), random.randrange(len(data))
    match random.randrange(6):
        case 0:
            data[at] = random.randrange(256)
        case 1:
            data[at] = 0
        case 2:
            data[at], data[other] = data[other], data[at]
        case 3:
            data[at] = data[other]
        case 4:
            data[-1] ^= 1 << random.randrange(8)
        case _:
            data = bytearray(random.randbytes(len(data)))
    return bytes(data)
