"""A mixture: how often each document of a build is drawn. Written as numbers, not as a copy of the text.

A document is drawn floor(level x m + u) times: m is its rehydration weight times what caps leave of its source and
host, u its own number in [0, 1), and the level is the same for all documents of a language and such that the language
gets its amount. So every document is drawn its due or one time more, and all is told by a seed and a few numbers.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from langid.relatives import group_of
from manifests.errors import Stop
from pipeline.progress import Reporter
from pipeline.release import chance, doubles, heldout, shares, sizes
from pipeline.release.doubles import Ids
from pipeline.release.heldout import Asked, Borders
from pipeline.rows import id_array
from pipeline.settings import Settings, digest
from pipeline.steps.notes import recipe as signing
from pipeline.store import Store

VERSION = 3
PLACE = "sample/mixture.json"
DOUBLES = "doubles.parquet"
"""What follows a mixture's name in that of the file of documents that it leaves out, being like some held out."""

Floats = npt.NDArray[np.float64]
Shards = Sequence[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a mixture is asked to be."""

    strategy: str = "temperature"
    alpha: float | None = None
    epochs: float | None = None
    scale: float | None = None
    unit: str = "bytes"
    budget: float | None = None
    """In the unit; as much as there is where nothing is told."""
    max_share: float | None = None
    max_source_share: float | None = None
    max_host_share: float | None = None
    weights: bool = False
    """Draw documents more often where their upsampling_weight says so."""
    held_out: Asked = field(default_factory=Asked)
    seed: int = 1
    labels: tuple[str, ...] | None = None
    unverified: bool = False

    def checked(self) -> "Recipe":
        """The same with the strategy's own numbers where none are asked; an error where one makes no sense."""
        known = shares.STRATEGIES.get(self.strategy)
        if known is None:
            raise Stop(f"No strategy is called {self.strategy!r}.", f"Choose of {', '.join(shares.STRATEGIES)}.")
        if self.unit not in sizes.UNITS:
            raise Stop(f"Sizes are not counted in {self.unit!r}.", f"Choose of {', '.join(sizes.UNITS)}.")
        if self.strategy == "anchored" and self.budget is not None:
            raise Stop("The strategy anchored makes its own budget.", "Leave the budget out, or choose temperature.")
        for name, value, low, high in (
            ("alpha", self.alpha, 0.0, 1.0),
            ("epochs", self.epochs, 0.0, None),
            ("scale", self.scale, 0.0, None),
            ("budget", self.budget, 0.0, None),
            ("max-share", self.max_share, 0.0, 1.0),
            ("max-source-share", self.max_source_share, 0.0, 1.0),
            ("max-host-share", self.max_host_share, 0.0, 1.0),
            ("held-out", self.held_out.share, 0.0, 0.5),
        ):
            least = low if name in {"alpha", "held-out"} else np.nextafter(low, 1)
            if value is not None and not least <= value <= (np.inf if high is None else high):
                raise Stop(f"{value:g} is no {name}.", f"Give a number from {low:g} to {high or 'whatever you like'}.")
        return replace(
            self,
            alpha=known.alpha if self.alpha is None else self.alpha,
            epochs=known.epochs if self.epochs is None else self.epochs,
            scale=known.scale if self.scale is None else self.scale,
        )


@dataclass(slots=True)
class Label:
    """What a language gives: its shards, how often its documents are drawn, and what came of it."""

    shards: list[dict[str, Any]]
    borders: Borders
    versions: Borders = field(default_factory=Borders)
    """Borders of its documents that have a group: the same in all languages."""
    documents: int = 0
    """In training, as all that follows."""
    size: float = 0.0
    weighed: float = 0.0
    """The size with weights and caps."""
    sources: dict[str, float] = field(default_factory=dict)
    """What is taken of capped sources, of each document's chance."""
    hosts: dict[str, float] = field(default_factory=dict)
    share: float = 0.0
    """Of the mixture as asked."""
    amount: float = 0.0
    level: float = 0.0
    draws: int = 0
    distinct: int = 0
    """Documents that are drawn at all."""
    drawn: float = 0.0
    """The size of all draws: the amount, but for chance."""
    repeats: int = 0
    """Most draws of a document."""
    held_out: dict[str, int] = field(default_factory=dict)
    doubles: int = 0
    """Documents in no split, as they are like some of another."""

    @property
    def epochs(self) -> float:
        """Passes over the language, on average."""
        return self.drawn / self.size if self.size else 0.0


@dataclass(slots=True)
class Rows:
    """Documents of a shard as numbers, in its order."""

    number: Floats
    """What decides on a last draw."""
    tie: Floats
    """What decides on the split."""
    grouped: npt.NDArray[np.bool_]
    """Tied by a group."""
    size: Floats
    weight: Floats
    source: pa.DictionaryArray
    host: pa.DictionaryArray
    double: npt.NDArray[np.bool_]
    """In no split."""

    def split(self, label: Label, name: str) -> npt.NDArray[np.bool_]:
        """Which are of a split."""
        mine, others = label.borders.of(self.tie, name), label.versions.of(self.tie, name)
        return np.where(self.grouped, others, mine) & ~self.double

    def chance(self, label: Label) -> Floats:
        """What each document's weight and the caps on its source and host come to."""
        return self.weight * _rates(self.source, label.sources) * _rates(self.host, label.hosts)

    def draws(self, label: Label) -> npt.NDArray[np.int64]:
        """How often each is drawn; nothing of what is held out."""
        drawn = np.floor(label.level * self.chance(label) + self.number).astype(np.int64)
        return drawn * self.split(label, "train")


def _rates(values: pa.DictionaryArray, capped: Mapping[str, float]) -> Floats:
    if not capped:
        return np.ones(len(values))
    rates = np.array([capped.get(name, 1.0) for name in values.dictionary.to_pylist()] + [1.0])
    found: Floats = rates[values.indices.fill_null(len(rates) - 1).to_numpy(zero_copy_only=False)]
    return found


def rows_of(store: Store, place: str, unit: str, weights: bool, seed: int, out: Ids) -> Rows:
    """The sizes of a shard, of which the documents ``out`` are in no split."""
    column = {"tokens": "tokens", "characters": "characters"}.get(unit, "bytes")
    table = store.read_table(place, ["id", "tie", "grouped", column, "source", "host", "weight"]).combine_chunks()
    ids, ties = (id_array(table[name]) for name in ("id", "tie"))
    return Rows(
        number=chance.uniform(ids, seed, "draw"),
        tie=chance.uniform(ties, seed, "split"),
        grouped=table["grouped"].to_numpy(zero_copy_only=False),
        size=np.ones(table.num_rows) if unit == "documents" else table[column].to_numpy().astype(np.float64),
        weight=table["weight"].to_numpy().astype(np.float64) if weights else np.ones(table.num_rows),
        source=table["source"].combine_chunks(),
        host=table["host"].combine_chunks(),
        double=doubles.among(doubles.names(table["id"]), out),
    )


@dataclass(slots=True)
class Mixture:
    """A recipe, what it came to, and the build it is of."""

    recipe: Recipe
    tokenizer: str | None
    build: str
    labels: dict[str, Label]
    doubles: Ids = field(default_factory=lambda: np.zeros(0, "S16"))
    """Documents in no split: each is like one that is held out, but was not found in its cluster."""

    def rows(self, store: Store, place: str) -> Rows:
        """The sizes of a shard, as this mixture counts them."""
        return rows_of(store, place, self.recipe.unit, self.recipe.weights, self.recipe.seed, self.doubles)


def build_digest(shards: Shards) -> str:
    """What changes with any published row."""
    return digest("published", [[shard["file"], shard["row_digest"]] for shard in shards])


def published(manifest: Mapping[str, Any], recipe: Recipe) -> dict[str, list[dict[str, Any]]]:
    """Shards that a mixture may draw from, by label."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for shard in manifest["shards"]:
        name = shard["file"]
        if not name.startswith("data/") or (name.startswith("data/unverified/") and not recipe.unverified):
            continue
        if recipe.labels is None or shard["label"] in recipe.labels:
            found[shard["label"]].append(shard)
    if recipe.labels is not None and (absent := sorted(set(recipe.labels) - set(found))):
        raise Stop(
            f"The build publishes nothing in {', '.join(absent)}.",
            "Leave them out; add --unverified if they are under data/unverified.",
        )
    if not found:
        raise Stop("The build publishes no documents to draw from.", "corpus explain and the ledger tell why.")
    return dict(sorted(found.items()))


def plan(
    store: Store,
    manifest: Mapping[str, Any],
    recipe: Recipe,
    tokenizer: sizes.Tokenizer | None,
    told: Reporter,
    workers: int = 1,
) -> Mixture:
    """Measure what is not measured yet, and decide how often each document is drawn."""
    recipe = recipe.checked()
    if (recipe.unit == "tokens") != (tokenizer is not None):
        raise Stop("Tokens are counted with a tokenizer, and only they.", "--unit tokens --tokenizer tokenizer.json")
    by_label = published(manifest, recipe)
    every = [shard for shards in by_label.values() for shard in shards]
    places = dict(zip((s["file"] for s in every), sizes.measure(store, every, tokenizer, told, workers), strict=True))
    mixture = Mixture(recipe, tokenizer.digest if tokenizer else None, build_digest(every), {})
    borders = _borders(store, by_label, places, mixture)
    versions = borders[heldout.VERSIONS]
    mixture.labels = {name: Label(shards, borders[group_of(name)], versions) for name, shards in by_label.items()}
    mixture.doubles = _doubles(store, manifest, places, mixture, told, workers)
    told.start("weighing", len(by_label), len(every), 0)
    for label in mixture.labels.values():
        _weigh(store, mixture, label, places)
        told.advance(len(label.shards))
    _share(mixture)
    told.start("drawing", len(by_label), len(every), 0)
    for one in mixture.labels.values():
        _draw(store, mixture, one, places)
        told.advance(len(one.shards))
    return mixture


def _borders(
    store: Store, by_label: Mapping[str, Shards], places: Mapping[str, str], mixture: Mixture
) -> dict[str, Borders]:
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for label, shards in by_label.items():
        groups[group_of(label)].extend(shards)
    asked = mixture.recipe.held_out
    if not asked.share:
        return dict.fromkeys([*groups, heldout.VERSIONS], Borders())
    every = [shard for shards in groups.values() for shard in shards]
    return {
        group: _set(store, shards, places, mixture, group == heldout.VERSIONS)
        for group, shards in [*groups.items(), (heldout.VERSIONS, every)]
    }


def _set(
    store: Store, shards: Sequence[dict[str, Any]], places: Mapping[str, str], mixture: Mixture, grouped: bool
) -> Borders:
    """Borders for the documents of some shards that have a group, or for the others."""
    files = [places[shard["file"]] for shard in shards]
    of = (store.read_table(file, ["grouped"])["grouped"].to_numpy() for file in files)
    count = sum(int((told == grouped).sum()) for told in of)
    rows = (mixture.rows(store, file) for file in files)
    return heldout.borders((one.tie[one.grouped == grouped] for one in rows), count, mixture.recipe.held_out)


def _doubles(
    store: Store, manifest: Mapping[str, Any], places: Mapping[str, str], mixture: Mixture, told: Reporter, workers: int
) -> Ids:
    """What is like a document held out and not held out with it, and the versions of such in other languages."""
    held, ranks = [np.zeros(0, "S16")], [np.zeros(0, np.int8)]
    for label in mixture.labels.values():
        if not (label.borders.validation or label.versions.validation):
            continue
        for shard in label.shards:
            place = places[shard["file"]]
            rows = mixture.rows(store, place)
            rank = np.select([rows.split(label, split) for split in heldout.SPLITS], range(len(heldout.SPLITS)))
            ids = doubles.names(store.read_table(place, ["id"])["id"])
            held.append(ids[rank > 0])
            ranks.append(rank[rank > 0].astype(np.int8))
    signed = signing(Settings.model_validate(manifest["settings"]).dedup)
    found = doubles.of(store, np.concatenate(held), np.concatenate(ranks), signed, told, workers)
    return _with_versions(store, list(places.values()), found)


def _with_versions(store: Store, places: Sequence[str], ids: Ids) -> Ids:
    """These documents, and all that share a group with one of them."""
    none: Ids = np.zeros(0, "S16")

    def of_groups(wanted: str, some: Ids, told: str) -> Ids:
        """Of the documents with a group whose ``wanted`` is among ``some``, what they have in the column ``told``."""
        found = [none]
        for place in places:
            table = store.read_table(place, ["id", "tie", "grouped"])
            table = table.filter(table["grouped"])
            found.append(doubles.names(table[told])[doubles.among(doubles.names(table[wanted]), some)])
        return np.unique(np.concatenate(found))

    ties = of_groups("id", ids, "tie") if len(ids) else none
    return np.union1d(ids, of_groups("tie", ties, "id")) if len(ties) else ids


def _rows(store: Store, mixture: Mixture, label: Label, places: Mapping[str, str]) -> Iterator[Rows]:
    for shard in label.shards:
        yield mixture.rows(store, places[shard["file"]])


def _weigh(store: Store, mixture: Mixture, label: Label, places: Mapping[str, str]) -> None:
    """Sizes, and what caps leave of sources, then of hosts; what names no host is held to no cap."""
    recipe = mixture.recipe
    total: dict[str, float] = defaultdict(float)
    for rows in _rows(store, mixture, label, places):
        train = rows.split(label, "train")
        label.documents += int(train.sum())
        label.size += float(rows.size[train].sum())
        label.doubles += int(rows.double.sum())
        if label.borders.validation or label.versions.validation:
            for split in heldout.SPLITS[1:]:
                found = int(rows.split(label, split).sum())
                label.held_out[split] = label.held_out.get(split, 0) + found
        if recipe.max_source_share is not None:
            _add(total, rows.source, rows.size * rows.weight * train)
    label.sources = _capped(total, recipe.max_source_share)
    if recipe.max_host_share is not None:
        hosts: dict[str, float] = defaultdict(float)
        for rows in _rows(store, mixture, label, places):
            _add(hosts, rows.host, rows.size * rows.chance(label) * rows.split(label, "train"))
        label.hosts = _capped(hosts, recipe.max_host_share)
    for rows in _rows(store, mixture, label, places):
        label.weighed += float((rows.size * rows.chance(label))[rows.split(label, "train")].sum())


def _add(total: dict[str, float], values: pa.DictionaryArray, amounts: Floats) -> None:
    known = values.is_valid().to_numpy(zero_copy_only=False)
    codes = values.indices.fill_null(0).to_numpy(zero_copy_only=False)
    sums = np.bincount(codes[known], amounts[known], minlength=len(values.dictionary))
    for name, amount in zip(values.dictionary.to_pylist(), sums.tolist(), strict=True):
        total[name] += amount


def _capped(total: Mapping[str, float], share: float | None) -> dict[str, float]:
    if share is None or not total:
        return {}
    names = sorted(total)
    rates = shares.capped(np.array([total[name] for name in names]), share)
    return {name: rate for name, rate in zip(names, rates.tolist(), strict=True) if rate < 1}


def _share(mixture: Mixture) -> None:
    recipe, labels = mixture.recipe, list(mixture.labels.values())
    weighed = np.array([label.weighed for label in labels])
    alpha = recipe.alpha or 0.0
    budget = (
        shares.anchored(weighed, alpha, recipe.scale)
        if recipe.strategy == "anchored" and recipe.scale is not None
        else recipe.budget or float(weighed.sum())
    )
    amounts = shares.amounts(weighed, alpha, budget, recipe.epochs, recipe.max_share)
    total = float(amounts.sum())
    for label, amount in zip(labels, amounts.tolist(), strict=True):
        label.amount = amount
        label.share = amount / total if total else 0.0
        label.level = amount / label.weighed if label.weighed else 0.0


def _draw(store: Store, mixture: Mixture, label: Label, places: Mapping[str, str]) -> None:
    drawn_shards = []
    for shard, rows in zip(label.shards, _rows(store, mixture, label, places), strict=True):
        draws = rows.draws(label)
        size = float((draws * rows.size).sum())
        label.draws += int(draws.sum())
        label.distinct += int((draws > 0).sum())
        label.drawn += size
        label.repeats = max(label.repeats, int(draws.max(initial=0)))
        drawn_shards.append({**shard, "draws": int(draws.sum()), "drawn": size})
    label.shards = drawn_shards


def write(store: Store, mixture: Mixture, place: str = PLACE) -> None:
    """Write it as JSON that people can read, and beside it what it leaves out."""
    doubles.write(store, _beside(place), mixture.doubles)
    recipe = asdict(mixture.recipe)
    total = sum(label.drawn for label in mixture.labels.values())
    told = {
        "version": VERSION,
        "recipe": recipe,
        "tokenizer": mixture.tokenizer,
        "build": mixture.build,
        "documents": sum(label.draws for label in mixture.labels.values()),
        "size": total,
        "labels": {
            name: {
                "share": label.share,
                "documents": label.documents,
                "size": label.size,
                "weighed": label.weighed,
                "amount": label.amount,
                "level": label.level,
                "epochs": label.epochs,
                "draws": label.draws,
                "distinct": label.distinct,
                "drawn": label.drawn,
                "repeats": label.repeats,
                "held_out": label.held_out,
                "doubles": label.doubles,
                "borders": [label.borders.test, label.borders.validation],
                "version_borders": [label.versions.test, label.versions.validation],
                "sources": label.sources,
                "hosts": label.hosts,
                "shards": [
                    {
                        "file": shard["file"],
                        "row_digest": shard["row_digest"],
                        "rows": shard["rows"],
                        "text_bytes": shard["text_bytes"],
                        "draws": shard["draws"],
                        "drawn": shard["drawn"],
                        "ids": _id_range(store, shard),
                    }
                    for shard in label.shards
                ],
            }
            for name, label in mixture.labels.items()
        },
    }
    store.write_json(place, told, indent=1)


def _id_range(store: Store, shard: Mapping[str, Any]) -> list[str]:
    """The first and the last id; a shard is in their order."""
    with store.parquet(shard["file"]) as file:
        last = file.num_row_groups - 1
        ends = [file.read_row_group(group, columns=["id"])["id"] for group in sorted({0, last})]
    return [ends[0][0].as_py(), ends[-1][-1].as_py()]


def read(store: Store, place: str = PLACE) -> Mixture:
    """A mixture that was written; an error where there is none."""
    told = store.read_json(place)
    if not isinstance(told, dict) or told.get("version") != VERSION:
        raise Stop(f"{store.name} holds no mixture.", f"corpus sample {store.name}", 1)
    recipe = Recipe(
        **{
            **told["recipe"],
            "held_out": Asked(**told["recipe"]["held_out"]),
            "labels": None if told["recipe"]["labels"] is None else tuple(told["recipe"]["labels"]),
        }
    )
    labels = {
        name: Label(
            shards=one["shards"],
            borders=Borders(*one["borders"]),
            versions=Borders(*one["version_borders"]),
            **{
                key: one[key]
                for key in (
                    "documents", "size", "weighed", "sources", "hosts", "share", "amount", "level", "draws", "distinct",
                    "drawn", "repeats", "held_out", "doubles",
                )
            },
        )
        for name, one in told["labels"].items()
    }  # fmt: skip
    return Mixture(recipe, told["tokenizer"], told["build"], labels, doubles.read(store, _beside(place)))


def _beside(place: str) -> str:
    return f"{place.removesuffix('.json')}.{DOUBLES}"


def of_build(place: Path | str) -> tuple[Store, Mixture]:
    """The mixture of a build, or of a mixture file in one."""
    out, _, name = str(place).rpartition("/sample/")
    if out and name.endswith(".json"):
        return Store(out), read(Store(out), f"sample/{name}")
    store = Store(place)
    return store, read(store)
