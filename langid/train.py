"""Trains an identifier from labelled sentences: the built-in model, or one of your own.

Deterministic given its data: fastText runs with one thread and a seed, and every choice made here is drawn from one
seeded generator in a fixed order. The model and its card are written to a folder; ``Identifier.load`` reads them there.
"""

import hashlib
import json
import random
import tempfile
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa

from langid.evaluate import FEW, Report, Sentence, evaluate, sentences
from langid.identify import CARD, Identifier
from langid.kernel import buffers
from langid.passages import passages
from manifests.errors import Stop
from manifests.languages import word_kind

MODEL = "model.ftz"
MEASURES = ("precision", "recall", "f1")

Item = TypeVar("Item")

SOURCES = {
    "bible-corpus": "compilation CC0 1.0; some underlying translations may be under their publishers' copyright",
    "debian-ddtp": "volunteer translations of Debian package descriptions, no explicit licence",
    "global-asp": "CC BY 4.0 except where a story says otherwise",
    "global-pb": "CC BY 4.0 except where a story says otherwise",
    "lingua-testdata": "repository Apache-2.0; sentences from the Leipzig Corpora Collection, under its terms",
    "open-bibles": "public domain",
    "osis-bibles": "public domain, as stated in the files or assumed from their age",
    "pratham": "CC BY 4.0 (Pratham Books StoryWeaver), some public domain",
    "tldr-pages": "CC BY 4.0",
    "udhr": "United Nations texts, no licence statement",
}
"""Sources that a shipped model may be trained on, and their licences."""

BARRED = {
    "asp": "partly CC BY-NC: a story's licence is not told sentence by sentence",
    "masakhane-news": "article texts of publishers, without a licence",
}
"""Sources that it may not, and why."""

SCRIPTURE = frozenset({"bible-corpus", "open-bibles", "osis-bibles"})

UNTRAINED = {
    "cjy_Hani": "cmn_Hani",
    "cnr_Latn": "srp_Latn",
    "gan_Hani": "cmn_Hani",
    "hak_Hani": "cmn_Hani",
    "hsn_Hani": "cmn_Hani",
    "nan_Hani": "cmn_Hani",
}
"""Labels left out, and what their text is most like: with fifty sentences of one formal text each they were answered
wrongly more often than rightly on held-out sentences, and took documents from the label they resemble."""


@dataclass(frozen=True)
class Recipe:
    """How a model is trained. The defaults made the built-in one.

    A label of few sentences is topped up with windows of them, towards the geometric mean of its number and
    ``plenty`` but at most ``most_copies`` times; every label gets ``windows`` of its number on top, so that short text
    is seen. Scripture is held to as many sentences as a label has of other sources, or ``scripture``. ``temperature``
    stands between sources that it learnt from, on which the model is as sure as it is right, and others, on which it is
    too sure (on stories it never saw: calibration error 0.10 at 1, 0.05 at 1.25).
    """

    dim: int = 32
    bucket: int = 1 << 18
    shortest: int = 2
    longest: int = 5
    epochs: int = 8
    rate: float = 0.5
    word_least: int = 20
    plenty: int = 4000
    most_copies: int = 12
    windows: float = 0.5
    scripture: int = 1500
    temperature: float = 1.25
    seed: int = 0


def train(
    data: Path, out: Path, recipe: Recipe | None = None, sources: Collection[str] = tuple(SOURCES)
) -> dict[str, Any]:
    """Train on ``data``/train.tsv(.zst), score on ``data``/dev.tsv(.zst), write model.ftz, card.json and README.md to
    ``out``, and return the card. Raises Stop where there are no sentences of ``sources``."""
    recipe = recipe or Recipe()
    rows = [row for row in sentences(_file(data, "train")) if row.source in sources and row.label not in UNTRAINED]
    if not rows:
        raise Stop(f"No sentence in {data} is of {', '.join(sorted(sources))}", "Name the sources of your data")
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out) as scratch:
            text = Path(scratch) / "train.txt"
            text.write_text("".join(f"__label__{label} {line}\n" for label, line in lines(rows, recipe)), "utf-8")
            _fit(text, Path(scratch) / MODEL, recipe)
            (Path(scratch) / MODEL).replace(out / MODEL)
    except OSError as error:
        raise Stop(f"The model cannot be written to {out}: {error.strerror}", "Choose another folder") from error
    (out / CARD).write_text(json.dumps({"form": "letters", "temperature": recipe.temperature}), "utf-8")
    known = {row.label for row in rows}
    held_out = [row for row in sentences(_file(data, "dev")) if row.source in sources and row.label in known]
    card = _card(rows, recipe, out / MODEL, evaluate(Identifier.load(out / MODEL), held_out), held_out)
    (out / CARD).write_text(json.dumps(card, indent=1, sort_keys=True, ensure_ascii=False) + "\n", "utf-8")
    (out / "README.md").write_text(readme(card), "utf-8")
    return card


def lines(rows: Iterable[Sentence], recipe: Recipe) -> list[tuple[str, str]]:
    """Training lines (label, text as the identifier hands it to the model), shuffled."""
    random_ = random.Random(recipe.seed)  # noqa: S311
    by_label: dict[str, tuple[list[str], list[str]]] = {}
    ordered = sorted(rows)
    for row, text in zip(ordered, _written([row.text for row in ordered]), strict=True):
        if text:
            by_label.setdefault(row.label, ([], []))[row.source in SCRIPTURE].append(text)
    made = []
    for label, (other, scripture) in sorted(by_label.items()):
        _shuffle(scripture, random_)
        real = other + scripture[: max(recipe.scripture, len(other))]
        count = len(real)
        wanted = min(round((count * recipe.plenty) ** 0.5), recipe.most_copies * count)
        extra = max(0, wanted - count) + int(count * recipe.windows)
        # Each sentence in turn as long as copies go round, the rest by lot.
        turns = (
            [real[k % count] for k in range(extra)] if extra > count else [_pick(real, random_) for _ in range(extra)]
        )
        made += [(label, text) for text in real]
        made += [(label, _window(text, word_kind(label) == "spaced", random_)) for text in turns]
    _shuffle(made, random_)
    return made


def _written(texts: Sequence[str]) -> list[str]:
    """Each text as the identifier hands it to the model, its passages joined; empty where nothing is left."""
    offsets, data = buffers(pa.array(texts, pa.string()))
    found = passages(offsets, data, letters_only=True)
    written = [""] * len(texts)
    for document, start, stop in zip(
        found.documents.tolist(), found.starts.tolist(), found.stops.tolist(), strict=True
    ):
        piece = found.data[start:stop].tobytes().decode()
        written[document] = f"{written[document]} {piece}" if written[document] else piece
    return written


def _window(text: str, spaced: bool, random_: random.Random) -> str:
    """A few words of ``text`` in a row, or a few letters where words are not spaced."""
    units: Sequence[str] = text.split() if spaced else text
    length = _pick((2, 3, 4, 5, 6, 8, 10, 12) if spaced else (4, 6, 8, 12, 16, 24), random_)
    if len(units) <= length:
        return text
    first = int(random_.random() * (len(units) - length + 1))
    return (" " if spaced else "").join(units[first : first + length]).strip() or text


def _pick(values: Sequence[Item], random_: random.Random) -> Item:
    return values[int(random_.random() * len(values))]


def _shuffle(values: list[Item], random_: random.Random) -> None:
    """In place. Only ``random()`` is promised to give the same numbers in every Python."""
    for last in range(len(values) - 1, 0, -1):
        other = int(random_.random() * (last + 1))
        values[last], values[other] = values[other], values[last]


def _fit(text: Path, model: Path, recipe: Recipe) -> None:
    import fasttext  # only those who train need to load it

    trained = fasttext.train_supervised(
        str(text),
        dim=recipe.dim,
        bucket=recipe.bucket,
        minn=recipe.shortest,
        maxn=recipe.longest,
        epoch=recipe.epochs,
        lr=recipe.rate,
        minCount=recipe.word_least,
        loss="softmax",
        thread=1,
        seed=recipe.seed,
        verbose=0,
    )
    trained.quantize(qnorm=True, retrain=False, dsub=2)
    trained.save_model(str(model))


def _card(
    rows: Sequence[Sentence], recipe: Recipe, model: Path, report: Report, held_out: Sequence[Sentence]
) -> dict[str, Any]:
    counts: dict[str, int] = {}
    by_source: dict[str, dict[str, int]] = {}
    for row in rows:
        counts[row.label] = counts.get(row.label, 0) + 1
        of = by_source.setdefault(row.source, {})
        of[row.label] = of.get(row.label, 0) + 1
    labels: dict[str, dict[str, float | int]] = {label: {"train": count} for label, count in sorted(counts.items())}
    for label, one in report.labels.items():
        labels[label] |= {
            "held_out": one.rows,
            "precision": round(one.precision, 4),
            "recall": round(one.recall, 4),
            "f1": round(one.f1, 4),
        }
    with model.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {
        "form": "letters",
        "temperature": recipe.temperature,
        "sha256": digest,
        "recipe": asdict(recipe),
        "sources": {
            name: {"licence": SOURCES.get(name, ""), "sentences": sum(of.values()), "labels": len(of)}
            for name, of in sorted(by_source.items())
        },
        "barred": BARRED,
        "untrained": UNTRAINED,
        "labels": labels,
        "held_out": {
            "sentences": report.rows,
            "accuracy": round(report.accuracy, 4),
            "macro_f1": round(report.macro_f1, 4),
            "macro_f1_tested": round(report.macro_f1_tested, 4),
            "tested": sum(one.rows >= FEW for one in report.labels.values()),
            "by_script": {script: round(value, 4) for script, value in report.scripts.items()},
            "by_source": {source: round(value, 4) for source, value in report.sources.items()},
            "confused": [list(row) for row in report.confused[:40]],
        },
    }


def readme(card: dict[str, Any]) -> str:
    """The model card as Markdown."""
    held_out = card["held_out"]
    parts = [
        "# Language identification model",
        f"A fastText classifier of {len(card['labels'])} labels, quantised, sha256 `{card['sha256']}`. It reads small "
        "letters, marks and apostrophes inside words, parted by single spaces (`langid/passages.py`). `card.json` has "
        "all that is said here as data. Made by `corpus langid train`, deterministically, with "
        + ", ".join(f"{name} {value}" for name, value in card["recipe"].items())
        + ".",
        "## What it learnt from",
        _table(
            ("source", "sentences", "labels", "licence"),
            [(name, row["sentences"], row["labels"], row["licence"]) for name, row in card["sources"].items()],
        ),
        "Left out: "
        + "; ".join(f"{name} ({why})" for name, why in card["barred"].items())
        + ". Labels left out, as too few sentences of one formal text could not tell them from a close relative: "
        + ", ".join(f"{label} (like {other})" for label, other in card["untrained"].items())
        + ".",
        "## How well it does",
        f"On {held_out['sentences']:,} held-out sentences of the same sources (other articles, chapters, stories and "
        f"pages), each identified as a document of its own: accuracy {held_out['accuracy']:.4f}, macro F1 "
        f"{held_out['macro_f1']:.4f}; over the {held_out['tested']} labels with {FEW} sentences or more "
        f"{held_out['macro_f1_tested']:.4f}. Sources are few and formal for most labels, so expect less on the web, "
        "and less on a few words than on a page.",
        _table(("source", "accuracy"), [(name, f"{value:.3f}") for name, value in held_out["by_source"].items()]),
        _table(("script", "macro F1"), [(name, f"{value:.3f}") for name, value in held_out["by_script"].items()]),
        "Most often confused: "
        + ", ".join(f"{truth} as {said} ({count})" for truth, said, count in held_out["confused"][:20])
        + ".",
        "## Labels",
        _table(
            ("label", "trained on", "held out", "precision", "recall", "F1"),
            [
                (
                    label,
                    row["train"],
                    row.get("held_out", 0),
                    *(_shown(row, key) for key in ("precision", "recall", "f1")),
                )
                for label, row in card["labels"].items()
            ],
        ),
    ]
    return "\n\n".join(parts) + "\n"


def _shown(row: dict[str, Any], key: str) -> str:
    return f"{row[key]:.3f}" if key in row else ""


def _table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    return "\n".join(
        ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
        + ["| " + " | ".join(str(value) for value in row) + " |" for row in rows]
    )


def _file(folder: Path, name: str) -> Path:
    for path in (folder / f"{name}.tsv.zst", folder / f"{name}.tsv.gz", folder / f"{name}.tsv"):
        if path.is_file():
            return path
    raise Stop(
        f"There is no {name}.tsv, {name}.tsv.gz or {name}.tsv.zst in {folder}", "Give a folder with train and dev"
    )
