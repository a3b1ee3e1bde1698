"""Compile the kernels once, spread over the workers, before work begins: else each worker compiles all of them.

Needed once after an installation; where the compiled code cannot be kept, each process compiles what it uses.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa

from dedup import canonical, cluster, minhash, overlap
from dedup.recipe import Recipe
from filters import boilerplate, privacy, repair, repeats, signals, stopwords
from langid.identify import Identifier
from langid.kernel import CACHE
from pipeline.extract import bounds
from pipeline.extract.content import Reader
from pipeline.read.unescape import unescape
from pipeline.steps.notes import recipe
from pipeline.store import Store
from pipeline.task import Context

TEXTS = ["Một  va\u0306n bản. ÃƒÂ© a@b.example 192.0.2.1\r\n", "ഒരു വാചകം", "文字"]


def _texts() -> pa.StringArray:
    return pa.array(TEXTS, pa.string())


def _signals(context: Context) -> None:
    signals.measure(_texts(), ["vie_Latn", "mal_Mlym", "jpn_Jpan"], words="orthographic", stopwords=stopwords.load())


def _identify(context: Context) -> None:
    Identifier.load(Path(context.model)).identify(_texts())


def _signatures(context: Context) -> None:
    minhash.sign(_texts(), recipe(context.settings.dedup))


def _clusters(context: Context) -> None:
    values = np.zeros((3, 128), np.uint16)
    pairs = cluster.links(np.ones((3, 2), np.uint64), values, np.arange(3, dtype=np.uint64), Recipe())
    cluster.components(pairs, 3)
    canonical.choose(np.zeros(3, np.int64), np.ones(3, np.bool_), np.zeros((3, 2)), values, 0.75)


def _repair(context: Context) -> None:
    unescape([memoryview(b'"a"')])
    repair.repair(TEXTS)


def _privacy(context: Context) -> None:
    privacy.find(_texts())


def _boilerplate(context: Context) -> None:
    hosts = np.ones(len(TEXTS), np.uint64)
    boilerplate.cut(_texts(), hosts, boilerplate.lines(_texts(), hosts).least(1).keys)


def _asked(context: Context) -> None:
    """What only some builds ask for."""
    if context.settings.decontaminate.sources:
        overlap.find(_texts(), overlap.sought(overlap.runs_of(_texts(), 2)))
    if context.settings.dedup.paragraphs is not None:
        documents = np.arange(len(TEXTS), dtype=np.uint64)
        repeats.cut(_texts(), documents, repeats.paragraphs(_texts(), documents, 1).least(2), 1.0)


def _bounds(context: Context) -> None:
    bounds.measure(b"<p>x</p>")


def _extract(context: Context) -> None:
    Reader().read(b"<p>x</p>")


KERNELS: dict[str, tuple[int, Callable[[Context], None]]] = {
    "extract": (15, _extract),
    "signals": (10, _signals),
    "identify": (8, _identify),
    "signatures": (5, _signatures),
    "bounds": (4, _bounds),
    "repair": (5, _repair),
    "clusters": (3, _clusters),
    "privacy": (3, _privacy),
    "boilerplate": (1, _boilerplate),
    "asked": (1, _asked),
}
"""What is compiled together, with about how many seconds it takes: the longest is begun first."""


def cold() -> bool:
    """True where the kernels of these sources were not compiled yet on this machine, and can be kept."""
    return CACHE is not None and not (Path(CACHE) / "warm").exists()


def warmed() -> None:
    """Remember that all kernels are compiled."""
    if CACHE is not None and Path(CACHE).is_dir():
        (Path(CACHE) / "warm").touch()


def run(context: Context, store: Store, work: str) -> None:
    """Compile the kernels of this name by using them."""
    KERNELS[work][1](context)
