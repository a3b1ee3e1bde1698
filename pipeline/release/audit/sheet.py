"""The sheets of an audit: CSV, and a page that works by keyboard and without a network."""

import csv
import html
import io
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from manifests import languages
from manifests.errors import Stop

ANSWERS = ("yes", "no", "mixed", "unsure")
COLUMNS = ("number", "id", "answer", "note", "url", "text")
SHOWN = 20_000
"""Characters of a document that are shown."""
_CUT = f'<p class="cut">It goes on: the first {SHOWN:,} characters are shown.</p>'
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def _plain(text: str) -> str:
    """A cell that no program takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULAS) else text


def table(rows: Sequence[dict[str, str]]) -> str:
    """The sheet as CSV, with empty answers."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for number, row in enumerate(rows, 1):
        writer.writerow([number, row["id"], "", "", _plain(row["url"]), _plain(row["text"][:SHOWN])])
    return text.getvalue()


def page(label: str, rows: Sequence[dict[str, str]]) -> str:
    """The sheet as a page: it keeps answers in the browser, and gives them as CSV."""
    template = (files("pipeline.release.audit") / "sheet.html").read_text(encoding="utf-8")
    language = languages.of(label)
    articles = "\n".join(
        f'<article data-id="{html.escape(row["id"])}">'
        f'<p class="where">{number} / {len(rows)} {html.escape(row["url"])}</p>'
        f'<div class="text" dir="auto" lang="{html.escape(language.bcp47)}">{html.escape(row["text"][:SHOWN])}</div>'
        f"{_CUT if len(row['text']) > SHOWN else ''}</article>"
        for number, row in enumerate(rows, 1)
    )
    name = html.escape(f"{language.name} ({label})")
    return template.replace("LANGUAGE", name).replace("LABEL", html.escape(label)).replace("ARTICLES", articles)


def answers(path: Path) -> dict[str, str]:
    """What one person answered of each document; empty answers are left out."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            csv.field_size_limit(1 << 27)
            rows = list(csv.DictReader(stream))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise Stop(f"{path} cannot be read: {error}.", "Give the CSV that was filled in or exported.") from None
    if not rows or not {"id", "answer"} <= set(rows[0]):
        raise Stop(f"{path} has no columns id and answer.", "Give the CSV that was filled in or exported.")
    told = {(row["id"] or "").strip(): (row["answer"] or "").strip().casefold() for row in rows}
    told = {name: answer for name, answer in told.items() if answer}
    strange = sorted(set(told.values()) - set(ANSWERS))
    if strange:
        raise Stop(f"{path} answers {strange[0]!r}.", f"Answer with {', '.join(ANSWERS)}, or leave it empty.")
    return told
