"""Documents are compared with all others, those of their source, or those of their dump."""

import json
from pathlib import Path

import pytest
from built import rows, sample_build

from pipeline.release import verify
from pipeline.sample import shipped

TEXTS = Path(shipped.__file__).parent / "texts"


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """One text six times, once with another ending, in two sources and two dumps (and none)."""
    text = (TEXTS / "swh_Latn.txt").read_text("utf-8")[:2500]
    folder = tmp_path_factory.mktemp("sources")
    told = {"a": [("x", ""), ("x", " Mwisho wa hadithi hii."), ("y", "")], "b": [("x", ""), (None, ""), (None, "")]}
    for name, documents in told.items():
        lines = [json.dumps({"text": text + more, "dump": dump}) + "\n" for dump, more in documents]
        (folder / f"{name}.jsonl").write_text("".join(lines), "utf-8")
    return [str(folder / f"{name}.jsonl") for name in told]


def test_a_text_stays_once_in_each_scope(sources: list[str], tmp_path: Path) -> None:
    for scope, sizes in (("global", [6]), ("source", [3, 3]), ("dump", [1, 2, 3])):
        report = sample_build(tmp_path, f"dedup.scope={scope}", sources=sources)
        data = rows(tmp_path, "data")
        assert sorted(data["minhash_cluster_size"].to_pylist()) == sizes
        assert data.num_rows + rows(tmp_path, "removed").num_rows == 6
        if scope != "global":
            column = data[scope].to_pylist()
            assert len(set(column)) == len(column)
            assert "notes" not in report.ran
        assert verify.run(tmp_path)[1] == []
        assert json.loads((tmp_path / "manifest.json").read_text())["crossings"] == []
