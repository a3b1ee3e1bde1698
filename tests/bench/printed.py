"""Books to be read back: known text in many scripts, set by Debian's programs as PDF and EPUB.

apt-get install weasyprint libreoffice-writer-nogui chromium groff calibre poppler-utils fonts-noto-core fonts-noto-cjk
"""

import html
import io
import json
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import zstandard

LABELS = (  # noqa: SIM905
    "eng_Latn deu_Latn vie_Latn yor_Latn ell_Grek rus_Cyrl arb_Arab urd_Arab heb_Hebr hin_Deva ben_Beng tam_Taml"
    " mal_Mlym sin_Sinh tha_Thai lao_Laoo khm_Khmr mya_Mymr bod_Tibt amh_Ethi kat_Geor cmn_Hani jpn_Jpan kor_Hang"
).split()
CHARACTERS = 6_000
"""Of a book, about."""

_RTL = ("Arab", "Hebr")
_FONTS = {"Hani": "Noto Sans CJK SC", "Jpan": "Noto Sans CJK JP", "Hang": "Noto Sans CJK KR"}
_FONTS |= {"Arab": "Noto Naskh Arabic", "Tibt": "Noto Serif Tibetan", "Latn": "Noto Serif", "Grek": "Noto Serif"}
_FONTS |= {"Cyrl": "Noto Serif", "Deva": "Noto Sans Devanagari", "Beng": "Noto Sans Bengali", "Taml": "Noto Sans Tamil"}
_FONTS |= {
    "Mlym": "Noto Sans Malayalam",
    "Sinh": "Noto Sans Sinhala",
    "Thai": "Noto Sans Thai",
    "Laoo": "Noto Sans Lao",
}
_FONTS |= {"Khmr": "Noto Sans Khmer", "Mymr": "Noto Sans Myanmar", "Ethi": "Noto Sans Ethiopic"}
_FONTS |= {"Hebr": "Noto Sans Hebrew", "Geor": "Noto Sans Georgian"}


class Book(NamedTuple):
    """``chapters``: of each, the paragraphs; the first is its heading."""

    label: str
    chapters: tuple[tuple[str, ...], ...]

    @property
    def text(self) -> str:
        """A paragraph a line."""
        return "\n".join(paragraph for chapter in self.chapters for paragraph in chapter)


def books(shared: Path) -> list[Book]:
    """A book in each language, of documents of the shared data."""
    found: dict[str, list[tuple[str, ...]]] = {label: [] for label in LABELS}
    sizes = dict.fromkeys(LABELS, 0)
    with zstandard.open(shared / "docs/docs.jsonl.zst", "rb") as stream:
        for line in io.TextIOWrapper(stream, "utf-8"):
            document = json.loads(line)
            label, text = document["label"], document["text"]
            if (
                label in sizes
                and sizes[label] < CHARACTERS
                and len(text) > 1000
                and document["source"] != "debian-ddtp"
            ):
                lines = tuple(filter(None, (" ".join(part.split()) for part in text[:CHARACTERS].split("\n"))))
                found[label].append(lines)
                sizes[label] += sum(map(len, lines))
    return [Book(label, tuple(chapters)) for label, chapters in found.items() if chapters]


def _body(book: Book) -> str:
    return "\n".join(
        f"<h1>{html.escape(heading)}</h1>\n" + "\n".join(f"<p>{html.escape(line)}</p>" for line in rest)
        for heading, *rest in book.chapters
    )


def page(book: Book, style: str = "") -> str:
    """The book as HTML to be printed: justified, hyphenated, with a running title and page numbers."""
    script = book.label[4:]
    direction = "rtl" if script in _RTL else "ltr"
    name = book.label[:3]
    language = {"deu": "de", "eng": "en", "rus": "ru"}.get(name, name)
    return f"""<!DOCTYPE html><html lang="{language}" dir="{direction}">
<head><meta charset="utf-8"><title>{html.escape(book.chapters[0][0])}</title><style>
@page {{ size: A5; margin: 18mm; @top-center {{ content: "A Book of Tests in {name}" }}
  @bottom-center {{ content: counter(page) }} }}
body {{ font: 11pt "{_FONTS[script]}", "Noto Serif", serif; text-align: justify; hyphens: auto; }}
{style}</style></head><body>{_body(book)}</body></html>"""


def _run(*command: str | Path) -> None:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=900, check=False)
    if done.returncode:
        raise RuntimeError(f"{command[0]}: {done.stderr[-800:]}")


Wanted = Sequence[tuple[Book, Path]]
"""Books, and the file of each that is to be made."""


def weasyprint(wanted: Wanted, style: str = "") -> None:
    """Pango and HarfBuzz."""
    for book, out in wanted:
        out.with_suffix(".html").write_text(page(book, style), "utf-8")
    program = "import sys, weasyprint\nfor a in sys.argv[1:]: weasyprint.HTML(a + '.html').write_pdf(a + '.pdf')"
    _run("/usr/bin/python3", "-c", program, *(out.with_suffix("") for _, out in wanted))


def columns(wanted: Wanted) -> None:
    """Two columns."""
    weasyprint(wanted, "body { columns: 2; font-size: 9pt }")


def chromium(wanted: Wanted) -> None:
    """Skia, tagged."""
    for book, out in wanted:
        source = out.with_suffix(".html")
        source.write_text(page(book), "utf-8")
        _run(
            *("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"),
            *(f"--user-data-dir={out.parent / 'profile'}", f"--print-to-pdf={out}", source.resolve().as_uri()),
        )


def office(wanted: Wanted) -> None:
    """LibreOffice Writer."""
    folder = wanted[0][1].parent
    for book, out in wanted:
        out.with_suffix(".html").write_text(page(book), "utf-8")
    for target, ending in (("odt:writer8", ".html"), ("pdf", ".odt")):
        _run(
            *("soffice", f"-env:UserInstallation=file://{folder.resolve() / 'office'}", "--headless"),
            *("--writer", "--convert-to", target, "--outdir", folder, *(out.with_suffix(ending) for _, out in wanted)),
        )


def groff(wanted: Wanted) -> None:
    """groff with its own fonts of type 1: hyphenation, ligatures."""
    for book, out in wanted:
        lines = [".EH '''A Book of Tests'''", ".OH '''A Book of Tests'''"]
        for heading, *rest in book.chapters:
            lines += [".SH", heading]
            for line in rest:
                lines += [".PP", "\\&" + line.replace("\\", "\\e")]
        out.with_suffix(".ms").write_text("\n".join(lines) + "\n", "utf-8")
        with out.open("wb") as handle:
            command = ["groff", "-K", "utf8", "-ms", "-Tpdf", out.with_suffix(".ms")]
            subprocess.run(command, stdout=handle, check=False, stderr=subprocess.DEVNULL)


class Printer(NamedTuple):
    """``needs`` is the program that it runs; ``labels`` what it sets, everything where none is named."""

    make: Callable[[Wanted], None]
    needs: str
    labels: tuple[str, ...] = ()


PRINTERS: Mapping[str, Printer] = {
    "weasyprint": Printer(weasyprint, "weasyprint"),
    "columns": Printer(columns, "weasyprint"),
    "chromium": Printer(chromium, "chromium"),
    "office": Printer(office, "soffice"),
    "groff": Printer(groff, "gropdf", ("eng_Latn", "deu_Latn")),
}
"""What makes PDFs of books."""


def calibre(wanted: Wanted) -> None:
    """EPUB by calibre, with chapters at headings, a cover and a table of contents of its own."""
    for book, out in wanted:
        source = out.with_suffix(".html")
        source.write_text(page(book), "utf-8")
        _run("ebook-convert", source, out, "--language", book.label[:3], "--chapter", "//h:h1")


EPUB_MAKERS: Mapping[str, Printer] = {"calibre": Printer(calibre, "ebook-convert")}
"""What makes EPUBs of books."""


def printed(wanted: Sequence[Book], printer: str, folder: Path) -> dict[str, Path]:
    """The books as this printer sets them, by label; none where it is not installed."""
    row = PRINTERS.get(printer) or EPUB_MAKERS[printer]
    ending = "pdf" if printer in PRINTERS else "epub"
    if shutil.which(row.needs) is None:
        return {}
    able = [book for book in wanted if not row.labels or book.label in row.labels]
    paths = {book.label: folder / f"{book.label}-{printer}.{ending}" for book in able}
    if absent := [(book, paths[book.label]) for book in able if not paths[book.label].exists()]:
        row.make(absent)
    return {label: path for label, path in paths.items() if path.exists()}
