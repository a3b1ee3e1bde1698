from langid.relatives import GROUPS, group_of


def test_close_relatives_share_a_group() -> None:
    assert group_of("bos_Latn") == group_of("hrv_Latn") == group_of("srp_Latn") == "bcms_Latn"
    assert group_of("arz_Arab") == group_of("arb_Arab")
    assert group_of("ind_Latn") == group_of("zsm_Latn")


def test_scripts_are_apart_but_written_forms_of_han_are_not() -> None:
    assert group_of("srp_Cyrl") == "bcms_Cyrl"
    assert group_of("cmn_Hani") == group_of("yue_Hant") == group_of("cmn_Hans")


def test_a_label_without_relatives_is_its_own_group() -> None:
    assert group_of("tam_Taml") == "tam_Taml"
    assert group_of("und_Zzzz") == "und_Zzzz"


def test_no_language_is_in_two_groups_and_the_table_is_in_order() -> None:
    codes = [code for group in GROUPS.values() for code in group]
    assert len(codes) == len(set(codes))
    assert list(GROUPS) == sorted(GROUPS)
    assert all(list(group) == sorted(group) and len(group) > 1 for group in GROUPS.values())


def test_a_group_cannot_be_mistaken_for_a_label() -> None:
    codes = {code for group in GROUPS.values() for code in group}
    assert not codes & set(GROUPS)
    assert all(len(name) > 3 for name in GROUPS)
