import pytest

from langid.label import SHORT, harmonise, system
from manifests.languages import languages


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("en", "eng_Latn"),
        ("sw", "swh_Latn"),
        ("zh", "cmn_Hani"),
        ("ja", "jpn_Jpan"),
        ("als", "gsw_Latn"),  # fastText's models take Wikipedia's name for Alemannic
        ("als_Latn", "als_Latn"),  # and with a script it is Albanian
        ("no", "nob_Latn"),
        ("ceb", "ceb_Latn"),
        ("arz", "arz_Arab"),
        ("mzn", "mzn_Arab"),
        ("zho_Hans", "cmn_Hani"),
        ("yue_Hant", "yue_Hani"),
        ("swh_Latn", "swh_Latn"),
        ("swa_Latn", "swh_Latn"),
        ("pes_Arab", "fas_Arab"),
        ("kor_Kore", "kor_Hang"),
        ("zh-Hant", "cmn_Hani"),
        ("und_Goth", "und_Goth"),
        ("qaa", "qaa_Latn"),
    ],
)
def test_a_models_name_becomes_our_label(name: str, label: str) -> None:
    assert harmonise(name)[0] == label


def test_a_language_of_several_scripts_may_be_any_of_them() -> None:
    assert harmonise("sr") == ("srp_Cyrl", "srp_Latn")
    assert {"kmr_Latn", "ckb_Arab"} <= set(harmonise("ku"))


def test_every_two_letter_code_means_a_label_that_is_known() -> None:
    known = {language.code for language in languages()}
    assert {label.partition("_")[0] for labels in SHORT.values() for label in labels} <= known | {"vol", "ile"}


def test_written_forms_are_one_system() -> None:
    assert system("cmn_Hant") == system("cmn_Hani") == "Hani"
    assert system("kor_Kore") == "Hang"
    assert system("jpn_Hira") == "Jpan"
    assert system("srp_Cyrl") == "Cyrl"
