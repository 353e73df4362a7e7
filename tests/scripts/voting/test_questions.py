"""Question files and the drafts that are made from them."""

import hashlib
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.abi import contract
from ledger.errors import BadInputError, FileFormatError
from ledger.founding.constitution import parse_constitution
from ledger.money.account import fund_id
from ledger.primitives import ZERO_HASH
from ledger.proofs.comet.ed25519 import UnsoundKeyError
from ledger.system import SystemContract
from ledger.views.definition import document_budget, document_options
from ledger.views.question_document import read_document
from ledger.voting.form import BallotKind, Form
from ledger.voting.question import AllocationRule, Budget, EffectKind, Option, TieRule, effect_hash
from scripts.voting.drafts import Draft, make_draft, payee_word
from scripts.voting.questions import read_question_file
from tests.scripts.small_ledger import REPLAY_TEXT

CONSTITUTION = parse_constitution(REPLAY_TEXT, "replay.toml")
BASE = 'title = "T"\nwindow_s = 100\n'
OPTIONS = '[[option]]\nid = "a"\n[[option]]\nid = "b"\nname = "Bee"\n[[option]]\nid = "c"\n'
BUDGET = (
    BASE
    + """kind = "approval"
effect_kind = "budget"
[budget]
rule = "greedy"
fund = "participatory budget"
amount = "100.50"
threshold = 2
ties = "cheaper-then-listed"
exclusive = [["a", "c"]]
[[option]]
id = "a"
cost = "60"
payee = "works"
[[option]]
id = "b"
cost = "40.5"
[[option]]
id = "c"
cost = "10"
"""
)


def written(path: Path, text: str, name: str = "q.toml") -> Path:
    file = path / name
    file.write_text(text, encoding="utf-8")
    return file


def draft(path: Path, text: str) -> Draft:
    return make_draft(read_question_file(written(path, text)), CONSTITUTION)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ('kind = "yes-no"\n', Form(BallotKind.YES_NO, 3, 1, 1)),
        ('kind = "yes-no"\nlimits = {min_length = 0}\n', Form(BallotKind.YES_NO, 3, 0, 1)),
        ('kind = "choose-one"\n' + OPTIONS, Form(BallotKind.CHOOSE_ONE, 3, 1, 1)),
        ('kind = "approval"\n' + OPTIONS, Form(BallotKind.APPROVAL, 3, 1, 3)),
        ('kind = "ordinal"\nlimits = {max_length = 2}\n' + OPTIONS, Form(BallotKind.ORDINAL, 3, 1, 2)),
        (
            'kind = "cumulative"\nlimits = {max_sum = 10}\n' + OPTIONS,
            Form(BallotKind.CUMULATIVE, 3, 1, 3, 0, 10, 0, 10),
        ),
        ('kind = "score"\nlimits = {max_points = 5}\n' + OPTIONS, Form(BallotKind.SCORE, 3, 1, 3, 0, 5, 0, 15)),
    ],
)
def test_draft__each_kind__gets_its_form(tmp_path: Path, text: str, form: Form) -> None:
    assert draft(tmp_path, BASE + text).form == form


def test_draft__budget__is_what_the_contracts_take(tmp_path: Path) -> None:
    found = draft(tmp_path, BUDGET)
    assert found.effect_kind is EffectKind.BUDGET
    assert found.options == (
        Option(Option.label_of("a"), 6000, payee_word("works", "x")),
        Option(Option.label_of("b"), 4050, ZERO_HASH),
        Option(Option.label_of("c"), 1000, ZERO_HASH),
    )
    fund = fund_id("participatory budget")
    assert found.budget == Budget(AllocationRule.GREEDY, fund, 10_050, 2, TieRule.CHEAPER_THEN_LISTED, (0b101,))
    assert found.effect is not None
    assert found.effect[0] == SystemContract.TREASURY.address
    proposal = found.proposal(5, 105)
    assert proposal[0] == hashlib.sha256(found.document).digest()
    assert proposal[-2:] == (found.budget.hash, effect_hash(*found.effect))


def test_draft__document__says_everything_that_the_hashes_say(tmp_path: Path) -> None:
    found = draft(tmp_path, BUDGET)
    document = read_document(found.document)
    assert document is not None
    assert document_budget(document) == found.budget
    assert [text.cost for text in document.options.values()] == [6000, 4050, 1000]
    assert document.currency == "EUR"
    assert json.dumps(json.loads(found.document), sort_keys=True, separators=(",", ":")).encode() == found.document
    assert document_options is not None


def test_draft__equal_shares__adds_one_unit_of_the_currency_by_default(tmp_path: Path) -> None:
    text = BUDGET.replace('rule = "greedy"', 'rule = "equal-shares-add1"')
    assert draft(tmp_path, text).budget.step == 100
    assert draft(tmp_path, text.replace("threshold = 2", 'step = "0.05"')).budget.step == 5


def test_draft__effect__is_a_call_by_name(tmp_path: Path) -> None:
    text = BASE + (
        'kind = "yes-no"\neffect_kind = "parameter"\n'
        '[effect]\ncontract = "Constitution"\nentry = "set"\narguments = ["roll.minimum", 30]\n'
    )
    found = draft(tmp_path, text)
    assert found.effect is not None
    assert found.effect[0] == SystemContract.CONSTITUTION.address
    assert found.effect[1][4:36] == b"roll.minimum".ljust(32, b"\0")


VALIDATOR = BASE + (
    'kind = "yes-no"\neffect_kind = "permission"\n[effect]\ncontract = "Permissions"\nentry = "add_validator"\n'
    'arguments = ["0xKEY", 10, "Library", "ENDPOINT"]\n'
)
ENDPOINT = f"{'ab' * 20}@node.library.example:26656"


def test_draft__validator_to_add__is_named_in_words(tmp_path: Path) -> None:
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32))).public_key().public_bytes_raw()
    found = draft(tmp_path, VALIDATOR.replace("KEY", key.hex()).replace("ENDPOINT", ENDPOINT))
    call = contract("Permissions").encode_call("add_validator", key, 10, b"Library".ljust(32, b"\0"), ENDPOINT)
    assert found.effect == (SystemContract.PERMISSIONS.address, call)


@pytest.mark.parametrize(("key", "flaw"), [("01" + "00" * 31, "small order"), ("02" + "00" * 31, "no point")])
def test_draft__validator_whose_key_is_everybodys_or_nobodys__is_refused(tmp_path: Path, key: str, flaw: str) -> None:
    with pytest.raises(UnsoundKeyError, match=flaw):
        draft(tmp_path, VALIDATOR.replace("KEY", key).replace("ENDPOINT", ENDPOINT))


def test_projects__csv__gives_the_options(tmp_path: Path) -> None:
    projects = written(tmp_path, 'id,name,cost,payee\np1,"One, two",5.50,works\np2,,7,\n', "p.csv")
    text = BASE + (
        'kind = "approval"\neffect_kind = "budget"\n'
        'budget = {rule = "greedy", fund = "participatory budget", amount = "10"}\n'
    )
    found = make_draft(read_question_file(written(tmp_path, text), projects), CONSTITUTION)
    assert [option.cost for option in found.options] == [550, 700]
    assert json.loads(found.document)["options"][0] == {"cost": 550, "id": "p1", "name": "One, two", "payee": "works"}


@pytest.mark.parametrize(
    ("text", "line", "field"),
    [
        ("id,name\n", 1, "header"),
        ("", 1, "header"),
        ("id,name,cost,payee\n", None, "rows"),
        ("id,name,cost,payee\np1,n,5\n", 2, "columns"),
        ("id,name,cost,payee\n\n,n,5,\n", 3, "id"),
        ('id,name,cost,payee\np1,"n,5,\n', 2, "row"),
        ("id,name,cost,payee\n" + "".join(f"p{n},n,1,\n" for n in range(256)), None, "rows"),
    ],
)
def test_projects__bad_csv__names_line_and_field(tmp_path: Path, text: str, line: int | None, field: str) -> None:
    question = written(tmp_path, BASE + 'kind = "approval"\n')
    with pytest.raises(FileFormatError) as caught:
        read_question_file(question, written(tmp_path, text, "p.csv"))
    assert (caught.value.facts["line"], caught.value.facts["field"]) == (line, field)
    assert caught.value.facts["path"].endswith("p.csv")


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("title = \n", "syntax"),
        ('kind = "yes-no"\nwindow_s = 1\n', "title"),
        ('title = ""\nkind = "yes-no"\nwindow_s = 1\n', "title"),
        ('title = "T"\nkind = "lottery"\nwindow_s = 1\n', "kind"),
        ('title = "T"\nkind = "yes-no"\n', "closes"),
        (BASE + 'kind = "yes-no"\ncloses = 2026-12-01T20:00:00Z\n', "closes"),
        ('title = "T"\nkind = "yes-no"\ncloses = 2026-12-01T20:00:00\n', "closes"),
        ('title = "T"\nkind = "yes-no"\nwindow_s = 0\n', "window_s"),
        (BASE + 'kind = "yes-no"\ncolour = 1\n', "colour"),
        (BASE + 'kind = "yes-no"\n' + OPTIONS, "option"),
        (BASE + 'kind = "approval"\n', "option"),
        (BASE + 'kind = "approval"\n[[option]]\nid = "a"\n[[option]]\nid = "a"\n', "option.id"),
        (BASE + 'kind = "approval"\n[[option]]\nname = "a"\n', "option.0.id"),
        (BASE + 'kind = "approval"\neffect_kind = "budget"\n' + OPTIONS, "budget"),
        (BUDGET.replace('effect_kind = "budget"\n', ""), "budget"),
        (BUDGET.replace("threshold = 2", "threshold = -2"), "budget.threshold"),
        (BUDGET.replace('"100.50"', "100.50"), "budget.amount"),
        (BUDGET.replace('rule = "greedy"', 'rule = "first past the post"'), "budget.rule"),
        (BASE + 'kind = "yes-no"\n[effect]\ncontract = "Constitution"\nentry = "set"\n', "effect"),
    ],
)
def test_question__bad_file__names_the_field(tmp_path: Path, text: str, field: str) -> None:
    with pytest.raises(FileFormatError) as caught:
        read_question_file(written(tmp_path, text))
    assert caught.value.facts["field"] == field


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (BUDGET.replace("participatory budget", "slush fund"), "budget.fund"),
        (BUDGET.replace('"100.50"', '"100.505"'), "budget.amount"),
        (BUDGET.replace('cost = "60"', ""), "option a: cost"),
        (BUDGET.replace('cost = "60"', 'cost = "-60"'), "option a: cost"),
        (BUDGET.replace('["a", "c"]', '["a", "z"]'), "budget.exclusive"),
        (BUDGET.replace('["a", "c"]', '["a"]'), "budget.exclusive"),
        (BUDGET.replace('"works"', '"0x1234"'), "option a: payee"),
        (BUDGET.replace('"works"', '"a name of more than thirty-one letters"'), "option a: payee"),
        (BUDGET.replace('"works"', '"Бюро"'), "option a: payee"),
        (BASE + 'kind = "approval"\n[[option]]\nid = "a"\ncost = "5"\n', "option a: cost"),
        (BASE + 'kind = "approval"\n[[option]]\nid = "a"\npayee = "x"\n', "option a: payee"),
        (BASE + 'kind = "approval"\nlimits = {max_points = 3}\n' + OPTIONS, "limits: points"),
        (BASE + 'kind = "score"\n' + OPTIONS, "neither max_points nor max_sum"),
        (BASE + 'kind = "approval"\nlimits = {max_length = 4}\n' + OPTIONS, "max_length"),
        (BASE + 'kind = "approval"\nlimits = {min_length = 3, max_length = 2}\n' + OPTIONS, "min_length"),
        (BASE + 'kind = "choose-one"\nlimits = {max_length = 2}\n' + OPTIONS, "max_length"),
        (
            BASE + 'kind = "yes-no"\neffect_kind = "parameter"\n[effect]\ncontract = "X"\nentry = "y"\n',
            "effect.contract",
        ),
        (
            BASE + 'kind = "yes-no"\neffect_kind = "parameter"\n[effect]\ncontract = "Constitution"\nentry = "y"\n',
            "entry 'y'",
        ),
        (
            BASE
            + 'kind = "yes-no"\neffect_kind = "parameter"\n'
            + '[effect]\ncontract = "Constitution"\nentry = "set"\narguments = ["roll.minimum"]\n',
            "effect: values",
        ),
        (
            BASE
            + 'kind = "yes-no"\neffect_kind = "permission"\n'
            + '[effect]\ncontract = "Permissions"\nentry = "dismiss"\narguments = ["0xzz"]\n',
            "effect.arguments",
        ),
    ],
)
def test_draft__question_that_the_ledger_cannot_hold__is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(BadInputError, match=said):
        draft(tmp_path, text)


def test_question__options_in_two_places__are_refused(tmp_path: Path) -> None:
    projects = written(tmp_path, "id,name,cost,payee\np1,n,5,\n", "p.csv")
    with pytest.raises(FileFormatError, match="one of the two"):
        read_question_file(written(tmp_path, BASE + 'kind = "approval"\n' + OPTIONS), projects)


def test_question__not_utf8__is_named(tmp_path: Path) -> None:
    file = tmp_path / "q.toml"
    file.write_bytes(b'title = "\xff"\n')
    with pytest.raises(FileFormatError, match="syntax"):
        read_question_file(file)
