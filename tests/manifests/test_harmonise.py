"""What a document is published under: the map, the user's own lines, macro languages."""

from pathlib import Path

import pytest

from manifests.errors import Stop
from manifests.harmonise import load, macro_label
from manifests.languages import languages


def own(tmp_path: Path, text: str) -> str:
    place = tmp_path / "map.tsv"
    place.write_text(text, encoding="utf-8")
    return str(place)


def test_most_labels_are_what_the_model_says() -> None:
    harmony = load()
    assert harmony.of("swh_Latn") == "swh_Latn"
    assert harmony.of("arz_Arab") == "arz_Arab"
    assert harmony.of("xyz_Thai") == "xyz_Thai"


def test_a_retired_code_becomes_its_heir_and_both_are_remembered() -> None:
    assert load().names("ajp_Arab") == ("ajp_Arab", "apc_Arab")
    assert load().of("tgl_Latn") == "fil_Latn"


def test_every_target_of_the_shipped_map_is_a_known_label() -> None:
    labels = {language.label for language in languages()}
    assert set(load().shipped.values()) <= labels


@pytest.mark.parametrize(
    ("label", "macro"),
    [
        ("arz_Arab", "ara_Arab"),
        ("arb_Arab", "ara_Arab"),
        ("arb_Latn", "ara_Latn"),
        ("srp_Cyrl", "hbs_Cyrl"),
        ("nob_Latn", "nor_Latn"),
        ("yue_Hani", "zho_Hani"),
        ("ind_Latn", "msa_Latn"),
        ("fra_Latn", "fra_Latn"),
        ("fas_Arab", "fas_Arab"),
        ("und_Zzzz", "und_Zzzz"),
        ("zxx_Latn", "zxx_Latn"),
        ("qaa_Thai", "qaa_Thai"),
    ],
)
def test_merging_keeps_the_script_and_leaves_what_has_no_macro_language(label: str, macro: str) -> None:
    assert macro_label(label) == macro
    assert load(merge_macro=True).of(label) == macro
    assert load().of(label) == label


def test_merging_comes_after_the_map() -> None:
    assert load(merge_macro=True).names("ajp_Arab") == ("ajp_Arab", "apc_Arab", "ara_Arab")


def test_the_users_line_is_the_last_word(tmp_path: Path) -> None:
    place = own(tmp_path, "# ours\nind_Latn\tind_Latn\tnot Malay to us\najp_Arab\tajp_Arab\nbos_Latn\thrv_Latn\tone\n")
    harmony = load(place, merge_macro=True)
    assert harmony.of("ind_Latn") == "ind_Latn"
    assert harmony.of("zsm_Latn") == "msa_Latn"
    assert harmony.of("ajp_Arab") == "ajp_Arab"
    assert harmony.of("bos_Latn") == "hrv_Latn"
    assert harmony.of("srp_Latn") == "hbs_Latn"


def test_the_digest_changes_with_what_changes_a_label(tmp_path: Path) -> None:
    place = own(tmp_path, "bos_Latn\thrv_Latn\n")
    told = {load().digest(), load(merge_macro=True).digest(), load(place).digest()}
    assert len(told) == 3
    assert load().digest() == load().digest()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("bos_Latn\n", "line 1"),
        ("bos_Latn\tcroatian\n", "croatian"),
        ("bos_Latn\thrv_Latn\nbos_Latn\tsrp_Latn\n", "hrv_Latn in another line"),
        ("bos_Latn\thrv_Latn\nhrv_Latn\tsrp_Latn\n", "which becomes srp_Latn"),
    ],
)
def test_a_map_that_cannot_be_meant_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(Stop, match=said):
        load(own(tmp_path, text))


def test_a_map_that_is_not_there_is_an_error_with_its_name() -> None:
    with pytest.raises(Stop, match=r"nowhere\.tsv"):
        load("nowhere.tsv")
