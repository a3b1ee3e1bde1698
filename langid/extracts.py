"""Texts as long as short documents, made of labelled sentences that follow one another.

How often a single short sentence is answered wrongly tells little of documents, which are answered far better.
"""

from collections.abc import Iterable

from langid.evaluate import FEW, Sentence

SENTENCES = 8
"""Of a text, at most."""
LONG = 600
"""Characters from which on a text takes no further sentence."""
USES = 4
"""Texts that a sentence is in, at most, where a label has few."""
MOST = 200
"""Texts of a label and a source, at most."""


def extracts(rows: Iterable[Sentence]) -> list[Sentence]:
    """Texts of the sentences of each label and source, in their order: FEW or more where they are enough for that, if
    sentences serve up to USES times and texts are shorter; the single sentences where even so there are fewer."""
    found: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        found.setdefault((row.label, row.source), []).append(row.text)
    return [Sentence(label, source, text) for (label, source), given in sorted(found.items()) for text in _texts(given)]


def _texts(given: list[str]) -> list[str]:
    for most in (SENTENCES, SENTENCES // 2):
        for uses in (1, 2, USES):
            texts = _joined(given, most, uses)
            if len(texts) >= FEW:
                return [texts[place * len(texts) // MOST] for place in range(MOST)] if len(texts) > MOST else texts
    return given


def _joined(given: list[str], most: int, uses: int) -> list[str]:
    texts: list[str] = []
    begin = 0
    while begin < len(given):
        end, size = begin, 0
        while end < len(given) and end - begin < most and size < LONG:
            size += len(given[end])
            end += 1
        texts.append("\n".join(given[begin:end]))
        if end == len(given):
            break
        begin += max((end - begin) // uses, 1)
    return texts
