"""Makes languages.tsv and macros.tsv: labels come from the files named, the facts about them from public registries.

    pip install python-iso639 langcodes language_data zstandard && pip install --no-deps qwanqwa
    python -m manifests.languages_build FILE...

Each FILE (tab-separated, .zst or plain) has labels in its first column under a header; one with a column
``family`` gives families too, so languages.tsv itself is enough to make both anew. Names, macro languages and codes of
two and three letters are those of the ISO 639-3 registry (python-iso639, Apache-2.0), BCP-47 tags and everyday names
those of the IANA registry and CLDR (langcodes and language_data, MIT), Glottocodes those of Glottolog (CC BY 4.0) as
qwanqwa carries them. None of these packages is needed to read the tables.
"""

import gzip
import importlib
import importlib.resources
import io
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import zstandard

from manifests.languages import COLUMNS, MACRO_COLUMNS, word_kind

EXTRA = (
    # not a language, and no language in particular
    *("und_Zzzz", "zxx_Arab", "zxx_Latn", "zxx_Zzzz"),
    # known to GlotLID v3, without limits published for them
    *(
        "ajp_Arab",
        "bcc_Arab",
        "ckm_Latn",
        "cnr_Latn",
        "csw_Cans",
        "cwd_Cans",
        "eng_Latn",
        "jav_Java",
        "kdp_Latn",
    ),
    *("msm_Latn", "nan_Hani", "shr_Latn", "tdt_Latn"),
    # known to OpenLID
    "acq_Arab",
)

SAME_FAMILY = {
    "Atlantic-Congo": "Niger-Congo",
    "Constructed language": "Artificial Language",
    "Kra-Dai": "Tai-Kadai",
    "Mande": "Niger-Congo",
    "Oto-Manguean": "Otomanguean",
}
"""Two names of one family in the sources."""

LEFT_OUT = {"hbs_Latn", "zho_Hani"}
"""Macro languages whose members are all labels of their own; their text is labelled as one of those."""

TAGS = {"srp": "sr", "swc": "swc", "swh": "sw"}
"""Who has the tag of a macro language, where CLDR gives it to several of its members."""

MORE_NAMES = {
    "cmn": ["Mandarin"],
    "fas": ["Farsi"],
    "mya": ["Myanmar"],
    "yue": ["Yue"],
    "zsm": ["Bahasa Melayu"],
}
"""Names in common use that neither registry has."""

NAMES = {"und": "Undetermined", "zxx": "No linguistic content"}

FAMILIES = {
    "aar": "Afro-Asiatic",
    "amc": "Panoan",
    "ang": "Indo-European",
    "anu": "Nilo-Saharan",
    "bal": "Indo-European",
    "bax": "Niger-Congo",
    "bcc": "Indo-European",
    "bfa": "Nilo-Saharan",
    "blt": "Tai-Kadai",
    "buc": "Austronesian",
    "bvi": "Nilo-Saharan",
    "cic": "Muskogean",
    "ckm": "Indo-European",
    "cnr": "Indo-European",
    "csa": "Otomanguean",
    "csw": "Algic",
    "cwd": "Algic",
    "dbr": "Afro-Asiatic",
    "duu": "Sino-Tibetan",
    "eng": "Indo-European",
    "evn": "Tungusic",
    "fvr": "Nilo-Saharan",
    "gex": "Afro-Asiatic",
    "gkp": "Niger-Congo",
    "gld": "Tungusic",
    "guk": "Nilo-Saharan",
    "hni": "Sino-Tibetan",
    "ibb": "Niger-Congo",
    "iii": "Sino-Tibetan",
    "ijs": "Niger-Congo",
    "jii": "Afro-Asiatic",
    "kdp": "Niger-Congo",
    "kkh": "Tai-Kadai",
    "kln": "Nilo-Saharan",
    "lns": "Niger-Congo",
    "lot": "Nilo-Saharan",
    "mqu": "Nilo-Saharan",
    "msm": "Austronesian",
    "mxi": "Indo-European",
    "mzi": "Otomanguean",
    "nhn": "Uto-Aztecan",
    "niv": "Language isolate",
    "nku": "Niger-Congo",
    "nym": "Niger-Congo",
    "oaa": "Tungusic",
    "orh": "Tungusic",
    "piu": "Australian",
    "pmy": "Creole",
    "ppl": "Uto-Aztecan",
    "rgn": "Indo-European",
    "rki": "Sino-Tibetan",
    "shr": "Niger-Congo",
    "slr": "Turkic",
    "snk": "Niger-Congo",
    "tdt": "Austronesian",
    "tji": "Sino-Tibetan",
    "vai": "Niger-Congo",
    "xum": "Indo-European",
    "ykg": "Yukaghir",
    "ymm": "Afro-Asiatic",
    "zro": "Zaparoan",
}
"""Families of codes that no file gives; the rest take that of their macro language's members."""


def rows(path: Path) -> Iterator[dict[str, str]]:
    data = path.read_bytes()
    if path.suffix == ".zst":
        with zstandard.ZstdDecompressor().stream_reader(data) as stream:
            data = stream.read()
    lines = io.StringIO(data.decode("utf-8"))
    header = next(lines).rstrip("\n").split("\t")
    for line in lines:
        yield dict(zip(header, line.rstrip("\n").split("\t"), strict=False))


def gather(paths: Iterable[Path]) -> tuple[list[str], dict[str, str]]:
    """All labels, sorted, and the family of each code that has one."""
    labels, families = set(EXTRA), dict(FAMILIES)
    for path in paths:
        for row in rows(path):
            label = next(iter(row.values()))
            labels.add(label)
            if row.get("family"):
                families[label.split("_")[0]] = SAME_FAMILY.get(row["family"], row["family"])
    return sorted(labels - LEFT_OUT), families


def plain(name: str) -> str:
    """A registry name without its scope and its dates."""
    return re.sub(r" \((individual language|macrolanguage|[^)]*\d[^)]*)\)$", "", name)


def iso(code: str) -> Any:
    """The registry's entry of a three-letter code, or None."""
    registry = importlib.import_module("iso639")
    try:
        return registry.Language.from_part3(code)
    except registry.LanguageNotFoundError:
        return None


def three_letters(entry: Any) -> dict[str, str]:
    """The ISO 639-2 codes of a registry's entry: bibliographic (``ger``) and terminological (``deu``)."""
    return {"iso639_2b": (entry and entry.part2b) or "", "iso639_2t": (entry and entry.part2t) or ""}


def glottocodes() -> dict[str, str]:
    """Glottocode of each ISO 639-3 code that has one."""
    place = importlib.resources.files("qq") / "data" / "db.json.gz"
    known = json.loads(gzip.decompress(place.read_bytes()))["entities"].values()
    return {one["iso_639_3"]: one["glottocode"] for one in known if one.get("iso_639_3") and one.get("glottocode")}


SAME_SCRIPT = {"Hans": "Hani", "Hant": "Hani", "Kore": "Hang"}


def subtag(code: str, macro: bool) -> str:
    """The subtag that BCP-47 prefers for ``code``; with ``macro``, of the macro language it stands for."""
    if code in NAMES:
        return code
    langcodes = importlib.import_module("langcodes")
    return str(langcodes.standardize_tag(code, macro=macro)).partition("-")[0]


def subtags(codes: Iterable[str]) -> dict[str, str]:
    """A subtag a code; a macro language's goes to one code or to none."""
    wide = {code: subtag(code, macro=True) for code in codes}
    narrow = {code: subtag(code, macro=False) for code in wide}
    shared = {tag for tag, count in Counter(wide.values()).items() if count > 1}
    tags = {code: narrow[code] if tag in shared else tag for code, tag in wide.items()}
    shared = {tag for tag, count in Counter(tags.values()).items() if count > 1}  # a retired code has its heir's tag
    return {code: TAGS.get(code, code if tag in shared else tag) for code, tag in tags.items()}


def facts(code: str, tag: str, scripts: list[str], family: str) -> Iterator[dict[str, str]]:
    """One row a script of ``code``; ``aka`` is not yet cleared of names that another code has too."""
    langcodes = importlib.import_module("langcodes")
    entry = iso(code)
    everyday = langcodes.Language.get(tag)
    likely = everyday.maximize().script if code not in NAMES else None
    likely = SAME_SCRIPT.get(likely or "", likely)
    name = NAMES.get(code) or (plain(entry.name) if entry else everyday.language_name())
    if entry and entry.status == "R":
        name += " (retired code)"
    others = [plain(other.print) for other in (entry.other_names or ())] if entry else []
    others += MORE_NAMES.get(code, [])
    others.append(plain(everyday.language_name()))
    if code in NAMES:
        others = []
    aka = [other for other in dict.fromkeys(others) if other != name and ";" not in other and len(other) > 3]
    two = (entry.part1 if entry else None) or (tag if len(tag) == 2 else "")
    for script in scripts:
        default = script == likely or (likely is None and len(scripts) == 1)
        yield {
            "label": f"{code}_{script}",
            "name": name,
            "iso639_1": two,
            "bcp47": tag if default else f"{tag}-{script}",
            "macro": (entry.macrolanguage if entry else None) or "",
            "script": script,
            "words": word_kind(script),
            "family": family,
            "aka": ";".join(aka),
            **three_letters(entry),
            "glottocode": "",
        }


def table(paths: Iterable[Path]) -> list[dict[str, str]]:
    labels, families = gather(paths)
    scripts = defaultdict(list)
    for label in labels:
        code, script = label.split("_")
        scripts[code].append(script)
    tags = subtags(sorted(scripts))
    result = [row for code in sorted(scripts) for row in facts(code, tags[code], scripts[code], families.get(code, ""))]
    by_macro = {row["macro"]: row["family"] for row in result if row["macro"] and row["family"]}
    codes: dict[str, set[str]] = defaultdict(set)  # of a name
    names = {row["name"].casefold() for row in result}
    glottocode = glottocodes()
    for row in result:
        for other in row["aka"].split(";"):
            codes[other.casefold()].add(row["label"][:3])
    for row in result:
        row["family"] = row["family"] or by_macro.get(row["macro"], "")
        row["glottocode"] = glottocode.get(row["label"][:3], "")
        # A second name that two languages have names neither.
        own = [n for n in row["aka"].split(";") if len(codes[n.casefold()]) == 1 and n.casefold() not in names]
        row["aka"] = ";".join(own)
    return sorted(result, key=lambda row: row["label"])


def macros(result: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    """One row for each macro language that a row of the table is a member of."""
    glottocode = glottocodes()
    found = []
    for code in sorted({row["macro"] for row in result} - {""}):
        entry = iso(code)
        told = {"code": code, "name": plain(entry.name), "iso639_1": entry.part1 or "", **three_letters(entry)}
        found.append({**told, "glottocode": glottocode.get(code, "")})
    return found


def write(name: str, columns: Iterable[str], result: Iterable[dict[str, str]]) -> None:
    columns = tuple(columns)
    lines = ["\t".join(columns), *("\t".join(row[column] for column in columns) for row in result)]
    Path(__file__).with_name(name).write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    made = table(map(Path, sys.argv[1:]))
    write("languages.tsv", COLUMNS, made)
    write("macros.tsv", MACRO_COLUMNS, macros(made))


if __name__ == "__main__":
    main()
