"""The stages of clustering give what one look at all documents gives, however the work is cut, by whomever."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from signed import Documents, found, parts_of, put, settings_of, told

from dedup import bands, canonical
from dedup import cluster as clustering
from dedup.cluster import components, links
from dedup.recipe import Recipe
from langid.relatives import group_of
from pipeline.steps import cluster, decide
from pipeline.steps.spilled import Spilled
from pipeline.store import Store

LABELS = np.array(["hin_Deva", "hrv_Latn", "bos_Latn", "und_Zzzz"])


def documents(seed: int, n: int = 900) -> Documents:
    """A third alone, a third in clusters of 2 to 9, a run of near-copies, exact copies across labels, texts of none."""
    draw = np.random.default_rng(seed)
    values = draw.integers(0, 2**16, (n, 128), dtype=np.uint16)
    of = np.arange(n)
    place = n // 3
    while place < 2 * n // 3:
        size = int(draw.integers(2, 10))
        of[place : place + size] = place
        place += size
    of[2 * n // 3 : 2 * n // 3 + n // 6] = 2 * n // 3
    values = np.where(draw.random((n, 128)) < 0.08, values, values[of])
    exact = draw.integers(1, 2**63, (n, 2), dtype=np.uint64)
    copies = np.arange(n - n // 8, n)
    origin = draw.integers(0, n - n // 8, len(copies))
    values[copies], exact[copies] = values[origin], exact[origin]
    empty = draw.choice(n // 3, 5, replace=False)
    exact[empty], values[empty] = 0, 65535
    ids = draw.integers(0, 256, (n, 16), dtype=np.uint8)
    return Documents(ids, exact, values, LABELS[draw.integers(0, 4, n) * (of % 3 == 0)], draw.integers(1, 5, n))


def slowly(all_of: Documents) -> dict[int, tuple[int, int, int]]:
    """All in memory at once, in id order."""
    order = np.lexsort(all_of.ids.T[::-1])
    mine = all_of.at(order)
    salts = np.array([bands.group_salt(group_of(label)) for label in mine.labels.tolist()], np.uint64)
    roots = components(links(mine.exact, mine.values, salts, Recipe()), len(order))
    quality = np.stack([np.ones(len(order)), mine.chars], axis=1)
    choice = canonical.choose(roots, np.ones(len(order), np.bool_), quality, mine.values, 0.75)
    sizes = np.bincount(roots, minlength=len(order))[roots]
    stays = np.where(choice.canonical < 0, -1, order[choice.canonical])
    return {
        int(order[i]): (int(order[roots[i]]), int(sizes[i]), int(stays[i])) for i in range(len(order)) if sizes[i] > 1
    }


def run(out: Path, all_of: Documents, order: np.ndarray, size: int, memory: int, **how: object) -> dict[int, object]:
    store = Store(out)
    parts = {name: put(store, name, some) for name, some in parts_of(all_of.at(order), size)}
    found(out, parts, memory, **how)  # type: ignore[arg-type]
    return told(out, {row.tobytes(): i for i, row in enumerate(all_of.ids)})  # type: ignore[return-value]


@pytest.mark.parametrize(("seed", "size", "memory"), [(1, 1000, 1 << 30), (2, 100, 1 << 30), (1, 40, 150_000)])
def test_however_the_work_is_cut_the_clusters_are_those_of_one_look(
    tmp_path: Path, seed: int, size: int, memory: int
) -> None:
    all_of = documents(seed)
    expected = slowly(all_of)
    assert sum(cluster_size > 100 for _, cluster_size, _ in expected.values()) > 100
    assert sum(stays >= 0 for *_, stays in expected.values()) > 300
    shuffled = np.random.default_rng(size).permutation(len(all_of.ids))
    assert run(tmp_path, all_of, shuffled, size, memory) == expected


@pytest.mark.parametrize("ranges", [1, 2, 5, 64])
def test_one_to_sixty_four_ranges_of_keys_give_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ranges: int
) -> None:
    plan = cluster.plan
    monkeypatch.setattr(cluster, "plan", lambda *told: replace(plan(*told), ranges=ranges))
    all_of = documents(3)
    assert run(tmp_path, all_of, np.arange(900), 100, 150_000) == slowly(all_of)
    assert not (tmp_path / "work/cluster/keys").exists()


@pytest.mark.parametrize("hands", [2, 3, 5])
def test_every_worker_gets_a_task_of_each_stage_and_finds_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hands: int
) -> None:
    plan = cluster.plan
    monkeypatch.setattr(cluster, "LEAST", 50)
    monkeypatch.setattr(cluster, "plan", lambda *told: plan(*told[:-1], hands))
    all_of = documents(5)
    assert run(tmp_path, all_of, np.arange(900), 10, 1 << 30) == slowly(all_of)
    made = cluster.planned(Store(tmp_path))
    assert (len(made.blocks), made.ranges, len(cluster.files(Store(tmp_path)))) == (hands, hands, hands)


def test_a_small_stage_is_not_cut_for_workers() -> None:
    settings = settings_of()
    parts = {f"{number:02d}": cluster.LEAST // 10 for number in range(15)}
    assert len(cluster.plan(parts, settings, "", 1 << 30, 8).blocks) == 1
    assert cluster.plan(parts | {"last": cluster.LEAST}, settings, "", 1 << 30, 8).ranges == 2


def test_workers_give_the_same(tmp_path: Path) -> None:
    all_of = documents(4)
    assert run(tmp_path, all_of, np.arange(900)[::-1], 60, 200_000, engine="local", workers=2) == slowly(all_of)


def test_clusters_lie_whole_in_several_files_in_order(tmp_path: Path) -> None:
    all_of = documents(5)
    run(tmp_path, all_of, np.arange(900), 50, 100_000)
    store = Store(tmp_path)
    files = cluster.files(store)
    assert len(files) > 3
    seen: set[bytes] = set()
    for name in files:
        rows = [(row["cluster_id"], row["id"]) for row in store.read_table(name).to_pylist()]
        assert rows == sorted(rows)
        here = {of for of, _ in rows}
        assert not here & seen
        seen |= here
    one = sorted(seen)[3]
    found_rows = cluster.rows_of(store, one)
    assert set(found_rows["cluster_id"].to_pylist()) == {one}
    assert found_rows.num_rows == found_rows["cluster_size"][0].as_py() > 1


def test_a_killed_clustering_goes_on_with_what_its_tasks_have_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipeline.steps import components as step

    all_of = documents(6)
    compare = step.run_compare
    from pipeline import task

    def fall(*told: object) -> None:
        raise SystemExit("power is gone")

    table = dict(task.steps())
    monkeypatch.setattr(task, "steps", lambda: {**table, "compare": fall})
    with pytest.raises(SystemExit):
        run(tmp_path, all_of, np.arange(900), 50, 150_000)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "work/cluster/sent").iterdir()}
    assert before
    seen = []

    def look(*told: object) -> object:
        seen.append({path: path.stat().st_mtime_ns for path in before})
        return compare(*told)  # type: ignore[arg-type]

    monkeypatch.setattr(task, "steps", lambda: {**table, "compare": look})
    assert run(tmp_path, all_of, np.arange(900), 50, 150_000) == slowly(all_of)
    assert seen[0] == before


def page(n: int) -> Documents:
    """Near-copies of one page: nearly all under the same key in most bands, and all of them one cluster."""
    draw = np.random.default_rng(3)
    of_all, own = draw.integers(0, 2**16, 128, dtype=np.uint16), draw.integers(0, 2**16, (n, 128), dtype=np.uint16)
    values = np.where(np.arange(128) < 48, of_all, np.where(draw.random((n, 128)) < 0.1, own, of_all))
    exact = draw.integers(1, 2**63, (n, 2), dtype=np.uint64)
    exact[: n // 20] = exact[0]
    values[: n // 20] = values[0]
    ids = draw.integers(0, 256, (n, 16), dtype=np.uint8)
    return Documents(ids, exact, values, LABELS[np.zeros(n, int)], draw.integers(1, 5, n))


def test_documents_that_share_a_key_are_paired_and_chosen_a_piece_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key that all of them have, and the cluster that they make, are more than a worker's memory."""
    n, memory = 1500, 100_000
    all_of, order = page(n), np.arange(n)
    roomy = run(tmp_path / "roomy", all_of, order, 60, 1 << 30)
    assert len(roomy) == n
    sizes: list[int] = []
    spilled: list[int] = []
    real = clustering.candidates

    def counted(keys: np.ndarray, order: np.ndarray, docs: np.ndarray) -> clustering.Candidates:
        sizes.append(len(keys))
        return real(keys, order, docs)

    class Watched(Spilled):
        def __init__(self, rows: int, width: int) -> None:
            super().__init__(rows, width)
            spilled.append(rows)

    monkeypatch.setattr(clustering, "candidates", counted)
    monkeypatch.setattr(decide, "Spilled", Watched)
    assert run(tmp_path / "tight", all_of, order, 60, memory) == roomy
    assert max(sizes) <= 1.5 * memory / 2 / cluster.ENTRY_BYTES + 1
    assert spilled == [n]


def test_what_is_spilled_comes_back() -> None:
    draw = np.random.default_rng(1)
    values, order = draw.integers(0, 2**16, (9000, 128), dtype=np.uint16), draw.permutation(9000)
    held = Spilled(9000, 128)
    held[order[:5000]] = values[order[:5000]]
    held[order[5000:]] = values[order[5000:]]
    assert np.array_equal(held[np.arange(9000)], values)
    assert held[np.zeros(0, np.int64)].shape == (0, 128)
