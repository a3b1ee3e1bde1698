"""The table of languages is whole, and no two of its rows share a tag or a name."""

import re
from collections import Counter

import pytest

from manifests.languages import COLUMNS, MACRO_COLUMNS, Macro, languages, macros, of, word_kind


def test_labels_are_sorted_unique_and_well_formed() -> None:
    labels = [language.label for language in languages()]
    assert labels == sorted(set(labels))
    assert all(re.fullmatch(r"[a-z]{3}_[A-Z][a-z]{3}", label) for label in labels)
    assert len(labels) > 1900


def test_every_row_is_whole() -> None:
    for language in languages():
        assert language.name
        assert language.script == language.label[4:]
        assert language.words == word_kind(language.label)
        assert bool(language.family) is (language.code not in ("und", "zxx"))
        assert len(language.iso639_1) in (0, 2)
        assert len(language.macro) in (0, 3)
        assert re.fullmatch(r"([a-z]{3})?", language.iso639_2b)
        assert re.fullmatch(r"([a-z0-9]{4}[0-9]{4})?", language.glottocode)


def test_nearly_every_language_has_a_glottocode() -> None:
    without = {language.code for language in languages() if not language.glottocode}
    assert without == {"bal", "fas", "kpe", "nah", "nwx", "oto", "srd", "und", "zxx"}


def test_every_macro_language_that_a_row_names_is_known() -> None:
    assert {language.macro for language in languages()} - {""} == set(macros())
    assert tuple(Macro.__dataclass_fields__) == MACRO_COLUMNS
    assert (macros()["sqi"].iso639_2b, macros()["sqi"].iso639_2t) == ("alb", "sqi")


def test_a_macro_languages_label_has_its_name() -> None:
    assert of("ara_Arab").name == "Arabic"
    assert of("ara_Arab").macro == ""


def test_no_two_languages_share_a_tag() -> None:
    tags = Counter(language.bcp47.casefold() for language in languages())
    assert [tag for tag, count in tags.items() if count > 1] == []


def test_no_two_languages_share_a_name() -> None:
    codes: dict[str, set[str]] = {}
    for language in languages():
        for name in (language.name, *language.aka):
            codes.setdefault(name.casefold(), set()).add(language.code)
    assert {name: found for name, found in codes.items() if len(found) > 1} == {}


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        ("Latn", "spaced"),
        ("eng_Latn", "spaced"),
        ("kor_Hang", "spaced"),
        ("vie_Latn", "spaced"),
        ("amh_Ethi", "spaced"),
        ("vie_Hani", "clustered"),
        ("jpn_Jpan", "clustered"),
        ("Hant", "clustered"),
        ("tha_Thai", "clustered"),
        ("dzo_Tibt", "clustered"),
        ("jav_Java", "clustered"),
        ("jav_Latn", "spaced"),
    ],
)
def test_how_a_script_parts_words(script: str, kind: str) -> None:
    assert word_kind(script) == kind


def test_a_label_of_somebodys_own_model_gets_a_bare_row() -> None:
    row = of("qaa_Thai")
    assert (row.label, row.name, row.script, row.words) == ("qaa_Thai", "qaa", "Thai", "clustered")
    assert of("swh_Latn").name == "Swahili"


def test_the_columns_are_those_of_a_row() -> None:
    assert tuple(languages()[0].__dataclass_fields__) == COLUMNS
