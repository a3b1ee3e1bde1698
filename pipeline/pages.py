"""Pages of a file or address as our kernels read them, one by one, for whoever wonders what became of a piece."""

from collections.abc import Iterator
from typing import Any

from manifests.errors import Skip, Stop
from pipeline.extract.about import about
from pipeline.extract.bounds import check_size
from pipeline.extract.charset import decode
from pipeline.extract.content import Reader
from pipeline.extract.extraction import Extraction, fuller_text, is_html
from pipeline.extract.media import MEDIA
from pipeline.read.cut import cut
from pipeline.read.kinds import detect, head_of
from pipeline.read.place import File, list_files, open_file
from pipeline.read.reader import read
from pipeline.read.record import Page, Skipped

_UNIT = 64 << 20
_KINDS = ("warc", "pdf", "epub", "subtitles")
"""Kinds of file that hold pages."""
_NO_PAGES = frozenset({"warcinfo", "request", "metadata", "revisit"})
"""Records that go with pages and are none."""


def run(source: str, blocks: bool = False) -> Iterator[dict[str, Any]]:
    """A record a page: url, text, confidence, and what the page says of itself; or why there is none.

    With ``blocks``, every block of the page with the probability that it is main text, and whether it was kept.
    ``source`` is an HTML page, a WARC file or a file that is one page of another media type (a PDF, for example), or a
    folder, glob or URL of such.
    """
    reader = Reader()
    files = list_files(source)
    if not files:
        raise Stop(f"There is no {source}.", "Name an HTML page, a WARC file, or the address of one.")
    with Extraction("kernel", mode="fast") as extraction:
        for file in files:
            for url, page in _pages(file):
                if isinstance(page, Skipped):
                    if page.reason not in _NO_PAGES:
                        yield {"url": url, "skipped": page.reason, "detail": page.detail}
                elif page.content_type in MEDIA:
                    yield {"url": url, **_converted(extraction, page)}
                else:
                    yield {"url": url, **_told(reader, page, blocks)}


def _pages(file: File) -> Iterator[tuple[str, Page | Skipped]]:
    with open_file(file.path) as stream:
        head = head_of(stream)
        told = detect(head, file.relative)
        likely = told.kind == "text" or told.reason.startswith(("an HTML", "an XML", "binary"))  # in any encoding
        markup = likely and told.codec == "none" and b"<" in head
        if told.kind not in _KINDS and not markup:
            what = told.reason or f"{told.kind}, {told.codec}"
            raise Stop(f"{file.path} is no page: {what}.", "Name an HTML page or a WARC file, or the address of one.")
        if told.kind not in _KINDS:
            yield file.path, Page(head + stream.read(), None, "text/html")
            return
    for start, end in cut(file, told.kind, told.codec, _UNIT, open_file, "file"):
        for record in read(file, told.kind, told.codec, start, end):
            if isinstance(record, Skipped):
                yield file.path, record
            elif record.page is not None:
                yield record.url or file.path, record.page


def _converted(extraction: Extraction, page: Page) -> dict[str, Any]:
    (made,) = extraction.extract([page])
    if isinstance(made, Skip):
        return {"skipped": made.reason, "detail": made.detail}
    said = made.about._asdict() if made.about else {}
    return {"text": made.text} | {name: value for name, value in said.items() if value}


def _told(reader: Reader, page: Page, blocks: bool) -> dict[str, Any]:
    try:
        check_size(page.body)
        html, encoding, _ = decode(page.body, page.charset)
        if not is_html(page, html):
            return {"text": html.strip(), "encoding": encoding}
        body = html.encode("utf-8", "replace")
        check_size(body)
        content, cut_at = reader.read_at(body)
    except Skip as skip:
        return {"skipped": skip.reason}
    work = reader.work
    about_page = about(body, work.state, work.events)
    found: dict[str, Any] = {"text": content.text, "confidence": round(content.confidence, 4), "encoding": encoding}
    found |= {name: value for name, value in about_page._asdict().items() if value and name != "body"}
    if blocks:
        answers = work.p[: work.count].tolist()
        found["blocks"] = [
            {"p": round(p, 4), "kept": p >= cut_at, "text": text} for p, text in zip(answers, work.texts(), strict=True)
        ]
    found["text"] = fuller_text(reader, content, about_page) or content.text
    return found
