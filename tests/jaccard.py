"""The slow truth about duplicates: sets of shingles over the same words and normal form, no kernel of its own."""

import random
from pathlib import Path

from dedup.normal import normal
from langid.segment import words

TEXTS = Path(__file__).parents[1] / "pipeline" / "sample" / "texts"
LABELS = tuple(sorted(path.stem for path in TEXTS.glob("*.txt")))

Shingles = frozenset[tuple[str, ...]]


def shingles(text: str, length: int = 5) -> Shingles:
    """All runs of ``length`` words of the normal form; a shorter text is one, an empty one has none."""
    found = words(normal(text))
    if not found:
        return frozenset()
    return frozenset(tuple(found[i : i + length]) for i in range(max(1, len(found) - length + 1)))


def jaccard(left: Shingles, right: Shingles) -> float:
    """Shared shingles over all shingles, 0 for two empty texts."""
    return len(left & right) / max(1, len(left | right))


def pseudo_text(label: str, size: int, seed: int) -> list[str]:
    """Words of a language in an order that no other seed gives; joined by spaces they are cut alike again."""
    vocabulary = sorted(set(words(normal((TEXTS / f"{label}.txt").read_text("utf-8")))))
    return random.Random(f"{label} {seed}").choices(vocabulary, k=size)  # noqa: S311


def edited(text: list[str], rate: float, seed: int) -> list[str]:
    """A copy of a text in which a share of the words was replaced, dropped or doubled."""
    draw = random.Random(f"{rate} {seed}")  # noqa: S311
    copy = list(text)
    for place in sorted(draw.sample(range(len(copy)), round(rate * len(copy))), reverse=True):
        copy[place : place + 1] = draw.choice(([draw.choice(text)], [], [copy[place]] * 2))
    return copy
