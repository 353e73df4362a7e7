"""`make brownie`: compile the contracts with Brownie and compare its bytecode with ledger/artifacts.

Exit codes: 0 the same, 1 a contract differs or does not compile, 3 cannot be checked.
"""

import sys
from pathlib import Path

from ledger.errors import CannotCheckError, CheckFailedError
from scripts.brownie.bytecode import load_artifacts, load_brownie_build, validate_same
from scripts.brownie.environment import environment_dir, make_environment
from scripts.brownie.project import compile_project

REPOSITORY = Path(__file__).resolve().parents[2]
ARTIFACTS = REPOSITORY / "ledger" / "artifacts"


def check_bytecode(project: Path, artifacts: Path, environment: Path) -> int:
    """Compile `project` and compare with `artifacts`. Result: how many contracts were found the same.

    Errors  CannotCheckError without artifacts or environment; CheckFailedError where the two differ.
    """
    ours = load_artifacts(artifacts)
    if not ours:
        raise CannotCheckError(
            f"artifacts: found none in {artifacts}, expected some; run: make contracts", folder=str(artifacts)
        )
    validate_same(ours, load_brownie_build(compile_project(project, environment)))
    return len(ours)


def main() -> int:
    """Make the environment where it is missing, then check; the exit code says what came out."""
    environment = environment_dir()
    try:
        if make_environment(environment):
            sys.stdout.write(f"made Brownie's environment in {environment}\n")
        count = check_bytecode(REPOSITORY, ARTIFACTS, environment)
    except (CheckFailedError, CannotCheckError) as error:
        sys.stderr.write(f"{error.detail}\n")
        return 1 if isinstance(error, CheckFailedError) else 3
    sys.stdout.write(f"{count} contracts: Brownie's bytecode is the same as ledger/artifacts\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
