"""Pages in every encoding of the Encoding standard that carries text: how many are decoded right, by what they declare.

    python tests/bench/charset.py [--documents N] [--wrong]

Documents of the data pack, in the languages that an encoding was made for, are encoded as pages; what it lacks is
written as references, and documents of which it lacks more than a fiftieth are left out. A page is right if its text
comes back to the letter (Romanian commas and cedillas, the same bytes in two encodings, count as one). Declarations:
by the HTTP header, by a meta element, none, wrong ones (UTF-8, latin-1, and an encoding for another language, in header
and meta), and a byte order mark with a wrong header. ``--wrong`` prints what went wrong.
"""

import argparse
import hashlib
import sys
import unicodedata
from collections import Counter, defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from shared import SHARED

from pipeline.extract.charset import decode
from pipeline.extract.lessons import rows_of

CYRILLIC = "rus_Cyrl bul_Cyrl srp_Cyrl mkd_Cyrl"
WESTERN = "fra_Latn deu_Latn spa_Latn por_Latn ita_Latn swe_Latn dan_Latn nob_Latn isl_Latn cat_Latn"
EVERY = (
    "rus_Cyrl arb_Arab hin_Deva tha_Thai jpn_Jpan kor_Hang cmn_Hani khm_Khmr mya_Mymr amh_Ethi tam_Taml kat_Geor"
    " hye_Armn ell_Grek heb_Hebr vie_Latn yor_Latn fra_Latn bod_Tibt ben_Beng"
)
ENCODINGS = {
    "utf-8": ("utf-8", EVERY),
    "utf-16le": ("utf-16-le", EVERY),
    "utf-16be": ("utf-16-be", EVERY),
    "ibm866": ("cp866", "rus_Cyrl ukr_Cyrl bel_Cyrl bul_Cyrl"),
    "iso-8859-2": ("iso8859-2", "pol_Latn ces_Latn slk_Latn hun_Latn hrv_Latn slv_Latn ron_Latn als_Latn"),
    "iso-8859-3": ("iso8859-3", "epo_Latn mlt_Latn"),
    "iso-8859-4": ("iso8859-4", "lit_Latn lvs_Latn ekk_Latn sme_Latn"),
    "iso-8859-5": ("iso8859-5", CYRILLIC),
    "iso-8859-6": ("iso8859-6", "arb_Arab"),
    "iso-8859-7": ("iso8859-7", "ell_Grek"),
    "iso-8859-8": ("iso8859-8", "heb_Hebr"),
    "iso-8859-10": ("iso8859-10", "isl_Latn sme_Latn nob_Latn swe_Latn"),
    "iso-8859-13": ("iso8859-13", "lit_Latn lvs_Latn ekk_Latn pol_Latn"),
    "iso-8859-14": ("iso8859-14", "gle_Latn cym_Latn gla_Latn bre_Latn"),
    "iso-8859-15": ("iso8859-15", "fra_Latn fin_Latn deu_Latn ekk_Latn"),
    "iso-8859-16": ("iso8859-16", "ron_Latn pol_Latn hun_Latn hrv_Latn"),
    "koi8-r": ("koi8-r", "rus_Cyrl"),
    "koi8-u": ("koi8-u", "ukr_Cyrl rus_Cyrl"),
    "macintosh": ("mac-roman", WESTERN),
    "windows-874": ("cp874", "tha_Thai"),
    "windows-1250": ("cp1250", "pol_Latn ces_Latn slk_Latn hun_Latn hrv_Latn slv_Latn ron_Latn als_Latn"),
    "windows-1251": ("cp1251", CYRILLIC + " ukr_Cyrl bel_Cyrl"),
    "windows-1252": ("cp1252", WESTERN + " fin_Latn nld_Latn eus_Latn glg_Latn"),
    "windows-1253": ("cp1253", "ell_Grek"),
    "windows-1254": ("cp1254", "tur_Latn"),
    "windows-1255": ("cp1255", "heb_Hebr"),
    "windows-1256": ("cp1256", "arb_Arab fas_Arab urd_Arab"),
    "windows-1257": ("cp1257", "lit_Latn lvs_Latn ekk_Latn"),
    "windows-1258": ("cp1258", "vie_Latn"),
    "x-mac-cyrillic": ("mac-cyrillic", CYRILLIC + " ukr_Cyrl"),
    "gbk": ("gbk", "cmn_Hani"),
    "gb18030": ("gb18030", "cmn_Hani"),
    "big5": ("big5", "cmn_Hani"),
    "euc-jp": ("euc_jp", "jpn_Jpan"),
    "iso-2022-jp": ("iso2022_jp", "jpn_Jpan"),
    "shift_jis": ("cp932", "jpn_Jpan"),
    "euc-kr": ("cp949", "kor_Hang"),
}
MARKS = {"utf-8": b"\xef\xbb\xbf", "utf-16le": b"\xff\xfe", "utf-16be": b"\xfe\xff"}
CASES = ("header", "meta", "none", "as utf-8", "as latin-1", "as another", "mark")
TONES = "\u0300\u0301\u0303\u0309\u0323"
_COMMAS = str.maketrans("șțȘȚ", "şţŞŢ")  # the same bytes in encodings of the one and of the other
_LEAST = 12  # bytes above 127: fewer tell nothing


def by_language(most: int) -> dict[str, list[str]]:
    """Documents by label, of at most 3,000 characters."""
    assert SHARED is not None
    found: dict[str, list[str]] = defaultdict(list)
    for row in rows_of(SHARED / "docs" / "docs.jsonl.zst"):
        if len(found[row["label"]]) < 4 * most:
            found[row["label"]].append(row["text"][:3000])
    with_few = {label for _, labels in ENCODINGS.values() for label in labels.split() if len(found[label]) < most}
    lines: dict[str, list[str]] = defaultdict(list)
    for line in _lines(SHARED / "lid" / "dev.tsv.zst"):
        label, _, text = line.rstrip("\n").split("\t")
        if label in with_few:
            lines[label].append(text)
    for label, texts in lines.items():  # documents of loose sentences, where there are few others
        found[label] += ["\n".join(texts[k : k + 8]) for k in range(0, 8 * most, 8) if texts[k : k + 8]]
    return found


def _lines(place: Path) -> list[str]:
    import io

    import zstandard

    with place.open("rb") as raw:
        return list(io.TextIOWrapper(zstandard.ZstdDecompressor().stream_reader(raw), "utf-8"))[1:]


def fitted(text: str, name: str) -> str:
    """The text as people wrote it in an encoding: Vietnamese tones apart, Romanian commas as cedillas."""
    if name == "windows-1258":
        parts = []
        for letter in text:
            apart = unicodedata.normalize("NFD", letter)
            tone = "".join(mark for mark in apart if mark in TONES)
            rest = unicodedata.normalize("NFC", "".join(mark for mark in apart if mark not in TONES))
            parts.append(rest + tone if tone else letter)
        return "".join(parts)
    if name in ("windows-1250", "iso-8859-2"):
        return text.translate(_COMMAS)
    return text


def page_of(text: str, meta: str) -> str:
    """A page of a text."""
    paragraphs = "</p>\n<p>".join(line.replace("&", "&amp;").replace("<", "&lt;") for line in text.split("\n"))
    declared = f'<meta http-equiv="Content-Type" content="text/html; charset={meta}">' if meta else ""
    return (
        f"<html><head>{declared}<title>{paragraphs[:20].split('<')[0]}</title><style>a {{ color: red }}</style></head>"
        f'<body><div id="main"><p>{paragraphs}</p></div><script>var x = 1;</script></body></html>'
    )


def declared(name: str, case: str, text: str) -> tuple[str, str]:
    """Header and meta of a case."""
    if case == "as another":
        others = sorted(other for other in ENCODINGS if not other.startswith("utf") and other != name)
        wrong = others[hashlib.blake2b(text.encode(), digest_size=2).digest()[0] % len(others)]
        return wrong, wrong
    said = {"header": (name, ""), "meta": ("", name), "as utf-8": ("utf-8", "utf-8")}
    return (said | {"as latin-1": ("iso-8859-1", "iso-8859-1"), "mark": ("iso-8859-1", "")}).get(case, ("", ""))


def right(text: str, name: str, case: str) -> tuple[bool, str] | None:
    """Whether a document is read as it was written, and in what encoding; None where it does not fit into this one."""
    codec = ENCODINGS[name][0]
    if (case == "mark" and name not in MARKS) or (case == "as utf-8" and name == "utf-8"):
        return None
    header, meta = declared(name, case, text)
    body = page_of(fitted(text, name), meta).encode(codec, "xmlcharrefreplace")
    if body.count(b"&#") * 50 > len(text) or (
        sum(byte > 127 for byte in body) < _LEAST and not name.startswith(("utf-16", "iso-2022"))
    ):
        return None
    found, used, _ = decode((MARKS[name] if case == "mark" else b"") + body, header or None)
    return found.translate(_COMMAS) == body.decode(codec).translate(_COMMAS), used


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=20, help="of each language in each encoding")
    parser.add_argument("--wrong", action="store_true")
    told = parser.parse_args()
    if SHARED is None:
        sys.exit("The data pack is not there: set CORPUS_SHARED_DATA to its folder.")
    texts = by_language(told.documents)
    counts: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    wrong: Counter[tuple[str, str, str, str]] = Counter()
    for name, (_, labels) in ENCODINGS.items():
        for label in labels.split():
            taken = 0
            for text in texts[label]:
                results = [(case, right(text, name, case)) for case in CASES]
                if all(result is None for _, result in results):
                    continue
                for case, result in results:
                    if result is not None:
                        for key in ((name, case), (name, "all"), ("all", case), ("all", "all")):
                            counts[key][0] += result[0]
                            counts[key][1] += 1
                        if not result[0]:
                            wrong[name, label, case, result[1]] += 1
                taken += 1
                if taken == told.documents:
                    break
            if not taken:
                print(f"{name}: no document in {label}")
    print(f"{'':15} {'pages':>6} " + " ".join(f"{case:>10}" for case in (*CASES, "all")))
    for name in (*ENCODINGS, "all"):
        shares = [counts[name, case] for case in (*CASES, "all")]
        cells = " ".join(f"{good / every:10.3f}" if every else f"{'':10}" for good, every in shares)
        print(f"{name:15} {counts[name, 'all'][1]:6} {cells}")
    if told.wrong:
        for key, count in wrong.most_common(60):
            print(count, *key)


if __name__ == "__main__":
    main()
