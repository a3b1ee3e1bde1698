"""Killed at any moment and run again: the same bytes, nothing done twice, nothing left behind."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from built import digests, sample_build

from pipeline.release import verify
from pipeline.sample import shipped
from pipeline.store import Store

CALL = """
import sys
from pathlib import Path
from pipeline import build
from pipeline.settings import load
if __name__ == "__main__":
    build.run(load(sys.argv[2:], None, ["plan.unit_bytes=65536"]), Path(sys.argv[1]), "local", 2)
"""


def start(script: Path, out: Path) -> subprocess.Popen[bytes]:
    script.write_text(CALL)
    return subprocess.Popen([sys.executable, str(script), str(out), *shipped.paths()], start_new_session=True)


def family(pid: int) -> list[int]:
    """Living processes of the session that ``pid`` began."""
    found = []
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            told = place.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if told[3] == str(pid) and told[0] != "Z":
            found.append(int(place.parent.name))
    return found


def begun(driver: subprocess.Popen[bytes], out: Path, files: int) -> None:
    """Wait until there are so many markers."""
    ends = time.monotonic() + 60
    while len(markers(out)) < files and driver.poll() is None and time.monotonic() < ends:
        time.sleep(0.01)


def markers(out: Path) -> dict[str, int]:
    """When the markers of units and notes were written: one that is written again is another file."""
    found = [*out.glob("work/text/*.json"), *out.glob("work/notes/*.json")]
    return {str(place): place.stat().st_mtime_ns for place in found}


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads process states from /proc")
def test_killed_at_random_moments_and_run_again(built: Path, tmp_path: Path) -> None:
    """Killed outright, then stopped by a signal, then a worker of it killed: of whom the driver hires another."""
    out = tmp_path / "out"
    chance = random.Random(5)  # noqa: S311
    done: dict[str, int] = {}
    for kill in (signal.SIGKILL, signal.SIGTERM, None):
        driver = start(tmp_path / "call.py", out)
        begun(driver, out, len(done) + 1)
        time.sleep(chance.uniform(0.0, 0.1))
        if kill is None:
            victims = [pid for pid in family(driver.pid) if pid != driver.pid]
            if victims:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(chance.choice(victims), signal.SIGKILL)
            assert driver.wait(120) == 0
        else:
            driver.send_signal(kill)
            code = driver.wait(120)
            assert code == -kill if kill == signal.SIGKILL else code > 0, "it heeds the one, not the other"
            assert not (out / "manifest.json").exists()
        for _ in range(100):
            if not family(driver.pid):
                break
            time.sleep(0.1)
        assert family(driver.pid) == []
        assert done.items() <= markers(out).items(), "something was done twice"
        done = markers(out)
    assert digests(out) == digests(built)
    assert verify.run(out)[1] == []
    assert not list(out.rglob(".*"))


@pytest.mark.parametrize(
    ("name", "assignment"),
    [
        ("work/judge/", "filters.min_words=100000"),
        ("work/elect.json", "filters.min_words=100000"),
        ("work/settle/", "filters.min_words=100000"),
        ("work/emit/", "filters.min_words=100000"),
        ("work/emit.json", "filters.min_words=100000"),
        ("work/cluster/done.json", "dedup.threshold=0.99"),
        ("work/notes/", "dedup.shingle=3"),
        ("work/text/", "read.max_record_bytes=1024"),
    ],
)
def test_lost_between_new_files_and_their_marker_and_the_old_settings_are_asked_for_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, assignment: str
) -> None:
    out = tmp_path / "out"
    sample_build(out)
    before = digests(out)
    write_json = Store.write_json

    def fall(store: Store, place: str, value: object, indent: int | None = None) -> None:
        if place.startswith(name):
            raise SystemExit("power is gone")
        write_json(store, place, value, indent)

    monkeypatch.setattr(Store, "write_json", fall)
    with pytest.raises(SystemExit):
        sample_build(out, assignment)
    monkeypatch.undo()
    sample_build(out)
    assert digests(out) == before
    assert verify.run(out)[1] == []
