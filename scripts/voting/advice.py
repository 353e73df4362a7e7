"""What to do about a verdict, in words for the voter. The choice is never among them."""

from datetime import UTC, datetime

from ledger.proofs.cause import Cause
from ledger.proofs.receipt import Receipt, neighbours_of
from ledger.proofs.verdict import Standing, Verdict

PROMISE = (
    "if a relay gave you a promise and its block has passed, the promise is your evidence: show it to the returning "
    "officer and to a watchdog, and publish it; it does not say how you voted"
)
RETRY = "send the same ballot again, through another relay or by yourself (ortaq ballot send): it counts only once"
TWO_HISTORIES = (
    "do not rely on this receipt: somebody was shown another history than you; keep the file, show it to your "
    "witnesses and to other voters, and publish its header, its seal and the witness's seal"
)
UNCHECKED = (
    "this is no accusation and no all-clear: take the anchor from a second source and a new receipt, and check again"
)


def advise(verdict: Verdict, receipt: Receipt | None) -> list[str]:
    """Sentences without a final stop. `receipt`: None where there is none."""
    if verdict.cause is Cause.EQUIVOCATION:
        return [TWO_HISTORIES]
    if receipt is None or verdict.standing is Standing.CANNOT_BE_CHECKED:
        return [UNCHECKED]
    closes = datetime.fromtimestamp(min(receipt.question.closes, 2**37), UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    if verdict.standing is Standing.COUNTED:
        return [] if verdict.is_final else [f"you can replace it until {closes}; take a new receipt after that"]
    if verdict.standing is Standing.REPLACED:
        again = "" if verdict.is_final else ", and vote again"
        return [f"if that was not you, somebody else has your key: tell the registrar now{again}"]
    if verdict.is_final:
        return [f"the vote is closed; {PROMISE}"]
    return ["if you have just voted, wait a minute and take a new receipt", f"else {RETRY}, before {closes}", PROMISE]


def warn_of_contents(receipt: Receipt) -> str:
    """What whoever is shown the file can read from it."""
    beside = neighbours_of(receipt.question.form)
    others = f" and how up to {beside} seats beside yours voted" if beside else ""
    return f"ballots are open: the file says how you voted{others}; keep it to yourself and upload it nowhere"
