"""From sources to units: what is to be read, cut into work items that can be done apart and in any order."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

import xxhash

from manifests.errors import Retry, Stop
from pipeline.read import aligned
from pipeline.read.cut import cut
from pipeline.read.kinds import BINARY, Kind, detect, head_of
from pipeline.read.pieces import pieces
from pipeline.read.place import File, list_files, open_file
from pipeline.read.raw import Raw
from pipeline.settings import Settings, Source, digest, scrubbed, without_secrets
from pipeline.shape import text_unit

CRAWL, PAGES, EVIDENCE = "crawl.json", "warc/", "evidence/"
"""What a crawl writes: what it needs to go on, archives of pages, and archives of what else was fetched."""
COUNTED = 8
"""Aligned files whose lines are counted at a time."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A bounded slice of one file: the work item of the text step."""

    source: Source
    file: File
    kind: str
    codec: str
    start: int
    end: int
    stem: str | None = None
    """Of a file whose lines are aligned with those of others: what they all have in common."""

    @property
    def key(self) -> str:
        """Names this slice of this file of this source, whatever the file holds."""
        return digest(self.source.name, self.file.relative, self.start, self.end)[:16]

    @property
    def cost(self) -> int:
        """About how much there is to read: dear units are started first."""
        return self.end - self.start if self.kind != "parquet" else self.file.size


@dataclass(frozen=True, slots=True)
class Plan:
    """The units of a build in a fixed order, and the files that none of our readers knows."""

    units: tuple[Unit, ...]
    unknown: tuple[tuple[str, str, str], ...]
    """(source name, relative path, reason)"""

    @property
    def files(self) -> dict[str, File]:
        """Every file that is read, by source name and relative path joined with a slash."""
        return {f"{unit.source.name}/{unit.file.relative}": unit.file for unit in self.units}

    @property
    def bytes(self) -> int:
        """Size of all files that are read."""
        return sum(file.size for file in self.files.values())


def record_id(source: str, relative: str, frame: int, inner: int) -> bytes:
    """The 16 bytes that name a document: xxh128 of source name, relative path and record position."""
    return xxhash.xxh3_128_digest(f"{source}\0{relative}\0{frame}\0{inner}".encode())


def group_id(source: str, stem: str, frame: int, inner: int) -> str:
    """What the versions of a text share, 32 hexadecimal digits: as ``record_id``, of the file or files they are in and
    where the first segment starts.
    """
    return xxhash.xxh3_128_hexdigest(f"group\0{source}\0{stem}\0{frame}\0{inner}".encode())


def _refuse_overlap(files: Iterable[tuple[Source, File]]) -> None:
    owner: dict[str, Source] = {}
    for source, file in files:
        path = file.path if "://" in file.path else os.path.realpath(file.path)
        before = owner.setdefault(path, source)
        if before is not source:
            raise Stop(
                f"{file.path} belongs to two sources, {before.path!r} and {source.path!r}.",
                "Name each file once: its documents would be counted twice.",
            )


def _files_of(source: Source) -> dict[File, bool]:
    """The files of a source, and which are what a crawl kept beside pages; its books are no text, and left out."""
    files = list_files(source.path)
    crawled = any(file.relative == CRAWL for file in files)
    if crawled:
        files = [file for file in files if file.relative.startswith((PAGES, EVIDENCE))] or files
    return {file: crawled and file.relative.startswith(EVIDENCE) for file in files}


def _told(file: File, opener: Callable[[str], BinaryIO]) -> Kind:
    with opener(file.path) as stream:
        return detect(head_of(stream), file.relative)


def _stems(source: Source, told: Mapping[str, Kind], settings: Settings) -> dict[str, str]:
    """Of plain text files of a source, by relative path, those that are aligned with others, and what they share.

    A name that says so is believed of what is hardly text too: a bad byte costs its line, not the other side.
    """
    how = source.aligned or settings.read.aligned
    plain = [name for name, one in told.items() if one.kind == "text" or (one.reason == BINARY and how != "folder")]
    return aligned.stems(plain, how)


def _uneven(
    files: Mapping[str, File], told: Mapping[str, Kind], stems: Mapping[str, str], opener: Callable[[str], BinaryIO]
) -> dict[str, str]:
    """Aligned files that are not as long as the others, each with the reason why it is not read."""

    def count(relative: str) -> int:
        file = files[relative]
        with _reachable(file), opener(file.path) as stream:
            return aligned.count(pieces(Raw(stream, file.size), told[relative].codec, 0, file.size))

    with ThreadPoolExecutor(COUNTED) as pool:
        lines = dict(zip(stems, pool.map(count, stems), strict=True))
    sets: dict[str, dict[str, int]] = {}
    for relative, number in lines.items():
        sets.setdefault(stems[relative], {})[relative] = number
    return {relative: reason for counts in sets.values() for relative, reason in aligned.uneven(counts).items()}


def _units_of(
    source: Source, files: Mapping[File, bool], settings: Settings, opener: Callable[[str], BinaryIO]
) -> Iterator[tuple[File, list[Unit] | str]]:
    """Of each file its units, or why it is not read; of files is told whether they are what a crawl kept."""
    told = {}
    for file in files:
        with _reachable(file):
            told[file.relative] = _told(file, opener)
    stems = _stems(source, told, settings)
    by_name = {file.relative: file for file in files}
    uneven = _uneven(by_name, told, stems, opener) if stems else {}
    for file, evidence in files.items():
        one, stem = told[file.relative], stems.get(file.relative)
        kind = "aligned" if stem else "evidence" if evidence and one.kind == "warc" else one.kind
        if kind is None or file.relative in uneven:
            yield file, uneven.get(file.relative, one.reason)
            continue
        with _reachable(file):
            ranges = cut(file, kind, one.codec, settings.plan.unit_bytes, opener, text_unit(source, settings.read))
        yield file, [Unit(source, file, kind, one.codec, start, end, stem) for start, end in ranges]


@contextmanager
def _reachable(file: File) -> Iterator[None]:
    try:
        yield
    except (Retry, OSError) as error:
        said = f"{without_secrets(file.path)} cannot be opened: {scrubbed(str(error))}."
        raise Stop(said, "Check permission and network, or leave it out.", 1) from error


def make(settings: Settings, opener: Callable[[str], BinaryIO] = open_file) -> Plan:
    """List, tell apart and cut every file of every source; Stop where the sources cannot make a build."""
    if not settings.sources:
        raise Stop("No sources to read.", "Name files, folders, globs or URLs: corpus build SOURCES... --out OUT")
    found = [(source, _files_of(source)) for source in settings.sources]
    _refuse_overlap((source, file) for source, files in found for file in files)
    units: list[Unit] = []
    unknown: list[tuple[str, str, str]] = []
    for source, files in found:
        for file, made in _units_of(source, files, settings, opener):
            if isinstance(made, str):
                unknown.append((source.name, file.relative, made))
            else:
                units += made
    if not units:
        reasons = "; ".join(f"{path}: {reason}" for _, path, reason in unknown[:3])
        raise Stop(
            f"None of {len(unknown)} files can be read ({reasons}).",
            "Sources are WARC, JSON lines, Parquet, TMX, tables of translations, wikis' dumps, PDF, EPUB, subtitles or "
            "text, also packed with gzip, zstd, lz4, bz2 or xz.",
        )
    units.sort(key=lambda unit: (unit.source.name, unit.file.relative, unit.start))
    return Plan(tuple(units), tuple(sorted(unknown)))
