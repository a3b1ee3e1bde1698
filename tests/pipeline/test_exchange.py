"""Where parts are many, rows are sorted and merged before they are written: the files come out the same to the byte."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import zstandard
from built import digests, sample_build

from pipeline.release import verify
from pipeline.sample import shipped
from pipeline.steps import emit, exchange
from pipeline.steps.exchange import Merge, Sort
from pipeline.store import Store

SMALL = ("output.shard_bytes=65536",)


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The documents of the sample in nine files, each of which is a part."""
    folder = tmp_path_factory.mktemp("sources")
    (packed,) = (path for path in shipped.paths() if "jsonl" in path)
    with zstandard.open(packed, "rt", encoding="utf-8") as stream:
        lines = stream.readlines()
    for number in range(9):
        (folder / f"{number}.jsonl").write_text("".join(lines[number::9]), encoding="utf-8")
    return [str(folder)]


@pytest.fixture(scope="module")
def straight(tmp_path_factory: pytest.TempPathFactory, sources: list[str]) -> Path:
    """A build of many parts, whose files are written straight from them, in small row groups."""
    out = tmp_path_factory.mktemp("straight") / "out"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(emit, "WINDOW_BYTES", 30_000)
        sample_build(out, *SMALL, sources=sources)
    return out


@pytest.fixture
def cramped(straight: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy without its files, to be written by tasks that hold next to nothing at a time."""
    out = tmp_path / "out"
    shutil.copytree(straight, out)
    shutil.rmtree(out / "data")
    shutil.rmtree(out / "removed")
    monkeypatch.setattr(emit, "WINDOW_BYTES", 30_000)
    monkeypatch.setattr(emit, "BATCH_BYTES", 40_000)
    monkeypatch.setattr(emit, "TASK_BYTES", 40_000)
    for name, value in {"SHARE": 400_000, "LEAST_FAN": 2, "FAN_BYTES": 1 << 30, "GROUP_BYTES": 2_000}.items():
        monkeypatch.setattr(exchange, name, value)
    monkeypatch.setattr(exchange, "many", lambda parts, memory: True)
    return out


def test_merged_in_levels_the_files_are_the_same(straight: Path, cramped: Path, sources: list[str]) -> None:
    report = sample_build(cramped, *SMALL, sources=sources)
    assert report.ran["sort"] == 9
    assert report.ran["merge"] == (5 + 3 + 2) * 2, "three levels, in two ranges"
    assert digests(cramped) == digests(straight)
    assert verify.run(cramped)[1] == []
    assert not (cramped / exchange.SORTED).exists()


def test_a_lost_build_goes_on_with_what_is_sorted(
    straight: Path, cramped: Path, sources: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_json = Store.write_json

    def fall(store: Store, place: str, value: object, indent: int | None = None) -> None:
        if place.startswith("work/emit/00001"):
            raise SystemExit("power is gone")
        write_json(store, place, value, indent)

    monkeypatch.setattr(Store, "write_json", fall)
    with pytest.raises(SystemExit):
        sample_build(cramped, *SMALL, sources=sources)
    monkeypatch.setattr(Store, "write_json", write_json)
    report = sample_build(cramped, *SMALL, sources=sources)
    assert not {"sort", "merge"} & report.ran.keys()
    assert report.ran["emit"] > 0
    assert digests(cramped) == digests(straight)


def test_an_id_is_in_the_range_that_its_file_says() -> None:
    ids = np.array([0, 1, 2**63 - 1, 2**63, 2**63 + 5, 2**64 - 2, 2**64 - 1, 12297829382473034411], np.uint64)
    for of in (1, 2, 3, 7, 1000, 2**32 - 1):
        found = exchange._nth(ids, np.full(len(ids), of, np.uint64)).tolist()
        for id_, number in zip(ids.tolist(), found, strict=True):
            assert (number << 64) // of <= id_ < ((number + 1) << 64) // of or (number, id_) == (of - 1, 2**64 - 1)


def test_levels_grow_with_the_logarithm_of_the_parts_and_each_reads_from_few_files() -> None:
    parts = tuple((f"part-{number}",) for number in range(1000))
    plan = exchange.Plan((), parts, 8, exchange._ranges([100] * 50, 8))
    levels = plan.levels()
    assert [len(level) for level in levels] == [1000, 125 * 8, 16 * 8, 2 * 8]
    for level in levels[1:]:
        assert all(isinstance(work, Merge) and len(work.files) <= 8 for work in level.values())
    read: list[str] = [file for work in levels[2].values() if isinstance(work, Merge) for file in work.files]
    assert sorted(read) == sorted(levels[1]), "each is read once"
    top = exchange.sources(levels[-1], exchange.key_of(7), exchange.key_of(8) - 1)
    assert len(top) <= 4, "a file of the result has its rows in one or two ranges of each run"
    assert all(isinstance(work, Sort) for work in levels[0].values())


def test_ranges_are_about_equal_also_where_one_file_is_large() -> None:
    borders = exchange._ranges([10, 1000, 10], 4)
    assert borders[0] == 0
    assert borders[-1] == exchange.key_of(3)
    assert list(borders) == sorted(borders)
    inner = [border / exchange.key_of(1) for border in borders[1:-1]]
    assert inner == pytest.approx([1.245, 1.5, 1.755], abs=0.01)
