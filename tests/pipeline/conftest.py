"""The shipped sample, built once for all tests of the pipeline."""

import shutil
from pathlib import Path

import pytest
from built import sample_build


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample, built once; tests that change it work on a copy."""
    out = tmp_path_factory.mktemp("sample") / "out"
    sample_build(out)
    return out


@pytest.fixture
def mine(built: Path, tmp_path: Path) -> Path:
    """A copy of the built sample."""
    return Path(shutil.copytree(built, tmp_path / "out"))
