"""Versions of one text in several languages: segments that follow one another become documents that share a group.

A segment alone is too short for most rules, and for telling its language surely. So as many as are asked for, or those
of one talk, are one document in each language, a line each; what a language lacks is a line less in its document.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pipeline.read.record import Document, Position, Skipped


class Segment(NamedTuple):
    """What is said once, in some languages."""

    position: Position
    """Of the record. The n-th version has a place of its own, n bytes on: a version takes more than a byte."""
    group: Position
    """The same in all versions of a segment, wherever they lie."""
    versions: list[tuple[int, str, str]]
    """Number of the version in its record, language as the source names it, text."""
    talk: str | None = None
    """Segments of one talk that follow one another are one document."""
    name: str | None = None
    """The record's own id."""


def gather(records: Iterable[Segment | Skipped], most: int, max_bytes: int) -> Iterator[Document | Skipped]:
    """Documents of ``most`` segments each, or of a talk each; a run of more than ``max_bytes`` is skipped."""
    run: _Run | None = None
    for record in records:
        if isinstance(record, Skipped):
            yield record
            continue
        if run is not None and run.ends(record, most):
            yield from run.documents(max_bytes)
            run = None
        if run is None:
            run = _Run(record)
        run.add(record, max_bytes)
    if run is not None:
        yield from run.documents(max_bytes)


class _Run:
    """Segments of one group so far."""

    def __init__(self, first: Segment) -> None:
        self._first = first
        self._count = self._size = 0
        self._texts: dict[tuple[str, int], tuple[Position, list[str]]] = {}

    def ends(self, record: Segment, most: int) -> bool:
        """Whether this one belongs to the next run."""
        if record.talk is not None or self._first.talk is not None:
            return record.talk != self._first.talk
        return self._count >= most

    def add(self, record: Segment, max_bytes: int) -> None:
        """Take a segment; of a run that is too long nothing is held."""
        self._count += 1
        frame, inner = record.position
        seen: dict[str, int] = {}
        for number, language, text in record.versions:
            again = seen.get(language, 0)  # a language may come twice, as with two translations
            seen[language] = again + 1
            self._size += len(text)
            known = self._texts.get((language, again))
            if known is None:
                self._texts[language, again] = Position(frame, inner + number), [text]
            else:
                known[1].append(text)
        if self._size > max_bytes:
            self._texts.clear()

    def documents(self, max_bytes: int) -> Iterator[Document | Skipped]:
        """A document for each version."""
        first = self._first
        if self._size > max_bytes:
            yield Skipped(first.position, "too_long", f"{self._count} segments of {self._size} characters together")
            return
        name = first.talk if first.talk is not None else first.name if self._count == 1 else None
        for (language, _), (position, texts) in self._texts.items():
            yield Document(position, "\n".join(texts), source_id=name, group=first.group, language=language or None)


def one_line(text: str) -> str:
    """A segment as a line: what breaks lines in it is a blank, and there is none around it."""
    return " ".join(text.split()) if "\n" in text or "\r" in text else text.strip()
