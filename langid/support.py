"""Which labels the built-in model is known to answer well: those are published, the others are only told.

A label is supported where it was tested on enough held-out sentences and the lower bound of its F1 is above a floor
(``langid.train``); its card says so.
"""

import json
from functools import cache
from importlib.resources import files


def supported(label: str) -> bool:
    """Whether ``label`` is supported by the built-in model; any other label is weak."""
    return label in supported_labels()


@cache
def supported_labels() -> frozenset[str]:
    """All supported labels, from the card of the built-in model."""
    text = (files("langid") / "builtin" / "card.json").read_text(encoding="utf-8")
    return frozenset(label for label, row in json.loads(text)["labels"].items() if row.get("supported"))
