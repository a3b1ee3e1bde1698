"""Train the ensembles that tell main text from the rest, judge them on pages of other sites, and export them.

    python -m pipeline.extract.train FOLDER [--out content.npz]

FOLDER holds WARC files with gold beside them (lessons.py). LightGBM grows the trees (``pip install
'corpus-build[train]'``); what is shipped are plain arrays. The same folder, settings and version give the same trees.
"""

import argparse
import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.extract import measures
from pipeline.extract.content import Reader
from pipeline.extract.features import FEATURES
from pipeline.extract.lessons import Lesson, domain, lessons, of_article, of_likes, of_pieces
from pipeline.extract.model import Model, save
from pipeline.extract.second import SECOND
from pipeline.extract.trees import Trees
from pipeline.extract.workspace import Workspace

FOLDS = 5
_INNER_FOLDS = 3
_FIRST_TREES, _SECOND_TREES = 60, 40
_PIECE = 3.0  # a block that somebody looked at for itself counts more than one of a whole article
_GUESS = 0.2  # and one that an earlier model guesses, less
_SMALL = 20  # weight of a block beside its own length

GROWTH: dict[str, Any] = {
    "objective": "cross_entropy",
    "num_leaves": 24,
    "learning_rate": 0.12,
    "min_data_in_leaf": 40,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "max_bin": 127,
    "seed": 7,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
}

Doubles = npt.NDArray[np.float64]
Floats = npt.NDArray[np.float32]


class Seen(NamedTuple):
    """A lesson's blocks: what part of each is main text (NaN where nobody knows), what is known of those that look the
    same, their weights, their features."""

    lesson: Lesson
    truth: Doubles
    alike: Doubles
    weights: npt.NDArray[np.int64]
    features: Floats

    @property
    def whole(self) -> bool:
        """Whether the truth is known of each block."""
        return self.lesson.text is not None


def see(lesson: Lesson, work: Workspace) -> Seen:
    """The blocks of a lesson, and which of them are text."""
    work.scan(lesson.page)
    work.first()
    texts = work.texts()
    truth = of_article(texts, lesson.text) if lesson.text is not None else of_pieces(texts, lesson)
    n = work.count
    weights = work.measures[:n, measures.WEIGHT].copy()
    return Seen(lesson, truth, of_likes(truth, work.likes()), weights, work.table[:n, : len(FEATURES)].copy())


def fold(url: str, folds: int, salt: str = "") -> int:
    """The fold of a page: all pages of a site are in one."""
    return int.from_bytes(hashlib.blake2b((salt + domain(url)).encode(), digest_size=4).digest()) % folds


def flatten(booster: Any) -> Trees:
    """LightGBM's trees as arrays: children side by side, limits rounded so that 32 bits decide as 64 did."""
    features: list[int] = []
    cuts: list[float] = []
    children: list[int] = []
    roots: list[int] = []
    for tree in booster.dump_model()["tree_info"]:
        roots.append(len(features))
        waiting = [tree["tree_structure"]]
        first = len(features)
        for node in waiting:
            if "leaf_value" in node:
                features.append(-1)
                cuts.append(node["leaf_value"])
                children.append(0)
                continue
            cut = np.float32(node["threshold"])
            if cut > node["threshold"]:
                cut = np.nextafter(cut, np.float32(-np.inf))
            features.append(node["split_feature"])
            cuts.append(float(cut))
            children.append(first + len(waiting))
            waiting += [node["left_child"], node["right_child"]]
    return Trees(
        np.array(features, np.int16),
        np.array(cuts, np.float32),
        np.array(children, np.int32),
        np.array(roots, np.int32),
    )


def _grow(pages: Sequence[Seen], tables: Sequence[Floats], guesses: Sequence[Doubles | None], trees: int) -> Any:
    import lightgbm

    truths, weights = [], []
    for page, guess in zip(pages, guesses, strict=True):
        known = np.isfinite(page.truth)
        base = np.sqrt((page.weights + _SMALL) / 200)
        if page.whole:
            truth, weight = np.clip(page.truth, 0, 1), base
        elif guess is None:
            truth, weight = np.where(known, page.truth, 0), np.where(known, base * _PIECE, 0)
        else:
            guess = np.where(np.isnan(page.alike), guess, (guess + page.alike) / 2)
            truth = np.where(known, page.truth, guess > 0.5)
            weight = base * np.where(known, _PIECE, _GUESS * np.abs(2 * guess - 1))
        truths.append(truth)
        weights.append(weight)
    table, truth, weight = np.concatenate(tables), np.concatenate(truths), np.concatenate(weights)
    used = weight > 0
    return lightgbm.train(GROWTH, lightgbm.Dataset(table[used], truth[used], weight=weight[used]), trees)


def _second_table(page: Seen, answers: Doubles, work: Workspace) -> Floats:
    work.scan(page.lesson.page)
    work.first()
    n = work.count
    work.p[:n] = answers
    work.second()
    return work.table[:n].copy()


def fit(pages: Sequence[Seen], work: Workspace) -> Model:
    """Grow both ensembles on these pages.

    Blocks that nobody judged get the judgement of a model of those that somebody did. The second ensemble learns from
    answers that the first gave on sites it had not seen.
    """
    tables = [page.features for page in pages]
    nothing: list[Doubles | None] = [None] * len(pages)
    early = _grow(pages, tables, nothing, _FIRST_TREES)
    guesses = [None if page.whole else early.predict(page.features) for page in pages]
    answers: list[Doubles] = [np.zeros(0)] * len(pages)
    for k in range(_INNER_FOLDS):
        inside = [fold(page.lesson.url, _INNER_FOLDS, "inner") == k for page in pages]
        rest = [i for i, one in enumerate(inside) if not one]
        booster = _grow([pages[i] for i in rest], [tables[i] for i in rest], [guesses[i] for i in rest], _FIRST_TREES)
        for i, one in enumerate(inside):
            if one:
                answers[i] = booster.predict(tables[i])
    first = _grow(pages, tables, guesses, _FIRST_TREES)
    means = [None if guess is None else (guess + answer) / 2 for guess, answer in zip(guesses, answers, strict=True)]
    wider = [_second_table(page, answer, work) for page, answer in zip(pages, answers, strict=True)]
    second = _grow(pages, wider, means, _SECOND_TREES)
    return Model(flatten(first), flatten(second))


def held_out(pages: Sequence[Seen], work: Workspace) -> Iterable[tuple[Model, list[Seen]]]:
    """For each fold, the model of all other sites, and the fold's pages."""
    for k in range(FOLDS):
        inside = [fold(page.lesson.url, FOLDS) == k for page in pages]
        yield (
            fit([page for page, one in zip(pages, inside, strict=True) if not one], work),
            [page for page, one in zip(pages, inside, strict=True) if one],
        )


def main() -> None:
    """Train on everything and write the arrays."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("content.npz"))
    told = parser.parse_args()
    work = Workspace()
    pages = [see(lesson, work) for lesson in lessons(told.folder)]
    model = fit(pages, work)
    save(model, told.out)
    blocks = sum(len(page.truth) for page in pages)
    print(f"{len(pages)} pages, {blocks} blocks, {len(SECOND)} features, {told.out.stat().st_size} bytes")
    Reader(model)


if __name__ == "__main__":
    main()
