"""Text of books set by Debian's programs against what was set: PDF and EPUB, in 24 languages of 20 scripts.

    python tests/bench/books.py FOLDER [LABEL...]

FOLDER keeps the books (printed.py says what makes them). Of each, the share of characters that come back: twice the
longest common subsequence over both lengths, spaces folded, NFC. Beside it the same of PDFium's own text, of pdftotext
and, where they are installed, of pypdf and pdfminer.six. Then pages a second of one core, files opened anew.
"""

import argparse
import shutil
import subprocess
import sys
import time
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path

import pypdfium2

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from printed import EPUB_MAKERS, PRINTERS, books, printed
from shared import SHARED

from manifests.errors import Skip
from pipeline.extract import epub
from pipeline.extract.pdf import document


def common(first: str, second: str) -> float:
    """2 LCS / (n + m), by bit-parallel dynamic programming (Crochemore et al. 2001)."""
    first, second = (" ".join(unicodedata.normalize("NFC", text).split()) for text in (first, second))
    masks: dict[str, int] = defaultdict(int)
    for place, character in enumerate(first):
        masks[character] |= 1 << place
    full = (1 << len(first)) - 1
    row = full
    for character in second:
        met = row & masks.get(character, 0)
        row = ((row + met) | (row - met)) & full
    return 2 * (len(first) - row.bit_count()) / max(1, len(first) + len(second))


def ours(path: Path) -> str:
    """This project."""
    try:
        return (epub.text if path.suffix == ".epub" else document.text)(path.read_bytes())[0]
    except Skip as skip:
        return f"\0{skip.reason}"


def pdfium(path: Path) -> str:
    """PDFium's own text of each page."""
    with pypdfium2.PdfDocument(path) as opened:
        return "\n".join(page.get_textpage().get_text_range() for page in opened)


def pypdf(path: Path) -> str:
    """pypdf as it is."""
    from pypdf import PdfReader

    return "\n".join(page.extract_text() for page in PdfReader(path).pages)


def pdfminer(path: Path) -> str:
    """pdfminer.six as it is."""
    from pdfminer.high_level import extract_text

    return str(extract_text(path))


def pdftotext(path: Path) -> str:
    """poppler's."""
    return subprocess.run(["pdftotext", str(path), "-"], capture_output=True, check=False).stdout.decode(
        "utf-8", "replace"
    )


def _peers() -> Mapping[str, Callable[[Path], str]]:
    found: dict[str, Callable[[Path], str]] = {"ours": ours, "pdfium": pdfium}
    found |= {"pypdf": pypdf} if find_spec("pypdf") else {}
    found |= {"pdfminer": pdfminer} if find_spec("pdfminer") else {}
    return found | ({"pdftotext": pdftotext} if shutil.which("pdftotext") else {})


def main(folder: Path, labels: list[str]) -> None:
    """Make what is not there, and print the tables."""
    assert SHARED, "the shared data is needed"
    folder.mkdir(parents=True, exist_ok=True)
    wanted = [book for book in books(SHARED) if not labels or book.label in labels]
    made = {name: printed(wanted, name, folder) for name in (*PRINTERS, *EPUB_MAKERS)}
    peers = _peers()
    seconds: dict[str, float] = dict.fromkeys(peers, 0.0)
    pages = 0
    print(f"{'book':10}{'made by':12}" + "".join(f"{name:>10}" for name in peers))
    for book in wanted:
        for maker, paths in made.items():
            if (path := paths.get(book.label)) is None:
                continue
            told = []
            for name, read in peers.items():
                if path.suffix == ".epub" and read is not ours:
                    continue
                start = time.process_time()
                text = read(path)
                if path.suffix == ".pdf":
                    seconds[name] += time.process_time() - start
                told.append(text[1:] if text.startswith("\0") else f"{common(book.text, text):.4f}")
            if path.suffix == ".pdf":
                pages += len(pypdfium2.PdfDocument(path))
            print(f"{book.label:10}{maker:12}" + "".join(f"{one:>10.10}" for one in told), flush=True)
    print(
        f"\n{pages} pages; pages a second: "
        + ", ".join(f"{name} {pages / seconds[name]:.0f}" for name in peers if seconds[name] > 1)
    )


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("folder", type=Path)
    asked.add_argument("labels", nargs="*")
    told = asked.parse_args()
    main(told.folder, told.labels)
