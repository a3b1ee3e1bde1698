"""From the bytes of a page to its text: what the page declares, checked against what its bytes can be."""

import re

from resiliparse.parse.encoding import detect_encoding

from pipeline.extract.labels import COMMON, FAMILIES, MARKS, MULTI_BYTE, SINGLE_BYTE, Encoding, encoding_of
from pipeline.extract.plausible import plausibility

_HEAD = 4096  # a declaration stands at the beginning; browsers look at 1024 bytes, pages stray further
_SAMPLE = 8192  # bytes that are judged, at least 16 times more than it takes to tell two encodings apart
_SEARCH = 1 << 20  # bytes in which the sample is looked for

_META = re.compile(rb"<meta\s[^>]{0,500}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.\-]{2,40})", re.IGNORECASE)
_XML = re.compile(rb"^\s*<\?xml\s[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9_:.\-]{2,40})", re.IGNORECASE)
_COMMENT = re.compile(rb"<!--.*?(?:-->|\Z)", re.DOTALL)
_MARKUP = re.compile(rb"<(script|style)\b[^>]*>.*?</\1\s*>|<!--.*?-->|<[^<>]*>", re.DOTALL | re.IGNORECASE)
_HIGH_LINE = re.compile(rb"[^\r\n]{0,300}[\x80-\xff][^\r\n]{0,300}")
_MULTI_BYTE_UTF8 = re.compile(rb"[\xc2-\xf4][\x80-\xbf]+")
_ESCAPE = re.compile(rb"\x1b\$[@B(A)]|\x1b\([JI]")

# What a reading gains beside its plausibility, which is at most 1.
_DECLARED = 0.15
_DECLARED_AGAIN = 0.1  # by a later declaration that differs
_SERVER_DEFAULT = 0.1  # servers and templates say latin-1 without looking
_DETECTED = 0.06  # the detector knows letter sequences, which plausibility does not
_COMMON = 0.05  # most pages are in one of a dozen encodings
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
    text, errors = _utf8(body, declared)
    if text is not None:
        return text, "utf-8", errors
    return _read(body, _choose(_sample(body), declared))


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
    head = body[:_HEAD]
    zeros = head.count(0)
    if zeros < 2 or zeros * 20 < len(head):
        return None
    even, odd = head[::2].count(0), head[1::2].count(0)
    if even and odd and zeros * 3 > len(head) * 2 and zeros > 6:
        return _named("utf-32le" if head[0] else "utf-32be")
    if odd > 8 * even:
        return _named("utf-16le")
    if even > 8 * odd:
        return _named("utf-16be")
    return None


def _utf8(body: bytes, declared: list[Encoding]) -> tuple[str | None, int]:
    """The text and its errors if the bytes are UTF-8 beyond chance, else None.

    Two or more sequences without an error, or twenty for each error (a page cut off or pasted together), are no chance.
    A page declared in a double-byte encoding needs more: there, pairs of bytes may look like UTF-8.
    """
    try:
        text, errors = body.decode("utf-8"), 0
    except UnicodeDecodeError:
        text, _, errors = _read(body, _named("utf-8"))
    sequences = sum(1 for _ in _MULTI_BYTE_UTF8.finditer(body, 0, _SEARCH))
    double_byte = any(encoding.name in MULTI_BYTE for encoding in declared)
    enough = 8 if double_byte else 1
    return (text, errors) if sequences >= enough and sequences >= 20 * errors else (None, 0)


def _sample(body: bytes) -> bytes:
    """Lines with bytes above 127, markup taken out while there is text beside it: what a reading can be judged by.

    Markup is ASCII and no double-byte encoding has ``<`` or ``>`` as a second byte, so it is found before decoding.
    """
    start = body[:_SEARCH]
    plain = _MARKUP.sub(b" ", start)
    chosen: list[bytes] = []
    size = 0
    for match in _HIGH_LINE.finditer(start if plain.isascii() else plain):
        chosen.append(match[0])
        size += len(match[0])
        if size >= _SAMPLE:
            break
    return b"\n".join(chosen) or body[:_SAMPLE]


def _choose(sample: bytes, declared: list[Encoding]) -> Encoding:
    """The encoding in which the sample reads best; of equals the one tried first."""
    scores: dict[str, float] = {}

    def read(encoding: Encoding, advantage: float = 0.0) -> None:
        if encoding.name not in scores:
            common = _COMMON if encoding.name in COMMON else 0.0
            scores[encoding.name] = plausibility(_read(sample, encoding)[0]) + common
        scores[encoding.name] += advantage

    for place, encoding in enumerate(declared):
        if encoding.name == "windows-1252":
            read(encoding, _SERVER_DEFAULT)
        else:
            read(encoding, _DECLARED_AGAIN if place else _DECLARED)
    detected = encoding_of(detect_encoding(sample, max_len=0, html5_compatible=False))
    if detected is not None and not detected.name.startswith(("utf-16", "utf-32")):
        read(detected, _DETECTED)
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
