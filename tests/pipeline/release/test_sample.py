"""Mixtures of the shipped sample's build: what is drawn, how often, by whom, and that it is written as it is drawn."""

import importlib
import json
import shutil
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from built import rows, sample_build
from drawn import PLAIN, text, write
from splits import across

from manifests.errors import Stop
from pipeline.progress import Silent
from pipeline.release import chance, heldout, materialise, mixture, sizes
from pipeline.release.heldout import Asked, Borders
from pipeline.release.mixture import Mixture, Recipe
from pipeline.release.sample import Document, Portion, draw, iterate
from pipeline.release.verify import manifest_of
from pipeline.rows import id_array
from pipeline.store import Store


@pytest.fixture(scope="module", name="built")
def _copied(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the built sample, which mixtures are written to."""
    return Path(shutil.copytree(built, tmp_path_factory.mktemp("sampled") / "out"))


def mixed(out: Path, **asked: object) -> tuple[Store, Mixture]:
    """A mixture of a build, written and read again."""
    store = Store(out)
    mixture.write(store, mixture.plan(store, manifest_of(out), Recipe(**asked), None, Silent()))  # type: ignore[arg-type]
    return store, mixture.read(store)


def ids(out: Path, **how: object) -> Counter[str]:
    return Counter(document["id"] for document in iterate(out, **how))  # type: ignore[arg-type]


def test_one_pass_in_proportion_is_the_build(built: Path) -> None:
    mixed(built, strategy="proportional")
    published = [pq.read_table(path)["id"].to_pylist() for path in (built / "data").glob("*/*.parquet")]
    assert ids(built) == Counter(id for some in published for id in some)


def test_every_document_is_drawn_its_due_or_once_more(built: Path) -> None:
    _, found = mixed(built, strategy="temperature", budget=3e5)
    draws = ids(built)
    by_label: dict[str, list[int]] = {}
    for label in found.labels:
        names = pq.read_table(built / "data" / label)["id"].to_pylist()
        by_label[label] = [draws[name] for name in names]
        assert sum(by_label[label]) == found.labels[label].draws
        assert min(by_label[label]) >= np.floor(found.labels[label].level)
        assert max(by_label[label]) <= np.floor(found.labels[label].level) + 1
        assert max(by_label[label]) == found.labels[label].repeats
    assert sum(draws.values()) == sum(map(sum, by_label.values()))


def test_readers_with_ranks_read_everything_once(built: Path) -> None:
    mixed(built, strategy="flat", budget=2e5)
    together = sum((ids(built, rank=rank, of=3) for rank in range(3)), Counter())
    assert together == ids(built)


def test_the_same_seed_draws_the_same_in_the_same_order_and_another_does_not(built: Path) -> None:
    orders = []
    for seed in (1, 1, 2):
        mixed(built, strategy="flat", budget=6e4, seed=seed)
        orders.append([document["id"] for document in iterate(built)])
    assert orders[0] == orders[1]
    assert Counter(orders[0]) != Counter(orders[2])


def test_languages_take_turns(built: Path) -> None:
    _, found = mixed(built, strategy="flat", budget=7200, unit="documents")
    order = [document["label"] for document in iterate(built)]
    for part in np.array_split(np.array(order), 10):
        counts = Counter(part.tolist())
        assert set(counts) == set(found.labels)
        assert max(counts.values()) - min(counts.values()) <= 3


def test_weights_and_caps_change_how_often_documents_are_drawn(tmp_path: Path) -> None:
    source = np.array(["a"] * 60 + ["b"] * 20 + ["c"] * 20)
    out = _published(tmp_path, source, weights=np.where(np.arange(100) % 2, 3.0, 1.0))
    mixed(out, strategy="proportional", unit="documents", weights=True, budget=400, max_source_share=0.4)
    draws = Counter({int(document["url"].rpartition("/")[2]): 0 for document in iterate(out)})
    draws.update(int(document["url"].rpartition("/")[2]) for document in iterate(out))
    counts = np.array([draws[number] for number in range(100)])
    of_source = {name: counts[source == name].sum() for name in "abc"}
    assert of_source["a"] / counts.sum() == pytest.approx(0.4, abs=0.03)
    heavy, light = (
        counts[(source == "b") & (np.arange(100) % 2 == 1)],
        counts[(source == "b") & (np.arange(100) % 2 == 0)],
    )
    assert heavy.mean() / light.mean() == pytest.approx(3.0, rel=0.25)


def test_hosts_are_capped_and_documents_without_a_host_are_not(tmp_path: Path) -> None:
    out = _published(tmp_path, np.array(["a"] * 100), hosts=["big.example"] * 50 + ["small.example"] * 20 + [None] * 30)
    _, found = mixed(out, strategy="proportional", unit="documents", max_host_share=0.6)
    label = found.labels["swh_Latn"]
    assert label.hosts == {"big.example": pytest.approx(0.6)}  # 30 of 50 beside 20
    assert label.weighed == pytest.approx(80)


def test_a_cluster_is_in_one_split(tmp_path: Path) -> None:
    clusters: list[str | None] = [f"{number // 3:032x}" for number in range(3000)]
    out = _published(tmp_path, np.array(["a"] * 3000), clusters=clusters)
    store, found = mixed(out, strategy="proportional", held_out=Asked(0.1, 200))
    splits = {split: {d["id"] for d in draw(store, found, split)} for split in heldout.SPLITS}
    assert sum(map(len, splits.values())) == 3000
    assert len(set().union(*splits.values())) == 3000
    for split in heldout.SPLITS[1:]:
        assert 190 <= len(splits[split]) <= 200
    where = {id: split for split, names in splits.items() for id in names}
    names = pq.read_table(out / "data/swh_Latn/S000-00000.parquet", columns=["id", "cluster_id"]).to_pylist()
    by_cluster: dict[str, set[str]] = {}
    for row in names:
        by_cluster.setdefault(row["cluster_id"], set()).add(where[row["id"]])
    assert all(len(splits) == 1 for splits in by_cluster.values())


def test_no_near_duplicate_crosses_a_split_where_duplicates_stay(tmp_path: Path) -> None:
    """Of each pair three sentences of forty differ, which the bands of clusters miss now and then."""
    texts = [text("yor" if number % 4 else "swh", number, edits) for number in range(150) for edits in (0, 3)]
    source = write(tmp_path / "in.jsonl", texts)
    sample_build(tmp_path / "out", *PLAIN, "dedup.enabled=false", "lid_floor=0", sources=[source])
    kept = rows(tmp_path / "out", "data").select(["id", "text", "cluster_id"]).to_pylist()
    assert len(kept) == len(texts)
    assert sum(row["cluster_id"] is not None for row in kept) > 200
    crossing, alone = across(tmp_path / "out", [row["text"] for row in kept], [row["id"] for row in kept])
    assert crossing == 0
    assert alone > 0


def test_held_out_documents_without_signatures_are_refused(tmp_path: Path) -> None:
    out = _published(tmp_path, np.array(["a"] * 100))
    for name in (out / "index").rglob("*.parquet"):
        name.unlink()
    with pytest.raises(Stop, match=r"Of 20 documents to hold out.*index/signatures has 0"):
        mixed(out, held_out=Asked(0.1))


def test_borders_take_whole_clusters_and_never_too_much() -> None:
    numbers = np.repeat(np.random.default_rng(3).random(200), 5)
    found = heldout.borders([numbers[:300], numbers[300:]], 1000, Asked(0.1, 10_000))
    for split in heldout.SPLITS[1:]:
        count = int(found.of(numbers, split).sum())
        assert 95 <= count <= 100
        assert count % 5 == 0
    assert heldout.borders([np.zeros(10)], 10, Asked(0.5)) == Borders(0.0, 0.0)  # one cluster cannot be divided


@pytest.mark.parametrize("form", ["parquet", "jsonl.zst"])
def test_what_is_written_is_what_is_drawn(built: Path, tmp_path: Path, form: str) -> None:
    store, found = mixed(built, strategy="flat", budget=1e5, held_out=Asked(0.2))
    counts = materialise.run(store, found, tmp_path / "drawn", Silent(), form, shard_bytes=20_000)
    written: Counter[str] = Counter()
    for place in sorted((tmp_path / "drawn").glob(f"train-*.{form}")):
        if form == "parquet":
            written.update(pq.read_table(place)["id"].to_pylist())
        else:
            text = zstandard.ZstdDecompressor().stream_reader(place.read_bytes()).read().decode()
            written.update(json.loads(line)["id"] for line in text.splitlines())
    assert written == ids(built)
    assert counts["train"] == sum(written.values())
    with pytest.raises(Stop, match="holds shards already"):
        materialise.run(store, found, tmp_path / "drawn", Silent(), form)


def test_a_build_that_changed_is_not_read(tmp_path: Path) -> None:
    out = _published(tmp_path, np.array(["a"] * 10))
    mixed(out, strategy="flat")
    manifest = json.loads((out / "manifest.json").read_bytes())
    manifest["shards"][0]["row_digest"] = "another"
    (out / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(Stop, match="has changed since its mixture was made"):
        next(iterate(out))


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"strategy": "best"}, "No strategy is called 'best'"),
        ({"alpha": 1.5}, "1.5 is no alpha"),
        ({"budget": -1.0}, "-1 is no budget"),
        ({"unit": "words"}, "not counted in 'words'"),
        ({"unit": "tokens"}, "Tokens are counted with a tokenizer"),
        ({"labels": ("xxx_Latn",)}, "publishes nothing in xxx_Latn"),
        ({"strategy": "anchored", "budget": 5.0}, "makes its own budget"),
    ],
)
def test_a_recipe_that_makes_no_sense_is_refused(built: Path, asked: dict[str, object], told: str) -> None:
    with pytest.raises(Stop, match=told):
        mixed(built, **asked)


def test_a_reader_must_exist() -> None:
    with pytest.raises(Stop, match="no reader 3 of 3"):
        Portion(3, 3)


def test_numbers_of_documents_are_uniform_and_independent_of_one_another() -> None:
    keys = id_array(pa.array([number.to_bytes(16, "big") for number in range(200_000)], pa.binary(16)))
    one, two = chance.uniform(keys, 1, "draw"), chance.uniform(keys, 1, "split")
    counts = np.histogram(one, 100, (0, 1))[0]
    assert ((counts - 2000) ** 2 / 2000).sum() < 150  # chi-squared with 99 degrees of freedom: 1 in 1,400
    assert abs(np.corrcoef(one, two)[0, 1]) < 0.01
    assert abs(np.corrcoef(one[1:], one[:-1])[0, 1]) < 0.01


def _published(
    tmp_path: Path,
    source: np.ndarray,
    weights: np.ndarray | None = None,
    hosts: list[str | None] | None = None,
    clusters: list[str | None] | None = None,
) -> Path:
    """A folder with one shard of Swahili and its manifest."""
    count = len(source)
    out = tmp_path / "out"
    place = out / "data/swh_Latn/S000-00000.parquet"
    place.parent.mkdir(parents=True)
    places = hosts or ["one.example"] * count
    table = pa.table(
        {
            "text": [f"maji {number}" for number in range(count)],
            "id": [f"{number * 2**100:032x}" for number in range(count)],
            "url": [None if host is None else f"https://{host}/{number}" for number, host in enumerate(places)],
            "language": ["swh"] * count,
            "language_script": ["Latn"] * count,
            "source": source.tolist(),
            "licence": pa.nulls(count, pa.string()),
            "cluster_id": pa.array(clusters or [None] * count, pa.string()),
            "upsampling_weight": pa.array((weights if weights is not None else np.ones(count)).astype(np.float32)),
        }
    )
    pq.write_table(table, place, row_group_size=40)
    ids = pa.array([bytes.fromhex(one) for one in table["id"].to_pylist()], pa.binary(16))
    unlike = np.random.default_rng(1).integers(1, 256, (count, 272), np.uint8)
    signed = {"exact_hash": pa.binary(16), "signature": pa.binary(256)}
    columns = {
        name: pa.array([row.tobytes() for row in some], kind)
        for (name, kind), some in zip(signed.items(), np.split(unlike, [16], axis=1), strict=True)
    }
    (out / "index/signatures").mkdir(parents=True)
    (out / "index/verdicts").mkdir()
    pq.write_table(pa.table({"id": ids, **columns}), out / "index/signatures/one.parquet")
    pq.write_table(pa.table({"id": ids, "rule": ["kept"] * count}), out / "index/verdicts/one.parquet")
    shard = {
        "file": "data/swh_Latn/S000-00000.parquet",
        "label": "swh_Latn",
        "rows": count,
        "row_digest": "0" * 32,
        "text_bytes": 10 * count,
    }
    manifest = {"settings": {}, "settings_digest": "", "counts": {}, "shards": [shard], "snapshots": []}
    (out / "manifest.json").write_text(json.dumps(manifest))
    return out


def test_sizes_in_tokens_are_those_of_the_tokenizer(tmp_path: Path) -> None:
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace

    made = Tokenizer(WordLevel({"maji": 0, "?": 1}, unk_token="?"))  # noqa: S106 (a token, not a secret)
    made.pre_tokenizer = Whitespace()
    made.save(str(tmp_path / "tokenizer.json"))
    out = _published(tmp_path, np.array(["a"] * 50))
    store = Store(out)
    counted = sizes.Tokenizer.at(tmp_path / "tokenizer.json")
    found = mixture.plan(store, manifest_of(out), Recipe(unit="tokens"), counted, Silent())
    assert found.labels["swh_Latn"].size == 100  # two words each
    mixture.write(store, found)
    assert sum(ids(out).values()) == 50
    (tmp_path / "broken.json").write_text("{}")
    with pytest.raises(Stop, match="is no tokenizer"):
        mixture.plan(
            store, manifest_of(out), Recipe(unit="tokens"), sizes.Tokenizer.at(tmp_path / "broken.json"), Silent()
        )


def parts(out: str, rank: list[int]) -> Iterator[Document]:
    """As the README has it."""
    for number in rank:
        yield from iterate(out, rank=number, of=4)


@pytest.fixture
def quiet_datasets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The library without its warnings, and with a cache of its own."""
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))
    warnings.simplefilter("ignore")
    return importlib.import_module("datasets")


def test_datasets_and_its_parts_give_the_same_documents(built: Path, quiet_datasets: ModuleType) -> None:
    mixed(built, strategy="temperature", budget=2e5)
    made = quiet_datasets.IterableDataset.from_generator(parts, gen_kwargs={"out": str(built), "rank": list(range(4))})
    assert Counter(document["id"] for document in made) == ids(built)
    halves = [made.shard(2, number) for number in range(2)]  # as workers of a DataLoader take them
    assert sum((Counter(document["id"] for document in half) for half in halves), Counter()) == ids(built)


def test_interleaved_languages_are_the_same_documents(built: Path, quiet_datasets: ModuleType) -> None:
    _, found = mixed(built, strategy="temperature", budget=1e5, labels=("swh_Latn", "eng_Latn", "tha_Thai"))
    apart = [
        quiet_datasets.IterableDataset.from_generator(iterate, gen_kwargs={"out": str(built), "labels": (label,)})
        for label in found.labels
    ]
    made = quiet_datasets.interleave_datasets(
        apart,
        [label.share for label in found.labels.values()],
        seed=1,
        stopping_strategy="all_exhausted_without_replacement",
    )
    assert Counter(document["id"] for document in made) == ids(built)


def test_a_loader_of_pytorch_gives_the_same_documents(built: Path, quiet_datasets: ModuleType) -> None:
    data = pytest.importorskip("torch.utils.data", reason="PyTorch is not installed")
    mixed(built, strategy="temperature", budget=1e5)
    made = quiet_datasets.IterableDataset.from_generator(parts, gen_kwargs={"out": str(built), "rank": list(range(4))})
    loader = data.DataLoader(made, batch_size=None, num_workers=2)
    assert Counter(document["id"] for document in loader) == ids(built)
