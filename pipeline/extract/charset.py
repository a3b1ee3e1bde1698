"""From the bytes of a page to its text: what the page declares, checked against what its bytes can be."""

import re
from itertools import islice

import numpy as np
from resiliparse.parse.encoding import detect_encoding

from pipeline.extract.labels import COMMON, FAMILIES, MARKS, MULTI_BYTE, SINGLE_BYTE, Encoding, encoding_of
from pipeline.extract.plausible import plausibility

_HEAD = 4096  # a declaration stands at the beginning; browsers look at 1024 bytes, pages stray further
_SAMPLE = 8192  # bytes that are judged, at least 16 times more than it takes to tell two encodings apart
_SEARCH = 1 << 20  # bytes in which the sample is looked for

_META = re.compile(rb"<meta\s[^>]{0,500}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.\-]{2,40})", re.IGNORECASE)
_XML = re.compile(rb"^\s*<\?xml\s[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9_:.\-]{2,40})", re.IGNORECASE)
_COMMENT = re.compile(rb"<!--.*?(?:-->|\Z)", re.DOTALL)
# What is not closed goes on to the end, so that no page makes the search begin again and again.
_MARKUP = re.compile(rb"<(script|style)\b.*?(?:</\1|\Z)|<!--.*?(?:-->|\Z)|<[^<>]*>|[\r\n]+", re.DOTALL | re.IGNORECASE)
_HIGH = re.compile(rb"[\x80-\xff]")
_UTF8_SEQUENCE = re.compile(rb"[\xc2-\xf4][\x80-\xbf]+")
_ESCAPE = re.compile(rb"\x1b\$[@B(A)]|\x1b\([JI]")

# What a reading gains beside its plausibility, which is at most 1.
_DECLARED = 0.15
_DECLARED_AGAIN = 0.1  # by a later declaration that differs
_SERVER_DEFAULT = 0.1  # servers and templates say latin-1 without looking
_DETECTED = 0.04  # the detector knows letter sequences, which plausibility does not
_COMMON = 0.05  # most pages are in one of a dozen encodings
_LETTERS = 2  # as many letters misread count for more than being common or guessed
_GOOD = 0.7  # a reading this plausible needs no search through all encodings


def decode(body: bytes, header: str | None) -> tuple[str, str, int]:
    """Text, the encoding used (a name of the Encoding standard) and the number of sequences that it does not define.

    ``header`` is the charset of the HTTP header. A byte order mark decides; then UTF-8 that cannot be chance; then the
    declarations (header, ``<meta>``, XML) and the detector's guess are each tried on a sample of the text, and the most
    plausible reading wins, declarations at an advantage. Sequences that do not decode become U+FFFD.
    """
    for mark, name in MARKS:
        if body.startswith(mark):
            return _read(body[len(mark) :], _named(name))
    if (wide := _wide(body)) is not None:
        return _read(body, wide)
    declared = _declared(body, header)
    if body.isascii():
        if _ESCAPE.search(body):
            guesses = [*declared, encoding_of("iso-2022-kr" if b"\x1b$)C" in body else "iso-2022-jp")]
            for encoding in guesses:
                if encoding is not None and encoding.name.startswith("iso-2022"):
                    return _read(body, encoding)
        return body.decode("ascii"), "utf-8", 0
    text, _, errors = _read(body, _named("utf-8"))
    # In a double-byte encoding a few characters may look like UTF-8 by chance, in others hardly one does. Errors at a
    # twentieth of the rate come from a page cut off or pasted together.
    chance = 8 if any(encoding.name in MULTI_BYTE for encoding in declared) else 1
    enough = max(chance, 20 * errors)
    if sum(1 for _ in islice(_UTF8_SEQUENCE.finditer(body, 0, _SEARCH), enough)) == enough:
        return text, "utf-8", errors
    return _read(body, _choose(_sample(body), declared if errors else [*declared, _named("utf-8")]))


def _named(name: str) -> Encoding:
    encoding = encoding_of(name)
    assert encoding is not None, name  # noqa: S101 (a name of our own table)
    return encoding


def _declared(body: bytes, header: str | None) -> list[Encoding]:
    """What header, meta element and XML declaration say, in this order, without repeats and unknown labels."""
    head = _COMMENT.sub(b"", body[:_HEAD])
    labels = [header]
    labels += [match[1].decode("ascii") for match in (_META.search(head), _XML.search(head)) if match]
    found: list[Encoding] = []
    for encoding in map(encoding_of, labels):
        # A declaration that was read as ASCII is no UTF-16, and _wide() has seen what is.
        if encoding is not None and encoding not in found and not encoding.name.startswith(("utf-16", "utf-32")):
            found.append(encoding)
    return found


def _wide(body: bytes) -> Encoding | None:
    """UTF-16 without a mark: its markup and spaces have a zero in every other byte, always on the same side."""
    head = body[: 4 * _HEAD]
    zeros = head.count(0)
    if zeros < 2:
        return None
    if head[::2].count(0) and head[1::2].count(0) and zeros * 3 > len(head) * 2 and zeros > 6:
        return _named("utf-32le" if head[0] else "utf-32be")
    # Letters of other scripts have zeros as well, but not beside ASCII: Burmese begins at 1000, Tibetan at 0F00.
    pairs = np.frombuffer(head[: len(head) & -2], np.uint8).reshape(-1, 2)
    ascii_side = ((pairs >= 32) & (pairs < 127) | (pairs == 10)) & (pairs[:, ::-1] == 0)
    little, big = (int(count) for count in ascii_side.sum(axis=0))
    if max(little, big) * 50 < len(pairs) or max(little, big) < 8 * min(little, big):
        return None
    return _named("utf-16le" if little > big else "utf-16be")


def _sample(body: bytes) -> bytes:
    """Runs of text with bytes above 127, from between the markup where there are any: what a reading is judged by.

    Markup is ASCII and no double-byte encoding has ``<`` or ``>`` as a second byte, so it is found before decoding.
    """
    start = body[:_SEARCH]
    plain = _MARKUP.sub(b"\n", start)
    chosen: list[bytes] = []
    size = 0
    for run in (start if plain.isascii() else plain).split(b"\n"):
        if size < _SAMPLE and (first := _HIGH.search(run)):
            chosen.append(run if len(run) <= _SAMPLE else run[first.start() : first.start() + _SAMPLE])
            size += len(chosen[-1])
    return b"\n".join(chosen) or body[:_SAMPLE]


def _choose(sample: bytes, declared: list[Encoding]) -> Encoding:
    """The encoding in which the sample reads best; of equals the one tried first."""
    scores: dict[str, float] = {}
    most = _LETTERS / (1 + len(_HIGH.findall(sample)))

    def read(encoding: Encoding, advantage: float = 0.0) -> None:
        if encoding.name not in scores:
            common = min(_COMMON, most) if encoding.name in COMMON else 0.0
            scores[encoding.name] = plausibility(_read(sample, encoding)[0]) + common
        scores[encoding.name] += advantage

    for place, encoding in enumerate(declared):
        if encoding.name == "windows-1252":
            read(encoding, _SERVER_DEFAULT)
        else:
            read(encoding, _DECLARED_AGAIN if place else _DECLARED)
    detected = encoding_of(detect_encoding(sample, max_len=0, html5_compatible=False))
    if detected is not None and not detected.name.startswith(("utf-16", "utf-32")):
        read(detected, min(_DETECTED, most))
        for family in FAMILIES:
            if detected.name in family:
                for name in family:
                    read(_named(name))
    if max(scores.values(), default=0.0) < _GOOD:
        for name in (*SINGLE_BYTE, *MULTI_BYTE, "utf-8"):
            read(_named(name))
    return _named(max(scores, key=lambda name: scores[name]))


def _read(data: bytes, encoding: Encoding) -> tuple[str, str, int]:
    """Decode with the codec of the encoding that makes the fewest errors."""
    for codec in encoding.codecs:
        try:
            return data.decode(codec), encoding.name, 0
        except UnicodeDecodeError:
            continue
    best: tuple[str, str, int] | None = None
    for codec in encoding.codecs:
        text = data.decode(codec, "replace")
        # A page may hold U+FFFD of its own: leaving errors out keeps those.
        errors = max(1, text.count("\ufffd") - data.decode(codec, "ignore").count("\ufffd"))
        if best is None or errors < best[2]:
            best = (text, encoding.name, errors)
    assert best is not None  # noqa: S101 (every encoding has a codec)
    return best
