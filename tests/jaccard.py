"""The slow truth about duplicates: sets of shingles over the same words and normal form, no kernel of its own."""

import math
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
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
    shared = len(left & right)
    return shared / max(1, len(left) + len(right) - shared)


def alike(sets: Sequence[Shingles], least: float) -> Iterator[tuple[int, int]]:
    """All pairs of at least this Jaccard; texts without a word are like nothing.

    Two such sets share one of the rarest shingles of each, as many as either may lack of the other and one more
    (Chaudhuri, Ganti and Kaushik 2006), so only pairs that do are tried.
    """
    common = Counter(shingle for one in sets for shingle in one)
    rarity = {shingle: (count, number) for number, (shingle, count) in enumerate(common.items())}
    holders: defaultdict[int, list[int]] = defaultdict(list)
    for number, one in enumerate(sets):
        lacking = len(one) - math.ceil(least * len(one)) + 1 if one else 0
        rarest = [place for count, place in sorted(rarity[shingle] for shingle in one)[:lacking] if count > 1]
        for other in {other for place in rarest for other in holders[place]}:
            if jaccard(one, sets[other]) >= least:
                yield other, number
        for place in rarest:
            holders[place].append(number)


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
