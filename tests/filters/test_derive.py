import math
import tomllib
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from filters import derive as deriving
from filters.decide import verdicts
from filters.derive import DERIVABLE, MOST_REMOVED, Derivable, chain_of, chance_of_more, derive, interval, render, tsv
from filters.rules import RULES, named
from manifests import evidence, limits
from manifests.limits import KNOWN

LIMIT = "max_top_2_gram_share"
ONE = (Derivable(LIMIT, 0.005, 0.1, 0.5),)


def _signal() -> str:
    return next(rule.signal for rule in RULES if rule.limit == LIMIT)


def _learnt(
    values: dict[str, npt.NDArray[np.float64]], most_removed: float = MOST_REMOVED, ones: tuple[Derivable, ...] = ONE
) -> deriving.Derived:
    labels = [label for label, column in values.items() for _ in column]
    return derive({_signal(): np.concatenate(list(values.values()))}, labels, None, most_removed, ones)


def _around(middle: float, count: int, width: float = 0.1) -> npt.NDArray[np.float64]:
    """Values spread evenly around the middle, in an order that is not theirs."""
    spread = np.linspace(middle - width, middle + width, count)
    return np.random.default_rng(1).permutation(spread)


def _limit(derived: deriving.Derived, label: str) -> float | bool | None:
    """What a label is held to: its own table, or the nearest wider one that has the limit."""
    for table in reversed(chain_of(label)):
        if LIMIT in derived.tables.get(table, {}):
            return derived.tables[table][LIMIT]
    return None


def test_a_label_with_many_documents_has_a_limit_of_its_own() -> None:
    found = _learnt({"swh_Latn": _around(0.15, 2000), "yor_Latn": _around(0.35, 2000)})
    assert _limit(found, "yor_Latn") == pytest.approx(0.449, abs=0.003)
    assert found.tables["label.swh_Latn"][LIMIT] == pytest.approx(0.249, abs=0.003)


def test_a_label_with_few_documents_backs_off_even_where_they_are_odd() -> None:
    found = _learnt({"swh_Latn": _around(0.15, 2000), "yor_Latn": _around(0.35, deriving.FEWEST - 1)})
    assert "label.yor_Latn" not in found.tables
    assert _limit(found, "yor_Latn") == found.tables["default"][LIMIT]


USUAL = {f"{code}_Latn": _around(0.15, 300) for code in ("fin", "vie", "quy", "eng", "eus", "som")}
"""Labels of as many families."""


def test_a_few_dozen_documents_loosen_a_limit_that_would_remove_many_of_them_and_tighten_none() -> None:
    found = _learnt({**USUAL, "yor_Latn": _around(0.25, 40), "tur_Latn": _around(0.1, 40)})
    wide = found.tables["default"][LIMIT]
    assert _limit(found, "yor_Latn") > wide
    assert _limit(found, "tur_Latn") == wide


def test_relatives_speak_for_a_label_that_has_no_documents() -> None:
    found = _learnt({**USUAL, "tur_Latn": _around(0.25, 100), "gag_Latn": _around(0.25, 100)})
    assert found.tables["family.Turkic_Latn"][LIMIT] > found.tables["default"][LIMIT]
    assert _limit(found, "uzn_Latn") == found.tables["family.Turkic_Latn"][LIMIT]
    assert _limit(found, "uzn_Cyrl") == found.tables["default"][LIMIT]


def test_no_label_speaks_for_a_script_alone_however_big_it_is() -> None:
    small = {f"{code}_Latn": _around(0.3, deriving.SHARED) for code in ("yor", "fin", "vie", "quy", "tur")}
    alone = _learnt({**small, "eng_Latn": _around(0.15, deriving.SHARED)})
    big = _learnt({**small, "eng_Latn": np.tile(_around(0.15, deriving.SHARED), 100)})
    assert big.tables["default"] == alone.tables["default"]


def test_scripts_that_do_not_space_words_start_at_their_own_quantile() -> None:
    found = _learnt({"swh_Latn": _around(0.35, 2000), "tha_Thai": _around(0.15, 150)})
    assert found.tables["words.clustered"][LIMIT] < 0.26
    assert _limit(found, "lao_Laoo") == found.tables["words.clustered"][LIMIT]


def test_junk_in_the_reference_makes_no_room_for_junk() -> None:
    good = _around(0.15, 2000, 0.05)
    spoilt = np.concatenate([good, np.full(30, 0.95)])
    assert _limit(_learnt({"swh_Latn": spoilt}), "swh_Latn") < 0.4
    assert np.quantile(spoilt, 0.995) > 0.9


def test_no_limit_is_tighter_or_looser_than_is_sound_in_any_language() -> None:
    assert _limit(_learnt({"swh_Latn": np.full(500, 0.01)}), "swh_Latn") == 0.1
    assert _limit(_learnt({"swh_Latn": _around(0.4, 500, 0.098)}), "swh_Latn") == pytest.approx(0.498, abs=0.002)


def test_a_limit_that_removes_more_of_its_own_reference_than_declared_is_refused_with_the_reason() -> None:
    found = _learnt({"swh_Latn": _around(0.15, 2000), "yor_Latn": _around(0.6, 200)})
    assert found.tables["label.yor_Latn"][LIMIT] is False
    (refused,) = [row for row in found.refused if row.table == "label.yor_Latn"]
    assert refused.note.startswith("refused: 0.5 would remove 199")
    assert "of 200 documents, more than 0.03" in refused.note
    assert f"# label.yor_Latn {LIMIT}: refused: 0.5 would remove" in render(found, [])
    assert not _learnt({"swh_Latn": _around(0.15, 2000), "yor_Latn": _around(0.3, 200)}).refused


def test_the_declared_share_is_what_decides() -> None:
    values = {"swh_Latn": np.concatenate([_around(0.2, 1900), np.full(100, 0.6)])}
    assert _limit(_learnt(values, 0.03), "swh_Latn") is False
    assert _limit(_learnt(values, 0.1), "swh_Latn") == pytest.approx(0.5)


def test_a_limit_that_can_never_fire_is_refused_with_the_reason() -> None:
    ones = (Derivable(LIMIT, 0.005, 0.1, 1.0),)
    found = _learnt({"swh_Latn": np.ones(500)}, ones=ones)
    assert found.tables["default"][LIMIT] is False
    assert "can never remove a document" in found.refused[0].note
    whole = (Derivable("min_stop_words", 0.005, 2, 0, whole=True),)
    none = derive({"stop_words": np.zeros(500)}, ["swh_Latn"] * 500, None, MOST_REMOVED, whole)
    assert none.tables["default"]["min_stop_words"] is False


def test_signals_that_were_measured_with_another_label_tell_nothing() -> None:
    whole = (Derivable("min_stop_words", 0.005, 2, 0, whole=True),)
    columns = {"stop_words": np.array([6.0] * 500 + [0.0] * 500)}
    found = derive(columns, ["swh_Latn"] * 1000, ["swh_Latn"] * 500 + ["fra_Latn"] * 500, MOST_REMOVED, whole)
    assert found.tables["default"] == {"min_stop_words": 2}


def test_rows_in_another_order_within_a_label_change_nothing_where_all_of_them_count() -> None:
    one = {"swh_Latn": _around(0.15, 150), "yor_Latn": _around(0.35, 150)}
    two = {label: values[::-1] for label, values in reversed(one.items())}
    assert render(_learnt(one), []) == render(_learnt(two), [])
    assert tsv(_learnt(one)) == tsv(_learnt(two))


@pytest.mark.parametrize(("count", "tail"), [(30, 0.005), (200, 0.01), (3000, 0.005), (100_000, 0.002)])
def test_the_interval_holds_the_true_quantile_as_often_as_it_says(count: int, tail: float) -> None:
    drawing = np.random.default_rng(7)
    held = [
        found.low <= 1 - tail <= found.high for found in (interval(drawing.random(count), tail) for _ in range(300))
    ]
    assert np.mean(held) >= 0.93


def test_the_chance_of_hits_is_binomial() -> None:
    exact = sum(math.comb(20, hits) * 0.03**hits * 0.97 ** (20 - hits) for hits in range(3, 21))
    assert chance_of_more(3, 20, 0.03) == pytest.approx(exact)
    assert chance_of_more(0, 20, 0.03) == 1


def test_what_is_written_is_read_as_it_was(tmp_path: Path) -> None:
    found = _learnt({"swh_Latn": _around(0.15, 2000), "yor_Latn": _around(0.6, 200), "tha_Thai": _around(0.2, 150)})
    place = tmp_path / "mine.toml"
    place.write_text(render(found, ["Ours."]))
    place.with_suffix(evidence.SUFFIX).write_text(tsv(found))
    held = limits.load(str(place))
    assert LIMIT not in held.of("yor_Latn")
    assert held.of("swh_Latn")[LIMIT] == found.tables["label.swh_Latn"][LIMIT]
    rows = evidence.beside(str(place))
    assert rows["label.swh_Latn", LIMIT].documents == 2000
    assert math.isnan(rows["label.yor_Latn", LIMIT].value)
    assert set(tomllib.loads(place.read_text())) <= {"default", "words", "script", "family", "label"}


def test_the_file_of_evidence_stays_small_for_thousands_of_labels() -> None:
    drawing = np.random.default_rng(3)
    labels = [f"{a}{b}{c}_Latn" for a in "abcdefgh" for b in "abcdefgh" for c in "abcdefgh" for _ in "x" * 30]
    columns = {rule.signal: drawing.exponential(0.02, len(labels)) for rule in RULES}
    columns |= {"word_length": drawing.normal(5, 1, len(labels)), "stop_words": np.full(len(labels), 5.0)}
    columns["alpha_word_share"] = 1 - columns["alpha_word_share"]
    columns["word_entropy"] = drawing.normal(7, 0.5, len(labels))
    found = derive(columns, labels)
    assert len(set(labels)) == 512
    assert len(tsv(found)) / 512 < 200


def test_every_derivable_limit_has_a_rule_and_bounds_within_what_its_signal_can_be() -> None:
    for one in DERIVABLE:
        limit = KNOWN[one.limit]
        assert [rule for rule in RULES if rule.limit == one.limit]
        assert limit.low <= min(one.tight, one.loose) < max(one.tight, one.loose) < limit.high
        assert (one.tight > one.loose) == limit.least
        assert not limits.inert(limit, one.tight)


def test_documents_that_limits_were_learnt_from_are_kept_by_them(tmp_path: Path) -> None:
    drawing = np.random.default_rng(5)
    labels = [label for label in ("swh_Latn", "yor_Latn", "tha_Thai") for _ in range(400)]
    columns = {rule.signal: drawing.random(1200).astype(np.float32) * 0.3 for rule in RULES}
    columns["stop_words"][:] = 6
    columns["alpha_word_share"] += 0.69
    columns["word_length"] += 4
    columns["word_entropy"] += 6
    (tmp_path / "mine.toml").write_text(render(derive(columns, labels), []))
    held = limits.load(str(tmp_path / "mine.toml"))
    learnt = {one.limit for one in DERIVABLE}
    for rule in (rule for rule in named("default") if rule.limit in learnt):
        assert (verdicts(columns, labels, held, [rule]).rule >= 0).mean() <= MOST_REMOVED + 0.001, rule.name
