"""The shipped ensembles: ``content.npz``, made by ``pipeline.extract.train``; ``content.md`` says from what."""

import functools
import importlib.resources
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from pipeline.extract.features import FEATURES
from pipeline.extract.second import SECOND
from pipeline.extract.trees import Trees


class Model(NamedTuple):
    """Two ensembles, the second of which also sees what the first says of a block's company."""

    first: Trees
    second: Trees


def save(model: Model, place: Path) -> None:
    """Write the arrays, and the names of the columns that they ask for."""
    arrays: dict[str, Any] = {
        f"{name}_{field}": array
        for name, trees in zip(Model._fields, model, strict=True)
        for field, array in zip(Trees._fields, trees, strict=True)
    }
    np.savez_compressed(place, allow_pickle=False, columns=np.array("\n".join(SECOND)), **arrays)


@functools.cache
def load() -> Model:
    """The shipped model."""
    place = importlib.resources.files("pipeline.extract") / "content.npz"
    with place.open("rb") as file, np.load(file, allow_pickle=False) as stored:
        if str(stored["columns"]).split("\n") != list(SECOND):
            raise ValueError("content.npz asks for other features: train it anew")
        first, second = (Trees(*(stored[f"{name}_{field}"] for field in Trees._fields)) for name in Model._fields)
    for trees, columns in ((first, len(FEATURES)), (second, len(SECOND))):
        if int(trees.feature.max()) >= columns:
            raise ValueError("content.npz asks for a feature that there is not: train it anew")
    return Model(first, second)
