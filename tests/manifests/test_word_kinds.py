"""Limits go by the kind of words of a label, so languages and segmentation must agree."""

import pytest

from langid import unicode
from langid.segment import words
from manifests.languages import CLUSTERED, languages, word_kind

COMPOSITE = {"Hanb", "Hans", "Hant", "Hrkt", "Jpan", "Bopo"}
"""Codes for several scripts at once, or for a script that is only written beside one."""


def _letters() -> dict[str, list[str]]:
    """Some letters of every script."""
    found: dict[str, list[str]] = {}
    for code_point in range(0x40, 0x32000):
        value = unicode.describe(chr(code_point))
        if unicode.category(value) in {"Lo", "Ll"}:
            found.setdefault(unicode.script(value), []).append(chr(code_point))
    return found


def test_a_script_is_clustered_where_its_letters_are_cut_one_by_one() -> None:
    told = {}
    for script, letters in _letters().items():
        run = "".join(letters[:24])
        told[script] = "clustered" if len(words(run)) > 2 else "spaced"
    wrong = {script: kind for script, kind in told.items() if word_kind(script) != kind}
    assert len(told) > 100
    assert [told[script] for script in ("Tavt", "Thai", "Hani", "Yiii")] == 4 * ["clustered"]
    assert not {script: kind for script, kind in wrong.items() if script not in COMPOSITE}


@pytest.mark.parametrize("script", sorted(COMPOSITE))
def test_composite_scripts_are_clustered(script: str) -> None:
    assert script in CLUSTERED


def test_the_table_of_languages_agrees() -> None:
    assert [row.label for row in languages() if row.words != word_kind(row.label)] == []
