"""Read, extract, repair: the only pass over raw input. A unit becomes text parts of bounded size."""

import contextlib
import functools
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from importlib import metadata
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from filters import boilerplate, repair
from manifests import layouts, licences, schema
from manifests.errors import Skip
from pipeline import exclusions
from pipeline.consent import page as consent
from pipeline.extract import extraction
from pipeline.extract.extraction import Extracted, Extraction
from pipeline.extract.extractors import Mode
from pipeline.plan import Unit, group_id, record_id
from pipeline.read.reader import Reading, read
from pipeline.read.record import Document, Documents, Limits, Position, Skipped
from pipeline.settings import Read, Settings, digest
from pipeline.shape import fields_of, layout_of, text_unit
from pipeline.steps import count
from pipeline.steps.captures import Captures
from pipeline.store import Store
from pipeline.task import Context

VERSION = 4
LIBRARIES = ("trafilatura", "resiliparse", "lxml", "ftfy", "pypdfium2")
"""Whose output is stored: parts made with another version are made anew, not mixed."""
BATCH_BYTES = 4 << 20
"""Raw bytes gathered before they are extracted and repaired together."""
MOST_RECORDS = 1 << 14
"""Records that are taken together, at most."""
_KINDS = dict(zip(schema.TEXT_PART.names, schema.TEXT_PART.types, strict=True))
PLACES = 20
"""Places told for each reason of skipping, in each unit; the count is always whole."""


@functools.cache
def versions() -> list[str]:
    """Versions of the libraries that text goes through."""
    return [metadata.version(name) for name in LIBRARIES]


def fingerprint(unit: Unit, settings: Settings) -> str:
    """Changes with whatever changes the text parts of this unit."""
    return digest(
        ["text", VERSION, repair.VERSION, boilerplate.VERSION, extraction.VERSION, schema.VERSION, versions()],
        [unit.key, unit.file.size, unit.file.version, unit.kind, unit.codec, unit.stem],
        unit.source.model_dump(mode="json", exclude={"path"}),
        [
            settings.read.model_dump(mode="json"),
            _laid_out(unit, settings),
            settings.extract.model_dump(mode="json"),
            settings.plan.unit_bytes,
        ],
    )


def _laid_out(unit: Unit, settings: Settings) -> dict[str, Any] | None:
    known = layout_of(unit.source, settings.read)
    return None if known is None else asdict(known)


def part_name(key: str, number: int) -> str:
    """Name of a unit's n-th part, without folder and ending."""
    return f"{key}-{number:05d}"


def quiet(said: str) -> str:
    """Without URLs: a page that is skipped may be one that is to be forgotten, and its place in the file is enough."""
    return _URL.sub("", said).strip()


_URL = re.compile(r"\S+://\S*")


@dataclass(slots=True)
class Tally:
    """What became of the records of a unit so far; a part's marker holds it as of the end of the part."""

    records: int = 0
    documents: int = 0
    bytes: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    places: dict[str, list[str]] = field(default_factory=dict)
    repaired: int = 0

    def skip(self, position: Position, reason: str, detail: str) -> None:
        """Count a record that gives no document, and tell the place of the first ones."""
        self.skipped[reason] += 1
        told = self.places.setdefault(reason, [])
        if len(told) < PLACES:
            told.append(f"{position.frame}+{position.inner}: {quiet(detail)}"[:200].rstrip(": "))

    def plain(self) -> dict[str, Any]:
        """As a marker holds it."""
        return {
            "records": self.records,
            "documents": self.documents,
            "bytes": self.bytes,
            "skipped": dict(sorted(self.skipped.items())),
            "places": self.places,
            "repaired": self.repaired,
        }

    @classmethod
    def of(cls, plain: dict[str, Any]) -> "Tally":
        """Back from a marker."""
        return cls(**{**plain, "skipped": Counter(plain["skipped"])})


@functools.cache
def _extraction(engine: str, cpu_seconds: float, mode: Mode) -> Extraction:
    """One extractor process for the life of a worker: starting it costs a second."""
    return Extraction(engine, cpu_seconds=cpu_seconds, mode=mode)


def _weights(records: Document | Documents | Skipped) -> npt.NDArray[np.int64]:
    """Of each record, bytes of a page; of a text, characters."""
    if isinstance(records, Documents):
        return np.asarray(pc.utf8_length(records.texts), np.int64)
    if isinstance(records, Skipped):
        return np.zeros(1, np.int64)
    return np.array([len(records.text or "") + (len(records.page.body) if records.page else 0)])


def _batches(
    records: Iterator[Document | Documents | Skipped], done: int, most: int
) -> Iterator[list[Document | Documents | Skipped]]:
    """Records after the first ``done`` until they weigh ``most``, wherever among documents that come together it is."""
    batch: list[Document | Documents | Skipped] = []
    weight = count = 0
    for some in records:
        reach = np.cumsum(_weights(some))
        start = min(done, len(reach))
        done -= start
        while start < len(reach):
            before = int(reach[start - 1]) if start else 0
            enough = int(np.searchsorted(reach, before + most - weight)) + 1
            stop = min(max(enough, start + 1), start + MOST_RECORDS - count, len(reach))
            batch.append(some.part(start, stop) if isinstance(some, Documents) else some)
            weight += int(reach[stop - 1]) - before
            count += stop - start
            start = stop
            if weight >= most or count >= MOST_RECORDS:
                yield batch
                batch, weight, count = [], 0, 0
    if batch:
        yield batch


@dataclass(frozen=True, slots=True)
class _Found:
    """Documents that have text, in order; their texts; of those that are pages, by row, what came of them."""

    documents: list[Document]
    texts: list[str] | pa.StringArray
    pages: dict[int, Extracted]


def _found(batch: list[Document | Documents | Skipped], settings: Settings, tally: Tally) -> _Found:
    """The documents of a batch that have text; the others are counted."""
    together = [records for records in batch if isinstance(records, Documents)]
    skipped = [record for record in batch if isinstance(record, Skipped)]
    if together and len(together) + len(skipped) == len(batch):
        for record in skipped:
            tally.skip(record.position, record.reason, record.detail)
        documents = [document for records in together for document in records.each]
        tally.records += len(skipped) + len(documents)
        return _Found(documents, pa.concat_arrays([records.texts for records in together]), {})
    singly: list[Document | Skipped] = []
    for records in batch:
        singly += records.singly() if isinstance(records, Documents) else [records]
    return _singly(singly, settings, tally)


def _singly(batch: list[Document | Skipped], settings: Settings, tally: Tally) -> _Found:
    """The documents of a batch that have text; the others are counted."""
    pages = [record for record in batch if isinstance(record, Document) and record.page is not None]
    taken = iter(())  # type: Iterator[Any]
    if pages:
        extractor = _extraction(settings.extract.engine, settings.extract.cpu_seconds, settings.extract.mode)
        taken = iter(extractor.extract([document.page for document in pages if document.page is not None]))
    documents: list[Document] = []
    texts: list[str] = []
    extracted: dict[int, Extracted] = {}
    for record in batch:
        tally.records += 1
        if isinstance(record, Skipped):
            tally.skip(record.position, record.reason, record.detail)
        elif record.page is None:
            documents.append(record)
            texts.append(record.text or "")
        elif isinstance(found := next(taken), Skip):
            tally.skip(record.position, found.reason, found.detail)
        else:
            extracted[len(documents)] = found
            documents.append(record)
            texts.append(found.text)
    return _Found(documents, texts, extracted)


def _told(pages: dict[int, Extracted], rows: list[int]) -> dict[str, pa.Array]:
    """What the pages among these rows say of themselves, as columns of schema PAGE; repaired as the texts are."""
    if not pages:
        return {field.name: pa.nulls(len(rows), field.type) for field in schema.PAGE}
    columns: dict[str, list[Any]] = {name: [] for name in schema.PAGE.names}
    for row in rows:
        page = pages.get(row)
        said = page.about if page is not None else None
        columns["extraction_confidence"].append(page.confidence if page is not None else None)
        columns["title"].append(said and said.title)
        columns["author"].append(said and said.author)
        columns["site_name"].append(said and said.site)
        columns["published"].append(said and said.date)
        columns["page_language"].append(said and said.lang)
        columns["canonical_url"].append(said and said.canonical)
        columns["hreflang"].append(
            json.dumps(said.alternates, ensure_ascii=False) if said and said.alternates else None
        )
        columns["robots"].append(said and said.robots)
        columns["page_licence"].append(said and said.licence)
    return {field.name: _repaired(columns[field.name], field.type) for field in schema.PAGE}


def _refused(document: Document, page: Extracted | None) -> str | None:
    """What a page refuses, as the column ``consent`` has it."""
    headers = document.page.consent if document.page is not None else ()
    metas = page.about.consent if page is not None and page.about is not None else ()
    return consent.told(headers, metas) if headers or metas else None


def _repaired(values: list[Any], kind: pa.DataType) -> pa.Array:
    if not pa.types.is_string(kind):
        return pa.array(values, kind)
    given = [row for row, value in enumerate(values) if value]
    texts = repair.repair([values[row] for row in given]).texts.to_pylist()
    for row, text in zip(given, texts, strict=True):
        values[row] = text or None
    return pa.array(values, kind)


def _declared(documents: list[Document], pages: pa.Array, unit: Unit, read: Read) -> pa.Array:
    """What corpora say of the language of these documents, in records or by the file's path, over what pages say."""
    known = layout_of(unit.source, read)
    whole = known.declared(unit.file.relative) if known is not None else None
    if whole is None and not any(document.language for document in documents):
        return pages
    tag = known.tag if known is not None else layouts.tag
    said = [tag(document.language) if document.language else whole for document in documents]
    return pc.coalesce(pa.array(said, pa.string()), pages)


def _table(found: _Found, unit: Unit, read: Read, tally: Tally) -> pa.Table:
    repaired = repair.repair(found.texts)
    lengths = pc.binary_length(repaired.texts).to_numpy(zero_copy_only=False)
    source, relative, licence = unit.source.name, unit.file.relative, unit.source.licence
    rows = []
    for row, document in enumerate(found.documents):
        if lengths[row]:
            rows.append(row)
        else:
            tally.skip(document.position, "no_text", "nothing is left of it")
    documents = [found.documents[row] for row in rows]
    told = _told(found.pages, rows)
    refused = [_refused(found.documents[row], found.pages.get(row)) for row in rows]
    linked = map(licences.linked, told["page_licence"].to_pylist()) if found.pages else [None] * len(rows)
    texts = repaired.texts if len(rows) == len(found.documents) else repaired.texts.take(pa.array(rows, pa.int64()))
    repairs = repaired.repairs[rows]
    tally.documents += len(rows)
    tally.bytes += int(lengths.sum())
    tally.repaired += int((repairs & repair.REPAIRS["mojibake"] > 0).sum())
    columns: dict[str, Any] = {
        "id": [record_id(source, relative, *document.position) for document in documents],
        "source": [source] * len(rows),
        "file_path": [relative] * len(rows),
        "source_id": [document.source_id for document in documents],
        "url": [document.url for document in documents],
        "date": [document.date for document in documents],
        "dump": [document.dump for document in documents],
        "licence": [document.licence or licence or link for document, link in zip(documents, linked, strict=True)],
        "group_id": [_group(document, unit) for document in documents],
        "repairs": repairs,
    }
    language = _declared(documents, told["page_language"], unit, read)
    made = {"text": texts, **told, "page_language": language, "consent": pa.array(refused, pa.string())}
    return pa.table(
        [made[name] if name in made else pa.array(columns[name], kind) for name, kind in _KINDS.items()],
        schema=schema.TEXT_PART,
    )


def _group(document: Document, unit: Unit) -> str | None:
    """What ties versions of a text, where the record does not say so itself."""
    if document.group is None:
        return document.group_id
    return group_id(unit.source.name, unit.stem or unit.file.relative, *document.group)


def _done_parts(store: Store, unit: Unit, wanted: str) -> tuple[list[int], Tally]:
    """Lines of the parts that an earlier run finished, and the tally as of the last of them."""
    lines: list[int] = []
    tally = Tally()
    while True:
        name = part_name(unit.key, len(lines))
        marker = store.read_json(f"work/text/{name}.json")
        if marker is None or marker["fingerprint"] != wanted or not store.exists(f"work/text/{name}.parquet"):
            return lines, tally
        tally = Tally.of(marker["tally"])
        lines.append(marker["lines"])


def _open(unit: Unit, settings: Settings) -> Reading:
    return read(
        unit.file,
        unit.kind,
        unit.codec,
        unit.start,
        unit.end,
        fields=fields_of(unit.source, settings.read),
        limits=Limits(max_record_bytes=settings.read.max_record_bytes),
        text_unit=text_unit(unit.source, settings.read),
        namespaces=frozenset(settings.read.namespaces),
        segments=unit.source.segments or settings.read.segments,
    )


def documents(unit: Unit, settings: Settings) -> Iterator[pa.Table]:
    """The documents of a unit as its text parts would have them, of schema TEXT_PART; nothing is written."""
    tally = Tally()
    for batch in _batches(_open(unit, settings).together(), 0, BATCH_BYTES):
        yield _table(_found(batch, settings, tally), unit, settings.read, tally)


def _write_part(store: Store, name: str, tables: Iterator[pa.Table], most: int) -> int | None:
    """Write tables until they take more than ``most`` bytes, each as a row group, so that no more than one is held.

    How many lines lie beside the part; None, and no file, where there are no rows any more.
    """
    held = 0
    lines = []
    with contextlib.ExitStack() as stack:
        writer = None
        for table in tables:
            if not table.num_rows:
                continue
            if writer is None:
                store.remove(f"work/text/{name}.json")  # it must not outlive the part it speaks of
                writer = stack.enter_context(store.writer(f"work/text/{name}.parquet", schema.TEXT_PART))
            writer.write_table(table, row_group_size=table.num_rows)
            lines.append(count.lines(table))
            held += table.nbytes
            if held > most:
                break
    return count.write(store, name, lines) if held else None


def run(context: Context, store: Store, unit: Unit) -> dict[str, Any]:
    """Write the text parts of a unit, each with its marker, then the marker of the unit, which is also returned."""
    settings = context.settings
    wanted = fingerprint(unit, settings)
    lines, tally = _done_parts(store, unit, wanted)
    store.remove(f"work/text/{unit.key}.json")  # an older marker must not outlive the parts it speaks of
    reading = _open(unit, settings)
    most = min(BATCH_BYTES, settings.plan.unit_bytes // 4)
    caught = Captures(store, unit.key)
    batches = _batches(caught.passing(reading.together()), tally.records, most)
    listed = exclusions.load(store)
    tables = (listed.hide(_table(_found(batch, settings, tally), unit, settings.read, tally)) for batch in batches)
    name = part_name(unit.key, len(lines))
    while (told := _write_part(store, name, tables, settings.plan.unit_bytes - most)) is not None:
        store.write_json(f"work/text/{name}.json", {"fingerprint": wanted, "tally": tally.plain(), "lines": told})
        lines.append(told)
        name = part_name(unit.key, len(lines))
    marker = {
        "fingerprint": wanted,
        "source": unit.source.name,
        "file": unit.file.relative,
        "range": [unit.start, unit.end],
        "digest": reading.digest,
        "fields_seen": list(reading.fields_seen),
        "parts": [part_name(unit.key, index) for index in range(len(lines))],
        "lines": lines,
        "captures": caught.end(),
        "tally": tally.plain(),
    }
    store.write_json(f"work/text/{unit.key}.json", marker)
    return marker
