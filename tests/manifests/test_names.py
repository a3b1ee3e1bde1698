"""A language may be named in any usual way; what is not clear is answered with the choices."""

import pytest

from manifests.errors import Stop
from manifests.languages import languages
from manifests.names import SYSTEMS, find, known_as, meanings, nearest, resolve, systems


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
    ("query", "labels"),
    [
        ("ger", ["deu_Latn"]),
        ("deu", ["deu_Latn"]),
        ("alb", ["aln_Latn", "als_Latn"]),
        ("stan1293", ["eng_Latn"]),
        ("swah1253", ["swh_Latn"]),
        ("pt-BR", ["por_Latn"]),
        ("zh-TW", ["cmn_Hani"]),
        ("es-419", ["spa_Latn"]),
        ("sr-Latn-RS", ["srp_Latn"]),
        ("kor_Kore", ["kor_Hang"]),
        ("wuu_Hans", ["wuu_Hani"]),
        ("zho_Hant", ["cmn_Hani"]),
        ("cmn_Hans", ["cmn_Hani"]),
        ("prs", ["fas_Arab"]),
        ("pes_Arab", ["fas_Arab"]),
        ("tgl_Latn", ["fil_Latn"]),
        ("nor_Latn", ["nno_Latn", "nob_Latn"]),
        ("hbs_Cyrl", ["bos_Cyrl", "srp_Cyrl"]),
        ("hi_rom", ["hin_Latn"]),
        ("my_zaw", ["mya_Mymr"]),
        ("ns", ["nso_Latn"]),
        ("cc100:ff", ["fuv_Latn"]),
        ("FLORES:est_Latn", ["ekk_Latn"]),
        ("macro:est_Latn", ["ekk_Latn", "vro_Latn"]),
        ("nllb:zho_Hans", ["cmn_Hani"]),
        ("glotlid:swh_Latn", ["swh_Latn"]),
        ("hplt:fra_Latn", ["fra_Latn"]),
        ("twi_Latn_asan1239", ["twi_Latn"]),
    ],
)
def test_codes_tags_and_the_names_of_other_corpora_are_understood(query: str, labels: list[str]) -> None:
    assert list(resolve(query)) == labels


@pytest.mark.parametrize("system", systems())
def test_every_name_of_a_system_is_understood(system: str) -> None:
    known = {language.label for language in languages()}
    for name, labels in systems()[system].items():
        assert labels
        assert known.issuperset(labels), name
        assert resolve(f"{system}:{name}") == labels
        assert meanings(name), name


def test_the_inventories_are_complete() -> None:
    assert set(systems()) | {"glotlid"} == set(SYSTEMS)
    assert len(systems()["cc100"]) == 116
    assert len(systems()["flores"]) == 204 + len(("sat_Olck", "cmn_Hans", "cmn_Hant")) + 11
    assert len(systems()["hplt"]) == 191 + 8


def test_a_label_that_systems_write_as_we_do_means_the_same_there() -> None:
    known = {language.label for language in languages()}
    for system, names in systems().items():
        if system != "cc100":
            assert {name: labels for name, labels in names.items() if name in known and labels != (name,)} == {}


@pytest.mark.parametrize(
    ("query", "choices"),
    [
        ("ara_Arab", ["macro:ara_Arab for acm_Arab", "arq_Arab", "hplt:ara_Arab for acm_Arab"]),
        ("est_Latn", ["macro:est_Latn for ekk_Latn, vro_Latn", "flores:est_Latn for ekk_Latn."]),
    ],
)
def test_a_name_that_is_not_clear_is_answered_with_the_choices(query: str, choices: list[str]) -> None:
    with pytest.raises(Stop, match="does not mean the same to all") as stop:
        resolve(query)
    for choice in choices:
        assert choice in stop.value.mend


def test_each_choice_offered_can_be_given() -> None:
    for query in ("ara_Arab", "est_Latn", "grn_Latn", "kon_Latn"):
        found = meanings(query)
        assert len(found) > 1
        for who, labels in found.items():
            assert resolve(f"{who}:{query}") == labels


def test_a_name_cut_short_is_answered_with_the_languages_that_bear_it() -> None:
    assert resolve("Luo") == ("luo_Latn",)
    with pytest.raises(Stop, match="'Tonga' is the name of several languages") as stop:
        resolve("Tonga")
    assert "tog (Tonga (Nyasa)) or toi (Tonga (Zambia))" in stop.value.mend


@pytest.mark.parametrize("query", ["foo:eng_Latn", "flores:xyz_Latn", "macro:eng", "hplt:", "pt-BRA", "eng-Cyrl-GB"])
def test_what_no_system_says_is_an_error(query: str) -> None:
    with pytest.raises(Stop, match="No language is named"):
        resolve(query)


def test_what_a_label_is_called_elsewhere() -> None:
    assert known_as("swh_Latn") == {"cc100": ("sw",), "flores": ("swh_Latn",), "hplt": ("swh_Latn",)} | {
        "nllb": ("swh_Latn",)
    }
    assert "zh-Hans" in known_as("cmn_Hani")["cc100"]
    assert known_as("aau_Latn") == {}


def test_all_choices_of_an_unclear_name_are_found_first() -> None:
    assert {"ekk_Latn", "vro_Latn"} == {language.label for language in find("est_Latn")[:2]}
    assert find("swah1253")[0].label == "swh_Latn"
