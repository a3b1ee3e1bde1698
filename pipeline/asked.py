"""What a build may ask to be measured otherwise: banned words, what a classifier says of quality, other stop words."""

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy.typing as npt
import pyarrow as pa

from filters import banned, quality, rules, stopwords
from filters.banned import EVERY, Banned
from filters.quality import Classifier
from langid import model
from manifests.errors import Stop
from manifests.names import resolve
from pipeline.files import file_digest
from pipeline.settings import Settings, digest


def names(settings: Settings) -> list[str]:
    """The signals that are asked for."""
    return [banned.SIGNAL] * bool(settings.banned.files) + [quality.SIGNAL] * (settings.quality.model is not None)


def version(settings: Settings) -> list[str]:
    """Changes with whatever changes these signals."""
    told = []
    if files := settings.banned.files:
        digests = [(name, file_digest(Path(path).expanduser())) for name, path in sorted(files.items())]
        told.append(digest("banned", banned.VERSION, digests))
    if settings.quality.model is not None:
        found = file_digest(Path(settings.quality.model).expanduser())
        told.append(digest("quality", quality.VERSION, found, settings.quality.label))
    if settings.stop_words is not None:
        told.append(digest("stop words", file_digest(Path(settings.stop_words).expanduser())))
    return told


def stop_words(settings: Settings) -> Mapping[str, tuple[str, ...]]:
    """Label -> its stop words: the shipped lists, under those of the user's file."""
    if settings.stop_words is None:
        return stopwords.load()
    return stopwords.laid_over(_text(Path(settings.stop_words).expanduser(), "stop words"))


def check(settings: Settings) -> None:
    """Stop tells of a file of words or a model that cannot be read, before anything else is."""
    stop_words(settings)
    if settings.banned.files:
        _banned(tuple(sorted(settings.banned.files.items())))
    if settings.quality.model is not None:
        _classifier(settings.quality.model, settings.quality.label)
        if not any(rule.signal == quality.SIGNAL for rule in rules.named(settings.rules)):
            raise Stop(f"The rules {settings.rules} ask for no quality.", "Leave out quality.model, or choose others.")
    elif _asks_for_quality(settings.filters):
        raise Stop("filters.min_quality asks for a model.", "Name one: --set quality.model=PATH")


def _asks_for_quality(limits: Mapping[str, Any]) -> bool:
    below = [value for value in limits.values() if isinstance(value, Mapping)]
    return any(table.get("min_quality", False) is not False for table in (limits, *below))


def told_of(settings: Settings) -> dict[str, Any]:
    """As the manifest has them."""
    told: dict[str, Any] = {}
    if settings.stop_words is not None:
        told["stop_words"] = file_digest(Path(settings.stop_words).expanduser())
    if files := settings.banned.files:
        told["banned"] = {name: file_digest(Path(path).expanduser()) for name, path in sorted(files.items())}
    if settings.quality.model is not None:
        path = Path(settings.quality.model).expanduser()
        told["quality"] = {"model": path.name, "digest": file_digest(path), "label": settings.quality.label}
    return told


def measure(texts: pa.StringArray, labels: Sequence[str], settings: Settings) -> dict[str, npt.NDArray[Any]]:
    """The signals asked for, by name, a value a text; ``labels`` are what the model answered."""
    found: dict[str, npt.NDArray[Any]] = {}
    if settings.banned.files:
        found[banned.SIGNAL] = banned.count(texts, labels, _banned(tuple(sorted(settings.banned.files.items()))))
    if settings.quality.model is not None:
        found[quality.SIGNAL] = _classifier(settings.quality.model, settings.quality.label).score(texts)
    return found


@functools.cache
def _classifier(path: str, label: str) -> Classifier:
    place = Path(path).expanduser()
    if not place.is_file():
        raise Stop(f"No quality model at {path}.", "Train one: corpus quality train POSITIVE NEGATIVE --out FOLDER")
    return Classifier.of(model.load(place), label)


@functools.cache
def _banned(files: tuple[tuple[str, str], ...]) -> Banned:
    found: dict[str, tuple[str, ...]] = {}
    for name, path in files:
        for label in (EVERY,) if name == EVERY else resolve(name):
            found[label] = (*found.get(label, ()), *_entries(Path(path).expanduser()))
    return banned.of(found)


def _text(path: Path, what: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise Stop(f"The {what} of {path} cannot be read: {error.strerror}.", "Check the path.") from None
    except UnicodeDecodeError:
        raise Stop(f"{path} is no text in UTF-8.", f"Give a file of {what}, in UTF-8.") from None


def _entries(path: Path) -> list[str]:
    text = _text(path, "banned words")
    if "\0" in text or not text.strip():
        raise Stop(f"{path} has no banned words.", "Write a word or phrase a line, or leave the file out.")
    return text.splitlines()
