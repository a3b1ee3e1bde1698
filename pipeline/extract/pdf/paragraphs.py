"""Lines to paragraphs, without running titles and page numbers, with words whole that a line end parted."""

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pipeline.extract.pdf.lines import Line
from pipeline.extract.subtitles import joined

_EDGE = 3
"""Lines at the top and at the bottom of a page among which running ones are."""
_NUMBER = re.compile(r"^\W*(?:\d{1,4}|[ivxlcIVXLC]{1,7})\W*$")
_DIGITS = re.compile(r"\d+")
_HYPHEN = re.compile(r"(\w+)[-\u2010\u00ad]$")
_WORD = re.compile(r"^\w+")


def paragraphs(pages: Sequence[Sequence[Line]]) -> Iterator[str]:
    """The paragraphs of a document; one may go on over columns and pages."""
    kept = _without_running(pages)
    words = Counter(re.findall(r"[\w\u2010-]+", " ".join(line.text for lines in kept for line in lines)))
    pitch = _pitch(kept)
    held = ""
    before: Line | None = None
    margin: _Margin | None = None
    for page in kept:
        margins = _margins(page)
        for line, here in zip(page, margins, strict=True):
            if before is not None and margin is not None:
                if _goes_on(before, line, margin, here, pitch):
                    held = _continued(held, line.text, words)
                    before, margin = line, here
                    continue
                yield held.replace("\u00ad", "")
            held, before, margin = line.text, line, here
    if held:
        yield held.replace("\u00ad", "")


class _Margin(NamedTuple):
    """Where the lines of a column begin and end."""

    left: float
    right: float


def _margins(lines: Sequence[Line]) -> list[_Margin]:
    """For each line, the column that it stands in: what lines above and below reach that overlap it."""
    found: list[_Margin] = []
    start = 0
    for place, line in enumerate(lines):
        column = lines[place - 1] if place else line
        if place and (line.y > column.y + 0.5 * line.size or line.left > column.right or line.right < column.left):
            found += [_margin(lines[start:place])] * (place - start)
            start = place
    return found + [_margin(lines[start:])] * (len(lines) - start) if lines else []


def _margin(lines: Sequence[Line]) -> _Margin:
    return _Margin(min(line.left for line in lines), max(line.right for line in lines))


def _pitch(pages: Sequence[Sequence[Line]]) -> float:
    """The usual distance of lines, in heights of their type."""
    found = sorted(
        (above.y - below.y) / above.size
        for lines in pages
        for above, below in itertools.pairwise(lines)
        if 0 < above.y - below.y < 3 * above.size and abs(above.size - below.size) < 0.1 * above.size
    )
    return found[len(found) // 3] if found else 1.0


def _goes_on(above: Line, below: Line, column: _Margin, next_column: _Margin, pitch: float) -> bool:
    """Whether a line goes on with the paragraph of the one before it."""
    size = max(above.size, below.size)
    if min(above.size, below.size) < 0.8 * size:
        return False
    down = above.y - below.y
    if down > 1.25 * pitch * size + 1:
        return False
    if above.right_to_left:
        room = above.left - column.left
        indent = next_column.right - below.right
        was = column.right - above.right
    else:
        room = column.right - above.right
        indent = below.left - next_column.left
        was = above.left - column.left
    if indent > 0.7 * size and was < 0.3 * size:
        return False
    # The next word would have had room: the line was ended on purpose.
    return room < _first_word(below) + 0.25 * size


def _first_word(line: Line) -> float:
    """The width of a line's first word; no more than a few characters where words are not spaced."""
    word = line.text.partition(" ")[0]
    return (line.right - line.left) * min(len(word), 20) / len(line.text)


def _continued(held: str, text: str, words: Counter[str]) -> str:
    """A line put to the end of what came before; a word that was hyphenated is whole again."""
    parted, rest = _HYPHEN.search(held), _WORD.match(text)
    if parted is None or rest is None or not (rest[0][0].islower() or held.endswith("\u00ad")):
        return joined(held, text)
    # Some words are written with a hyphen, also where no line ends.
    first, second = parted[1], rest[0]
    if (
        text[len(second) : len(second) + 1] in ("-", "\u2010")
        or words[f"{first}-{second}"] + words[f"{first}\u2010{second}"] > words[first + second]
    ):
        return held + text
    return held[:-1] + text


def _without_running(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """The lines of each page, without titles and numbers that stand at the same height of several."""
    seen: Counter[tuple[str, int]] = Counter()
    for page in pages:
        seen.update({_key(line) for line in _edges(page)})
    least = 2 if len(pages) < 6 else max(3, len(pages) // 10)
    kept = []
    for page in pages:
        running = {
            id(line)
            for line in _edges(page)
            if len(pages) > 1 and (seen[_key(line)] >= least or (_NUMBER.match(line.text) and len(page) > 1))
        }
        kept.append([line for line in page if id(line) not in running])
    return kept


def _edges(page: Sequence[Line]) -> list[Line]:
    by_height = sorted(page, key=lambda line: line.y)
    edge = _EDGE if len(by_height) > 3 * _EDGE else 1
    return by_height[:edge] + by_height[-edge:]


def _key(line: Line) -> tuple[str, int]:
    return _DIGITS.sub("#", line.text), round(line.y / 4)
