"""Names of character encodings as the WHATWG Encoding standard reads them, and the Python codecs that decode them.

A label means what browsers take it to mean: ``latin-1`` and ``ascii`` are windows-1252, ``gb2312`` is gb18030.
"""

import functools
from typing import NamedTuple


class Encoding(NamedTuple):
    """``codecs`` are tried in order, the first that decodes without error wins; ``labels`` are other names for it."""

    name: str
    codecs: tuple[str, ...]
    labels: str


ENCODINGS = (
    Encoding(
        "utf-8", ("utf-8",), "unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf8 x-unicode20utf8 utf8mb4 utf-8-sig"
    ),
    Encoding("ibm866", ("cp866",), "866 cp866 csibm866"),
    Encoding(
        "iso-8859-2",
        ("iso8859-2",),
        "csisolatin2 iso-ir-101 iso8859-2 iso88592 iso_8859-2 iso_8859-2:1987 l2 latin2",
    ),
    Encoding(
        "iso-8859-3",
        ("iso8859-3",),
        "csisolatin3 iso-ir-109 iso8859-3 iso88593 iso_8859-3 iso_8859-3:1988 l3 latin3",
    ),
    Encoding(
        "iso-8859-4",
        ("iso8859-4",),
        "csisolatin4 iso-ir-110 iso8859-4 iso88594 iso_8859-4 iso_8859-4:1988 l4 latin4",
    ),
    Encoding(
        "iso-8859-5",
        ("iso8859-5",),
        "csisolatincyrillic cyrillic iso-ir-144 iso8859-5 iso88595 iso_8859-5 iso_8859-5:1988",
    ),
    Encoding(
        "iso-8859-6",
        ("iso8859-6",),
        "arabic asmo-708 csiso88596e csiso88596i csisolatinarabic ecma-114 iso-8859-6-e iso-8859-6-i iso-ir-127"
        " iso8859-6 iso88596 iso_8859-6 iso_8859-6:1987",
    ),
    Encoding(
        "iso-8859-7",
        ("iso8859-7",),
        "csisolatingreek ecma-118 elot_928 greek greek8 iso-ir-126 iso8859-7 iso88597 iso_8859-7 iso_8859-7:1987"
        " sun_eu_greek",
    ),
    Encoding(
        "iso-8859-8",
        ("iso8859-8",),
        "csiso88598e csiso88598i csisolatinhebrew hebrew iso-8859-8-e iso-8859-8-i iso-ir-138 iso8859-8 iso88598"
        " iso_8859-8 iso_8859-8:1988 logical visual",
    ),
    Encoding("iso-8859-10", ("iso8859-10",), "csisolatin6 iso-ir-157 iso8859-10 iso885910 l6 latin6"),
    Encoding("iso-8859-13", ("iso8859-13",), "iso8859-13 iso885913"),
    Encoding("iso-8859-14", ("iso8859-14",), "iso8859-14 iso885914"),
    Encoding("iso-8859-15", ("iso8859-15",), "csisolatin9 iso8859-15 iso885915 iso_8859-15 l9 latin9"),
    Encoding("iso-8859-16", ("iso8859-16",), "iso8859-16 iso885916"),
    Encoding("koi8-r", ("koi8-r",), "cskoi8r koi koi8 koi8_r"),
    Encoding("koi8-u", ("koi8-u",), "koi8-ru koi8_u"),
    Encoding("macintosh", ("mac-roman",), "csmacintosh mac x-mac-roman mac-roman"),
    Encoding("windows-874", ("cp874",), "dos-874 iso-8859-11 iso8859-11 iso885911 tis-620 tis620 cp874"),
    Encoding("windows-1250", ("cp1250",), "cp1250 x-cp1250 win-1250"),
    Encoding("windows-1251", ("cp1251",), "cp1251 x-cp1251 win-1251 cp-1251"),
    Encoding(
        "windows-1252",
        ("cp1252",),
        "ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 iso88591 iso_8859-1"
        " iso_8859-1:1987 l1 latin1 latin-1 us-ascii x-cp1252 x-user-defined",
    ),
    Encoding("windows-1253", ("cp1253",), "cp1253 x-cp1253"),
    Encoding(
        "windows-1254",
        ("cp1254",),
        "cp1254 csisolatin5 iso-8859-9 iso-ir-148 iso8859-9 iso88599 iso_8859-9 iso_8859-9:1989 l5 latin5 x-cp1254",
    ),
    Encoding("windows-1255", ("cp1255",), "cp1255 x-cp1255"),
    Encoding("windows-1256", ("cp1256",), "cp1256 x-cp1256"),
    Encoding("windows-1257", ("cp1257",), "cp1257 x-cp1257"),
    Encoding("windows-1258", ("cp1258",), "cp1258 x-cp1258"),
    Encoding("x-mac-cyrillic", ("mac-cyrillic",), "x-mac-ukrainian mac-cyrillic"),
    Encoding(
        "gb18030",
        ("gb18030",),
        "gbk chinese csgb2312 csiso58gb231280 gb2312 gb_2312 gb_2312-80 iso-ir-58 x-gbk cp936 hz-gb-2312",
    ),
    Encoding("big5", ("big5hkscs", "cp950"), "big5-hkscs cn-big5 csbig5 x-x-big5 cp950 big5hkscs"),
    Encoding("euc-jp", ("euc_jp", "euc_jis_2004"), "cseucpkdfmtjapanese x-euc-jp euc_jp eucjp"),
    Encoding("iso-2022-jp", ("iso2022_jp", "iso2022_jp_2", "iso2022_jp_3"), "csiso2022jp iso2022_jp iso2022-jp"),
    Encoding(
        "shift_jis",
        ("cp932", "shift_jis_2004"),
        "csshiftjis ms932 ms_kanji shift-jis sjis windows-31j x-sjis cp932",
    ),
    Encoding(
        "euc-kr",
        ("cp949",),
        "cseuckr csksc56011987 iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 windows-949 cp949"
        " uhc euc_kr euckr",
    ),
    Encoding("iso-2022-kr", ("iso2022_kr",), "csiso2022kr iso2022_kr"),
    Encoding("utf-16le", ("utf-16-le",), "csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff utf-16 utf-16-le"),
    Encoding("utf-16be", ("utf-16-be",), "unicodefffe utf-16-be"),
    Encoding("utf-32le", ("utf-32-le",), "utf-32 utf-32-le"),
    Encoding("utf-32be", ("utf-32-be",), "utf-32-be"),
)
"""The standard's encodings and labels. Beside them stand UTF-32 and ISO-2022-KR, which browsers no longer read but
archives hold, and spellings that pages and detectors use."""

MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32le"),
    (b"\x00\x00\xfe\xff", "utf-32be"),
    (b"\xff\xfe", "utf-16le"),
    (b"\xfe\xff", "utf-16be"),
)
"""Byte order marks, the longer before its own beginning."""

SINGLE_BYTE = (
    "windows-1252",
    "windows-1251",
    "windows-1250",
    "windows-1256",
    "windows-1253",
    "windows-1255",
    "windows-1254",
    "windows-1257",
    "windows-874",
    "windows-1258",
    "iso-8859-2",
    "koi8-r",
    "koi8-u",
    "iso-8859-5",
    "ibm866",
    "x-mac-cyrillic",
    "iso-8859-7",
    "iso-8859-8",
    "iso-8859-6",
    "iso-8859-4",
    "iso-8859-13",
    "iso-8859-3",
    "iso-8859-10",
    "iso-8859-14",
    "iso-8859-16",
    "macintosh",
)
"""What an undeclared page may be in, the likelier first: it decides between readings that are equally good."""

FAMILIES = (
    (
        "windows-1252",
        "windows-1250",
        "windows-1254",
        "windows-1257",
        "iso-8859-2",
        "iso-8859-3",
        "iso-8859-4",
        "iso-8859-10",
        "iso-8859-13",
        "iso-8859-14",
        "iso-8859-15",
        "iso-8859-16",
    ),
    ("windows-1251", "x-mac-cyrillic"),
    ("koi8-r", "koi8-u"),
    ("windows-1253", "iso-8859-7"),
    ("windows-1255", "iso-8859-8"),
)
"""Encodings that detectors take for one another: where one is guessed, the others are tried as well."""

COMMON = frozenset(
    [
        "utf-8",
        "windows-1250",
        "windows-1251",
        "windows-1252",
        "windows-1253",
        "windows-1254",
        "windows-1255",
        "windows-1256",
        "windows-1257",
        "windows-874",
        "windows-1258",
        "koi8-r",
        "koi8-u",
        "iso-8859-2",
        "iso-8859-7",
        "shift_jis",
        "euc-jp",
        "gb18030",
        "big5",
        "euc-kr",
    ]
)
"""What pages that are not in UTF-8 are written in; the others take better evidence."""

MULTI_BYTE = ("shift_jis", "euc-jp", "gb18030", "big5", "euc-kr")


@functools.cache
def _by_label() -> dict[str, Encoding]:
    return {label: encoding for encoding in ENCODINGS for label in (encoding.name, *encoding.labels.split())}


def encoding_of(label: str | None) -> Encoding | None:
    """The encoding that a declaration means, or None where it means none."""
    return _by_label().get(label.strip(" \t\r\n\f\"'").lower()) if label else None
