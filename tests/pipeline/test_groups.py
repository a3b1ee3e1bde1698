"""Versions of a text in several languages stay joined: through the build, its ledger, explain and the splits."""

from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from built import rows, sample_build

from manifests.harmonise import load
from pipeline.progress import Silent
from pipeline.release import explain, heldout, mixture, sizes
from pipeline.release.heldout import Asked
from pipeline.release.sample import draw
from pipeline.sample.prose import Prose, documents
from pipeline.steps.decide import versions_of
from pipeline.store import Store

CODES = {
    "en": "eng_Latn", "fi": "fin_Latn", "ru": "rus_Cyrl", "el": "ell_Grek", "ar": "arb_Arab", "he": "heb_Hebr",
    "hi": "hin_Deva", "ka": "kat_Geor", "ko": "kor_Hang", "ja": "jpn_Jpan", "hu": "hun_Latn", "am": "amh_Ethi",
}  # fmt: skip
"""Twelve languages, by the heads of their columns."""


def talks() -> list[dict[str, Prose]]:
    """The n-th documents of all these languages, as if they were one text."""
    found: defaultdict[int, dict[str, Prose]] = defaultdict(dict)
    for document in documents():
        found[document.number][document.label] = document
    return [
        {code: found[number][label] for code, label in CODES.items() if label in found[number]} for number in (1, 2, 3)
    ]


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("groups")
    lines = ["\t".join(["talk_name", *CODES])]
    for number, talk in enumerate(talks()):
        for at in range(max(len(one.paragraphs) for one in talk.values())):
            cells = [
                one.paragraphs[at] if (one := talk.get(code)) and at < len(one.paragraphs) else "__NULL__"
                for code in CODES
            ]
            lines.append("\t".join([f"talk {number}", *cells]))
    (folder / "talks.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    sample_build(folder / "out", sources=[str(folder / "talks.tsv")])
    return folder / "out"


def _labelled(out: Path, folder: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = rows(out, folder).select(["id", "text", "group_id", "source_id"]).to_pylist()
    return found


def test_all_that_was_put_in_is_joined_again(out: Path) -> None:
    kept, removed = _labelled(out, "data"), _labelled(out, "removed") if (out / "removed").exists() else []
    put = {code + str(number): one.text for number, talk in enumerate(talks()) for code, one in talk.items()}
    told: defaultdict[str, set[str]] = defaultdict(set)
    for row in kept + removed:
        told[row["group_id"]].add(row["text"])
        assert row["source_id"] is not None or row in removed
    assert sorted(sorted(one) for one in told.values()) == sorted(
        sorted(one.text for one in talk.values()) for talk in talks()
    )
    assert len(kept) > 0.8 * len(put)


def test_explain_tells_of_the_other_versions(out: Path) -> None:
    row = rows(out, "data").slice(0, 1).to_pylist()[0]
    told = explain.run(out, row["id"])
    assert told.group_id == row["group_id"]
    mine = pc.equal(rows(out, "data")["group_id"], row["group_id"])
    assert len(told.versions) + 1 >= pc.sum(mine).as_py() > 5
    assert row["id"] not in {name for name, _, _ in told.versions}


def test_no_split_has_a_translation_of_what_another_holds(out: Path) -> None:
    store, seen = Store(out), set()
    for seed in range(1, 6):
        told = mixture.plan(
            store,
            store.read_json("manifest.json") or {},
            mixture.Recipe(held_out=Asked(0.45), seed=seed),
            None,
            Silent(),
        )
        found = {
            split: {d["group_id"] for d in draw(store, told, split, columns=["group_id"])} for split in heldout.SPLITS
        }
        for one, other in (("train", "test"), ("train", "validation"), ("test", "validation")):
            assert not found[one] & found[other]
        seen |= {split for split in heldout.SPLITS if found[split]}
        mixture.write(store, told)
        again = mixture.read(store).labels
        assert {name: one.versions for name, one in again.items()} == {
            name: one.versions for name, one in told.labels.items()
        }
    assert {"train", "test"} <= seen


def test_what_is_left_out_for_a_double_goes_with_its_versions(out: Path) -> None:
    store = Store(out)
    manifest = store.read_json("manifest.json") or {}
    told = mixture.plan(store, manifest, mixture.Recipe(), None, Silent())
    places = [sizes.place(shard, None) for label in told.labels.values() for shard in label.shards]
    row = rows(out, "data").slice(0, 1).to_pylist()[0]
    left = mixture._with_versions(store, places, np.array([bytes.fromhex(row["id"])], "S16"))
    same = rows(out, "data").filter(pc.equal(rows(out, "data")["group_id"], row["group_id"]))
    assert {bytes(one).ljust(16, b"\0").hex() for one in left} == set(same["id"].to_pylist())


def test_versions_are_told_by_group_and_final_label() -> None:
    labels = pa.chunked_array([pa.array(["hrv_Latn", "srp_Latn", "hrv_Latn", "hrv_Latn"]).dictionary_encode()])
    about = pa.table({"raw_label": labels, "group_id": pa.array(["a", "a", None, "b"])})
    found = versions_of(about, load())
    assert found[0, 0] == found[1, 0] != found[3, 0]
    assert found[2, 0] == 0
    assert found[0, 1] == found[3, 1] != found[1, 1]
    assert not versions_of(about.drop_columns(["group_id"]), load()).any()
