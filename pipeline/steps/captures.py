"""The files that speak for sites, as units hold them: kept beside the index, and the latest of each taken when decided.

index/captures/UNIT-00000   robots.txt, tdmrep.json and ai.txt of sites, in the order of the keys of their hosts

A site is named by a hash alone. Sitemaps and comments of robots.txt are left out, with their lines empty.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import xxhash

from filters.urls import host
from pipeline.consent.site import is_plain, namesake, site_of, text_of
from pipeline.read.record import Capture, Document, Documents, Skipped
from pipeline.store import Store

FOLDER = "index/captures"
MOST_BYTES = 16 << 20
"""Bodies that one file holds, about."""
GROUP_ROWS = 1 << 12
SCHEMA = pa.schema(
    [
        pa.field("key", pa.uint64(), nullable=False),
        pa.field("site", pa.uint64(), nullable=False),
        pa.field("file", pa.string(), nullable=False),
        pa.field("date", pa.string(), nullable=False),
        pa.field("body", pa.binary(), nullable=False),
    ]
)
"""Hash of the host, hash of the site, and what it says; an empty body says that the site has no such file."""

Record = Document | Documents | Skipped
_UNSAID = re.compile(r"#.*|^[ \t]*site-?maps?\b.*", re.IGNORECASE | re.MULTILINE)


def key_of(name: str) -> int:
    """A number for a host or site."""
    return xxhash.xxh3_64_intdigest(name.encode())


class Captures:
    """Gathers the captures of a unit as its records pass, whatever becomes of the documents among them."""

    def __init__(self, store: Store, unit: str) -> None:
        self._store = store
        self._unit = unit
        self._rows: list[tuple[int, int, str, str, bytes]] = []
        self._held = 0
        self._files: dict[str, list[int]] = {}

    def passing(self, records: Iterable[Record]) -> Iterator[Record]:
        """The records, as they are."""
        for record in records:
            if isinstance(record, Skipped) and record.capture is not None:
                self._add(record.capture)
            yield record

    def _add(self, one: Capture) -> None:
        site = site_of(one.url)
        if not site:
            return
        body = one.body
        if one.file == "robots.txt" and is_plain(body):
            body = _UNSAID.sub("", text_of(body)).rstrip().encode()
        self._rows.append((key_of(host(one.url)), key_of(site), one.file, _date(one.date), body))
        self._held += len(body) + 64
        if self._held > MOST_BYTES:
            self._write()

    def _write(self) -> None:
        name = f"{self._unit}-{len(self._files):05d}"
        columns = zip(*sorted(self._rows), strict=True)
        table = pa.table([*map(pa.array, columns, SCHEMA.types)], schema=SCHEMA)
        self._store.write_table(f"{FOLDER}/{name}.parquet", table, row_group_rows=GROUP_ROWS)
        self._files[name] = [len(self._rows), self._held]
        self._rows, self._held = [], 0

    def end(self) -> Mapping[str, list[int]]:
        """By file, captures and their bytes."""
        if self._rows:
            self._write()
        return self._files


def _date(told: str) -> str:
    """A time as WARC writes it, so that texts of it are in the order of time: fractions of a second follow none."""
    return told.strip().rstrip("Zz")


@dataclass(frozen=True, slots=True)
class Said:
    """What the files of sites said last."""

    keys: npt.NDArray[np.uint64]
    """Keys of the hosts that have some, sorted."""
    sites: Mapping[int, Mapping[str, bytes]]
    """Of each site, by the name of the file; those that it has not are empty."""

    def speaking(self, url: str) -> int | None:
        """Whose files speak of a page: those of its site, and where none was met, of the site that ``www.`` alone parts
        from it; None where nobody's do.
        """
        site = site_of(url)
        return next((key for key in (key_of(site), key_of(namesake(site))) if key in self.sites), None)


def latest(store: Store, files: Iterable[str], low: int, high: int) -> Said:
    """What is known of sites whose hosts have keys from ``low`` to ``high``. The latest capture of a file counts."""
    found = [store.read_range(f"{FOLDER}/{name}.parquet", "key", low, high) for name in files]
    table = pa.concat_tables([SCHEMA.empty_table(), *found])
    last: dict[tuple[int, str], tuple[str, bytes]] = {}
    for row in zip(*(table[name].to_pylist() for name in ("site", "file", "date", "body")), strict=True):
        last[row[:2]] = max(last.get(row[:2], ("", b"")), row[2:])
    sites: dict[int, dict[str, bytes]] = {}
    for (site, file), (_, body) in last.items():
        sites.setdefault(site, {})[file] = body
    return Said(np.unique(table["key"].to_numpy()), sites)
