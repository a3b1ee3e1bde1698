"""Plain files of which the n-th lines say the same in several languages: Moses pairs, FLORES, NTREX, verse by verse.

Which files belong together is told by their names alone; ``plan`` counts their lines, for files of unlike length are
aligned nowhere. Each file is read by itself: what ties its segments to those of the others is the number of the line.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from manifests.names import meanings
from pipeline.read.lines import lines
from pipeline.read.pieces import Piece
from pipeline.read.record import Limits, Position, Skipped
from pipeline.read.text import WIDE
from pipeline.read.versions import Segment, one_line

How = Literal["pairs", "names", "folder"]

_CODEC = re.compile(r"\.(gz|gzip|zst|zstd|lz4|bz2|xz)$", re.IGNORECASE)
_PAIR = re.compile(r"(.+\.([A-Za-z_]{2,12})-([A-Za-z_]{2,12}))\.([A-Za-z_]{2,12})")
_CODE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z]{2,4})?")


def stems(names: Iterable[str], how: How) -> dict[str, str]:
    """Of files, named by their paths, those that are versions of one another: each with what its set has in common.

    pairs   BASE.en-sw.en and BASE.en-sw.sw
    names   those too, and names that are the same but for a language between dots: dev.en and dev.sw, eng_Latn.dev
    folder  all files of a folder
    """
    known = sorted(names)
    bare = {name: _CODEC.sub("", name) for name in known}
    found = {name: stem for name in known if (stem := _pair(bare[name]))}
    if how == "folder":
        found = {name: name.rpartition("/")[0] or "." for name in known}
    if how == "names":
        found = _starred({name: bare[name] for name in known if name not in found}) | found
    several = Counter(found.values())
    return {name: stem for name, stem in found.items() if several[stem] > 1}


def _pair(bare: str) -> str | None:
    told = _PAIR.fullmatch(bare)
    return told[1] if told and told[4] in (told[2], told[3]) else None


def declared(name: str) -> str:
    """The language that the name of one of a pair declares; empty for any other file."""
    told = _PAIR.fullmatch(_CODEC.sub("", name))
    return told[4] if told else ""


def _starred(bare: Mapping[str, str]) -> dict[str, str]:
    """A star stands for the language. Of several parts that may be one, that which gathers most files is."""
    choices: dict[str, list[str]] = {}
    gathered: defaultdict[str, set[str]] = defaultdict(set)
    for name, path in bare.items():
        folder, slash, file = path.rpartition("/")
        parts = file.split(".")
        for at in range(len(parts) - 1, -1, -1):
            if is_language(parts[at]):
                stem = folder + slash + ".".join([*parts[:at], "*", *parts[at + 1 :]])
                choices.setdefault(name, []).append(stem)
                gathered[stem].add(parts[at])
    return {name: max(mine, key=lambda stem: len(gathered[stem])) for name, mine in choices.items()}


def is_language(name: str) -> bool:
    """Whether a short name is one that a language is called by: en, swh, zh-cn, eng_Latn."""
    return bool(_CODE.fullmatch(name) and meanings(name))


def uneven(counts: Mapping[str, int]) -> dict[str, str]:
    """Of a set's files, given with their lines, those not as long as most are, with the reason; of two, both."""
    (usual, files), *_ = Counter(counts.values()).most_common(1)
    told = {}
    for name, count in counts.items():
        if count != usual or 2 * files <= len(counts):
            other = next(other for other, lines in counts.items() if lines != count)
            told[name] = f"not aligned: {count} lines, but {counts[other]} in {other}"
    return told


def count(pieces: Iterable[Piece]) -> int:
    """Lines of a file, blank ones too, as far as it can be read."""
    found, last = 0, b""
    for piece in pieces:
        if piece.damage:
            break
        found += piece.data.count(b"\n")
        last = piece.data[-1:] or last
    return found + (last not in (b"", b"\n"))


def read_aligned(
    pieces: Iterator[Piece], plain: bool, limits: Limits, language: str = ""
) -> Iterator[Segment | Skipped]:
    """The lines of one file, blank ones too, as segments of one version."""
    for number, line in enumerate(lines(pieces, plain, True, limits.max_record_bytes, blank=True)):
        group = Position(number, 0)
        if isinstance(line, Skipped):
            yield line
            if line.reason == "damaged":
                return  # nobody knows how many lines were lost
            yield Segment(line.position, group, [])
            continue
        position, data = line
        if not number:
            if data.startswith(WIDE):
                yield Skipped(position, "encoding", "UTF-16: turn it into UTF-8")
                return
            data = data.removeprefix(b"\xef\xbb\xbf")
        try:
            text = one_line(data.decode())
        except UnicodeDecodeError as error:
            yield Skipped(position, "encoding", f"no UTF-8: {error}")
            text = ""
        yield Segment(position, group, [(0, language, text)] if text else [])
