"""Trains an identifier from labelled sentences and distinctive words: the built-in model, or one of your own.

Deterministic given its data: one thread, and every choice made here is drawn from seeded generators in a fixed order.
The model, its card and the answers it gave to sources that it had not seen are written to a folder;
``Identifier.load`` reads them there.
"""

import hashlib
import json
import tempfile
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from langid.calibrate import calibrated, calibration_error, fit_line
from langid.confusions import Confusions
from langid.evaluate import FEW, Answer, Report, Sentence, answers, lower_bound, report, sentences
from langid.extracts import extracts
from langid.fit import Shape, fit, save
from langid.folds import folds, scarce
from langid.identify import CARD, Identifier
from langid.lessons import Mixture, at_most, distinctive, lines, questions
from langid.scores import BINS, bins
from langid.second import UNSURE, VOTER, count, write
from manifests.errors import Stop

MODEL = "model.ftz"
CONFUSIONS = "confusions.tsv"
MEASURES = ("precision", "recall", "f1")

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

WORDS = "Apache-2.0, the word lists that FineWeb2 was filtered with"
"""Licence of the distinctive words."""

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


MISLABELLED = {("lingua-testdata", "zsm_Latn")}
"""Sentences that are neither learnt from nor asked about: CLD2 calls 548 of these 816 Indonesian, 199 Malay; of those
of the declaration 5 and 41, and they read so."""

APART = (
    ("lingua-testdata", "pratham", "tldr-pages"),
    ("debian-ddtp", "global-asp", "global-pb", "udhr"),
)
"""Groups of sources that the recipe is judged on, each by a model trained without the whole group. Scripture is left
out of this: who knows one Bible knows much of the next."""

MOST_TESTED = 200
"""Sentences of a label and a source that was never trained on, which its support is judged on at most."""

MOST_ASKED = 100
"""Sentences of a label and a source that the second voter is asked about."""

LITTLE, LITTLE_WEIGHT, WORDS_WEIGHT = 200, 0.5, 0.3
"""Labels of fewer sentences are so likely beside others where the model is unsure, and so labels of words alone."""

FLOOR = 0.8
"""Of the lower 90 % bound of a label's F1: where it is lower the label is weak."""


@dataclass(frozen=True)
class Recipe:
    """How a model is trained. The defaults made the built-in one.

    ``temperature`` is that at which the model and the second voter agree best on sources that neither saw: two passes
    leave it less sure than it may be. What a document's score then means is measured, and kept in the card
    (``langid.calibrate``).
    """

    shape: Shape = field(default_factory=Shape)
    mixture: Mixture = field(default_factory=Mixture)
    temperature: float = 0.7
    second: bool = True
    """Whether CLD2 is asked where the model is unsure (``langid.second``)."""


def train(
    data: Path,
    out: Path,
    recipe: Recipe | None = None,
    sources: Collection[str] = tuple(SOURCES),
    apart: Sequence[Sequence[str]] = APART,
) -> dict[str, Any]:
    """Train on ``data``/train.tsv(.zst) and words.tsv(.zst), score on dev.tsv(.zst), write model.ftz, card.json,
    confusions.tsv and README.md to ``out``, and return the card.

    For each group of ``apart`` a model is trained without its sources, and asked about them: that tells what scores are
    worth on text unlike that of ``sources``. Labels with hardly a held-out sentence are judged on those they learn
    from, by models trained without a third of them (``langid.folds``). Raises Stop where there are no sentences of
    ``sources``.
    """
    recipe = recipe or Recipe()
    everything = _trusted(sentences(_file(data, "train")))
    rows = [row for row in everything if row.source in sources and row.label not in UNTRAINED]
    if not rows:
        raise Stop(f"No sentence in {data} is of {', '.join(sorted(sources))}", "Name the sources of your data")
    place = _found(data, "words")
    words = distinctive(place, but=UNTRAINED) if place else {}
    held_out = _trusted(sentences(_file(data, "dev")))
    known = {row.label for row in rows}
    familiar = [row for row in held_out if row.source in sources and row.label in known]
    strange = [row for row in (*held_out, *everything) if row.source not in sources]
    unseen: list[Answer] = []
    tested: list[Answer] = []
    turned: list[Answer] = []
    try:
        out.mkdir(parents=True, exist_ok=True)
        for group in apart:
            others = [row for row in rows if row.source not in group]
            if others and len(others) < len(rows):
                kept = {row.label for row in others}
                asked = [
                    [row for row in some if row.source in group and row.label in kept]
                    for some in (held_out, everything)
                ]
                stranger = trained(others, words, out, recipe)
                unseen += _unseen(stranger, asked[0])
                tested += _unseen(stranger, extracts([*asked[0], *asked[1]]))
        for others, left_out in folds(rows, scarce(known, [*familiar, *at_most(MOST_TESTED, strange)])):
            turned += _unseen(trained(others, words, out, recipe), left_out)
        identifier = trained(rows, words, out, recipe)
    except OSError as error:
        raise Stop(f"The model cannot be written to {out}: {error.strerror}", "Choose another folder") from error
    tested += _unseen(identifier, extracts(strange))
    foreign = _unseen(identifier, at_most(MOST_TESTED, strange))
    unseen += foreign
    seen = [*_unseen(identifier, extracts(familiar)), *turned]
    line = calibration([one for one in unseen if one.label in known and one.source in sources])
    (out / CONFUSIONS).write_text(confusions(tested, seen, line), "utf-8")
    return finish(out, rows, words, recipe, answers(identifier, familiar), foreign, unseen, turned)


def _trusted(rows: Iterable[Sentence]) -> list[Sentence]:
    return [row for row in rows if (row.source, row.label) not in MISLABELLED]


def finish(
    out: Path,
    rows: Sequence[Sentence],
    words: Mapping[str, Sequence[str]],
    recipe: Recipe,
    own: Sequence[Answer],
    foreign: Sequence[Answer],
    unseen: Sequence[Answer],
    turned: Sequence[Answer] = (),
) -> dict[str, Any]:
    """Write the card of the model in ``out``, learnt from ``rows`` and ``words``, and return its card: from its
    answers to held-out sentences of its ``own`` sources and of ``foreign`` ones, those of this recipe to all
    ``unseen`` ones, and those to sentences of scarce labels that were left out in ``turned``."""
    card = _card(rows, words, recipe, out / MODEL, own, foreign, unseen, turned)
    (out / CARD).write_text(json.dumps(card, indent=1, sort_keys=True, ensure_ascii=False) + "\n", "utf-8")
    (out / "README.md").write_text(readme(card), "utf-8")
    return card


def trained(rows: Sequence[Sentence], words: Mapping[str, Sequence[str]], out: Path, recipe: Recipe) -> Identifier:
    """The model of ``rows`` and ``words``, which lies in ``out`` with a card that says how to ask it, but not what its
    scores are worth."""
    learnt = lines(rows, words, recipe.mixture)
    late = words.keys() - {row.label for row in rows}
    fitted = fit([label for label, _ in learnt], [text for _, text in learnt], recipe.shape, late)
    with tempfile.TemporaryDirectory(dir=out) as scratch:
        save(fitted, Path(scratch) / MODEL)
        (Path(scratch) / MODEL).replace(out / MODEL)
    # What decides how it is asked is that of the final card, or it would be judged on other answers than it will give.
    sizes = Counter(row.label for row in rows)
    card = {
        "form": "letters",
        "temperature": recipe.temperature,
        "calibration": [[0, 0], [1, 1]],
        "labels": {label: {"train": sizes[label]} for label in sorted({*sizes, *words})},
    }
    (out / CARD).write_text(json.dumps(card), "utf-8")
    (out / VOTER).unlink(missing_ok=True)
    if recipe.second:
        ask_second(rows, words, out / VOTER, recipe)
    return Identifier.load(out / MODEL)


def ask_second(rows: Sequence[Sentence], words: Mapping[str, Sequence[str]], place: Path, recipe: Recipe) -> None:
    """Write what the second voter says to texts of each label, to ``place``."""
    sizes = Counter(row.label for row in rows)
    weights = {label: LITTLE_WEIGHT for label, size in sizes.items() if size < LITTLE}
    weights |= {label: WORDS_WEIGHT for label in words if label not in sizes}
    write(place, count(questions(rows, words, MOST_ASKED, recipe.mixture.seed)), weights)


def _unseen(identifier: Identifier, rows: Iterable[Sentence]) -> list[Answer]:
    """What it answers to rows of labels that it knows."""
    known = set(identifier.answers)
    asked = [row for row in rows if row.label in known]
    return answers(identifier, asked) if asked else []


def confusions(unseen: Sequence[Answer], own: Sequence[Answer], line: Sequence[Sequence[float]]) -> str:
    """The table of ``langid.confusions``: how often texts (``langid.extracts``) of a label were answered with which, by
    a model that had not seen their source, and with which scores, once they are calibrated by ``line``. Labels that no
    such model was asked about are told from held-out texts of sources it had seen; their source is ``seen:udhr``."""
    asked = {one.label for one in unseen}
    told = [
        *unseen,
        *(one._replace(source=f"seen:{one.source}") for one in own if one.label not in asked),
    ]
    places = bins(calibrated(np.array([one.score for one in told], np.float32), line))
    counts: dict[tuple[str, str, str], list[int]] = {}
    for one, place in zip(told, places.tolist(), strict=True):
        counts.setdefault((one.source, one.label, one.answer), [0] * BINS)[place] += 1
    return Confusions.of((*key, sum(row), row) for key, row in counts.items()).text()


def calibration(unseen: Sequence[Answer]) -> list[tuple[float, float]]:
    """The line of ``langid.calibrate`` for answers to unseen sources, each source counting alike."""
    sizes = Counter(one.source for one in unseen)
    return fit_line(
        [one.score for one in unseen],
        [one.label == one.answer for one in unseen],
        [1 / sizes[one.source] for one in unseen],
    )


def _card(
    rows: Sequence[Sentence],
    words: Mapping[str, Sequence[str]],
    recipe: Recipe,
    model: Path,
    own: Sequence[Answer],
    foreign: Sequence[Answer],
    unseen: Sequence[Answer],
    turned: Sequence[Answer],
) -> dict[str, Any]:
    counts = Counter(row.label for row in rows)
    by_source: dict[str, Counter[str]] = {}
    for row in rows:
        by_source.setdefault(row.source, Counter())[row.label] += 1
    taught: dict[str, list[str]] = {}
    for source, of in sorted(by_source.items()):
        for label in of:
            taught.setdefault(label, []).append(source)
    tested, alone = report([*own, *foreign, *turned]), report([*own, *foreign])
    scanty = {one.label for one in turned}
    labels: dict[str, dict[str, Any]] = {}
    for label in sorted({*counts, *words}):
        labels[label] = {"train": counts[label], "words": len(words.get(label, ())), "supported": False}
        labels[label]["sources"] = taught.get(label, [])
        # What is left out of one training is answered a little worse, and told to the credit or debit of its own label
        # alone: a big language is judged by the final model.
        judged = tested if label in scanty else alone
        if one := judged.labels.get(label):
            bound = lower_bound(one)
            labels[label] |= {
                "held_out": one.rows,
                **{name: round(getattr(one, name), 4) for name in MEASURES},
                "f1_at_least": round(bound, 4),
                "supported": one.rows >= FEW and bound >= FLOOR,
                "confused": [list(pair) for pair in _confused(judged, label)],
            }
    held_out = report(own)
    # Of labels known by words alone, how many texts there are decides what a score is worth: that is for expected
    # precision to tell, from confusions and the corpus at hand.
    # And barred sources only test: a line fitted to them would look better than it is.
    line = calibration([one for one in unseen if one.label in counts and one.source in by_source])
    with model.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {
        "form": "letters",
        "temperature": recipe.temperature,
        "calibration": [list(point) for point in line],
        "sha256": digest,
        "second": _second_digest(model.with_name(VOTER)),
        "recipe": asdict(recipe.shape)
        | asdict(recipe.mixture)
        | {"temperature": recipe.temperature, "second": recipe.second},
        "sources": {
            name: {"licence": SOURCES.get(name, ""), "sentences": sum(of.values()), "labels": len(of)}
            for name, of in sorted(by_source.items())
        },
        "words": {"licence": WORDS, "labels": len(words), "words": sum(map(len, words.values()))},
        "barred": BARRED,
        "untrained": UNTRAINED,
        "support": {"held_out": FEW, "f1_at_least": FLOOR, "labels": sum(row["supported"] for row in labels.values())},
        "labels": labels,
        "held_out": {
            "sentences": held_out.rows,
            "accuracy": round(held_out.accuracy, 4),
            "macro_f1": round(held_out.macro_f1, 4),
            "macro_f1_tested": round(held_out.macro_f1_tested, 4),
            "tested": sum(one.rows >= FEW for one in held_out.labels.values()),
            "by_script": {script: round(value, 4) for script, value in held_out.scripts.items()},
            "by_source": {source: round(value, 4) for source, value in held_out.sources.items()},
            "confused": [list(row) for row in held_out.confused[:40]],
        },
        "unseen": _by_unseen([one for one in unseen if one.label in counts], line)
        | {"words alone": _told([one for one in unseen if one.label not in counts], line)},
    }


def _second_digest(place: Path) -> str:
    return hashlib.sha256(place.read_bytes()).hexdigest() if place.is_file() else ""


def _confused(tested: Report, label: str) -> list[tuple[str, int]]:
    """The three answers most often given instead of ``label``."""
    return [(said, count) for truth, said, count in tested.confused if truth == label][:3]


def _by_source(given: Sequence[Answer]) -> dict[str, list[Answer]]:
    found: dict[str, list[Answer]] = {}
    for one in given:
        found.setdefault(one.source, []).append(one)
    return dict(sorted(found.items()))


def _by_unseen(given: Sequence[Answer], line: Sequence[Sequence[float]]) -> dict[str, Any]:
    return {source: _told(of, line) for source, of in _by_source(given).items()} | {"all": _told(given, line)}


def _told(given: Sequence[Answer], line: Sequence[Sequence[float]]) -> dict[str, Any]:
    if not given:
        return {"sentences": 0}
    found = report(given)
    scores = calibrated(np.array([one.score for one in given], np.float32), line)
    return {
        "sentences": found.rows,
        "labels": len(found.labels),
        "accuracy": round(found.accuracy, 4),
        "macro_f1": round(found.macro_f1, 4),
        "calibration_error": round(calibration_error(scores.tolist(), [one.label == one.answer for one in given]), 4),
    }


def readme(card: dict[str, Any]) -> str:
    """The model card as Markdown."""
    held_out, support = card["held_out"], card["support"]
    parts = [
        "# Language identification model",
        f"A fastText classifier of {len(card['labels'])} labels, quantised, sha256 `{card['sha256']}`. It reads small "
        "letters, marks and apostrophes inside words, parted by single spaces (`langid/passages.py`). `card.json` has "
        "all that is said here as data. Made by `corpus langid train`, deterministically, with "
        + ", ".join(f"{name} {value}" for name, value in card["recipe"].items())
        + ".",
        f"**{support['labels']} labels are supported**: tested on {support['held_out']} held-out sentences or more, "
        f"with a lower 90 % bound of F1 of {support['f1_at_least']} or more. All others are weak: told, and by default "
        "not published.",
        "Where a passage's best label has less than "
        f"{UNSURE}, CLD2 is asked too (`langid/second.py`; what it says to texts of each label is in `second.tsv`).",
        "## What it learnt from",
        _table(
            ("source", "sentences", "labels", "licence"),
            [(name, row["sentences"], row["labels"], row["licence"]) for name, row in card["sources"].items()],
        ),
        f"And distinctive words: {card['words']['words']:,} of {card['words']['labels']} labels "
        f"({card['words']['licence']}).",
        "Left out: "
        + "; ".join(f"{name} ({why})" for name, why in card["barred"].items())
        + ". Labels left out, as too few sentences of one formal text could not tell them from a close relative: "
        + ", ".join(f"{label} (like {other})" for label, other in card["untrained"].items())
        + ".",
        "## How well it does",
        f"On {held_out['sentences']:,} held-out sentences of the same sources (other articles, chapters, stories and "
        f"pages), each identified as a document of its own: accuracy {held_out['accuracy']:.4f}, macro F1 "
        f"{held_out['macro_f1']:.4f} over the labels that have training sentences; over the {held_out['tested']} "
        f"labels with {FEW} sentences or more {held_out['macro_f1_tested']:.4f}. Expect less on a few words than on a "
        "page.",
        _table(("source", "accuracy"), [(name, f"{value:.3f}") for name, value in held_out["by_source"].items()]),
        "On sources that the model had not seen (models trained without them; the barred ones by this model), with the "
        "error of calibrated scores:",
        _table(
            ("unseen source", "sentences", "labels", "accuracy", "macro F1", "calibration error"),
            [
                (name, *(row[key] for key in ("sentences", "labels", "accuracy", "macro_f1", "calibration_error")))
                for name, row in card["unseen"].items()
                if row["sentences"]
            ],
        ),
        _table(("script", "macro F1"), [(name, f"{value:.3f}") for name, value in held_out["by_script"].items()]),
        "Most often confused: "
        + ", ".join(f"{truth} as {said} ({count})" for truth, said, count in held_out["confused"][:20])
        + ".",
        "## Labels",
        "Tested on held-out sentences of the sources it learnt from and on sources that it did not see; labels with "
        f"fewer than {FEW} of those, also on all sentences they learnt from, by models that learnt from the other two "
        "thirds of them.",
        _table(
            ("label", "sentences", "words", "tested on", "precision", "recall", "F1", "support", "taken for"),
            [
                (
                    label,
                    row["train"],
                    row["words"],
                    row.get("held_out", 0),
                    *(_shown(row, key) for key in MEASURES),
                    "supported" if row["supported"] else "weak",
                    ", ".join(f"{said} {count}" for said, count in row.get("confused", ())),
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
    if place := _found(folder, name):
        return place
    raise Stop(
        f"There is no {name}.tsv, {name}.tsv.gz or {name}.tsv.zst in {folder}", "Give a folder with train and dev"
    )


def _found(folder: Path, name: str) -> Path | None:
    for ending in (".tsv.zst", ".tsv.gz", ".tsv"):
        if (folder / f"{name}{ending}").is_file():
            return folder / f"{name}{ending}"
    return None
