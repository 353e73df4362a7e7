"""Brownie compiles the contracts to the bytecode that stands in ledger/artifacts."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.brownie.__main__ import check_bytecode
from scripts.brownie.bytecode import Bytecode, BytecodeDiffersError, load_artifacts, load_brownie_build, validate_same
from scripts.brownie.environment import (
    BrownieMissingError,
    BrownieSetupError,
    environment_dir,
    is_ready,
    make_environment,
    validate_environment,
)
from scripts.contracts.build import ARTIFACTS, contract_files
from tests.paths import REPOSITORY

SETTINGS = ("brownie-config.yaml", "brownie_hooks.py")

MODULE = """# pragma version ^0.4.0
from snekmate.utils import ecdsa

@internal
@pure
def signer(digest: bytes32, signature: Bytes[65]) -> address:
    assert len(signature) == 65, "signing: length"
    return ecdsa._recover_sig(digest, signature)
"""
INTERFACE = """# pragma version ^0.4.0

@external
@view
def weight(who: address) -> uint256: ...
"""
CONTRACT = """# pragma version ^0.4.0
from ..access import signing
from contracts.access import IRoll

roll: public(address)

@external
@view
def weight(digest: bytes32, signature: Bytes[65]) -> uint256:
    return staticcall IRoll(self.roll).weight(signing.signer(digest, signature))
"""
THROUGH_HOOKS = """
import json, sys
from pathlib import Path
import brownie_hooks
from vyper.cli import vyper_json
sources = {str(p): {"content": p.read_text()} for p in sorted(Path("contracts").glob("**/*.vy"))}
wanted = ["evm.bytecode", "evm.deployedBytecode"]
settings = {"evmVersion": "cancun", "outputSelection": {"*": {"*": wanted}}}
print(json.dumps(vyper_json.compile_json({"language": "Vyper", "sources": sources, "settings": settings})["contracts"]))
"""


@pytest.fixture
def small_project(tmp_path: Path) -> Path:
    """A contract that imports a module without external functions, an interface and an installed package."""
    for folder in ("access", "voting"):
        (tmp_path / "contracts" / folder).mkdir(parents=True)
    (tmp_path / "contracts/access/signing.vy").write_text(MODULE)
    (tmp_path / "contracts/access/IRoll.vyi").write_text(INTERFACE)
    (tmp_path / "contracts/voting/Weigher.vy").write_text(CONTRACT)
    for name in SETTINGS:
        shutil.copy(REPOSITORY / name, tmp_path)
    return tmp_path


@pytest.fixture
def brownie() -> Path:
    """Brownie's environment; the test is skipped where nobody made it, unless it is required."""
    environment = environment_dir()
    if not is_ready(environment):
        reason = f"no Brownie in {environment}: run make brownie"
        if os.environ.get("ORTAQ_REQUIRE_BROWNIE"):
            pytest.fail(reason)
        pytest.skip(reason)
    return environment


def _run(*command: str, folder: Path) -> str:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout


def _vyper(project: Path, path: str) -> Bytecode:
    packages = next(p for p in sys.path if p.endswith("site-packages"))
    vyper = str(Path(sys.executable).with_name("vyper"))
    output = _run(
        vyper,
        "-p",
        ".",
        "-p",
        packages,
        "--evm-version",
        "cancun",
        "-f",
        "bytecode,bytecode_runtime",
        path,
        folder=project,
    )
    creation, runtime = (line.removeprefix("0x") for line in output.split())
    return Bytecode(creation, runtime)


def test_hooks__module_interface_and_package_imported__bytecode_is_plain_vypers(small_project: Path) -> None:
    compiled = json.loads(_run(sys.executable, "-c", THROUGH_HOOKS, folder=small_project))
    assert list(compiled) == ["contracts/voting/Weigher.vy"]
    code = compiled["contracts/voting/Weigher.vy"]["Weigher"]["evm"]
    found = Bytecode(code["bytecode"]["object"][2:], code["deployedBytecode"]["object"][2:])
    assert found == _vyper(small_project, "contracts/voting/Weigher.vy")


def test_hooks__source_map__names_places_in_the_contract_only(small_project: Path) -> None:
    compiled = json.loads(_run(sys.executable, "-c", THROUGH_HOOKS, folder=small_project))
    code = compiled["contracts/voting/Weigher.vy"]["Weigher"]["evm"]["deployedBytecode"]
    entries = [entry.split(":") for entry in code["sourceMap"].split(";")]
    places = [(int(start), int(start) + int(length)) for start, length, *_ in entries if start != "-1"]
    assert len(entries) == len(code["object"][2:]) // 2
    assert len({source for _, _, source, *_ in entries}) == 2
    assert any(CONTRACT[start:stop].startswith("staticcall IRoll") for start, stop in places)
    assert max(stop for _, stop in places) <= len(CONTRACT)


def test_sources__every_file__has_a_form_that_brownie_reads() -> None:
    sources = sorted((REPOSITORY / "contracts").glob("**/*.vy"))
    stems = [path.stem for path in sources]
    assert sources
    assert sorted(set(stems)) == sorted(stems), "Vyper's standard JSON refuses two files of one name"
    assert not [p for p in sources if any(part.startswith("_") for part in p.relative_to(REPOSITORY).parts)]
    assert not [p for p in sources if not re.match(r"#\s*pragma version \^0\.4\.0\n", p.read_text())]


@pytest.mark.slow
def test_contracts__compiled_by_brownie__same_bytecode_as_the_artifacts(brownie: Path, tmp_path: Path) -> None:
    for name in SETTINGS:
        shutil.copy(REPOSITORY / name, tmp_path)
    shutil.copytree(REPOSITORY / "contracts", tmp_path / "contracts")
    assert check_bytecode(tmp_path, ARTIFACTS, brownie) == len(contract_files())


def test_brownie__module_interface_and_package_imported__bytecode_is_plain_vypers(
    brownie: Path, small_project: Path
) -> None:
    artifacts = small_project / "artifacts"
    artifacts.mkdir()
    code = _vyper(small_project, "contracts/voting/Weigher.vy")
    (artifacts / "Weigher.json").write_text(json.dumps({"bytecode": "0x" + code.creation, "runtime": code.runtime}))
    assert check_bytecode(small_project, artifacts, brownie) == 1
    altered = Bytecode(code.creation, code.runtime[:-2] + "ff")
    with pytest.raises(BytecodeDiffersError, match="Weigher: runtime code"):
        validate_same({"Weigher": altered}, load_brownie_build(small_project / "build" / "contracts"))


@pytest.mark.parametrize(
    ("brownies", "expected"),
    [
        ({"Roll": Bytecode("aa", "bc")}, "Roll: runtime code: 1 bytes"),
        ({"Roll": Bytecode("ab", "bb")}, "Roll: creation code"),
        ({}, "Roll: not compiled by Brownie"),
        ({"Roll": Bytecode("aa", "bb"), "Spare": Bytecode("aa", "bb")}, "1 of 2 differ: Spare: not in the artifacts"),
    ],
)
def test_validate_same__one_contract_differs__is_named(brownies: dict[str, Bytecode], expected: str) -> None:
    with pytest.raises(BytecodeDiffersError, match=expected):
        validate_same({"Roll": Bytecode("aa", "bb")}, brownies)


def test_validate_same__hex_written_otherwise__is_the_same(tmp_path: Path) -> None:
    (tmp_path / "Roll.json").write_text(json.dumps({"bytecode": "0xAB", "runtime": "cd"}))
    validate_same(load_artifacts(tmp_path), {"Roll": Bytecode("ab", "cd")})


def test_make_environment__folder_holds_other_files__leaves_them(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(BrownieSetupError, match="holds other files"):
        make_environment(tmp_path)
    assert (tmp_path / "letter.txt").read_text() == "mine"


def test_validate_environment__nothing_there__names_the_target(tmp_path: Path) -> None:
    with pytest.raises(BrownieMissingError, match="run: make brownie"):
        validate_environment(tmp_path / "none")
