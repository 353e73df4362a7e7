"""Question files: TOML that a clerk writes, read strictly into what a returning officer opens."""

import csv
import io
import tomllib
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from ledger.errors import FileFormatError

KindName = Literal["yes-no", "choose-one", "approval", "ordinal", "cumulative", "score"]
EffectName = Literal["referendum", "parameter", "entrenched", "budget", "permission"]
PROJECTS_HEADER = ("id", "name", "cost", "payee")
MAX_PROJECTS = 255


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class OptionPart(_Part):
    """One option. Shape: `cost` as people write money, `payee` 32 bytes in hex or a short text; both for budgets."""

    id: str = Field(min_length=1, max_length=64)
    name: str = Field(default="", max_length=300)
    description: str = Field(default="", max_length=20_000)
    cost: str | None = None
    payee: str | None = Field(default=None, min_length=1, max_length=66)


class LimitsPart(_Part):
    """Limits of a ballot; what is left out follows from the kind."""

    min_length: int | None = Field(default=None, ge=0, le=255)
    max_length: int | None = Field(default=None, ge=1, le=255)
    min_points: int | None = Field(default=None, ge=0)
    max_points: int | None = Field(default=None, ge=1)
    min_sum: int | None = Field(default=None, ge=0)
    max_sum: int | None = Field(default=None, ge=1)


class BudgetPart(_Part):
    """How winners are picked. Shape: `exclusive`: sets of option ids; `step`: what add1 adds to each voter's share."""

    rule: Literal["greedy", "greedy-no-skip", "equal-shares-add1"]
    fund: str
    amount: str
    threshold: int = Field(default=0, ge=0)
    ties: Literal["listed", "cheaper-then-listed"] = "listed"
    exclusive: list[list[str]] = []
    step: str | None = None


class EffectPart(_Part):
    """What a passed question calls: a contract of the ledger, one of its entries, its arguments (bytes as 0x hex)."""

    contract: str
    entry: str
    arguments: list[Any] = []


def _moment(value: Any) -> Any:
    if isinstance(value, datetime) and value.tzinfo is None:
        raise ValueError(f"{value} without a time zone, expected one such as 2026-12-01T20:00:00+05:00")
    return value


Moment = Annotated[datetime, BeforeValidator(_moment)]


class QuestionFile(_Part):
    """A question as a file states it.

    Shape   `closes` or `window_s`, one of the two; `opens`: left out, a minute after the opening is sent.
    """

    title: str = Field(min_length=1, max_length=300)
    kind: KindName
    effect_kind: EffectName = "referendum"
    summary: str = Field(default="", max_length=20_000)
    place: str = Field(default="", max_length=300)
    source: str = Field(default="", max_length=2_000)
    opens: Moment | None = None
    closes: Moment | None = None
    window_s: int | None = Field(default=None, gt=0)
    limits: LimitsPart = LimitsPart()
    option: list[OptionPart] = []
    budget: BudgetPart | None = None
    effect: EffectPart | None = None


def read_question_file(path: Path, projects: Path | None = None) -> QuestionFile:
    """Read a question, with the options of a CSV file if there is one.

    Errors  FileFormatError(path, line, field).
    """
    name = str(path)
    try:
        record = tomllib.loads(path.read_bytes().decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FileFormatError(name, None, "syntax", str(error), "TOML 1.0 in UTF-8") from error
    if projects is not None:
        if "option" in record:
            raise FileFormatError(name, None, "option", "options here and in a file of projects", "one of the two")
        record["option"] = read_projects(projects)
    try:
        question = QuestionFile.model_validate(record)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "question"
        found = "nothing" if first["type"] == "missing" else repr(first["input"])[:60]
        raise FileFormatError(name, None, field, found, first["msg"].removeprefix("Value error, ")) from error
    _check(name, question)
    return question


def _check(name: str, question: QuestionFile) -> None:
    """What no single field can say."""
    if (question.closes is None) == (question.window_s is None):
        raise FileFormatError(name, None, "closes", "both or neither of closes and window_s", "one of the two")
    ids = [option.id for option in question.option]
    twice = next((i for i in ids if ids.count(i) > 1), None)
    if twice is not None:
        raise FileFormatError(name, None, "option.id", f"{twice!r} twice", "each once")
    if (question.kind == "yes-no") != (not question.option):
        expected = "none: yes, no and abstain" if question.kind == "yes-no" else "at least one [[option]]"
        raise FileFormatError(name, None, "option", str(len(ids)), expected)
    if (question.effect_kind == "budget") != (question.budget is not None):
        raise FileFormatError(name, None, "budget", f"effect_kind {question.effect_kind!r}", '[budget] with "budget"')
    if question.budget is not None and question.effect is not None:
        raise FileFormatError(name, None, "effect", "an [effect] beside a [budget]", "one of the two")
    if question.effect is not None and question.effect_kind == "referendum":
        raise FileFormatError(name, None, "effect", "an [effect] of a referendum", "another effect_kind")


def read_projects(path: Path) -> list[dict[str, Any]]:
    """Read options from CSV with the header `id,name,cost,payee`; an empty payee means none.

    Errors  FileFormatError(path, line, field).
    """
    name = str(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileFormatError(name, None, "encoding", str(error), "UTF-8") from error
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[dict[str, Any]] = []
    try:
        header = tuple(next(reader, []))
        if header != PROJECTS_HEADER:
            raise FileFormatError(name, 1, "header", repr(",".join(header)[:60]), ",".join(PROJECTS_HEADER))
        rows.extend(_project(name, reader.line_num, row) for row in reader if row)
    except csv.Error as error:
        raise FileFormatError(name, reader.line_num, "row", str(error), "comma-separated values") from error
    if not 0 < len(rows) <= MAX_PROJECTS:
        raise FileFormatError(name, None, "rows", str(len(rows)), f"1 to {MAX_PROJECTS}")
    return rows


def _project(name: str, line: int, row: list[str]) -> dict[str, Any]:
    if len(row) != len(PROJECTS_HEADER):
        raise FileFormatError(name, line, "columns", str(len(row)), str(len(PROJECTS_HEADER)))
    found: dict[str, Any] = {field: value for field, value in zip(PROJECTS_HEADER, row, strict=True) if value}
    if "id" not in found:
        raise FileFormatError(name, line, "id", "nothing", "an identifier")
    return found
