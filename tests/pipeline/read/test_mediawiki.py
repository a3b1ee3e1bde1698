"""Dumps of wikis: every page that is wanted is in one unit and becomes its text, every other one has its reason."""

import bz2
from collections.abc import Callable
from pathlib import Path

import pytest
from archives import PACK, SENTENCES, records
from wikis import FOOT, Article, dump, head, marked, page

from pipeline import plan
from pipeline.read.kinds import detect
from pipeline.read.mediawiki import Site, site_of
from pipeline.read.record import Document, Limits, Skipped
from pipeline.settings import load
from pipeline.steps.text import documents

ARTICLES = [marked([SENTENCES[(number + at) % 14] for at in range(1, 7)], number) for number in range(40)]
SHORT = Limits(max_record_bytes=100_000)
OTHERS = [
    Article("Majadiliano:X", "talk", namespace=1),
    Article("Old", "#REDIRECT [[New]]", redirect="New"),
    Article("Module", "return {}", model="Scribunto"),
    Article("Nothing", " \n"),
]


def multistream(pages: list[Article], each: int = 5) -> bytes:
    """As Wikimedia packs them: the head, some pages, the foot, each a stream of its own."""
    parts = [head().encode()]
    for at in range(0, len(pages), each):
        some = enumerate(pages[at : at + each], at + 1)
        parts.append("".join(page(article, number) for number, article in some).encode())
    return b"".join(map(bz2.compress, [*parts, FOOT.encode()]))


WHOLE = dump(ARTICLES)
FILES = {
    "plain.xml": WHOLE,
    "one.xml.bz2": bz2.compress(WHOLE),
    "multistream.xml.bz2": multistream(ARTICLES),
    "across.xml.gz": b"".join(
        PACK["gzip"](dump(ARTICLES)[at : at + 7001]) for at in range(0, len(dump(ARTICLES)), 7001)
    ),
    "one.xml.xz": PACK["xz"](WHOLE),
}


MANY = {"plain.xml": dump(ARTICLES * 3), "multistream.xml.bz2": multistream(ARTICLES * 12)}


@pytest.mark.parametrize("name", FILES)
def test_every_page_is_in_one_unit_however_the_dump_is_packed_and_cut(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(FILES[name])
    assert detect(FILES[name], name).kind == "mediawiki"
    whole = records(path)
    assert [record.source_id for record in whole if isinstance(record, Document)] == [str(n) for n in range(1, 41)]
    assert len({record.position for record in whole}) == 40
    for size in (700, 5000, 40_000):
        assert records(path, size) == whole, size


def test_plain_dumps_and_streams_are_cut(tmp_path: Path) -> None:
    settings = load([str(tmp_path)], None, ["plan.unit_bytes=65536"])
    for name in ("plain.xml", "multistream.xml.bz2"):
        (tmp_path / name).write_bytes(MANY[name])
    made = plan.make(settings)
    assert {unit.file.relative for unit in made.units if unit.start} == {"plain.xml", "multistream.xml.bz2"}


def test_what_is_no_article_has_its_reason(tmp_path: Path) -> None:
    path = tmp_path / "d.xml"
    path.write_bytes(dump([*OTHERS, ARTICLES[0]]))
    found = records(path)
    assert [record.reason for record in found if isinstance(record, Skipped)] == [
        "namespace",
        "redirect",
        "not_wikitext",
        "empty",
    ]
    assert isinstance(found[-1], Document)


def test_a_dump_becomes_its_texts_with_what_is_known_of_them(tmp_path: Path) -> None:
    path = tmp_path / "swwiki-20230101-pages-articles-multistream.xml.bz2"
    path.write_bytes(multistream(ARTICLES[:8]))
    settings = load([str(path)])
    (unit,) = plan.make(settings).units
    rows = [row for table in documents(unit, settings) for row in table.to_pylist()]
    assert [row["text"] for row in rows] == [article.text for article in ARTICLES[:8]]
    assert [row["title"] for row in rows] == [article.title for article in ARTICLES[:8]]
    row = rows[0]
    assert (row["dump"], row["licence"], row["date"]) == ("swwiki-20230101", "CC-BY-SA-3.0", "2023-05-02T10:11:12Z")
    assert row["url"].startswith("https://sw.wikipedia.org/wiki/")
    assert row["page_language"] == "wikipedia:sw"


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda data: data[: len(data) * 3 // 4], "damaged"),
        (lambda data: data.replace(b"</revision>", b"", 1), "not_well_formed"),
        (lambda data: data.replace(b"<title>", b"<title>&nbsp;", 1), "not_well_formed"),
        (lambda data: data.replace(b"<page>", b"<page><!DOCTYPE a [<!ENTITY b 'c'>]>", 1), "not_well_formed"),
        (lambda data: data.replace(b"<revision>", b"<a>" * 50 + b"</a>" * 50 + b"<revision>", 1), "not_well_formed"),
        (lambda data: data.replace(b"</page>", b"", 1), "not_well_formed"),
        (lambda data: data.replace(b"Somebody", b"\xff\xfe", 1), "not_well_formed"),
        (lambda data: data.replace(b"Somebody", b"x" * 200_000, 1), "too_long"),
    ],
)
def test_a_broken_page_is_skipped_and_the_others_are_not(
    spoil: Callable[[bytes], bytes], reason: str, tmp_path: Path
) -> None:
    path = tmp_path / "d.xml"
    path.write_bytes(spoil(dump(ARTICLES[:6])))
    found = records(path, limits=SHORT)
    assert [record.reason for record in found if isinstance(record, Skipped)] == [reason]
    assert len(found) >= 4
    for size in (997, 100_000):
        assert records(path, size, limits=SHORT) == found


def test_a_stream_that_is_broken_costs_its_own_pages(tmp_path: Path) -> None:
    data = bytearray(multistream(ARTICLES, 10))
    data[len(data) // 2] ^= 0xFF
    path = tmp_path / "d.xml.bz2"
    path.write_bytes(bytes(data))
    found = records(path)
    assert 20 <= sum(isinstance(record, Document) for record in found) < 40
    assert "damaged" in {record.reason for record in found if isinstance(record, Skipped)}


def test_of_a_history_the_last_revision_counts(tmp_path: Path) -> None:
    data = dump([Article("A", "new words")]).decode()
    old = data[data.index("    <revision>") : data.index("    </revision>\n") + len("    </revision>\n")]
    path = tmp_path / "d.xml"
    path.write_text(data.replace(old, old.replace("new words", "old words").replace("2023", "2003") + old))
    (found,) = records(path)
    assert isinstance(found, Document)
    assert found.page is not None
    assert b"new words" in found.page.body
    assert (found.date or "").startswith("2023")


@pytest.mark.parametrize(
    ("base", "date", "language", "url", "licence"),
    [
        ("https://sw.wikipedia.org/wiki/Mwanzo", "20240101", "sw", "/wiki/A_b", "CC-BY-SA-4.0"),
        ("https://be-tarask.wikipedia.org/wiki/X/Y", "", "be-tarask", "/wiki/A_b", "CC-BY-SA-4.0"),
        ("https://fr.wiktionary.org/wiki/A", "20200101", "fr", "/wiki/A_b", "CC-BY-SA-3.0"),
        ("https://wiki.example.org/index/Main", "20240101", "", "/index/A_b", None),
        ("", "20240101", "", None, None),
    ],
)
def test_address_language_and_licence_follow_from_the_wiki(
    base: str, date: str, language: str, url: str | None, licence: str | None
) -> None:
    site = Site("x", base)
    whole = base.partition("org/")[0] + "org" + url if url else None
    assert (site.language, site.url("A b"), site.licence(date)) == (language, whole, licence)


def test_a_head_without_siteinfo_or_with_a_broken_one_says_nothing() -> None:
    assert site_of(b"<mediawiki><page>") == Site()
    assert site_of(b"<mediawiki><siteinfo><dbname>&x;</dbname></siteinfo>") == Site()
    assert site_of(head("ta").encode()).namespaces[6] == "படிமம்"


def test_a_large_block_of_bz2_tells_its_kind_and_7z_is_refused_with_the_mend(tmp_path: Path) -> None:
    noise = "".join(f"{number * 2654435761 % 2**32:08x} " for number in range(40_000))
    path = tmp_path / "d.xml.bz2"
    path.write_bytes(bz2.compress(dump([Article("A", noise), *ARTICLES])))
    (unit,) = plan.make(load([str(path)])).units
    assert unit.kind == "mediawiki"
    assert "unpack it" in detect(b"7z\xbc\xaf\x27\x1c" + bytes(50)).reason
