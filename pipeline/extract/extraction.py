"""Pages to texts: decode, hold against the bounds, and have a child process extract, which may die without harm."""

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from types import TracebackType
from typing import IO, Self

from manifests.errors import Retry, Skip, Stop
from pipeline.extract import frames
from pipeline.extract.about import About, about
from pipeline.extract.bounds import check_size, check_tree
from pipeline.extract.charset import decode
from pipeline.extract.content import Content, Reader
from pipeline.extract.extractors import SURE, Extractor, Mode, extractor
from pipeline.extract.media import MEDIA, Media
from pipeline.read.record import Page

VERSION = 6
"""Raised whenever the text of some page changes."""

FULLER = 4
"""The article in a page's JSON-LD is its text where it is so many times as long as what the page itself shows: a script
would show the rest. Of 40 pages with known text that have one, one is so, rightly; of the others the page's own is the
better in nineteen, and never the worse."""

_BATCH_BYTES = 4 << 20
_BATCH_PAGES = 64
_PAGES_A_CHILD = 10_000  # parsers keep names and caches: a fresh child now and then keeps memory flat
_START_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Extracted:
    """Text of a page, the encoding it was read in, and how many sequences of it did not decode.

    ``confidence``: how sure our own kernels were of the page (0 to 1), whoever made the text in the end; None where
    they were not asked. ``about``: what the page says of itself; None of plain text.
    """

    text: str
    encoding: str
    errors: int
    confidence: float | None = None
    about: About | None = None


class Extraction:
    """Extracts pages with one engine. Use it as a context manager, from one thread: its child ends with that thread.

    ``mode`` says how sure the engine ``kernel`` must be of a page (extractors.py) for no other to see it, too.
    ``cpu_seconds`` is the child's CPU time for one page, a safety net; ``wall_seconds`` catches a child that waits
    instead of computing. The child starts with the first page that needs it.
    """

    def __init__(
        self,
        engine: str | Extractor = "trafilatura",
        cpu_seconds: float = 60.0,
        *,
        mode: Mode = "balanced",
        wall_seconds: float | None = None,
        memory_bytes: int = 4 << 30,
    ) -> None:
        self._engine = engine if isinstance(engine, Extractor) else extractor(engine, mode)
        self._cpu_seconds = cpu_seconds
        self._wall_seconds = wall_seconds if wall_seconds is not None else max(600.0, 10 * cpu_seconds)
        self._memory_bytes = memory_bytes
        self._child: _Child | None = None
        self._reader = Reader()
        self._sure = SURE[mode]

    def extract(self, pages: Sequence[Page]) -> list[Extracted | Skip]:
        """One result a page, in order. ``Skip`` has one of the reasons

        ``too_large`` ``too_many_nodes`` ``too_deep`` (bounds.py), ``extract_timeout`` (used up its time),
        ``extract_died`` (crashed the child or reached its memory limit, twice), ``extract_failed`` (the extractor
        raised), ``no_text``, or one that the page's row of MEDIA has (media.py).
        """
        results: list[Extracted | Skip] = []
        waiting: list[_Waiting] = []
        size = 0
        for page in pages:
            try:
                result = self._first(len(results), page)
                if isinstance(result, _Waiting):
                    waiting.append(result)
                    size += len(result.body)
                    result = Skip("no_text")
                results.append(result)
            except Skip as skip:
                results.append(skip)
            if len(waiting) >= _BATCH_PAGES or size >= _BATCH_BYTES:
                self._settle(waiting, results)
                waiting, size = [], 0
        self._settle(waiting, results)
        return results

    def close(self) -> None:
        """End the child."""
        if self._child is not None:
            self._child.close()
            self._child = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _first(self, place: int, page: Page) -> "_Waiting | Extracted | Skip":
        """The result of a page that needs no child; else the page as a child takes it."""
        if (row := MEDIA.get(page.content_type)) is not None:
            return _begun(place, page, row)
        check_size(page.body)
        text, encoding, errors = decode(page.body, page.charset)
        if not is_html(page, text):
            return Extracted(text, encoding, errors) if text.strip() else Skip("no_text")
        body = text.encode("utf-8", "replace")
        check_size(body)  # in UTF-8 it may be longer than it came
        return self._begin(_Waiting(place, "", body, encoding, errors))

    def _begin(self, page: "_Waiting") -> "_Waiting | Extracted | Skip":
        """The result of a page of which our kernels are sure; else the page, with what they say of it."""
        work = self._reader.work
        if not self._engine.kernel:
            check_tree(page.body, self._engine.max_nodes, self._engine.max_depth)
            work.scan(page.body)
            return replace(page, about=about(page.body, work.state, work.events))
        content = self._reader.read(page.body)
        said = about(page.body, work.state, work.events)
        page = replace(page, own=content, about=said)
        if (fuller := fuller_text(self._reader, content, said)) is not None:
            return Extracted(fuller, page.encoding, page.errors, content.confidence, said)
        if content.confidence >= self._sure:
            return _own(page) or Skip("no_text")
        try:
            check_tree(page.body, self._engine.max_nodes, self._engine.max_depth)
        except Skip as skip:
            return _own(page) or skip
        return page

    def _settle(self, waiting: "list[_Waiting]", results: "list[Extracted | Skip]") -> None:
        """Have the waiting pages extracted and put what came of them in its place.

        A page on which the child dies gets a second, fresh child of its own, so that no other page of the batch has a
        part in its fate.
        """
        alone = False
        while waiting:
            sent = waiting[:1] if alone else waiting
            done = 0
            death = None
            try:
                asked = [(page.way, page.body) for page in sent]
                for page, answer in zip(sent, self._running().ask(asked), strict=True):
                    results[page.place] = _result(page, answer)
                    done += 1
            except _Died as died:
                death = died
                self.close()
            except BaseException:
                self.close()  # its answers are out of step now
                raise
            if death is not None and (death.reason == "extract_timeout" or (alone and not done)):
                results[waiting[done].place] = _own(waiting[done]) or Skip(death.reason, death.detail)
                done += 1
                death = None
            alone = death is not None
            waiting = waiting[done:]

    def _running(self) -> "_Child":
        if self._child is not None and self._child.answered >= _PAGES_A_CHILD:
            self.close()
        if self._child is None:
            self._child = _Child(self._engine, self._cpu_seconds, self._wall_seconds, self._memory_bytes)
        return self._child


@dataclass(frozen=True, slots=True)
class _Waiting:
    place: int
    way: str
    """As frames.py has it."""
    body: bytes
    encoding: str
    errors: int
    own: Content | None = None
    about: About | None = None


class _Died(Exception):
    """The child is gone before its answer."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


class _Child:
    """A started child process and its pipes."""

    def __init__(self, engine: Extractor, cpu_seconds: float, wall_seconds: float, memory_bytes: int) -> None:
        self.answered = 0
        self._cpu_seconds = cpu_seconds
        self._wall_seconds = wall_seconds
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the child)
        arguments = [engine.function, str(cpu_seconds), str(memory_bytes), str(os.getpid())]
        path = os.pathsep.join(entry or os.getcwd() for entry in sys.path)  # noqa: PTH109 (a string is wanted)
        self._process = subprocess.Popen(  # noqa: S603 (our own interpreter and module)
            [sys.executable, "-P", "-m", "pipeline.extract.child", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            # The order of a set must not decide anything, whatever a library does with it.
            env={**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": "0"},
            bufsize=0,
        )
        # Also where nobody closes it: when the worker's interpreter ends.
        self.close = weakref.finalize(self, _end, self._process, self._errors)
        try:
            self._answer(_START_SECONDS)
        except _Died as died:
            self._errors.seek(0)
            said = self._errors.read()[-2000:].decode("utf-8", "replace").strip()
            killed = self._process.returncode == -signal.SIGKILL
            self.close()
            if killed:  # by the system short of memory, or by somebody: that says nothing of the extractor
                raise Retry(f"the {engine.name} extractor was killed while it started") from died
            raise Stop(
                f"The {engine.name} extractor did not start ({died.detail}).\n{said}",
                mend="Install the package anew, or set extract.engine to another extractor.",
                code=1,
            ) from died

    def ask(self, pages: list[tuple[str, bytes]]) -> Iterator[frames.Answer]:
        """An answer for each page (its way, and its bytes), in order; ``_Died`` at the page that has none."""
        try:
            _pipe(self._process.stdin).write(frames.batch(pages))
        except BrokenPipeError:
            raise self._death() from None
        for _ in pages:
            yield self._answer(self._wall_seconds)
            self.answered += 1

    def _answer(self, seconds: float) -> frames.Answer:
        deadline = time.monotonic() + seconds
        status, said, text = frames.ANSWER.unpack(self._receive(frames.ANSWER.size, deadline))
        return frames.Answer(
            status, self._receive(said, deadline).decode("utf-8"), self._receive(text, deadline).decode("utf-8")
        )

    def _receive(self, count: int, deadline: float) -> bytes:
        pipe = _pipe(self._process.stdout)
        parts: list[bytes] = []
        while count:
            readable, _, _ = select.select([pipe], [], [], max(0.0, deadline - time.monotonic()))
            if not readable:
                self._process.kill()
                self._process.wait()
                raise _Died("extract_timeout", "waited too long for the extractor")
            part = os.read(pipe.fileno(), min(count, 1 << 20))
            if not part:
                raise self._death()
            parts.append(part)
            count -= len(part)
        return b"".join(parts)

    def _death(self) -> _Died:
        """How the process ended, which has closed its pipes."""
        code = self._process.wait()
        if code == -signal.SIGXCPU:
            return _Died("extract_timeout", f"more than {self._cpu_seconds:g} s of CPU time")
        if code < 0:
            return _Died("extract_died", f"the extractor was ended by {signal.Signals(-code).name}")
        return _Died("extract_died", f"the extractor ended with status {code}")


def _end(process: subprocess.Popen[bytes], errors: IO[bytes]) -> None:
    """End the process, whatever it does."""
    for pipe in (process.stdin, process.stdout):
        _pipe(pipe).close()
    process.kill()
    process.wait()
    errors.close()


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None  # noqa: S101 (asked for at the start)
    return stream


def _begun(place: int, page: Page, row: Media) -> _Waiting:
    """A page that a row of MEDIA makes text of."""
    if len(page.body) > row.max_bytes:
        raise Skip("too_large", f"{len(page.body)} bytes, at most {row.max_bytes} of {page.content_type} are read")
    if row.takes == "bytes":
        return _Waiting(place, page.content_type, page.body, "", 0)
    text, encoding, errors = decode(page.body, page.charset)
    return _Waiting(place, page.content_type, text.encode("utf-8", "replace"), encoding, errors)


def fuller_text(reader: Reader, content: Content, said: About) -> str | None:
    """The article in a page's JSON-LD, where the page itself shows little of it; the reader forgets the page."""
    least = FULLER * len(content.text)
    if said.body is None or len(said.body) < least:
        return None
    text = reader.plain(said.body)
    return text if len(text) >= max(least, 1) else None


def is_html(page: Page, text: str) -> bool:
    """Whether markup is to be taken out: by the media type, but what is sent as plain text may begin as HTML does."""
    start = text[:512].lstrip().lower()
    if page.content_type == "":
        return start.startswith("<")
    if "html" in page.content_type or "xml" in page.content_type:
        return True
    return start.startswith(("<!doctype html", "<html"))


def _own(page: _Waiting) -> Extracted | None:
    """What our kernels found in a page, if anything."""
    if page.own is None or not page.own.text:
        return None
    return Extracted(page.own.text, page.encoding, page.errors, page.own.confidence, page.about)


def _result(page: _Waiting, answer: frames.Answer) -> Extracted | Skip:
    if answer.status == frames.SKIPPED:
        return Skip(answer.said, answer.text)
    if answer.status == frames.FAILED:
        return _own(page) or Skip("extract_failed", answer.text)
    if text := answer.text.strip():
        sure = None if page.own is None else page.own.confidence
        about = About(**json.loads(answer.said)) if answer.said else page.about
        return Extracted(text, page.encoding, page.errors, sure, about)
    return _own(page) or Skip("no_text")
