"""What was taken down, kept as hashes alone: whoever reads text asks here, and leaves nothing of what is listed.

index/exclusions/00000.parquet   what the first takedown lists: kind (id, url, host, content) and hash; then 00001, ...

A document is listed by its id, by its URL, by a host at or above its own, or by the hash of its normal form, so that a
copy from elsewhere does not come back. URLs are compared without scheme, ``www.``, fragment and slashes at the end.
"""

import functools
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dedup import bands, minhash
from dedup.recipe import Recipe
from filters import urls
from manifests import schema
from manifests.errors import Stop
from pipeline.rows import id_of
from pipeline.store import Store

FOLDER = "index/exclusions"
KINDS = ("id", "url", "host", "content")
KEPT = frozenset({"id", "source", "file_path", "repairs", "text"})
"""What a document that was taken down still has in a text part; its text is empty."""

_EMPTY: Mapping[str, Any] = {"text": "", "pii": []}
"""What such a document holds where a column must hold something."""

Mask = npt.NDArray[np.bool_]
_QUICK = Recipe(permutations=16, bands=1, rows=1)
"""The hash of the normal form is the same under every recipe."""
_HASH = pa.binary(16)


def hashed(kind: str, name: str) -> bytes:
    """16 bytes that stand for a URL or host."""
    return hashlib.blake2b(name.encode(), digest_size=16, person=f"corpus {kind}".encode()).digest()


def url_name(url: str) -> str:
    """A URL as it is compared."""
    return urls.entry(url) or url.strip()


def host_names(url: str) -> list[str]:
    """The host of a URL and the hosts above it, as they are compared."""
    found = [urls.entry(url).partition("/")[0].partition("?")[0]]
    while "." in (above := found[-1].partition(".")[2]):
        found.append(above)
    return found


def contents(texts: pa.StringArray) -> pa.Array:
    """The hash of the normal form of each text; null where nothing is left of it."""
    exact = minhash.sign(texts, _QUICK).exact
    found = pa.Array.from_buffers(_HASH, len(texts), [None, pa.py_buffer(np.ascontiguousarray(exact).tobytes())])
    return pc.if_else(pa.array(bands.empty(exact)), pa.scalar(None, _HASH), found)


@dataclass(frozen=True)
class Exclusions:
    """What is listed, by kind."""

    ids: pa.Array
    urls: frozenset[bytes]
    hosts: frozenset[bytes]
    contents: pa.Array

    @property
    def anything(self) -> bool:
        """True where something is listed."""
        return bool(len(self.ids) or self.urls or self.hosts or len(self.contents))

    def named(self, ids: pa.Array, places: Sequence[str | None]) -> Mask:
        """Which documents are listed by id, URL or host."""
        found: Mask = np.array(pc.is_in(ids, self.ids))
        if self.urls or self.hosts:
            found |= np.array([bool(place) and self._lists(str(place)) for place in places], np.bool_)
        return found

    def _lists(self, place: str) -> bool:
        if self.urls and hashed("url", url_name(place)) in self.urls:
            return True
        return bool(self.hosts) and any(hashed("host", name) in self.hosts for name in host_names(place))

    def copied(self, found: pa.Array) -> Mask:
        """Which of these hashes of ``contents`` are listed."""
        listed: Mask = np.array(pc.is_in(found, self.contents.drop_null()))
        return listed

    def hide(self, table: pa.Table) -> pa.Table:
        """Documents of schema TEXT_PART, of which those that are listed have lost their text."""
        if not self.anything:
            return table
        listed = self.named(table["id"].combine_chunks(), table["url"].to_pylist())
        if len(self.contents):
            listed = listed | self.copied(contents(table["text"].combine_chunks()))
        return blanked(table, listed)


def blanked(table: pa.Table, rows: Mask) -> pa.Table:
    """Documents of which some have lost their text, their URL and whatever else tells of them."""
    if not rows.any():
        return table
    gone = pa.array(rows)
    for number, field in enumerate(table.schema):
        if field.name not in KEPT and field.name in schema.TEXT_PART.names:
            table = table.set_column(number, field, pc.if_else(gone, pa.scalar(None, field.type), table[field.name]))
        elif field.name in _EMPTY:
            nothing = pa.scalar(_EMPTY[field.name], field.type)
            table = table.set_column(number, field, pc.if_else(gone, nothing, table[field.name]))
    return table


def empty(store: Store, name: str, ids: pa.Array) -> None:
    """Blank the documents of these ids in a text or notes part, which is otherwise written as it was."""
    with store.parquet(name) as file, store.writer(name, file.schema_arrow) as writer:
        for group in range(file.num_row_groups):
            table = file.read_row_group(group, use_threads=False)
            rows = pc.is_in(table["id"], ids).combine_chunks().to_numpy(zero_copy_only=False)
            writer.write_table(blanked(table, rows), row_group_size=max(1, table.num_rows))


def load(store: Store) -> Exclusions:
    """All that was ever taken down from OUT."""
    return _load(store.name, tuple(store.files(FOLDER)))


def one(store: Store, name: str) -> Exclusions:
    """What one takedown lists."""
    return _load(store.name, (f"{FOLDER}/{name}.parquet",))


def names(store: Store) -> list[str]:
    """The takedowns of OUT, the first one first."""
    return [Path(file).stem for file in store.files(FOLDER)]


@functools.lru_cache(maxsize=8)
def _load(place: str, files: tuple[str, ...]) -> Exclusions:
    store = Store(place)
    return _of(pa.concat_tables([_table([]), *(store.read_table(file) for file in files)]))


def of(listed: Iterable[tuple[str, bytes]]) -> Exclusions:
    """What (kind, hash) pairs list."""
    return _of(_table(listed))


def _table(listed: Iterable[tuple[str, bytes]]) -> pa.Table:
    rows = sorted(set(listed))
    kinds = pa.array([kind for kind, _ in rows], pa.string())
    return pa.table({"kind": kinds, "hash": pa.array([told for _, told in rows], _HASH)})


def _of(table: pa.Table) -> Exclusions:
    ids, places, hosts, texts = (
        table["hash"].filter(pc.equal(table["kind"], kind)).combine_chunks().unique() for kind in KINDS
    )
    return Exclusions(ids, frozenset(places.to_pylist()), frozenset(hosts.to_pylist()), texts)


def write(store: Store, name: str, listed: Iterable[tuple[str, bytes]]) -> None:
    """Keep a list of (kind, hash)."""
    store.write_table(f"{FOLDER}/{name}.parquet", _table(listed))


def told_of(store: Store) -> list[dict[str, int]]:
    """Of each takedown, how much of each kind it lists: as the manifest has it."""
    listed = [one(store, name) for name in names(store)]
    return [
        {"ids": len(each.ids), "urls": len(each.urls), "hosts": len(each.hosts), "contents": len(each.contents)}
        for each in listed
    ]


def asked(ids: Iterable[str], places: Iterable[str], hosts: Iterable[str]) -> list[tuple[str, bytes]]:
    """What a user lists, a line each, as (kind, hash); Stop tells of a line that is no id or no host."""
    found = [("id", id_of(line)) for line in ids]
    found += [("url", hashed("url", url_name(line))) for line in places]
    for line in hosts:
        host = urls.entry(line)
        if not host or "/" in host or "?" in host:
            raise Stop(f"{line!r} is not a host.", "Write hosts such as example.org, one a line; --urls takes pages.")
        found.append(("host", hashed("host", host)))
    return found
