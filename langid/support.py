"""Which labels a model is known to answer well: those are published, the others are only told.

A label is supported where it was tested on enough held-out sentences and the lower bound of its F1 is above a floor
(``langid.train``); the model's card says so.
"""

import json
from pathlib import Path

from langid.identify import CARD


def supported(model: Path) -> dict[str, bool]:
    """Whether each label is supported, as far as the card beside the model says so."""
    place = model.with_name(CARD)
    try:
        labels = json.loads(place.read_text(encoding="utf-8"))["labels"] if place.is_file() else {}
        return {label: bool(told["supported"]) for label, told in labels.items() if "supported" in told}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
