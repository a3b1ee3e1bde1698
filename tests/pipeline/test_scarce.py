"""What a machine runs out of: room on a disk, memory for one giant document, luck with a document that kills workers.

Each time the build ends as it says it would, and goes on once the cause is gone: the bytes are those of a build that
nothing disturbed.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import crashing
import pytest
from built import digests, sample_build

from manifests.errors import Stop
from pipeline.engines import choice
from pipeline.engines.local import Local
from pipeline.sample import shipped

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="mounts and limits are those of Linux")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", place], check=False).returncode:
        pytest.skip("no disk can be mounted here")
    yield place
    subprocess.run(["umount", place], check=True)


def test_a_full_disk_ends_the_build_and_room_lets_it_go_on(disk: Path, built: Path) -> None:
    out = disk / "out"
    with pytest.raises(Stop, match="disk is full") as told:
        sample_build(out)
    assert told.value.code == 1
    assert "run the same command again" in told.value.mend
    assert not (out / "manifest.json").exists()
    subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
    sample_build(out)
    assert digests(out) == digests(built)


def test_a_giant_document_and_a_poisonous_one_are_set_aside_and_taken_up_when_the_cause_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "giant.jsonl"
    text = "\n".join(f"Line {number} of a very long document that somebody wrote." for number in range(160_000))
    source.write_text(json.dumps({"text": text}) + "\n")
    sources = [*shipped.paths(), str(source)]
    sample_build(tmp_path / "straight", sources=sources)
    monkeypatch.setitem(choice.ENGINES, "local", lambda context, *_: Local(context, 2, crashing.faulty))
    (page,) = (Path(path).name for path in shipped.paths() if "warc" in path)
    causes = [tmp_path / "scarce-giant.jsonl", tmp_path / f"poison-{page}"]
    for cause in causes:
        cause.touch()
    out = tmp_path / "out"
    report = sample_build(out, sources=sources, engine="local", workers=2)
    aside = {one.unit.rpartition("/")[2]: one.said for one in report.aside}
    assert set(aside) == {"giant.jsonl", page}
    assert "memory was not enough" in aside["giant.jsonl"]
    assert "-11" in aside[page]
    assert len(report.manifest["set_aside"]) == 2
    assert report.manifest["shards"], "the rest is built"
    for cause in causes:
        cause.unlink()
    assert not sample_build(out, sources=sources, engine="local", workers=2).aside
    assert digests(out) == digests(tmp_path / "straight")
