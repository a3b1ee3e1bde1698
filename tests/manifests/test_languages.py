"""A language may be named in any usual way, and each name means one thing."""

import re
from collections import Counter

import pytest

from manifests.errors import Stop
from manifests.languages import COLUMNS, find, languages, nearest, of, resolve, word_kind


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
    ("query", "labels"),
    [
        ("swh_Latn", ["swh_Latn"]),
        ("SWH_latn", ["swh_Latn"]),
        ("swh-Latn", ["swh_Latn"]),
        ("swh", ["swh_Latn"]),
        ("sw", ["swh_Latn"]),
        ("swa", ["swc_Latn", "swh_Latn"]),
        (" Swahili ", ["swh_Latn"]),
        ("kiswahili", ["swh_Latn"]),
        ("srp", ["srp_Cyrl", "srp_Latn"]),
        ("sr-Latn", ["srp_Latn"]),
        ("sr-cyrl", ["srp_Cyrl"]),
        ("zh", ["cmn_Hani"]),
        ("zh-Hant", ["cmn_Hani"]),
        ("Chinese", ["cmn_Hani"]),
        ("ko-Kore", ["kor_Hang"]),
        ("ja", ["jpn_Jpan"]),
        ("Farsi", ["fas_Arab"]),
        ("no", ["nno_Latn", "nob_Latn"]),
        ("iw", ["heb_Hebr"]),
        ("Norwegian Bokmål", ["nob_Latn"]),
        ("zxx", ["zxx_Arab", "zxx_Latn", "zxx_Zzzz"]),
    ],
)
def test_a_name_in_use_gives_its_labels(query: str, labels: list[str]) -> None:
    assert list(resolve(query)) == labels


def test_every_label_code_and_tag_resolves_to_its_own_row() -> None:
    for language in languages():
        for query in (language.label, language.code, language.bcp47):
            assert language.label in resolve(query), query


def test_every_name_resolves_to_its_own_row_unless_it_is_the_code_of_another() -> None:
    codes = {language.code for language in languages()} | {language.iso639_1 for language in languages()}
    for language in languages():
        for name in (language.name, *language.aka):
            if name.casefold() not in codes:
                assert language.label in resolve(name), name
    assert resolve("Dan") == ("dan_Latn",)


def test_an_unknown_name_is_an_error_that_lists_the_nearest() -> None:
    with pytest.raises(Stop) as stop:
        resolve("swahilli")
    assert "'swahilli'" in stop.value.found
    assert "swh_Latn (Swahili)" in stop.value.mend
    assert stop.value.code == 2


@pytest.mark.parametrize("query", ["", "  ", "☃", "xx-Latn-x-none"])
def test_nonsense_is_an_error_and_never_a_guess(query: str) -> None:
    with pytest.raises(Stop):
        resolve(query)


def test_nearest_gives_no_label_twice() -> None:
    near = nearest("serbain")
    assert near[0].startswith("srp_")
    assert len(near) == len(set(near)) <= 5


def test_find_puts_exact_hits_first_and_searches_parts_of_names() -> None:
    assert find("arabic")[0].label == "arb_Arab"
    assert {"arz_Arab", "ary_Arab"} <= {language.label for language in find("Arabic")}
    assert {"tur_Latn", "kaz_Cyrl"} <= {language.label for language in find("turkic")}
    assert find("no such language anywhere") == []


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
