"""From sources to units: what is to be read, cut into work items that can be done apart and in any order."""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import BinaryIO

import xxhash

from manifests.errors import Retry, Stop
from pipeline.read.cut import cut
from pipeline.read.kinds import detect, head_of
from pipeline.read.place import File, list_files, open_file
from pipeline.settings import Settings, Source, digest, scrubbed, without_secrets
from pipeline.shape import text_unit

CRAWL, PAGES, EVIDENCE = "crawl.json", "warc/", "evidence/"
"""What a crawl writes: what it needs to go on, archives of pages, and archives of what else was fetched."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A bounded slice of one file: the work item of the text step."""

    source: Source
    file: File
    kind: str
    codec: str
    start: int
    end: int

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


def _files_of(source: Source) -> list[tuple[Source, File, bool]]:
    """The files of a source, and which are what a crawl kept beside pages; its books are no text, and left out."""
    files = list_files(source.path)
    crawled = any(file.relative == CRAWL for file in files)
    if crawled:
        files = [file for file in files if file.relative.startswith((PAGES, EVIDENCE))] or files
    return [(source, file, crawled and file.relative.startswith(EVIDENCE)) for file in files]


def _units_of(
    source: Source, file: File, settings: Settings, opener: Callable[[str], BinaryIO], evidence: bool
) -> list[Unit] | str:
    with opener(file.path) as stream:
        head = head_of(stream)
    told = detect(head, file.relative)
    if told.kind is None:
        return told.reason
    kind = "evidence" if evidence and told.kind == "warc" else told.kind
    ranges = cut(file, kind, told.codec, settings.plan.unit_bytes, opener, text_unit(source, settings.read))
    return [Unit(source, file, kind, told.codec, start, end) for start, end in ranges]


def make(settings: Settings, opener: Callable[[str], BinaryIO] = open_file) -> Plan:
    """List, tell apart and cut every file of every source; Stop where the sources cannot make a build."""
    if not settings.sources:
        raise Stop("No sources to read.", "Name files, folders, globs or URLs: corpus build SOURCES... --out OUT")
    found = [one for source in settings.sources for one in _files_of(source)]
    _refuse_overlap((source, file) for source, file, _ in found)
    units: list[Unit] = []
    unknown: list[tuple[str, str, str]] = []
    for source, file, evidence in found:
        try:
            made = _units_of(source, file, settings, opener, evidence)
        except (Retry, OSError) as error:
            said = f"{without_secrets(file.path)} cannot be opened: {scrubbed(str(error))}."
            raise Stop(said, "Check permission and network, or leave it out.", 1) from error
        if isinstance(made, str):
            unknown.append((source.name, file.relative, made))
        else:
            units += made
    if not units:
        reasons = "; ".join(f"{path}: {reason}" for _, path, reason in unknown[:3])
        raise Stop(
            f"None of {len(unknown)} files can be read ({reasons}).",
            "Sources are WARC, JSON lines, Parquet, wikis' dumps, PDF, EPUB, subtitles or text, also packed with gzip, "
            "zstd, lz4, bz2 or xz.",
        )
    units.sort(key=lambda unit: (unit.source.name, unit.file.relative, unit.start))
    return Plan(tuple(units), tuple(sorted(unknown)))
