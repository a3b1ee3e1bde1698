"""Glyphs to lines: what stands on one baseline, in the order in which it is read."""

import bisect
import math
import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pipeline.extract.pdf.glyphs import Glyph

_GAP = 0.2
"""Of the size of the type: what is farther apart has a space between, where the writer draws none."""
_WIDE_GAP = 0.4
"""The same, where it draws spaces."""
_MANY = 0.02
"""Share of glyphs that are spaces, from which on the writer draws them."""
_NEAR = 0.45
"""Of the height: glyphs whose baselines differ less stand in one line."""
_NEAR_MARK = 0.9
_COLUMN = 6
"""Heights between what stands in different columns."""
_HIDDEN = re.compile(
    r"[\0-\x08\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\ufffc-\uffff]"
)
_SARA_AM = re.compile(r"([\u0e33\u0eb3])([\u0e48-\u0e4b\u0ec8-\u0ecb])")
"""In Thai and Lao the tone stands before this vowel, whatever is drawn first."""
_BRACKETS = str.maketrans("()[]{}<>«»‹›", ")(][}{><»«›‹")
_OPENING = frozenset("([{")
_CLOSING = frozenset(")]}")


class Line(NamedTuple):
    """``size`` is the height of its type; ``right_to_left`` tells where it begins."""

    text: str
    left: float
    right: float
    y: float
    size: float
    right_to_left: bool


def lines(glyphs: Sequence[Glyph]) -> list[Line]:
    """The lines of a page, in the order in which they are drawn."""
    spaces = sum(glyph.text.isspace() for glyph in glyphs)
    gap = _WIDE_GAP if spaces > _MANY * len(glyphs) else _GAP
    count = sum(_direction(glyph.text) for glyph in glyphs)
    found: list[_Row] = []
    for glyph in _shapes(glyphs):
        if not found or not found[-1].take(glyph):
            found.append(_Row(glyph))
    made = (_line(column, gap, count < 0) for row in found for column in row.columns(count < 0))
    return [line for line in made if line is not None]


def _shapes(glyphs: Sequence[Glyph]) -> Iterator[Glyph]:
    """Glyphs with the characters together that one shape stands for, and without those that stand for none."""
    held: Glyph | None = None
    for glyph in glyphs:
        if held is not None and (glyph.left, glyph.right, glyph.y) == (held.left, held.right, held.y):
            held = held._replace(text=held.text + glyph.text)
            continue
        if held is not None and (shown := _shown(held)):
            yield shown
        held = glyph
    if held is not None and (shown := _shown(held)):
        yield shown


def _shown(glyph: Glyph) -> Glyph | None:
    text = _HIDDEN.sub("", glyph.text)
    return glyph._replace(text=text) if text else None


class _Row:
    """A line that is being drawn."""

    def __init__(self, first: Glyph) -> None:
        self.glyphs = [first]
        self._y, self._height = first.y, first.height
        self._firm = not _has_mark(first.text)

    def take(self, glyph: Glyph) -> bool:
        """Add a glyph, where it stands on the same baseline. What has a mark may be drawn higher or lower."""
        height = max(self._height, glyph.height)
        firm = not _has_mark(glyph.text)
        near = _NEAR if firm and self._firm else _NEAR_MARK
        if abs(glyph.y - self._y) > near * height:
            return False
        self.glyphs.append(glyph)
        self._height = height
        if firm and not glyph.text.isspace():
            self._y, self._firm = glyph.y, True
        return True

    def columns(self, right_to_left: bool) -> list[list[Glyph]]:
        """The glyphs, still as they are drawn, by column: the writer may go back and forth in a line."""
        reach = -math.inf
        starts: list[float] = []
        for glyph in sorted(self.glyphs, key=lambda glyph: glyph.left):
            if glyph.left - reach > _COLUMN * self._height:
                starts.append(glyph.left)
            reach = max(reach, glyph.right)
        found: list[list[Glyph]] = [[] for _ in starts]
        for glyph in self.glyphs:
            found[bisect.bisect_right(starts, glyph.left) - 1].append(glyph)
        return found[::-1] if right_to_left else found


def _has_mark(text: str) -> bool:
    return any(unicodedata.category(character) in ("Mn", "Me") for character in text)


def _line(row: list[Glyph], gap: float, right_to_left: bool) -> Line | None:
    drawn = [glyph for glyph in row if not glyph.text.isspace()]
    if not drawn:
        return None
    heights = sorted(glyph.height for glyph in drawn)
    size = heights[len(heights) // 2]
    most = heights[-1]
    has_right_to_left = any(_direction(glyph.text) < 0 for glyph in drawn)
    clusters = _clusters(row, has_right_to_left, most)
    clusters.sort(key=lambda cluster: (cluster.left, cluster.right))
    pieces: list[str] = []
    reach: float | None = None
    for cluster in clusters:
        if reach is not None and cluster.left - reach > gap * 0.75 * most:
            pieces.append(" ")
        pieces.append(cluster.text)
        reach = max(reach if reach is not None else cluster.right, cluster.right)
    if has_right_to_left:
        pieces = _logical(pieces, right_to_left)
    text = _SARA_AM.sub(r"\2\1", " ".join("".join(pieces).split()))
    left, right = min(glyph.left for glyph in drawn), max(glyph.right for glyph in drawn)
    ys = sorted(glyph.y for glyph in drawn)
    return Line(text, left, right, ys[len(ys) // 2], size, right_to_left) if text else None


class _Cluster(NamedTuple):
    text: str
    left: float
    right: float

    def with_mark(self, mark: Glyph) -> "_Cluster":
        """With a mark on it; some have a width."""
        return _Cluster(self.text + mark.text, self.left, max(self.right, mark.right))


def _clusters(row: list[Glyph], by_place: bool, height: float) -> list[_Cluster]:
    """Characters with the marks that stand on them."""
    found: list[_Cluster] = []
    waiting: list[Glyph] = []
    for glyph in row:
        before = found[-1] if found else None
        if not _is_mark(glyph.text):
            found.append(_Cluster(glyph.text, glyph.left, glyph.right))
        elif (
            before is not None
            and not by_place
            and before.left - 0.3 * height <= glyph.left <= before.right + 0.1 * height
            and not before.text.isspace()
        ):
            found[-1] = before.with_mark(glyph)
        else:
            waiting.append(glyph)
    for glyph in waiting:
        middle = (glyph.left + glyph.right) / 2
        bases = [place for place, one in enumerate(found) if not one.text.isspace()]
        if not bases:
            found.append(_Cluster(glyph.text, glyph.left, glyph.right))
            continue
        nearest = min(bases, key=lambda place: _distance(found[place], middle))
        found[nearest] = found[nearest].with_mark(glyph)
    return found


def _distance(cluster: _Cluster, x: float) -> float:
    if cluster.left <= x <= cluster.right:
        return abs(x - (cluster.left + cluster.right) / 2) * 1e-3
    return min(abs(x - cluster.left), abs(x - cluster.right))


def _is_mark(text: str) -> bool:
    return all(unicodedata.category(character) in ("Mn", "Me") for character in text)


def _direction(text: str) -> int:
    """-1 where it is of a script from right to left, 1 of one from left to right or a number, else 0."""
    for character in text:
        kind = unicodedata.bidirectional(character)
        if kind in ("R", "AL"):
            return -1
        if kind in ("L", "EN", "AN"):
            return 1
    return 0


def _logical(pieces: list[str], right_to_left: bool) -> list[str]:
    """Pieces as they stand from left to right, in the order in which they are read."""
    forward = 1 if not right_to_left else -1
    ways = [_direction(piece) for piece in pieces]
    # What stands between two of one direction has it; elsewhere that of the line.
    place = 0
    while place < len(ways):
        if ways[place]:
            place += 1
            continue
        end = place
        while end < len(ways) and not ways[end]:
            end += 1
        before = ways[place - 1] if place else forward
        after = ways[end] if end < len(ways) else forward
        ways[place:end] = [before if before == after else forward] * (end - place)
        place = end
    runs: list[tuple[int, list[str]]] = []
    for piece, way in zip(pieces, ways, strict=True):
        if not runs or runs[-1][0] != way:
            runs.append((way, []))
        runs[-1][1].append(piece)
    if right_to_left:
        runs.reverse()
    read = ["".join(run if way > 0 else run[::-1]) for way, run in runs]
    backwards = "".join(part for part, (way, _) in zip(read, runs, strict=True) if way < 0)
    if _turned(backwards):
        read = [part.translate(_BRACKETS) if way < 0 else part for part, (way, _) in zip(read, runs, strict=True)]
    return read


def _turned(text: str) -> bool:
    """Whether brackets stand as they look: the first one closes."""
    for character in text:
        if character in _OPENING:
            return False
        if character in _CLOSING:
            return True
    return False
