"""Where real input stands: beside the checkout, not in it (licences differ by publisher)."""

from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
SHARED_DATA = REPOSITORY.parent / "shared" / "data"


def _folder(name: str) -> Path:
    folder = SHARED_DATA / name
    if not folder.is_dir():
        pytest.skip(f"no real input: {folder} is absent")
    return folder


def pabulib_dir() -> Path:
    """The folder of real Pabulib votes, or skip."""
    return _folder("pabulib")


def ocds_dir() -> Path:
    """The folder of real Open Contracting files, or skip."""
    return _folder("ocds")
