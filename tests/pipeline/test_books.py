"""A folder of books of every kind, and archives that hold some, are read as any other source is."""

import gzip
from pathlib import Path
from typing import Any

from archives import SENTENCES, page, response, warc
from made import epub, pdf

from pipeline import plan
from pipeline.pages import run
from pipeline.settings import load
from pipeline.steps import text

STORY = SENTENCES[1]
SRT = "".join(f"{n}\n00:00:0{n},000 --> 00:00:0{n},900\n{part}\n\n" for n, part in enumerate(STORY.split(" ", 3), 1))
EPUB = epub({"a.xhtml": f"<p>{STORY}</p>"}, "<dc:title>Ọjà</dc:title><dc:language>yo</dc:language>")
FILES = {
    "a.pdf": pdf([[STORY]], head="/Title (Oja) /Author (A. Mushi)"),
    "b.epub": EPUB,
    "c/c.srt": SRT.encode("utf-16"),
    "c/d.vtt.gz": gzip.compress(("WEBVTT\r\n\r\nNOTE by nobody\r\n\r\n" + SRT.replace("\n", "\r\n")).encode()),
    "e.warc": (
        response(1, pdf([[STORY]]), "200 OK", "application/pdf")
        + response(2, pdf([[STORY]])[:150], "200 OK", "application/pdf")
        + response(3, EPUB, "200 OK", "application/epub+zip")
        + response(4, pdf([["x"]], unicode=False), "200 OK", "application/pdf")
        + warc("resource", SRT.encode(), 5, content_type="application/x-subrip", warc_target_uri="http://site.test/5")
        + response(6, page(6))
    ),
    "f.png": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
}


def folder(tmp_path: Path) -> Path:
    for name, body in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(body)
    return tmp_path


def test_a_folder_of_mixed_files_is_read(tmp_path: Path) -> None:
    settings = load([str(folder(tmp_path))], None, ())
    made = plan.make(settings)
    assert [unknown[1] for unknown in made.unknown] == ["f.png"]
    found: dict[str, list[dict[str, Any]]] = {}
    for unit in made.units:
        for table in text.documents(unit, settings):
            found.setdefault(unit.file.relative, []).extend(table.to_pylist())
    assert {name: [row["text"] for row in rows][:3] for name, rows in found.items()} == {
        "a.pdf": [STORY],
        "b.epub": [STORY],
        "c/c.srt": [STORY],
        "c/d.vtt.gz": [STORY],
        "e.warc": [STORY] * 3,
    }
    assert SENTENCES[7] in found["e.warc"][3]["text"]
    told = {name: (rows[0]["title"], rows[0]["author"], rows[0]["page_language"]) for name, rows in found.items()}
    assert told["a.pdf"] == ("Oja", "A. Mushi", None)
    assert told["b.epub"] == ("Ọjà", None, "yo")


def test_what_became_of_each_is_told(tmp_path: Path) -> None:
    folder(tmp_path)
    told = list(run(str(tmp_path / "e.warc")))
    assert [one.get("skipped") for one in told] == [None, "damaged", None, "unreadable", None, None]
    assert [one["text"] for one in told[::2]] == [STORY] * 3
    assert [one["text"] for one in run(str(tmp_path / "a.pdf"))] == [STORY]
