"""The artifacts in ledger/artifacts are what the sources compile to, and say what strangers rely on."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from vyper.ast import FunctionDef
from vyper.ast.parse import parse_to_ast

from ledger.abi import contract
from ledger.artifacts import load_artifact
from ledger.proofs.slots import CHANGED_SLOT, RECOVERY_SLOT, SEALER_SLOT, SEALERS_SLOT, TRUST_SLOT
from ledger.system import SystemContract
from scripts.contracts import build as build_module
from scripts.contracts.build import (
    ARTIFACTS,
    PACKAGES,
    SIZE_LIMIT,
    ContractTooLargeError,
    build,
    compile_contract,
    contract_files,
    encode_artifact,
    main,
    validate_size,
)
from tests.paths import REPOSITORY

NAMES = sorted(contract_files())
SOURCES = sorted(path.relative_to(REPOSITORY).as_posix() for path in (REPOSITORY / "contracts").glob("**/*.vy"))


@pytest.mark.parametrize("name", NAMES)
def test_artifact__compiled_anew__is_the_same(name: str) -> None:
    committed = (ARTIFACTS / f"{name}.json").read_text(encoding="utf-8")
    fresh = encode_artifact(compile_contract(contract_files()[name]))
    assert committed == fresh, f"{name}: the artifact is stale; run: make contracts"


def test_artifacts__every_contract_and_no_other__has_one() -> None:
    assert sorted(path.stem for path in ARTIFACTS.glob("*.json")) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_artifact__sources__are_listed_with_their_hashes(name: str) -> None:
    artifact = load_artifact(name)
    assert artifact["source"] in artifact["sources"]
    for source, digest in artifact["sources"].items():
        path = next(root / source for root in (REPOSITORY, PACKAGES) if (root / source).is_file())
        assert hashlib.sha256(path.read_bytes()).hexdigest() == digest


@pytest.mark.parametrize("source", SOURCES)
def test_source__every_function__has_natspec(source: str) -> None:
    tree = parse_to_ast((REPOSITORY / source).read_text(encoding="utf-8"))
    functions = tree.get_children(FunctionDef)
    bare = [function.name for function in functions if function.doc_string is None]
    assert not bare, f"{source}: no NatSpec on {', '.join(bare)}"


@pytest.mark.parametrize("name", NAMES)
def test_artifact__selectors__are_those_of_the_abi(name: str) -> None:
    methods = load_artifact(name)["methods"]
    for entry in contract(name).entries:
        assert int(methods[entry.signature], 16) == int.from_bytes(entry.selector, "big")


def _slot(name: str, variable: str) -> int:
    place = load_artifact(name)["storage"]
    for part in variable.split("."):
        place = place[part]
    return int(place["slot"], 16)


@pytest.mark.parametrize(
    ("name", "variable", "slot"),
    [
        ("Directory", "versions", 2**64),
        ("Permissions", "sealers.sealer_word", SEALER_SLOT),
        ("Permissions", "sealers.sealers_hash", SEALERS_SLOT),
        ("Permissions", "sealers.changed", CHANGED_SLOT),
        ("Permissions", "sealers.recovery_hash", RECOVERY_SLOT),
        ("Permissions", "sealers.trust_period", TRUST_SLOT),
        ("Permissions", "duties", 2**160),
        ("Permissions", "entries", 2**192),
        ("Membership", "shares", 2**64),
        ("Membership", "keys", 2**160),
    ],
)
def test_storage__places_that_proofs_read__are_those_of_the_formats(name: str, variable: str, slot: int) -> None:
    assert _slot(name, variable) == slot


def test_system_contracts__named_as_compiled__exist() -> None:
    """Every compiled contract that stands in the genesis is named by `SystemContract`, letter by letter."""
    assert {"Directory", "Constitution", "Permissions", "Membership", "Evidence"} <= set(NAMES)
    assert set(NAMES) <= {c.contract_name for c in SystemContract}


def test_validate_size__immutables_counted__over_the_limit_is_refused() -> None:
    code = "0x" + "00" * (SIZE_LIMIT - 32)
    validate_size("Probe", code, {"A": {"length": 32}})
    with pytest.raises(ContractTooLargeError, match="Probe: 24577 bytes"):
        validate_size("Probe", code, {"A": {"length": 32}, "module": {"B": {"length": 1}}})


@pytest.fixture
def small_tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one contract."""
    (tmp_path / "contracts").mkdir()
    (tmp_path / "ledger" / "artifacts").mkdir(parents=True)
    source = "# pragma version ^0.4.0\n# pragma optimize codesize\nx: public(uint256)\n"
    (tmp_path / "contracts" / "Probe.vy").write_text(source)
    monkeypatch.setattr(build_module, "REPOSITORY", tmp_path)
    monkeypatch.setattr(build_module, "ARTIFACTS", tmp_path / "ledger" / "artifacts")
    return tmp_path


def _probe(tree: Path) -> dict[str, Any]:
    artifact: dict[str, Any] = json.loads((tree / "ledger" / "artifacts" / "Probe.json").read_text())
    return artifact


def test_build__stale_artifact__is_removed(small_tree: Path) -> None:
    stale = small_tree / "ledger" / "artifacts" / "Gone.json"
    stale.write_text("{}")
    assert [line.split(":")[0] for line in build()] == ["Probe"]
    assert not stale.exists()
    assert _probe(small_tree)["compiler"]["optimize"] == "codesize"
    assert _probe(small_tree)["storage"] == {"x": {"slot": "0x0", "type": "uint256"}}


def test_main__unknown_name_or_bad_source__says_so(
    small_tree: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["build", "Nothing"])
    assert main() == 2
    assert "found Nothing, expected one of Probe" in capsys.readouterr().err
    (small_tree / "contracts" / "Probe.vy").write_text("# pragma version ^0.4.0\nx: public(uint257)\n")
    monkeypatch.setattr("sys.argv", ["build"])
    assert main() == 1
    assert "uint257" in capsys.readouterr().err
