"""Pages with known main text as lessons for training: the features of their blocks, and which of them are text.

Read from a folder of WARC files with gold beside them: whole articles (``*.gold.jsonl.zst`` with ``gold_text``), and
pages of which some pieces are known to belong (``with``) or not (``without``).
"""

import io
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import numpy as np
import numpy.typing as npt
import zstandard
from fastwarc.warc import ArchiveIterator, WarcRecordType

from pipeline.extract.charset import decode

_WORD = re.compile(r"\w+")
_SECOND_LEVEL = frozenset("co com org net ac gov edu or ne".split())  # noqa: SIM905 (as in co.uk)


class Lesson(NamedTuple):
    """``text``: the main text if known whole; else pieces of it, of what is no part of it, and of readers' comments."""

    url: str
    page: bytes
    text: str | None
    pieces: tuple[str, ...]
    strangers: tuple[str, ...]
    comments: tuple[str, ...]


def rows_of(path: Path) -> Iterator[dict[str, Any]]:
    """The records of a compressed file of JSON lines."""
    with path.open("rb") as file:
        for line in io.TextIOWrapper(zstandard.ZstdDecompressor().stream_reader(file), "utf-8"):
            yield json.loads(line)


def pages(path: Path) -> Iterator[tuple[str, bytes]]:
    """Address and page, in UTF-8, of every response in an archive."""
    with path.open("rb") as file:
        for record in ArchiveIterator(file, record_types=WarcRecordType.response, parse_http=True):
            text, _, _ = decode(record.reader.read(), record.http_charset)
            yield record.headers.get("WARC-Target-URI") or "", text.encode("utf-8", "replace")


def lessons(folder: Path) -> Iterator[Lesson]:
    """All pages of a folder that have gold, in order."""
    for place in sorted(folder.glob("*.gold.jsonl.zst")):
        gold = {row["url"].strip(): row for row in rows_of(place)}
        for archive in sorted({row["warc"] for row in gold.values()}):
            for url, page in pages(folder / archive):
                if (row := gold.get(url)) is not None:
                    pieces, strangers, comments = (tuple(row.get(name, ())) for name in ("with", "without", "comments"))
                    yield Lesson(url, page, row.get("gold_text"), pieces, strangers, comments)


def domain(url: str) -> str:
    """The site that a page belongs to: what is registered, about."""
    parts = (urlsplit(url).hostname or "").split(".")
    size = 3 if len(parts) > 2 and parts[-2] in _SECOND_LEVEL else 2
    return ".".join(parts[-size:])


def plain(text: str) -> str:
    """Text as pieces are looked for in it: every run of blanks is one blank."""
    return " ".join(text.split())


def _grams(words: list[str], size: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(words[i : i + size]) for i in range(len(words) - size + 1))


def of_article(texts: list[str], gold: str) -> npt.NDArray[np.float64]:
    """What part of each block is in the article: by 4-grams of words; a short one is if a line of it is the same."""
    known = _grams(_WORD.findall(gold), 4)
    lines = {tuple(_WORD.findall(line)) for line in gold.split("\n")}
    run = " " + " ".join(_WORD.findall(gold)) + " "
    found = np.zeros(len(texts))
    for i, text in enumerate(texts):
        words = _WORD.findall(text)
        if len(words) >= 6:
            grams = _grams(words, 4)
            found[i] = (grams & known).total() / grams.total()
        elif tuple(words) in lines:
            found[i] = 1.0
        elif words and " " + " ".join(words) + " " in run:
            found[i] = -1.0  # it may be a part of a line, or chance: its neighbours tell
    for i in np.flatnonzero(found < 0).tolist():
        near = [found[j] for j in (i - 1, i + 1) if 0 <= j < len(texts)]
        found[i] = 1.0 if near and min(near) > 0.5 else 0.0
    return found


def of_pieces(texts: list[str], lesson: Lesson) -> npt.NDArray[np.float64]:
    """1 for blocks with a known piece, 0 for those with a stranger, NaN for those that nobody knows."""
    found = np.full(len(texts), np.nan)
    flat = [plain(text) for text in texts]
    for pieces, value in ((lesson.comments, 0.0), (lesson.strangers, 0.0), (lesson.pieces, 1.0)):
        for piece in map(plain, pieces):
            if piece:
                for i, text in enumerate(flat):
                    if piece in text:
                        found[i] = value
    return found


def of_likes(truth: npt.NDArray[np.float64], likes: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """For blocks that nobody knows, what is known of the blocks that look the same (``likes``), where those agree."""
    guessed = np.full(len(truth), np.nan)
    for like in np.unique(likes[np.isfinite(truth)]):
        same = likes == like
        known = truth[same & np.isfinite(truth)]
        if known.min() == known.max():
            guessed[same & np.isnan(truth)] = known[0]
    return guessed
