"""UTF-8 that was read as another encoding: when a text is judged to be so, and what mends it.

The pass of filters/needs.py sees signs and counts; here the few documents with signs are judged, and mended by ftfy
with all its other repairs switched off. Clean text must stay as it is, so ftfy's own judgement is not enough: it takes
the tone mark of Chinantec "áˆ " for a lost byte, and the "Ã " of a capital in Ewe for half a letter. It is asked only
about a line in which a whole UTF-8 sequence stands.
"""

import functools
import re
from collections.abc import Callable

FAMILIES = ("latin", "cyrillic", "central")
"""Encodings as which UTF-8 is misread: Windows-1252 with Latin-1, Windows-1251, Windows-1250 with ISO 8859-2."""

_CODECS = {"latin": ("cp1252",), "cyrillic": ("cp1251",), "central": ("cp1250", "iso8859_2")}

ENOUGH = {"latin": (1, 0.0), "cyrillic": (4, 0.9), "central": (2, 0.9)}
"""Sequences that a line must have, and the share of its characters outside ASCII that must be in them. A sequence such
as Ã© or â€™ is unheard of in clean text (in 6 of 9,092 clean documents, and none of these is bad to ftfy), but
Ukrainian is full of Рі and Czech has ě…“: there the whole line must be made of them."""

THROUGHOUT = 2
"""Sequences that a text needs to be read again without asking ftfy, when nothing outside ASCII is not in one."""

_C1 = re.compile("[\x80-\x84\x86-\x9f]")
_CONTROLS = re.compile("[\x80-\x9f]")


@functools.cache
def _ftfy() -> Callable[[str], str]:
    """ftfy with all but mojibake switched off; imported for the first line that is to be mended."""
    import ftfy

    config = ftfy.TextFixerConfig(
        unescape_html=False,
        remove_terminal_escapes=False,
        fix_latin_ligatures=False,
        fix_character_width=False,
        uncurl_quotes=False,
        fix_line_breaks=False,
        fix_surrogates=False,
        remove_control_chars=False,
        normalization=None,
        fix_c1_controls=False,
    )
    return lambda text: ftfy.fix_encoding(text, config)


@functools.cache
def byte_of(family: str) -> dict[int, int]:
    """Byte, from 0x80, that each code point is in an encoding of the family; C1 controls stand for their own."""
    bytes_of = {byte: byte for byte in range(0x80, 0xA0)}
    for codec in _CODECS[family]:
        for byte in range(0x80, 0x100):
            character = bytes([byte]).decode(codec, "ignore")
            if character:
                bytes_of.setdefault(ord(character), byte)
    return bytes_of


@functools.cache
def _sequences(family: str) -> re.Pattern[str]:
    """Finds UTF-8 sequences read as that family."""

    def characters(low: int, high: int) -> str:
        found = (chr(code_point) for code_point, byte in byte_of(family).items() if low <= byte <= high)
        return "[" + "".join(map(re.escape, found)) + "]"

    more = characters(0x80, 0xBF)
    three = f"{characters(0xE0, 0xE0)}{characters(0xA0, 0xBF)}{more}|{characters(0xE1, 0xEF)}{more}{{2}}"
    four = f"{characters(0xF0, 0xF0)}{characters(0x90, 0xBF)}{more}{{2}}|{characters(0xF1, 0xF4)}{more}{{3}}"
    return re.compile(f"{characters(0xC2, 0xDF)}{more}|{three}|{four}")


@functools.cache
def _signs() -> re.Pattern[str]:
    """Finds, quickly, the end of what may begin a sequence of any family: where there is none, there is no sequence."""
    bytes_of = [row for family in FAMILIES for row in byte_of(family).items()]
    begins = "".join(re.escape(chr(code_point)) for code_point, byte in bytes_of if 0xC2 <= byte < 0xF5)
    continues = "".join(re.escape(chr(code_point)) for code_point, byte in bytes_of if byte < 0xC0)
    return re.compile(f"[{continues}](?<=[{begins}].)", re.DOTALL)


@functools.cache
def _throughout() -> re.Pattern[str]:
    """UTF-8 read as Latin-1 from end to end. Nothing is tried twice, so that it fails at the first other character."""
    return re.compile(f"(?:[\0-\x7f]++|{_sequences('latin').pattern})*+")


@functools.cache
def _nearly() -> re.Pattern[str]:
    """The same, but where the second byte of à or of a no-break space became a space."""
    return re.compile(f"(?:[\0-\x7f]++|{_sequences('latin').pattern}|[\xc2\xc3] )*+")


@functools.cache
def _small_quote() -> re.Pattern[str]:
    """A dash or quotation mark read as Windows-1251: sure even in a line of good Cyrillic."""
    return re.compile("вЂ[" + "".join(chr(code) for code, byte in byte_of("cyrillic").items() if byte < 0xC0) + "]")


class _Bytes(dict[int, int]):
    """For str.translate into Latin-1: what the encoding cannot write becomes a character that Latin-1 cannot either."""

    def __missing__(self, code_point: int) -> int:
        self[code_point] = code_point if code_point < 0x80 else 0x100
        return self[code_point]


@functools.cache
def _bytes() -> _Bytes:
    return _Bytes(byte_of("latin"))


@functools.cache
def _controls() -> dict[int, str]:
    """What Windows-1252 writes where Latin-1 has controls."""
    return {byte: bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(0x80, 0xA0)}


def _read_again(text: str) -> str:
    """The text as UTF-8, if all that is not ASCII in it is whole sequences read as Latin-1 or Windows-1252."""
    try:
        return text.translate(_bytes()).encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def _unread(text: str) -> str:
    """The text read again for as long as it is mojibake throughout."""
    while _throughout().fullmatch(text) and len(_sequences("latin").findall(text)) >= THROUGHOUT:
        again = _read_again(text)
        if again == text:
            break
        text = again
    return text


def _foreign(text: str) -> int:
    """Characters outside ASCII."""
    return len(text) - len(text.encode("ascii", "ignore"))


def _evident(line: str, family: str) -> bool:
    """True where the line has as many UTF-8 sequences read as that family as ENOUGH asks."""
    least, share = ENOUGH[family]
    if not share:
        return _sequences(family).search(line) is not None
    sequences = _sequences(family).findall(line)
    if len(sequences) < least:
        return False
    return sum(map(len, sequences)) >= share * _foreign(line)


def _mend_line(line: str) -> str:
    line = _unread(line)  # before ftfy, which would go on to what is clean after that
    if any(_evident(line, family) for family in FAMILIES) or _small_quote().search(line):
        return _ftfy()(line)
    return line


def mend(text: str) -> str:
    """The text with what is surely mojibake read again, once or as often as it was misread; else as it came.

    A text that is mojibake throughout is read again as a whole. In another each line is judged alone, since comments,
    quotes and signatures are often the only bad ones. C1 controls that are left were meant as Windows-1252.
    """
    text = _unread(text)
    if _nearly().fullmatch(text) and len(_sequences("latin").findall(text)) >= THROUGHOUT:
        text = _ftfy()(text)
    lines = text.split("\n")
    suspected = [(number, line) for number, line in enumerate(lines) if _signs().search(line)]
    mended = [_mend_line(line) for _, line in suspected]
    if any(new != line for new, (_, line) in zip(mended, suspected, strict=True)):
        # Where one line was bad, those that ftfy finds too short to judge but are sequences throughout are, too.
        for new, (number, line) in zip(mended, suspected, strict=True):
            lines[number] = _read_again(line) if new == line else new
        text = "\n".join(lines)
    return _CONTROLS.sub(lambda found: _controls()[ord(found[0])], text) if _C1.search(text) else text
