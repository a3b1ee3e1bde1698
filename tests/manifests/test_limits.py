import tomllib
from pathlib import Path

import pytest

from manifests import limits
from manifests.errors import Stop
from manifests.limits import KNOWN, LIMITS, Limit, inert, load


def test_every_label_has_limits_even_one_that_nobody_listed() -> None:
    shipped = load()
    for label in ("swh_Latn", "tha_Thai", "und_Zzzz", "qaa_Latn"):
        assert shipped.of(label)["min_words"] > 0


def test_clustered_scripts_have_limits_of_their_own() -> None:
    shipped = load()
    assert shipped.of("jpn_Jpan")["min_words"] > shipped.of("fra_Latn")["min_words"]
    assert shipped.of("tha_Thai") == shipped.of("khm_Khmr")


def test_a_setting_for_all_labels_holds_for_all_of_them() -> None:
    told = load(told={"min_words": 30})
    assert {told.of(label)["min_words"] for label in ("swh_Latn", "tha_Thai", "cmn_Hani")} == {30}


def test_a_setting_for_one_label_touches_no_other() -> None:
    shipped, told = load(), load(told={"swh_Latn": {"min_words": 30}})
    assert told.of("swh_Latn")["min_words"] == 30
    assert told.of("fra_Latn") == shipped.of("fra_Latn")
    assert told.digest("fra_Latn") == shipped.digest("fra_Latn")
    assert told.digest("swh_Latn") != shipped.digest("swh_Latn")
    assert told.digest() != shipped.digest()


def test_a_label_may_be_named_in_any_way_a_language_may() -> None:
    assert load(told={"swahili": {"min_words": 30}}).of("swh_Latn")["min_words"] == 30


def test_a_kind_of_words_may_be_set_at_once() -> None:
    told = load(told={"clustered": {"min_words": 7}})
    assert told.of("tha_Thai")["min_words"] == 7
    assert told.of("fra_Latn") == load().of("fra_Latn")


def test_a_script_may_be_set_at_once() -> None:
    told = load(told={"Hani": {"min_words": 7}, "cmn_Hani": {"min_words": 8}, "clustered": {"min_words": 9}})
    assert [told.of(label)["min_words"] for label in ("yue_Hani", "cmn_Hani", "tha_Thai")] == [7, 8, 9]


def test_scripts_of_whole_syllables_and_words_bear_more_foreign_letters() -> None:
    shipped = load()
    assert {shipped.of(label)["min_script_share"] for label in ("jpn_Jpan", "kor_Hang", "yue_Hani")} == {0.7}
    assert {shipped.of(label)["min_script_share"] for label in ("rus_Cyrl", "tha_Thai", "swh_Latn")} == {0.9}


def test_a_file_is_laid_over_what_is_shipped_and_settings_over_the_file(tmp_path: Path) -> None:
    place = tmp_path / "mine.toml"
    place.write_text(
        "[default]\nmin_words = 20\nmax_words = 900\n"
        "[words.clustered]\nmin_words = 40\n[label.lao_Laoo]\nmin_words = 60\n"
    )
    told = load(str(place), {"max_words": 800})
    assert [told.of(label)["min_words"] for label in ("fra_Latn", "tha_Thai", "lao_Laoo")] == [20, 40, 60]
    assert told.of("lao_Laoo")["max_words"] == 800
    assert told.of("fra_Latn")["max_bullet_line_share"] == load().of("fra_Latn")["max_bullet_line_share"]


def test_false_switches_a_limit_off() -> None:
    told = load(told={"min_words": False, "tha_Thai": {"max_words": False}})
    assert "min_words" not in told.of("fra_Latn")
    assert "max_words" in told.of("fra_Latn")
    assert "max_words" not in told.of("tha_Thai")


def test_equal_limits_have_equal_digests_however_they_are_written() -> None:
    assert (
        load(told={"min_words": 30, "max_words": 400}).digest()
        == load(told={"max_words": 400.0, "min_words": 30}).digest()
    )


@pytest.mark.parametrize(
    ("told", "found", "mend"),
    [
        ({"min_word": 30}, "no limit is named 'min_word'", "min_words"),
        ({"swh_Latn": {"max_top_gram": 0.2}}, "no limit is named 'max_top_gram'", "max_top_2_gram_share"),
        ({"swahilli": {"min_words": 30}}, "No language is named 'swahilli'", "swh_Latn"),
        ({"max_digit_share": 1}, "max_digit_share = 1 can never remove a document", "max_digit_share = false"),
        ({"max_dup_line_share": 1.5}, "can never remove", "false"),
        ({"min_script_share": 0.0}, "can never remove", "false"),
        ({"min_words": -1}, "can never remove", "false"),
        ({"min_script_share": 1.2}, "would remove every document", "false"),
        ({"max_bullet_line_share": -0.5}, "would remove every document", "false"),
        ({"max_words": float("inf")}, "is not a number", "false"),
        ({"max_words": float("nan")}, "is not a number", "false"),
        ({"max_words": True}, "is not a number", "false"),
        ({"max_words": "many"}, "is not a number", "false"),
    ],
)
def test_a_limit_that_means_nothing_is_refused_with_the_mend(told: dict[str, object], found: str, mend: str) -> None:
    with pytest.raises(Stop) as stopped:
        load(told=told)
    assert found in stopped.value.found
    assert mend in stopped.value.mend


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[default\n", "is not TOML"),
        ("min_words = 3\n", "[min_words] is no table of limits"),
        ("[words.runic]\nmin_words = 3\n", "no kind of words is named 'runic'"),
        ("[script.Hant]\nmin_words = 3\n[script.Latin]\nmin_words = 3\n", "no label has the script 'Latin'"),
        ("[label]\nmin_words = 3\n", "table of limits is expected"),
        ("label = 3\n", "tables of limits are expected"),
        ("default = 3\n", "table of limits is expected"),
    ],
)
def test_a_file_that_is_not_in_the_form_is_refused(text: str, found: str, tmp_path: Path) -> None:
    place = tmp_path / "mine.toml"
    place.write_text(text)
    with pytest.raises(Stop) as stopped:
        load(str(place))
    assert found in stopped.value.found


def test_a_missing_file_is_refused() -> None:
    with pytest.raises(Stop, match="Cannot read the limits"):
        load("nowhere.toml")


def test_a_limit_at_the_end_of_what_its_signal_can_be_never_fires() -> None:
    most, least = Limit("max_share", 0, 1, "share"), Limit("min_share", 0, 1, "share")
    assert inert(most, 1)
    assert inert(least, 0)
    assert not inert(most, 0.999)
    assert not inert(least, 0.001)


def test_published_limits_are_not_mixed_with_ours() -> None:
    gopher = load(rules="gopher").of("eng_Latn")
    assert gopher["max_word_length"] == 10
    assert "min_language_score" not in gopher
    assert load(rules="gopher", told={"min_words": 9}).of("eng_Latn")["min_words"] == 9


def test_shipped_limits_are_named_once_and_explained() -> None:
    assert len(KNOWN) == len(LIMITS)
    assert all(limit.name.startswith(("min_", "max_")) and limit.meaning and limit.low < limit.high for limit in LIMITS)


def test_every_shipped_table_passes_the_check_that_users_tables_pass() -> None:
    place = Path(limits.__file__).with_name("limits.toml")
    for name in ("default", *tomllib.loads(place.read_text())["published"]):
        assert load(rules=name).of("fra_Latn")


def test_a_macro_label_stands_for_itself_and_for_its_members() -> None:
    held = load(told={"ara_Arab": {"min_words": 7}})
    assert [held.of(label)["min_words"] for label in ("ara_Arab", "arz_Arab", "arb_Latn")] == [7, 7, 50]
