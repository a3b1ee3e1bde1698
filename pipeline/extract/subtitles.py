"""Subtitles (SRT, WebVTT) to text: what is said, in paragraphs, without times, tags, sounds and what is shown twice."""

import html
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from manifests.errors import Skip

PAUSE = 3.0
"""Seconds without a caption that end a paragraph, where a sentence has ended."""
SILENCE = 15.0
"""Seconds that end it anyhow."""
LONG = 600
"""Characters after which the next end of a sentence ends the paragraph."""
LONGEST = 6000
"""Characters of a paragraph without any end of a sentence."""
ROLLING = 0.3
"""Share of captions that begin with lines of the one before, from which on a file is one of rolling captions."""

_TIME = r"(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})(?:[.,:](\d{1,3}))?"
_TIMING = re.compile(rf"^[ \t]*{_TIME}[ \t]*-{{1,2}}>[ \t]*{_TIME}[^\n]*$", re.MULTILINE)
_RUBY = re.compile(r"<rt\b[^<>]{0,100}>[^<>]{0,200}(?:</rt>|(?=</ruby>))", re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z][^<>\n]{0,300}>|<[0-9:.]{5,15}>|</>|\{\\[^{}\n]{0,300}\}|\{[a-zA-Z]:[^{}\n]{0,100}\}")
_ESCAPE = re.compile(r"\\[Nn]")
_SOUND = re.compile(r"\[[^\[\]]{0,200}\]|【[^【】]{0,200}】|♪+|♫+|♬+|[\u2669\u266d-\u266f]+|🎵+|🎶+")
_ASIDE = re.compile(r"^[ \t]*(?:\([^()]{0,200}\)|（[^（）]{0,200}）)[ \t]*:?", re.MULTILINE)
_SPEAKER = re.compile(r"^\s*(?:>>+|»)\s*")
_DASH = re.compile(r"^\s*[-‐‑‒–—―－]\s*(?=\S)")
_HIDDEN = re.compile(r"[\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_SPACE = re.compile(r"[ \t\u00a0\u2007\u202f]+")

_END = re.compile(r"""[.!?…。！？．｡؟۔।॥။።፧፨។៕᥄᱾꓿܀༎༏‼⁇⁈⁉᠃᠉|¡¿]["'”’»›）)\]」』】》〉]*$""")
"""The end of a sentence, in the scripts that mark it, with what closes behind it."""
_NO_SPACE = re.compile(
    r"[\u0e00-\u109f\u1780-\u17ff\u1950-\u19df\u1a20-\u1aaf\u3000-\u30ff\u3400-\u9fff\ua9e0-\ua9ff\uaa60-\uaa7f]"
    r"|[\uf900-\ufaff\uff00-\uff9f\U00020000-\U0003ffff]"
)
"""Characters of scripts that put no space between words; full width punctuation is among them."""


@dataclass(frozen=True, slots=True)
class Cue:
    """A caption: seconds from the start, and its lines, cleaned."""

    start: float
    end: float
    lines: tuple[str, ...]


def text(subtitles: str) -> str:
    """What is said in a file of subtitles. Raises Skip ``damaged`` where it holds no caption."""
    found = list(cues(subtitles))
    if not found:
        raise Skip("damaged", "no caption with a time")
    return "\n".join(_paragraphs(_once(found)))


def cues(subtitles: str) -> Iterator[Cue]:
    """The captions of a file, those included that have no text; cleaned of tags and sounds."""
    subtitles = subtitles.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    strict = subtitles.lstrip().startswith("WEBVTT")
    timings = list(_TIMING.finditer(subtitles))
    for place, timing in enumerate(timings):
        last = place + 1 == len(timings)
        block = subtitles[timing.end() + 1 : len(subtitles) if last else timings[place + 1].start()]
        if strict:  # what follows a blank line is a name of the next one, a note or a style
            block = block.partition("\n\n")[0]
        elif not last:
            spoken, _, number = block.rstrip().rpartition("\n")
            block = spoken if number.strip().isdigit() else block
        start, end = _seconds(timing.groups()[:4]), _seconds(timing.groups()[4:])
        yield Cue(start, max(start, end), tuple(filter(None, map(_line, _clean(block).split("\n")))))


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, rest = parts
    return 3600 * int(hours or 0) + 60 * int(minutes or 0) + int(seconds or 0) + float(f"0.{rest or 0}")


def _clean(block: str) -> str:
    block = _ESCAPE.sub("\n", _TAG.sub("", _RUBY.sub("", block)))
    block = _HIDDEN.sub("", html.unescape(block).replace("\\h", " "))
    return _ASIDE.sub("", _SOUND.sub("", block))


def _line(line: str) -> str:
    line = _SPACE.sub(" ", _SPEAKER.sub("- ", line)).strip()
    return line if any(map(str.isalnum, line)) else ""


def _once(found: list[Cue]) -> list[Cue]:
    """Captions that have text, each line once where captions roll: begin with what the one before them ended with."""
    found = [cue for cue in found if cue.lines]
    overlaps = [_overlap(before.lines, cue.lines) for before, cue in itertools.pairwise(found)]
    rolls = sum(map(bool, overlaps)) >= ROLLING * len(overlaps)
    kept = found[:1]
    for before, cue, overlap in zip(found, found[1:], overlaps, strict=False):
        same = (cue.start, cue.lines) == (before.start, before.lines)
        if same or (rolls and overlap == len(cue.lines)):
            kept.append(Cue(cue.start, cue.end, ()))
        elif rolls and overlap:
            kept.append(Cue(cue.start, cue.end, cue.lines[overlap:]))
        else:
            kept.append(cue)
    return kept


def _overlap(before: tuple[str, ...], after: tuple[str, ...]) -> int:
    """How many lines ``after`` begins with that ``before`` ends with."""
    return next((n for n in range(min(len(before), len(after)), 0, -1) if before[-n:] == after[:n]), 0)


def _paragraphs(found: list[Cue]) -> Iterator[str]:
    """Lines joined, over captions where a sentence goes on; who speaks next begins a new paragraph."""
    paragraph = ""
    last = 0.0
    for cue in found:
        pause = cue.start - last
        last = max(last, cue.end) if pause > -SILENCE else cue.end
        for line in cue.lines:
            said = _DASH.sub("", line)
            ended = len(paragraph) > LONGEST or bool(_END.search(paragraph[-20:]))
            if paragraph and (
                (said != line and (ended or len(cue.lines) > 1))
                or pause > SILENCE
                or ((ended or not marks_sentences(paragraph)) and (pause > PAUSE or len(paragraph) > LONG))
            ):
                yield paragraph
                paragraph = ""
            paragraph = joined(paragraph, said)
            pause = 0.0
    if paragraph:
        yield paragraph


def marks_sentences(text: str) -> bool:
    """Whether the last letters are of a script that ends its sentences with a mark, which Thai and Lao do not."""
    return not "\u0e00" <= text[-1] <= "\u0eff"


def joined(before: str, after: str) -> str:
    """Two parts of a sentence, with a space between where their script has one."""
    if not before or not after:
        return before or after
    if _NO_SPACE.match(before[-1]) and _NO_SPACE.match(after[0]):
        return before + after
    return f"{before} {after}"
