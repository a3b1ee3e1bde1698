"""Pages under two labels: clusters whose members differ in the label, by pair of labels."""

from pathlib import Path

import pyarrow as pa

from pipeline.settings import Settings
from pipeline.steps import crossings
from pipeline.store import Store
from pipeline.task import Context


def test_clusters_of_several_labels_are_counted_by_pair(tmp_path: Path) -> None:
    store = Store(tmp_path)
    labels = {"a": ["hrv_Latn", "srp_Latn", "hrv_Latn", "eng_Latn"], "b": ["bos_Latn", "srp_Latn", "swh_Latn"]}
    for part, column in labels.items():
        store.write_table(f"index/verdicts/{part}.parquet", pa.table({"label": pa.array(column).dictionary_encode()}))
    first, second = 0, 1 << 32
    clusters = {
        "01": [first, second + 1, second],  # hrv srp bos
        "02": [first + 1, first + 2],  # srp hrv
        "03": [first + 3, second + 2, second + 2],  # eng swh swh
        "04": [first, first + 2],  # hrv alone
    }
    table = pa.table(
        {
            "cluster_id": pa.array(
                [bytes.fromhex(name * 16) for name, of in clusters.items() for _ in of], pa.binary(16)
            ),
            "place": pa.array([place for of in clusters.values() for place in of], pa.int64()),
        }
    )
    store.write_table("index/clusters/00000.parquet", table)
    context = Context(str(tmp_path), Settings(), "", 0)
    marker = crossings.run(context, store, ("index/clusters/00000.parquet", ["a", "b"], "x"))
    assert store.read_json(crossings.marker_of("index/clusters/00000.parquet")) == marker
    assert crossings.told(
        [marker, {"crossings": {"eng_Latn": {"swh_Latn": {"clusters": 2, "first": 2, "second": 3}}}}]
    ) == [
        {"labels": ["eng_Latn", "swh_Latn"], "kind": "exact", "clusters": 3, "documents": [3, 5]},
        {"labels": ["hrv_Latn", "srp_Latn"], "kind": "near", "clusters": 2, "documents": [2, 2]},
        {"labels": ["bos_Latn", "hrv_Latn"], "kind": "near", "clusters": 1, "documents": [1, 1]},
        {"labels": ["bos_Latn", "srp_Latn"], "kind": "near", "clusters": 1, "documents": [1, 1]},
    ]


def test_no_clusters_no_crossings(tmp_path: Path) -> None:
    store = Store(tmp_path)
    table = pa.table({"cluster_id": pa.array([], pa.binary(16)), "place": pa.array([], pa.int64())})
    store.write_table("index/clusters/00000.parquet", table)
    marker = crossings.run(Context(str(tmp_path), Settings(), "", 0), store, ("index/clusters/00000.parquet", [], "x"))
    assert crossings.told([marker]) == []
