"""What web pages say of themselves becomes columns: which are published, masked, or stay in the work, and which go."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from archives import response
from built import rows, sample_build

from manifests import schema
from pipeline.release import takedown, verify

TEXTS = Path(__file__).resolve().parents[2] / "pipeline" / "sample" / "texts"
BY = "https://creativecommons.org/licenses/by-sa/4.0/deed.fr"
HEAD = """<html lang="yo-NG"><head><title>Ọjà òwúrọ̀, call 020 7946 0018</title>
<meta name=author content="Adéọlá Onígbọ̀ǹgbó"><meta property="og:site_name" content="Ìròyìn editor@mail.example">
<link rel=canonical href="/canonical-place"><link rel=alternate hreflang=en href="https://site.test/en">
<meta name=robots content="noindex, noai"><meta property="article:published_time" content="2021-02-27T10:00">
</head><body><article><h1>Ọjà òwúrọ̀</h1>%s</article><a rel="license" href="%s">(c)</a></body></html>"""
TOLD = {
    "title": "Ọjà òwúrọ̀, call 020 7946 0018",
    "author": "Adéọlá Onígbọ̀ǹgbó",
    "site_name": "Ìròyìn editor@mail.example",
    "published": "2021-02-27",
    "page_language": "yo-NG",
    "canonical_url": "/canonical-place",
    "hreflang": '[["en", "https://site.test/en"]]',
    "robots": "noindex, noai",
    "page_licence": BY,
}


def paragraphs(label: str) -> str:
    text = (TEXTS / f"{label}.txt").read_text(encoding="utf-8")
    return "".join(f"<p>{line}</p>" for line in text.splitlines() if line)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page that says all there is to say, one that says nothing, and one whose licence is no known one."""
    folder = tmp_path_factory.mktemp("source")
    pages = [
        HEAD % (paragraphs("yor_Latn"), BY),
        f"<article>{paragraphs('tam_Taml')}</article>",
        f"<article>{paragraphs('swh_Latn')}</article><link rel=license href='/terms'>",
    ]
    archive = b"".join(response(number, page.encode()) for number, page in enumerate(pages))
    (folder / "pages.warc").write_bytes(archive)
    (folder / "texts.jsonl").write_text(json.dumps({"text": (TEXTS / "khm_Khmr.txt").read_text("utf-8")}), "utf-8")
    return folder


def kept(out: Path) -> dict[str, dict[str, Any]]:
    """Published documents by label."""
    assert verify.run(out)[1] == []
    return {f"{row['language']}_{row['language_script']}": row for row in rows(out, "data").to_pylist()}


def test_what_pages_say_is_published_masked_and_taken_down(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    sources = [str(source / "*")]
    sample_build(out, "rules=none", "consent.heed=", sources=sources)
    data = kept(out)
    yoruba = data["yor_Latn"]
    assert yoruba["title"] == "Ọjà òwúrọ̀, call <phone>"
    assert yoruba["site_name"] == "Ìròyìn <email>"
    assert yoruba["author"] is None
    assert (yoruba["published"], yoruba["page_licence"], yoruba["licence"]) == ("2021-02-27", BY, "CC-BY-SA-4.0")
    assert 0.5 < yoruba["extraction_confidence"] <= 1
    assert (data["swh_Latn"]["page_licence"], data["swh_Latn"]["licence"]) == ("/terms", None)
    nothing = [name for name in schema.PAGE.names if name in schema.DATA.names]
    assert {data["khm_Khmr"][name] for name in nothing} == {None}
    assert {data["tam_Taml"][name] for name in nothing[1:]} == {None}
    for folder in ("text", "notes"):
        work = pa.concat_tables([pq.read_table(path) for path in (out / "work" / folder).glob("*.parquet")])
        (row,) = work.select([*TOLD]).filter(pa.compute.is_valid(work["title"])).to_pylist()
        assert row == TOLD

    sample_build(out, "rules=none", "consent.heed=", "pii=keep", sources=sources)
    assert {name: kept(out)["yor_Latn"][name] for name in ("title", "author", "site_name")} == {
        name: TOLD[name] for name in ("title", "author", "site_name")
    }
    takedown.run(out, urls=["http://site.test/0"])
    for path in out.rglob("*"):
        if path.is_file():
            told = str(pq.read_table(path).to_pydict()) if path.suffix == ".parquet" else path.read_text("utf-8")
            assert not any(value in told for value in TOLD.values()), path
    assert set(kept(out)) == {"tam_Taml", "swh_Latn", "khm_Khmr"}


def test_a_declared_licence_stands_before_a_page_s(source: Path, tmp_path: Path) -> None:
    config = tmp_path / "corpus.toml"
    config.write_text(f'[[sources]]\npath = "{source / "pages.warc"}"\nlicence = "House rules"\n')
    from pipeline import build
    from pipeline.settings import load

    build.run(load([], config, ["rules=none", "consent.heed="]), tmp_path / "out", "inline")
    assert {(row["licence"], row["page_licence"]) for row in kept(tmp_path / "out").values()} == {
        ("House rules", BY),
        ("House rules", None),
        ("House rules", "/terms"),
    }
