"""`ortaq audit`: a bundle recounted and executed once more, offline."""

import json
import re
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ledger.audit.auditor import Audited, audit_bundle
from ledger.audit.checks import Checks
from ledger.audit.recount import Since
from ledger.bundle.documents import Facts, decode_facts
from ledger.bundle.errors import BundleError
from ledger.bundle.names import Kind
from ledger.bundle.reading import Bundle
from ledger.errors import BadInputError
from ledger.primitives import Hash32, to_hex
from ledger.proofs.anchor import Anchor
from scripts.auditing.execution import ExecutionRun
from scripts.auditing.report import AuditReport, Verdict
from scripts.auditing.tables import DiskTables
from scripts.terminal.anchors import read_anchor_word
from scripts.terminal.console import EXIT_BAD_INPUT, Output, Steps

HEAD = re.compile(r"([0-9]{1,12}):0x([0-9a-f]{64})")
MAX_REPORT = 1 << 26
INDEPENDENT = "stock"
"""The executor that shares no code with any that makes blocks."""


class BadHeadError(BadInputError):
    """Text that names no block of an earlier audit."""

    type = "bad-head"


@dataclass(frozen=True, slots=True)
class AuditRequest:
    """What to check, and against what. Shape: `anchor`, `since`: as given on the command line."""

    bundle: Path
    anchor: str | None
    since: str | None
    executor: str


def audit_bundle_file(request: AuditRequest, output: Output) -> int:
    """Audit, and say what was found.

    Result  the exit code: 0, 1 findings, 3 not anchored.
    Errors  BundleError (with `--json` an answer of its own), AnchorError, BadHeadError, UnknownExecutorError; those of
            the executor.
    """
    anchor = read_anchor_word(request.anchor)
    since = None if request.since is None else read_head(request.since)
    try:
        report = _audit(request, anchor, since, output)
    except BundleError as error:
        if not output.as_json:
            raise
        answer = {"format": "ortaq audit 1", "verdict": Verdict.UNREADABLE.value, "code": error.code}
        output.result({**answer, "detail": error.detail})
        return EXIT_BAD_INPUT
    output.result(report.record(), *report.tables())
    return report.exit_code


def _audit(request: AuditRequest, anchor: Anchor | None, since: Since | None, output: Output) -> AuditReport:
    with request.bundle.open("rb") as file, output.progress() as steps:
        bundle = Bundle(file)
        facts = read_facts(bundle)
        steps.start("recounted", facts.last + 1)
        steps.start("executed", facts.last + 1)
        with _executing(request, facts, steps) as executed:
            with DiskTables() as tables:
                audited = audit_bundle(bundle, anchor, since, lambda _: steps.advance("recounted"), tables)
            checks = audited.checks
            if audited.genesis is not None:
                checks.merge(executed.result())
    return _report(request, anchor, audited)


@contextmanager
def _executing(request: AuditRequest, facts: Facts, steps: Steps) -> Iterator["Future[Checks]"]:
    run = ExecutionRun(request.bundle, request.executor, facts)
    pool = ThreadPoolExecutor(1)
    try:
        yield pool.submit(run.join, lambda _: steps.advance("executed"))
    finally:
        run.stop()
        pool.shutdown()


def _report(request: AuditRequest, anchor: Anchor | None, audited: Audited) -> AuditReport:
    return AuditReport(
        facts=audited.facts,
        checks=audited.checks,
        missing=audited.missing,
        ballots=audited.ballots,
        is_anchored=anchor is not None and anchor.height <= audited.facts.last,
        # A network's validators may run geth, and then it would only agree with itself.
        is_independent=request.executor == INDEPENDENT or not audited.is_network,
        executor=request.executor,
    )


def read_facts(bundle: Bundle) -> Facts:
    """`bundle.json`. Errors: BundleError."""
    first = next(bundle.of_kind(Kind.BUNDLE))
    return decode_facts(bundle.read(first))


def read_head(text: str) -> Since:
    """`HEIGHT:0xHASH`, or a file with the answer of an earlier audit. Errors: BadHeadError."""
    match = HEAD.fullmatch(text)
    if match:
        return Since(int(match[1]), Hash32(bytes.fromhex(match[2])))
    path = Path(text)
    if not path.is_file() or path.stat().st_size > MAX_REPORT:
        raise BadHeadError(f"--since: {text[:80]!r}, expected HEIGHT:0xHASH or a file that `ortaq audit --json` wrote")
    try:
        record: dict[str, Any] = json.loads(path.read_bytes())
        return Since(int(record["last"]), Hash32(bytes.fromhex(str(record["head"])[2:])))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadHeadError(f"{path}: no answer of an audit ({error}), expected `last` and `head`") from error


def head_text(facts: Facts) -> str:
    """What `--since` takes."""
    return f"{facts.last}:{to_hex(facts.head)}"
