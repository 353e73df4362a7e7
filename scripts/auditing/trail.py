"""The way of the common money, both directions from any point of it, as the API of a ledger tells it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from ledger.errors import BadInputError
from scripts.running.sources import Source
from scripts.terminal.amounts import show_amount

KINDS = ("payment", "payee", "fund", "evidence", "ballot")


class UnknownTrailError(BadInputError):
    """A word that a trail cannot begin with, or a payee that nobody paid."""

    type = "unknown-trail"


@dataclass(frozen=True, slots=True)
class Node:
    """A point of a trail. Shape: `kind`: fund, vote, payment, ...; `facts`: as the API names them."""

    kind: str
    title: str
    facts: dict[str, Any] = field(default_factory=dict)
    children: tuple["Node", ...] = ()

    def record(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "kind": self.kind,
            "title": self.title,
            **({"facts": self.facts} if self.facts else {}),
            **({"children": [child.record() for child in self.children]} if self.children else {}),
        }


@dataclass(frozen=True, slots=True)
class Trail:
    """Shape   `at`: the point asked for; `origin`: where it comes from; `outcome`: where it leads."""

    at: Node
    origin: tuple[Node, ...]
    outcome: tuple[Node, ...]

    def record(self) -> dict[str, Any]:
        return {
            "at": self.at.record(),
            "origin": [node.record() for node in self.origin],
            "outcome": [node.record() for node in self.outcome],
        }


class TrailReader:
    """Reads trails from a ledger's API. Errors: UnknownTrailError; those of the source."""

    def __init__(self, source: Source) -> None:
        self._source = source
        ledger = source.get("ledger")
        self._currency = str(ledger["currency"])
        self._exponent = int(ledger["exponent"])
        self._funds: dict[str, dict[str, Any]] = {}
        self._votes: dict[int, dict[str, Any]] = {}

    def read(self, kind: str, name: str) -> Trail:
        """The whole way of a payment, payee, fund, document or ballot."""
        readers = {
            "payment": self._payment,
            "payee": self._payee,
            "fund": self._fund,
            "evidence": self._evidence,
            "ballot": self._ballot,
        }
        if kind not in readers:
            raise UnknownTrailError(f"trace: {kind[:40]!r}, expected one of {', '.join(KINDS)}")
        return readers[kind](name)

    def _payment(self, name: str) -> Trail:
        payment = self._source.get(f"payments/{quote(name, safe='')}")
        ordered = self._document(payment["evidence"], "ordered by")
        origin = (*self._before_payment(payment), ordered)
        return Trail(self._payment_node(payment), origin, self._after_payment(payment))

    def _payee(self, name: str) -> Trail:
        found = [p for page in self._all_funds() for p in page["payments"] if is_payee(p["payee"], name)]
        promised = [a for page in self._all_funds() for a in page["appropriations"] if is_payee(a["payee"], name)]
        if not found and not promised:
            raise UnknownTrailError(f"payee {name[:80]!r}: no vote and no payment names it", payee=name[:80])
        origin = tuple(self._payment_node(p, self._before_payment(p)) for p in found)
        paid = sum(p["amount"] for p in found if p["state"] == "settled")
        rests = tuple(self._appropriation_node(a, ()) for a in promised if a["rest"])
        return Trail(Node("payee", f"payee {name}: {self._money(paid)} paid", {"payee": name}), origin, rests)

    def _fund(self, name: str) -> Trail:
        page = self._fund_page(name)
        by_vote: dict[int | None, list[dict[str, Any]]] = {}
        for row in page["appropriations"]:
            by_vote.setdefault(row["vote"], []).append(row)
        outcome = tuple(
            self._vote_node(vote, tuple(self._appropriation_node(row, page["payments"]) for row in rows))
            for vote, rows in by_vote.items()
        )
        return Trail(self._fund_node(page), self._incomes(page), outcome)

    def _evidence(self, name: str) -> Trail:
        record = self._source.get(f"evidence/{quote(name, safe='')}")
        origin: list[Node] = [Node("author", f"anchored by {record['author']}", {"at": record["at"]})]
        if record["vote"] is not None:
            origin.append(self._vote_node(record["vote"], ()))
        payments = [self._source.get(f"payments/{number}") for number in record["payments"]]
        outcome = tuple(self._payment_node(p, (*self._before_payment(p), *self._after_payment(p))) for p in payments)
        return Trail(self._document_node(record, "document"), tuple(origin), outcome)

    def _ballot(self, name: str) -> Trail:
        found = self._source.get(f"ballots/{quote(name, safe='')}")
        if not found["ballots"]:
            raise UnknownTrailError(f"ballot {name[:60]!r}: no block holds one with this code", code=name[:60])
        ballot = found["ballots"][0]
        at = Node("ballot", f"ballot {found['code']}: {ballot['status']}", {"final": ballot["final"]})
        block = Node("block", f"block {ballot['block']}", {"block": ballot["block"]})
        rows = [
            self._appropriation_node(row, page["payments"])
            for page in self._all_funds()
            for row in page["appropriations"]
            if row["vote"] == ballot["vote"]
        ]
        return Trail(at, (block,), (self._vote_node(ballot["vote"], tuple(rows)),))

    def _before_payment(self, payment: dict[str, Any]) -> tuple[Node, ...]:
        page = self._fund_page(payment["fund"])
        row = next(row for row in page["appropriations"] if row["number"] == payment["appropriation"])
        fund = self._fund_node(page, self._incomes(page))
        vote = self._vote_node(payment["vote"], (fund,))
        return (Node("appropriation", self._appropriation_title(row), {"number": row["number"]}, (vote,)),)

    def _after_payment(self, payment: dict[str, Any]) -> tuple[Node, ...]:
        document = () if payment["outcome"] is None else (self._document(payment["outcome"], "shown by"),)
        if payment["state"] == "settled":
            return (Node("payee", f"paid to {payment['payee']}", {"payee": payment["payee"]}, document),)
        words = {"ordered": "not settled yet", "failed": "failed, still owed", "reversed": "back in its appropriation"}
        return (Node("state", words[payment["state"]], {"state": payment["state"]}, document),)

    def _incomes(self, page: dict[str, Any]) -> tuple[Node, ...]:
        """What came in, with its documents; the entries of a fund's own account tell both."""
        found = []
        for entry in page["entries"]:
            for line in entry["lines"]:
                if line["kind"] == "source":
                    title = f"{self._money(-line['amount'])} from {line['key']}"
                    shown = () if entry["evidence"] is None else (self._document(entry["evidence"], "shown by"),)
                    found.append(Node("income", title, {"entry": entry["number"], "block": entry["block"]}, shown))
        return tuple(found)

    def _appropriation_node(self, row: dict[str, Any], payments: Iterable[dict[str, Any]]) -> Node:
        own = tuple(
            self._payment_node(p, (self._document(p["evidence"], "ordered by"), *self._after_payment(p)))
            for p in payments
            if p["appropriation"] == row["number"]
        )
        return Node("appropriation", self._appropriation_title(row), {"number": row["number"]}, own)

    def _appropriation_title(self, row: dict[str, Any]) -> str:
        return f"appropriation {row['number']}: {self._money(row['amount'])} for {row['name'] or row['payee']}"

    def _payment_node(self, payment: dict[str, Any], children: tuple[Node, ...] = ()) -> Node:
        title = (
            f"payment {payment['number']}: {self._money(payment['amount'])} {payment['state']}, {payment['purpose']}"
        )
        facts = {name: payment[name] for name in ("number", "amount", "state", "payee", "block")}
        return Node("payment", title, facts, children)

    def _vote_node(self, vote: int | None, children: tuple[Node, ...]) -> Node:
        if vote is None:
            return Node("vote", "a vote of another version of Ballots", {}, children)
        if vote not in self._votes:
            self._votes[vote] = self._source.get(f"votes/{vote}")
        record = self._votes[vote]
        turnout, electorate = record["result"]["turnout"], record["result"]["electorate"]
        title = f"vote {vote}: {record['title']}, {record['status']}, {turnout} of {electorate} voted"
        return Node("vote", title, {"vote": vote, "document": record["document"]}, children)

    def _fund_node(self, page: dict[str, Any], children: tuple[Node, ...] = ()) -> Node:
        fund = page["fund"]
        received, paid = self._money(fund["received"]), self._money(fund["paid"])
        title = f"fund {fund['name'] or fund['id']}: {received} received, {paid} paid"
        return Node("fund", title, {"id": fund["id"]}, children)

    def _document(self, number: int, relation: str) -> Node:
        return self._document_node(self._source.get(f"evidence/{number}"), relation)

    @staticmethod
    def _document_node(record: dict[str, Any], relation: str) -> Node:
        title = f"{relation} {record['number']}: {record['purpose']}, {record['status']}, bytes {record['bytes']}"
        return Node("evidence", title, {"number": record["number"], "cid": record["cid"]})

    def _fund_page(self, name: str) -> dict[str, Any]:
        if name not in self._funds:
            self._funds[name] = self._source.get(f"funds/{quote(name, safe='')}")
        return self._funds[name]

    def _all_funds(self) -> list[dict[str, Any]]:
        return [self._fund_page(fund["id"]) for fund in self._source.get("funds")["funds"]]

    def _money(self, amount: int) -> str:
        return show_amount(amount, self._exponent, self._currency)


def is_payee(shown: str, name: str) -> bool:
    """Whether a payee, as the API shows it, is the one meant: the same text, or the hex that it shortens."""
    first, mark, last = shown.partition("…")
    return shown == name or (bool(mark) and name.startswith(first) and name.endswith(last))
