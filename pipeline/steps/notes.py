"""Cut, identify, measure, hash, sort: the only place where identification, signals and signatures meet.

A text part becomes, row for row in (raw label, id) order:
    work/notes/PART      the documents without the lines that their site frames them with, what identification says of
                         them, and their personal data, with text
    index/signals/PART   every number a rule may ask for, without text
    index/signatures/PART  exact hash and MinHash values
"""

import functools
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dedup import minhash, normal
from dedup.recipe import Recipe, best_bands
from filters import boilerplate, privacy, repeats, signals, stopwords
from filters.boilerplate import Keys, Lines
from langid import identify, relatives, second, segment
from langid.identify import Identifier
from langid.scores import BINS, bins
from manifests import layouts, schema
from pipeline import asked, exclusions
from pipeline.exclusions import Exclusions
from pipeline.files import file_digest
from pipeline.rows import id_array, runs
from pipeline.settings import Dedup, Settings, digest
from pipeline.steps import repeats as counting
from pipeline.steps.count import Frame
from pipeline.store import Store
from pipeline.task import Context

VERSION = 10
FOLDERS = ("work/notes", "index/signals", "index/signatures")
"""Where a part lies once it is noted."""
RECIPE = "recipe"
"""Under what name the recipe of signatures stands in the file's schema."""
SLICE_BYTES = 4 << 20
"""Text that is annotated at a time."""
ROW_GROUP_BYTES = 2 << 20
"""Text a row group holds: cut by size and never by label, so that footers grow with data alone (a thousandth of it).

Small, because emission holds a row group of every part that it merges.
"""

PII = schema.SIGNATURE.field("pii")
NOTES = pa.schema([*schema.TEXT_PART, *schema.IDENTITY, PII, *schema.CUT, *schema.REPEATS])


def recipe(dedup: Dedup) -> Recipe:
    """How signatures are made and compared under these settings; what is not told is the recipe's own default.

    A threshold that is told brings its own bands and rows, unless they are told too.
    """
    usual = Recipe(shingle=dedup.shingle, unit=dedup.unit, seed=dedup.seed)
    number, rows = usual.bands, usual.rows
    if dedup.threshold is not None:
        number, rows = best_bands(dedup.threshold, usual.permutations)
    return replace(
        usual,
        bands=dedup.bands or number,
        rows=dedup.rows or rows,
        threshold=dedup.threshold or usual.threshold,
    )


def _answers(model: Path) -> list[str]:
    """Changes with whatever changes what the model answers: its file, those beside it, and the second voter's own."""
    return [*map(file_digest, (model, *identify.beside(model))), second.version()]


def fingerprint(part: str, settings: Settings, model: str, frame: Frame, repeated: Frame) -> str:
    """Changes with whatever changes the notes of a text part; ``part`` is the fingerprint and name of that part."""
    versions = [
        VERSION,
        segment.VERSION,
        identify.VERSION,
        signals.VERSION,
        normal.VERSION,
        privacy.VERSION,
        boilerplate.VERSION,
        schema.VERSION,
    ]
    return digest(
        ["notes", part, versions, frame.sum],
        [_answers(Path(model)), settings.words, stopwords.digest(), relatives.GROUPS],
        recipe(settings.dedup).digest(),
        asked.version(settings),
        [repeats.VERSION, repeated.sum, recipe(settings.dedup).threshold] if repeated.pieces else [],
    )


def state(marker: dict[str, Any]) -> dict[str, Any]:
    """What is known of a part, with a fingerprint that also changes with what was taken down from it since."""
    taken = marker.get("taken")
    return {**marker, "fingerprint": digest(marker["fingerprint"], taken)} if taken else marker


@functools.cache
def _identifier(model: str) -> Identifier:
    return Identifier.load(Path(model))


def _order(labels: pa.Array, ids: pa.Array) -> npt.NDArray[np.int64]:
    """Rows in (label, id) order."""
    encoded = pc.rank(labels, tiebreaker="dense").to_numpy()
    halves = id_array(ids)
    return np.lexsort((halves[:, 1], halves[:, 0], encoded))


def binary(values: npt.NDArray[Any]) -> pa.Array:
    """A two-dimensional array as a column of fixed-size binary values, a row each."""
    rows = np.ascontiguousarray(values)
    width = rows.shape[1] * rows.itemsize
    return pa.Array.from_buffers(pa.binary(width), len(rows), [None, pa.py_buffer(rows.tobytes())])


@dataclass(frozen=True, slots=True)
class _Slice:
    """Documents annotated together: as many as keep the memory of a worker small, however large the part is."""

    table: pa.Table
    numbers: dict[str, npt.NDArray[Any]]
    signed: minhash.Signatures
    taken_down: npt.NDArray[np.bool_]


def _slices(store: Store, name: str) -> Iterator[pa.Table]:
    """The text part in slices of about SLICE_BYTES of text, at least one document each."""
    with store.parquet(f"work/text/{name}.parquet") as file:
        for group in range(file.num_row_groups):
            table = file.read_row_group(group, use_threads=False).combine_chunks()
            sizes = pc.binary_length(table["text"].chunk(0)).to_numpy().astype(np.int64) if table.num_rows else []
            for start, stop in runs(np.cumsum(sizes) // SLICE_BYTES):
                yield table.slice(start, stop - start)


def _annotated(found: pa.Table, frame: Keys, repeated: Lines, context: Context, listed: Exclusions) -> _Slice:
    if len(listed.contents):  # what was taken down may come with the frame of another site
        copies = listed.copied(exclusions.contents(_without(found, frame).texts))
        found = exclusions.blanked(found, copies).combine_chunks()
    taken_down = pc.equal(pc.binary_length(found["text"].chunk(0)), 0).to_numpy(zero_copy_only=False)
    framed = _without(found, frame)
    documents, most = repeats.ids(id_array(found["id"])), recipe(context.settings.dedup).threshold
    clean = repeats.cut(framed.texts, documents, repeated, most)
    texts = clean.texts
    found = found.set_column(found.column_names.index("text"), schema.TEXT_PART.field("text"), texts)
    identity = _identifier(context.model).identify(texts)
    labels = identity["raw_label"].to_pylist()
    stopping = asked.stop_words(context.settings)
    measured = signals.measure(texts, labels, words=context.settings.words, stopwords=stopping)
    measured |= asked.measure(texts, labels, context.settings)
    signed = minhash.sign(texts, recipe(context.settings.dedup))
    columns = [*found.columns, *identity.columns, privacy.find(texts)]
    columns += [framed.lines, framed.chars, clean.lines, clean.chars]
    return _Slice(pa.table(columns, schema=NOTES), measured, signed, taken_down)


def _without(found: pa.Table, frame: Keys) -> boilerplate.Cut:
    hosts = boilerplate.host_keys(found["url"].to_pylist() if len(frame) else [None] * found.num_rows)
    return boilerplate.cut(found["text"].chunk(0), hosts, frame)


def _gather(slices: list[_Slice], rows: npt.NDArray[np.int64]) -> pa.Table:
    """Rows of the part, counted through the slices, in the order asked for; copies no other text."""
    starts = np.cumsum([0, *(one.table.num_rows for one in slices)])
    which = np.searchsorted(starts, rows, side="right") - 1
    taken = [one.table.take(pa.array(rows[which == number] - starts[number])) for number, one in enumerate(slices)]
    back = np.empty(len(rows), np.int64)
    back[np.argsort(which, kind="stable")] = np.arange(len(rows))
    return pa.concat_tables(taken).take(pa.array(back)).combine_chunks()


def _write_notes(
    store: Store, name: str, slices: list[_Slice], order: npt.NDArray[np.int64], sizes: npt.NDArray[np.int64]
) -> None:
    with store.writer(f"work/notes/{name}.parquet", NOTES) as writer:
        for start, stop in runs(np.cumsum(sizes) // ROW_GROUP_BYTES):
            writer.write_table(_gather(slices, order[start:stop]), row_group_size=stop - start)


def _ranges(labels: pa.Array, sizes: npt.NDArray[np.int64]) -> dict[str, list[int]]:
    """First row, row after the last, and bytes of text of each label of a sorted part."""
    codes = labels.dictionary_encode()
    rows = codes.indices.to_numpy(zero_copy_only=False)
    names = codes.dictionary.to_pylist()
    return {names[rows[start]]: [start, stop, int(sizes[start:stop].sum())] for start, stop in runs(rows)}


def _by_score(labels: pa.Array, scores: npt.NDArray[np.float32]) -> dict[str, list[int]]:
    """Documents of each label with a score in each bin of ``langid.scores``."""
    codes = labels.dictionary_encode()
    names = codes.dictionary.to_pylist()
    keys = codes.indices.to_numpy(zero_copy_only=False).astype(np.int64) * BINS + bins(scores)
    counts = np.bincount(keys, minlength=len(names) * BINS).reshape(-1, BINS)
    return dict(zip(names, counts.tolist(), strict=True))


def _by_source(
    slices: list[_Slice], columns: list[str], touched: pc.Expression, tell: Callable[[pa.Table], dict[str, int]]
) -> dict[str, Counter[str]]:
    """Of each source with a document that is touched, what ``tell`` counts in the columns of such documents."""
    found: dict[str, Counter[str]] = {}
    for one in slices:
        rows = one.table.select(["source", *columns]).filter(touched)
        for source in rows["source"].unique().to_pylist():
            found.setdefault(source, Counter()).update(tell(rows.filter(pc.field("source") == source)))
    return found


def _cut_by_source(slices: list[_Slice], names: list[str]) -> dict[str, list[int]]:
    """Of each source with a document that lost some: documents that did, lines and code points that were cut.

    ``names`` are the columns of lines and code points.
    """

    def tell(rows: pa.Table) -> dict[str, int]:
        return {"documents": rows.num_rows, **{name: pc.sum(rows[name]).as_py() for name in names}}

    counts = _by_source(slices, names, pc.field(names[0]) > 0, tell)
    return {source: [told["documents"], *(told[name] for name in names)] for source, told in counts.items()}


def _pii_by_source(slices: list[_Slice]) -> dict[str, dict[str, int]]:
    """Of each source with a document that holds personal data: how many of each kind."""
    touched = pc.list_value_length(pc.field("pii")) > 0
    counts = _by_source(slices, ["pii"], touched, lambda rows: privacy.tally(rows["pii"].combine_chunks()))
    return {source: dict(told) for source, told in counts.items()}


def _declared(slices: list[_Slice]) -> dict[str, dict[str, dict[str, int]]]:
    """Of each source, the languages declared that are known, and the documents of each by their label."""
    found: dict[str, dict[str, dict[str, int]]] = {}
    for one in slices:
        names = ["source", "page_language", "raw_label"]
        pairs = (
            one.table.select(names)
            .filter(pc.match_substring(pc.field("page_language"), ":"))
            .group_by(names)
            .aggregate([([], "count_all")])
        )
        for source, declared, label, count in zip(
            *(pairs[name].to_pylist() for name in [*names, "count_all"]), strict=True
        ):
            if layouts.labels(declared):
                answers = found.setdefault(source, {}).setdefault(declared, {})
                answers[label] = answers.get(label, 0) + count
    return {
        source: {told: dict(sorted(said.items())) for told, said in sorted(of.items())} for source, of in found.items()
    }


def run(context: Context, store: Store, work: tuple[str, str, Frame, Frame]) -> dict[str, Any]:
    """Annotate the text part ``name`` under the fingerprint given, without the lines of its frame and repeats."""
    name, wanted, frame, repeated = work
    store.remove(f"work/notes/{name}.json")  # an older marker must not outlive the files it speaks of
    keys, lines = frame.keys(store), counting.lines(repeated, store)
    listed = exclusions.load(store)
    slices = [_annotated(found, keys, lines, context, listed) for found in _slices(store, name)]
    about = ["id", "source", "url", "raw_label", "language_score", "purity", "script", "script_share", "mixed_share"]
    about += ["dump", "licence", "group_id", "consent", *schema.CUT.names]
    table = pa.concat_tables([one.table.select(about) for one in slices] or [NOTES.empty_table().select(about)])
    order = _order(table["raw_label"].combine_chunks(), table["id"].combine_chunks())
    table = table.take(pa.array(order)).combine_chunks()
    labels = table["raw_label"].combine_chunks()
    sizes = np.concatenate([pc.binary_length(one.table["text"].chunk(0)).to_numpy() for one in slices])
    sizes = sizes.astype(np.int64)[order]
    _write_notes(store, name, slices, order, sizes)

    taken_down = np.concatenate([one.taken_down for one in slices])[order]
    if len(listed.contents) and taken_down.any():
        exclusions.empty(store, f"work/text/{name}.parquet", table["id"].filter(pa.array(taken_down)))

    signed = minhash.Signatures(
        *(np.concatenate(parts)[order] for parts in zip(*(one.signed for one in slices), strict=True))
    )
    numbers = {
        f"signal.{signal}": np.concatenate([one.numbers[signal] for one in slices])[order]
        for signal in [*(signal.name for signal in signals.SIGNALS), *asked.names(context.settings)]
    }
    columns = {column: table[column] for column in about}
    columns["source"] = columns["source"].dictionary_encode()
    columns["licence"] = columns["licence"].dictionary_encode()
    columns["consent"] = columns["consent"].dictionary_encode()
    columns["dump"] = columns["dump"].dictionary_encode()
    columns["raw_label"] = columns["raw_label"].dictionary_encode()
    store.write_table(
        f"index/signals/{name}.parquet",
        pa.table(
            {
                **columns,
                "text_bytes": pa.array(sizes.astype(np.uint32)),
                "taken_down": pa.array(taken_down.astype(np.uint8)),
                **numbers,
            }
        ),
    )
    store.write_table(
        f"index/signatures/{name}.parquet",
        pa.table(
            {"id": table["id"], "exact_hash": binary(signed.exact), "signature": binary(signed.values)},
            metadata={RECIPE: recipe(context.settings.dedup).stored()},
        ),
        level=1,
    )
    marker = {
        "fingerprint": wanted,
        "rows": table.num_rows,
        "bytes": int(sizes.sum()),
        "labels": _ranges(labels, sizes),
        "scores": _by_score(labels, table["language_score"].to_numpy()),
        "cut": _cut_by_source(slices, schema.CUT.names),
        "repeats": _cut_by_source(slices, schema.REPEATS.names),
        "pii": _pii_by_source(slices),
        "declared": _declared(slices),
    }
    store.write_json(f"work/notes/{name}.json", marker)
    return marker
