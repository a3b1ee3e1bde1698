"""The rule about words of mixed scripts, on real documents and on such with letters put for their doubles."""

import io
from collections import Counter
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import zstandard
from shared import SHARED, needs_shared

from filters import lookalikes
from filters.decide import verdicts
from filters.rules import RULES
from filters.signals import measure
from langid import unicode
from manifests import limits

RULE = next(rule for rule in RULES if rule.name == "mixed_script_words")


def removed(texts: list[str], labels: list[str]) -> Any:
    """Whether the rule removes each text."""
    columns = measure(pa.array(texts, pa.string()), labels)
    return verdicts(columns, labels, limits.load(), [RULE]).rule >= 0


def documents(name: str) -> list[dict[str, Any]]:
    assert SHARED is not None
    with (SHARED / "docs" / name).open("rb") as raw:
        stream = io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(raw))
        return [msgspec.json.decode(line) for line in stream]


def test_a_text_with_doubles_is_removed_unless_its_label_is_written_so() -> None:
    """Latin I for the palochka is habit in Adyghe; the same share of it in Russian is damage."""
    text = "ылIагъ зыIуагъэр тIэкIу мэзым ежьэжьи кIуагъэ пщыпIэм"
    assert removed([text, text, text.replace("I", "ӏ")], ["rus_Cyrl", "ady_Cyrl", "rus_Cyrl"]).tolist() == [1, 0, 0]


def test_every_letter_has_the_bit_of_its_script_or_none() -> None:
    index, values = unicode.table()
    bits = lookalikes.bits(index, values)
    told = {
        letter: int(bits[int(index[ord(letter) >> 7]) << 7 | ord(letter) & 127]) for letter in "aZé1жӘәοεΩµһաᎠⲁꓐक日ア"
    }
    expected = {"a": "L", "Z": "L", "ж": "C", "һ": "C", "ο": "G", "ա": "O", "Ꭰ": "O", "ⲁ": "O", "ꓐ": "O"}
    names = {lookalikes.LATIN: "L", lookalikes.CYRILLIC: "C", lookalikes.GREEK: "G", lookalikes.OTHER: "O", 0: ""}
    assert {letter: names[bit] for letter, bit in told.items()} == {letter: expected.get(letter, "") for letter in told}


@needs_shared
def test_documents_with_few_doubles_are_removed() -> None:
    """Those with more fail script agreement."""
    rows = [row for row in documents("noisy.jsonl.zst") if row["noise"] == "homoglyph" and row["params"]["prob"] < 0.2]
    found = removed([row["text"] for row in rows], [row["label"] for row in rows])
    assert len(found) > 50
    assert found.mean() >= 0.98


@needs_shared
def test_real_documents_of_all_labels_are_kept() -> None:
    rows = documents("docs.jsonl.zst")
    labels = np.array([row["label"] for row in rows])
    found = removed([row["text"] for row in rows], labels.tolist())
    assert found.mean() <= 0.001
    assert max(Counter(labels[found].tolist()).values(), default=0) <= 2
