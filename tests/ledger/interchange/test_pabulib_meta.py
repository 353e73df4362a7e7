"""META entries, good and bad."""

import pytest

from ledger.interchange.pabulib import Limits, Meta, Rule, parse_pabulib
from tests.ledger.interchange.pabulib_text import PROJECTS, line_of, pb, refusal


def meta_of(**entries: str | None) -> Meta:
    return parse_pabulib(pb(meta=entries), "town.pb").meta


@pytest.mark.parametrize("key", ["num_projects", "num_votes", "budget", "vote_type", "rule"])
@pytest.mark.parametrize("value", [None, ""])
def test_obligatory_key__missing_or_empty__is_named(key: str, value: str | None) -> None:
    facts = refusal(pb(meta={key: value}))
    assert (facts["field"], facts["found"]) == (key, "nothing")
    assert facts["line"] == (2 if value is None else line_of(pb(meta={key: value}), f"{key};"))


def test_header__other_than_key_value__is_refused() -> None:
    facts = refusal(pb().replace(b"key;value\n", b""))
    assert (facts["line"], facts["field"], facts["found"]) == (2, "META header", "'num_projects;3'")


def test_key__twice__names_both_lines() -> None:
    facts = refusal(pb().replace(b"rule;greedy\n", b"rule;greedy\nbudget;5\n"))
    assert (facts["line"], facts["field"], facts["expected"]) == (8, "budget", "one value, as on line 5")


def test_key__empty__is_refused() -> None:
    facts = refusal(pb().replace(b"rule;greedy\n", b"rule;greedy\n;5\n"))
    assert (facts["line"], facts["field"]) == (8, "key")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("budget", "-1"),
        ("budget", "1,000"),
        ("budget", "1e6"),
        ("budget", "10.005"),
        ("budget", "１０"),
        ("budget", "9" * 16),
        ("num_votes", "two"),
        ("num_votes", "-2"),
        ("num_votes", "2.0"),
        ("num_projects", "0"),
        ("num_projects", "256"),
        ("num_projects", "3 3"),
        ("vote_type", "Approval"),
        ("vote_type", "veto"),
        ("currency", "zl"),
        ("currency", "EURO"),
        ("min_length", "-1"),
        ("min_length", "9" * 16),
        ("max_length", "1.5"),
        ("max_sum_cost", "-5"),
        ("max_points", "ten"),
        ("min_project_score_threshold", "many"),
        ("default_score", "0.5"),
    ],
)
def test_value__that_is_not_what_its_key_needs__names_line_and_key(key: str, value: str) -> None:
    data = pb(meta={key: value})
    facts = refusal(data)
    assert (facts["line"], facts["field"]) == (line_of(data, f"{key};"), key)
    assert value[:10] in facts["found"]


@pytest.mark.parametrize("pair", ["length", "sum_cost", "points", "sum_points"])
def test_limits__upper_below_lower__are_refused(pair: str) -> None:
    data = pb(meta={f"min_{pair}": "3", f"max_{pair}": "2"})
    facts = refusal(data)
    assert (facts["line"], facts["field"]) == (line_of(data, f"max_{pair};"), f"max_{pair}")


def test_limits__given__are_normalised() -> None:
    limits = meta_of(min_length="0", max_length="3", min_sum_cost="1.5", max_sum_cost="1000000", max_points="").limits
    assert limits == Limits(min_length=0, max_length=3, min_sum_cost=150, max_sum_cost=100_000_000)


def test_cumulative__without_max_sum_points__is_refused() -> None:
    assert refusal(pb(meta={"vote_type": "cumulative"}))["field"] == "max_sum_points"


@pytest.mark.parametrize(("key", "value"), [("min_length", "0"), ("max_length", "2")])
def test_choose_1__with_another_length__is_refused(key: str, value: str) -> None:
    assert refusal(pb(meta={"vote_type": "choose-1", key: value}))["field"] == key


@pytest.mark.parametrize("rule", [rule for rule in Rule if rule not in (Rule.OTHER, Rule.GREEDY_THRESHOLD)])
def test_rule__that_the_ledger_has__is_named(rule: Rule) -> None:
    assert meta_of(rule=rule.value).rule is rule


@pytest.mark.parametrize("text", ["unknown", "equalshares", "equalshares/add1-comparison", "greedy-custom", "Greedy"])
def test_rule__that_the_ledger_does_not_have__keeps_its_word(text: str) -> None:
    meta = meta_of(rule=text)
    assert (meta.rule, meta.rule_text) == (Rule.OTHER, text)


def test_threshold__with_any_rule__is_kept() -> None:
    meta = meta_of(rule="greedy-threshold", min_project_score_threshold="30")
    assert (meta.rule, meta.threshold) == (Rule.GREEDY_THRESHOLD, 30)
    assert meta_of(min_project_score_threshold="30").threshold == 30
    assert meta_of().threshold is None


def test_threshold__missing_under_greedy_threshold__is_refused() -> None:
    assert refusal(pb(meta={"rule": "greedy-threshold"}))["field"] == "min_project_score_threshold"


def test_currency__missing__is_no_currency_with_two_digits() -> None:
    meta = meta_of(currency=None)
    assert (meta.currency, meta.exponent, meta.budget_minor) == ("XXX", 2, 100_000)


def test_currency__without_minor_unit__takes_no_fraction() -> None:
    projects = (PROJECTS[0], "p1;400;", "p2;500.0;", "p3;600;")
    file = parse_pabulib(pb(projects, meta={"currency": "JPY"}), "town.pb")
    assert (file.meta.exponent, file.meta.budget_minor, file.projects[1].cost_minor) == (0, 1000, 500)
    assert refusal(pb(meta={"currency": "JPY"}))["field"] == "cost"
