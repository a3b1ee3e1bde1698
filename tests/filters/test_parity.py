"""The published rules give datatrove's verdicts, reason for reason, where both see the same words."""

import io
import json
import random

import oracle
import pytest
import zstandard
from shared import SHARED, needs_shared

from filters.stopwords import load as stop_words
from manifests.languages import word_kind

SAMPLED = 16
"""One document in so many."""

_PIECES = (
    "word words longer verylongwordindeed a I x1 42 3.14 # ## ... … .. - • -x •• -- — « » ! ? . , ' “q” e-mail "
    "habari ya leo Ọjọ́ ń bọ̀ приве́т мир سلام خوش نمستے नमस्ते दुनिया। அம்மா ሰላም። ໄທ 你好。 日本語 한국어 ꧁ 🙂 👩‍👩‍👧 "
    "don't l’été can\u2019t {a} <b> [c] http://a.b/c n\u00a0b 9–10 ½ ① Ⅷ ﬁ \ufffd ͏x\u0301"
)
PIECES = _PIECES.split(" ")
BREAKS = (
    "\n",
    "\n\n",
    "\n\n\n",
    "\r\n",
    "\r",
    "\u2028",
    "\x85",
    "\x0b",
    "\x1c",
    " \n",
    "\n ",
    "\t\n\t",
    "...\n",
    ".\n",
    "\n- ",
    "\n• ",
)
SPACES = (" ", " ", " ", "  ", "\t", "\u3000", "\u2003", "\x1f", "\u200b")


def _odd_text(seed: int) -> str:
    """A text of odd pieces, some of it repeated, with every kind of line end and space."""
    draw = random.Random(seed)  # noqa: S311
    pieces = draw.sample(PIECES, draw.randint(3, 40))
    lines = [
        "".join(piece + draw.choice(SPACES) for piece in draw.choices(pieces, k=draw.randint(1, 12)))
        for _ in range(draw.randint(1, 12))
    ]
    breaks = draw.sample(BREAKS, draw.randint(1, 4))
    ends = ["", ".", "!", "...", "…", "።", "。", "।"]
    text = "".join(
        draw.choice(lines).strip(" ") + draw.choice(ends) + draw.choice(breaks) for _ in range(draw.randint(2, 40))
    )
    return f"x {text}"


@pytest.mark.parametrize("family", oracle.FAMILIES)
def test_odd_texts_get_the_same_verdicts(family: str) -> None:
    texts = [_odd_text(seed) for seed in range(400)]
    labels = ["und_Latn"] * len(texts)
    lists = {"und_Latn": ("word", "a", "habari", "ya", "x")}
    found = oracle.pairs(family, texts, labels, lists)
    assert len({pair.theirs for pair in found}) > 3
    assert [(text, *pair) for text, pair in zip(texts, found, strict=True) if pair.ours != pair.theirs] == []


@needs_shared
@pytest.mark.parametrize("family", oracle.FAMILIES)
def test_real_documents_get_the_same_verdicts(family: str) -> None:
    assert SHARED is not None
    with (SHARED / "docs" / "docs.jsonl.zst").open("rb") as raw:
        lines = io.TextIOWrapper(zstandard.ZstdDecompressor().stream_reader(raw), "utf-8", newline="\n")
        drawn = [json.loads(line) for number, line in enumerate(lines) if number % SAMPLED == 0]
    documents = [one for one in drawn if word_kind(one["label"]) == "spaced" and one["text"].split()]
    found = oracle.pairs(family, [one["text"] for one in documents], [one["label"] for one in documents], stop_words())
    same = sum(pair.ours == pair.theirs for pair in found)
    print(f"{family}: {same} of {len(found)} documents, {sum(pair.theirs != '' for pair in found)} removed")
    assert len(found) > 500
    assert same >= 0.995 * len(found)
