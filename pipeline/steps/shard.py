"""One file of the result: its columns made of documents and their verdicts, and how they are laid down as Parquet."""

import functools
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from filters import privacy
from manifests import schema
from pipeline.rows import Digests
from pipeline.settings import Settings, digest
from pipeline.steps.decide import APART, LEDGER, PUBLISHED, TEXTLESS, rule_names
from pipeline.steps.notes import NOTES, PII
from pipeline.store import Store

_DISTINCT = frozenset({"text", "id", "url", "source_id", "canonical_id", "evaluation_match", "title", "author"})
"""Columns whose values hardly repeat: they are left to zstd. Values of the others go into a dictionary, after which
there is little left to compress, and a quick codec costs less than setting up zstd for each column of each file."""
_UNBOUNDED = frozenset({"text", "top_langs", "file_path", "rule", "evaluation_match"})
_UNBOUNDED |= {"title", "author", "site_name", "page_licence"}
"""Columns nobody looks up by range, some with values of any length: their least and greatest would only take room."""
_BUFFER_BYTES = 1 << 18
"""What is written, and digested, at a time."""


def hex_ids(ids: pa.ChunkedArray | pa.Array) -> pa.Array:
    """16-byte ids as 32 hexadecimal digits; null stays null."""
    flat = ids.combine_chunks() if isinstance(ids, pa.ChunkedArray) else ids
    filled = flat.fill_null(bytes(16)) if flat.null_count else flat
    raw = memoryview(filled.buffers()[1])[filled.offset * 16 : (filled.offset + len(filled)) * 16] if len(flat) else b""
    offsets = np.arange(0, 32 * len(flat) + 1, 32, dtype=np.int32)
    texts = pa.StringArray.from_buffers(len(flat), pa.py_buffer(offsets), pa.py_buffer(bytes(raw).hex().encode()))
    return pc.if_else(flat.is_valid(), texts, None) if flat.null_count else texts


def textless(settings: Settings) -> list[str]:
    """Rules whose removed documents leave no text in the ledger."""
    return sorted(name for name, kind in rule_names(settings).items() if kind in TEXTLESS)


def _texts(documents: pa.Table, mask: bool) -> pa.Array:
    texts = documents["text"].combine_chunks()
    return privacy.mask(texts, documents["pii"].combine_chunks()) if mask else texts


def _pii(documents: pa.Table, settings: Settings) -> pa.Array:
    if settings.pii != "annotate":
        return pa.nulls(documents.num_rows, schema.PII)
    return privacy.annotations(documents["text"].combine_chunks(), documents["pii"].combine_chunks())


def _matched(documents: pa.Table, verdicts: pa.Table, mask: bool) -> dict[str, Any]:
    """The evaluation set that a document holds something of, and what, as it stands in its text; null for most."""
    names = verdicts["evaluation_set"].combine_chunks().dictionary_decode()
    found: list[str | None] = [None] * documents.num_rows
    rows = np.flatnonzero(names.is_valid())
    if len(rows):
        spans = verdicts.select(["match_start", "match_end"]).take(pa.array(rows))
        taken = documents.select(["text", "pii"] if mask else ["text"]).take(pa.array(rows)).to_pydict()
        starts, ends = (column.to_pylist() for column in spans.columns)
        pieces = [
            text.encode()[start:end].decode() for text, start, end in zip(taken["text"], starts, ends, strict=True)
        ]
        if mask:
            mine = [_within(pii, start, end) for pii, start, end in zip(taken["pii"], starts, ends, strict=True)]
            pieces = privacy.mask(pa.array(pieces, pa.string()), pa.array(mine, PII.type)).to_pylist()
        for row, piece in zip(rows.tolist(), pieces, strict=True):
            found[row] = piece
    return {"evaluation_set": names, "evaluation_match": pa.array(found, pa.string())}


def _within(pii: list[int], start: int, end: int) -> list[int]:
    """Personal data, as flat (start, end, kind), of the piece of a text that lies between."""
    told = []
    for first, last, kind in zip(pii[::3], pii[1::3], pii[2::3], strict=True):
        if first < end and last > start:
            told += [max(first, start) - start, min(last, end) - start, kind]
    return told


def _data(documents: pa.Table, verdicts: pa.Table, labels: pa.DictionaryArray, settings: Settings) -> dict[str, Any]:
    count = documents.num_rows
    halves = [label.partition("_")[::2] for label in labels.dictionary.to_pylist()]
    language, script = (pa.array(list(names), pa.string()).take(labels.indices) for names in zip(*halves, strict=True))
    return {
        "text": _texts(documents, settings.pii == "mask"),
        "id": hex_ids(documents["id"]),
        "language": language,
        "language_script": script,
        "minhash_cluster_size": verdicts["cluster_size"],
        "schema_version": pa.repeat(pa.scalar(schema.VERSION, pa.int16()), count),
        "cluster_id": hex_ids(verdicts["cluster_id"]),
        "upsampling_weight": verdicts["upsampling_weight"],
        "pii": _pii(documents, settings),
        **_matched(documents, verdicts, settings.pii == "mask"),
        **(_named(documents) if settings.pii == "mask" else {}),
    }


def _named(documents: pa.Table) -> dict[str, Any]:
    """What pages are called, masked as the texts are; who wrote them is not told, for a name is personal data."""
    found: dict[str, Any] = {"author": pa.nulls(documents.num_rows, pa.string())}
    for name in ("title", "site_name"):
        column = documents[name].combine_chunks()
        if column.null_count < len(column):
            texts = column.fill_null("")
            masked = privacy.mask(texts, privacy.find(texts))
            column = pc.if_else(column.is_valid(), masked, pa.scalar(None, pa.string()))
        found[name] = column
    return found


def _removed(documents: pa.Table, verdicts: pa.Table, _: pa.DictionaryArray, settings: Settings) -> dict[str, Any]:
    rule = verdicts["rule"].combine_chunks().dictionary_decode()
    matched = _matched(documents, verdicts, settings.pii != "keep")
    hidden = pc.is_in(rule, pa.array(textless(settings), pa.string()))
    return {
        "id": hex_ids(documents["id"]),
        "text": pc.if_else(hidden, pa.scalar(None, pa.string()), _texts(documents, settings.pii != "keep")),
        "rule": rule,
        "value": verdicts["value"],
        "limit": verdicts["limit"],
        "cluster_id": hex_ids(verdicts["cluster_id"]),
        "canonical_id": hex_ids(verdicts["canonical_id"]),
        "evaluation_set": matched["evaluation_set"],
        "evaluation_match": pc.if_else(hidden, pa.scalar(None, pa.string()), matched["evaluation_match"]),
    }


@dataclass(frozen=True, slots=True)
class _Form:
    """What files of a folder hold: the columns, and those of them that documents do not have as they are."""

    schema: pa.Schema
    made: Callable[[pa.Table, pa.Table, pa.DictionaryArray, Settings], Mapping[str, Any]]


_KEPT = _Form(schema.DATA, _data)
FORMS = {PUBLISHED: _KEPT, APART: _KEPT, LEDGER: _Form(schema.REMOVED, _removed)}
"""By folder."""


def needed(settings: Settings) -> list[str]:
    """The columns of documents that files are made of."""
    known = {name for form in FORMS.values() for name in form.schema.names}
    return [name for name in NOTES.names if name in known and (name != "pii" or settings.pii != "keep")]


class Sheet:
    """Finished rows of one folder, of many files together: what can be made for all of them is made once."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table.combine_chunks()
        self.digests = Digests(self.table)

    @classmethod
    def of(
        cls, folder: str, documents: pa.Table, verdicts: pa.Table, labels: pa.DictionaryArray, settings: Settings
    ) -> "Sheet":
        """The rows of these documents, of which all is decided."""
        form = FORMS[folder]
        made = form.made(documents, verdicts, labels, settings)
        columns = [made[name] if name in made else documents[name] for name in form.schema.names]
        return cls(pa.table(columns, names=form.schema.names).cast(form.schema))


class Shard:
    """A file being written beside its place, and what its marker will say."""

    def __init__(self, store: Store, folder: str, file: str) -> None:
        self._digests: list[str] = []
        self._rows = self._text = 0
        self._file = _Hashed(store.draft(file))
        self._sink = pa.BufferedOutputStream(pa.PythonFile(self._file, "w"), _BUFFER_BYTES)
        self._writer = pq.ParquetWriter(self._sink, FORMS[folder].schema, **_layout(folder))

    def write(self, sheet: Sheet, start: int, stop: int, text: int) -> None:
        """Add these rows of a sheet as a row group; ``text`` is the bytes of text in them."""
        self._digests.append(sheet.digests.of(start, stop))
        self._writer.write_table(sheet.table.slice(start, stop - start), row_group_size=stop - start)
        self._rows += stop - start
        self._text += text

    def close(self) -> dict[str, Any]:
        """What became of the file: rows, bytes, digests."""
        self._writer.close()
        self._sink.close()
        return {
            "rows": self._rows,
            "text_bytes": self._text,
            "bytes": self._file.size,
            "sha256": self._file.hashing.hexdigest(),
            "row_digest": digest(self._digests),
        }


class _Hashed:
    """A file that is digested as it is written, so that it need not be read again."""

    def __init__(self, place: Path) -> None:
        self._stream = place.open("wb", buffering=0)
        self._failed = False
        self.hashing = hashlib.sha256()
        self.size = 0

    @property
    def closed(self) -> bool:
        """True once nothing more can be written."""
        return self._stream.closed

    def write(self, piece: bytes) -> None:
        """Add these bytes, all of them; after an error nothing, for it was told, and what is buffered is let go."""
        if self._failed:
            return
        left = memoryview(piece)
        self.hashing.update(left)
        self.size += len(left)
        self._failed = True
        while left:
            left = left[self._stream.write(left) :]
        self._failed = False

    def flush(self) -> None:
        """Nothing is held back."""

    def tell(self) -> int:
        """Bytes written."""
        return self.size

    def close(self) -> None:
        """Close the file."""
        self._stream.close()


@functools.cache
def _layout(folder: str) -> Mapping[str, Any]:
    names = [leaf for field in FORMS[folder].schema for leaf in _leaves(field)]
    return {
        "compression": {name: "zstd" if name in _DISTINCT else "snappy" for name in names},
        "compression_level": {name: 3 for name in names if name in _DISTINCT},
        "use_dictionary": [name for name in names if name not in _DISTINCT],
        "write_statistics": [name for name in names if name not in _UNBOUNDED and "." not in name],
        "store_schema": False,  # the Parquet types say it all
        "use_content_defined_chunking": True,
    }


def _leaves(field: pa.Field) -> list[str]:
    """The columns that Parquet makes of one."""
    if pa.types.is_list(field.type):
        return [f"{field.name}.list.{leaf}" for leaf in _leaves(field.type.value_field)]
    if pa.types.is_struct(field.type):
        return [f"{field.name}.{leaf}" for inner in field.type for leaf in _leaves(inner)]
    return [field.name]
