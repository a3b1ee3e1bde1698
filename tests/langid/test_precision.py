import numpy as np
import numpy.typing as npt
import pytest
from mixes import Mix, halves, mixed, unseen
from shared import needs_shared

from langid.confusions import Confusions
from langid.precision import estimate
from langid.scores import BINS
from manifests.errors import Stop
from pipeline.models import locate

Counts = dict[tuple[str, str], int]


def table(cells: Counts, source: str = "own") -> Confusions:
    return Confusions.of((source, truth, answer, count) for (truth, answer), count in cells.items())


def answered(cells: Counts, documents: dict[str, int]) -> dict[str, int]:
    """The answers to so many documents of each language, in the proportions of the table."""
    total: dict[str, int] = {}
    for (truth, _), count in cells.items():
        total[truth] = total.get(truth, 0) + count
    answers: dict[str, float] = {}
    for (truth, answer), count in cells.items():
        answers[answer] = answers.get(answer, 0.0) + documents.get(truth, 0) * count / total[truth]
    return {label: round(count) for label, count in answers.items()}


NGUNI: Counts = {
    ("xho_Latn", "xho_Latn"): 8000,
    ("xho_Latn", "zul_Latn"): 1500,
    ("xho_Latn", "ssw_Latn"): 500,
    ("zul_Latn", "zul_Latn"): 9700,
    ("zul_Latn", "xho_Latn"): 300,
    ("ssw_Latn", "ssw_Latn"): 9000,
    ("ssw_Latn", "zul_Latn"): 1000,
    ("yor_Latn", "yor_Latn"): 9990,
    ("yor_Latn", "zul_Latn"): 10,
}


@pytest.mark.parametrize(
    "documents",
    [
        {"xho_Latn": 100_000, "zul_Latn": 10_000, "ssw_Latn": 1_000, "yor_Latn": 5_000},
        {"xho_Latn": 2_000, "zul_Latn": 100_000, "ssw_Latn": 9_000, "yor_Latn": 200},
        {"xho_Latn": 30_000, "zul_Latn": 30_000, "ssw_Latn": 30_000, "yor_Latn": 30_000},
        {"xho_Latn": 500, "zul_Latn": 5_000, "ssw_Latn": 50_000, "yor_Latn": 50_000},
    ],
)
def test_with_known_confusions_the_precision_is_within_five_points(documents: dict[str, int]) -> None:
    found = estimate(table(NGUNI), answered(NGUNI, documents))
    for label, one in found.labels.items():
        right = documents[label] * NGUNI[label, label] / 10_000
        true = right / one.answered
        assert one.precision == pytest.approx(true, abs=0.05), label
        assert one.interval[0] - 0.01 <= true <= one.interval[1] + 0.01, label
        assert one.base_rate == pytest.approx(documents[label] / sum(documents.values()), abs=0.05), label


def test_a_rare_label_beside_a_big_relative_is_not_trusted() -> None:
    documents = {"xho_Latn": 1_000_000, "ssw_Latn": 500}
    rare = estimate(table(NGUNI), answered(NGUNI, documents)).labels["ssw_Latn"]
    assert rare.answered == 50_450
    assert rare.precision < 0.3
    alone = estimate(table(NGUNI), answered(NGUNI, {"ssw_Latn": 500})).labels["ssw_Latn"]
    assert alone.precision > 0.9


def test_a_label_without_evidence_is_trusted_less_the_more_there_is_of_its_script() -> None:
    few = estimate(table(NGUNI), {"zul_Latn": 1_000, "abs_Latn": 20}).labels["abs_Latn"]
    many = estimate(table(NGUNI), {"zul_Latn": 1_000_000, "abs_Latn": 20}).labels["abs_Latn"]
    assert few.tested == many.tested == 0
    assert many.precision < few.precision
    assert many.interval[0] <= few.interval[0]


def test_labels_that_were_never_tested_are_taken_for_mistakes_of_their_script() -> None:
    documents = {"xho_Latn": 100_000, "zul_Latn": 100_000, "yor_Latn": 100_000}
    strange = {f"{name}_Latn": 2 for name in ("abs", "dyu", "luo", "kmb", "tum", "sag")}
    found = estimate(table(NGUNI), answered(NGUNI, documents) | strange).labels
    assert all(found[label].precision < 0.5 for label in strange)
    assert found["yor_Latn"].precision > 0.95


def test_a_script_of_one_language_is_never_mistaken() -> None:
    found = estimate(table(NGUNI), {"zul_Latn": 1_000_000, "tha_Thai": 20}).labels["tha_Thai"]
    assert found.precision > 0.99


def test_labels_published_as_one_forgive_what_is_mistaken_between_them() -> None:
    documents = {"xho_Latn": 50_000, "zul_Latn": 50_000, "yor_Latn": 50_000}
    answers = answered(NGUNI, documents)
    apart = estimate(table(NGUNI), answers).labels["zul_Latn"]
    merged = estimate(table(NGUNI), answers, {"xho_Latn": "ngu_Latn", "zul_Latn": "ngu_Latn"}).labels
    assert "zul_Latn" not in merged
    assert merged["ngu_Latn"].answered == answers["xho_Latn"] + answers["zul_Latn"]
    assert merged["ngu_Latn"].precision > 0.99 > 0.9 > apart.precision


SISTERS: Counts = {
    ("bos_Latn", "hrv_Latn"): 239,
    ("bos_Latn", "bos_Latn"): 1,
    ("hrv_Latn", "hrv_Latn"): 240,
    ("hrv_Latn", "bos_Latn"): 24,
    ("slv_Latn", "slv_Latn"): 250,
}


def test_a_language_that_is_never_answered_rightly_does_not_take_all_of_its_neighbour() -> None:
    found = estimate(table(SISTERS), answered(SISTERS, {"hrv_Latn": 3_000, "slv_Latn": 2_000})).labels
    assert found["hrv_Latn"].precision > 0.8
    assert found["bos_Latn"].precision < 0.5


def scored(right: int, wrong: int) -> Confusions:
    """A language that is taken for another as often as not, with low scores."""
    return Confusions.of(
        [
            ("own", "zul_Latn", "zul_Latn", 200, [0] * 13 + [50, 150]),
            ("own", "xho_Latn", "zul_Latn", wrong, [wrong] + [0] * (BINS - 1)),
            ("own", "xho_Latn", "xho_Latn", right, [0] * (BINS - 1) + [right]),
        ]
    )


@pytest.mark.parametrize(("sure", "least", "most"), [(0.9, 0.8, 1.0), (0.5, 0.35, 0.65), (0.1, 0.0, 0.25)])
def test_scores_of_the_documents_tell_what_the_table_cannot(sure: float, least: float, most: float) -> None:
    answers = {"zul_Latn": 1_000, "xho_Latn": 500}
    many = round(1_000 * sure)
    seen = {"zul_Latn": [1_000 - many] + [0] * 12 + [many // 4, many - many // 4], "xho_Latn": [0] * 14 + [500]}
    blind = estimate(scored(100, 100), answers).labels["zul_Latn"]
    found = estimate(scored(100, 100), answers, seen=seen).labels["zul_Latn"]
    assert least <= found.precision <= most
    assert found.interval[0] <= sure <= found.interval[1]
    assert abs(found.precision - sure) <= abs(blind.precision - sure) + 0.05


def test_precision_is_that_of_the_documents_that_stay() -> None:
    answers = {"zul_Latn": 1_000, "xho_Latn": 500}
    seen = {"zul_Latn": [400] + [0] * 12 + [150, 450], "xho_Latn": [0] * 14 + [500]}
    every = estimate(scored(100, 100), answers, seen=seen).labels["zul_Latn"]
    assert estimate(scored(100, 100), answers, seen=seen, stay=seen).labels["zul_Latn"] == every
    without = {**seen, "zul_Latn": [0, *seen["zul_Latn"][1:]]}
    found = estimate(scored(100, 100), answers, seen=seen, stay=without).labels["zul_Latn"]
    assert every.precision < 0.75
    assert found.precision > 0.9
    assert found.interval[0] > every.interval[0]
    assert found.answered == 1_000
    none = {**seen, "zul_Latn": [0] * BINS}
    assert estimate(scored(100, 100), answers, seen=seen, stay=none).labels["zul_Latn"].precision == every.precision


def test_scores_count_for_labels_that_are_published_as_one() -> None:
    answers = {"zul_Latn": 1_000, "xho_Latn": 500}
    low = {"zul_Latn": [1_000] + [0] * (BINS - 1), "xho_Latn": [0] * (BINS - 1) + [500]}
    merged = estimate(scored(100, 100), answers, {"zul_Latn": "ngu_Latn", "xho_Latn": "ngu_Latn"}, low).labels
    assert merged["ngu_Latn"].precision > 0.9


@pytest.mark.parametrize("label", ["eng_Latn", "fra_Latn", "swh_Latn", "hin_Deva", "vie_Latn", "arb_Arab", "cmn_Hani"])
@pytest.mark.parametrize("count", [30, 100, 300])
def test_a_small_corpus_of_a_big_language_is_trusted(label: str, count: int) -> None:
    shipped = Confusions.parse((locate("builtin").parent / "confusions.tsv").read_text(encoding="utf-8"))
    for strays in (
        {},
        {"sco_Latn": 1, "pcm_Latn": 1, "nuj_Latn": 1},
        {"spa_Latn": count, "pcm_Latn": 2, "hun_Latn": 2},
    ):
        assert estimate(shipped, {label: count, **strays}).labels[label].precision > 0.7


def test_decades_pool_the_labels_of_like_size() -> None:
    found = estimate(table(NGUNI), {"zul_Latn": 90_000, "xho_Latn": 9_000, "ssw_Latn": 900, "yor_Latn": 100})
    assert {exponent: one.labels for exponent, one in found.decades.items()} == {
        -1: ("zul_Latn",),
        -2: ("xho_Latn",),
        -3: ("ssw_Latn", "yor_Latn"),
    }
    assert found.decades[-3].answered == 1_000
    low, high = found.decades[-3].interval
    assert low <= found.decades[-3].precision <= high


def test_the_order_of_rows_and_answers_does_not_matter() -> None:
    answers = answered(NGUNI, {"xho_Latn": 700, "zul_Latn": 90, "yor_Latn": 5})
    turned = dict(reversed(answers.items()))
    cells = dict(reversed(NGUNI.items()))
    assert estimate(table(NGUNI), answers).labels == estimate(table(cells), turned).labels


def test_nothing_known_and_nothing_answered() -> None:
    assert estimate(table(NGUNI), {"zul_Latn": 0}).labels == {}
    found = estimate(Confusions.of([]), {"zul_Latn": 10, "und_Zzzz": 3})
    assert set(found.labels) == {"zul_Latn", "und_Zzzz"}
    assert all(0.0 <= one.interval[0] <= one.interval[1] <= 1.0 for one in found.labels.values())


def test_a_table_is_read_and_refused() -> None:
    read = Confusions.parse("source\tlabel\tanswer\tcount\nudhr\tzul_Latn\txho_Latn\t3\nasp\tzul_Latn\txho_Latn\t2\n")
    assert read.counts.tolist() == [2.0, 3.0]
    bins = " ".join(["1"] * BINS)
    assert read.scores.sum() == 0
    told = Confusions.parse(f"source\tlabel\tanswer\tcount\tscores\nudhr\tzul_Latn\txho_Latn\t{BINS}\t{bins}\n")
    assert told.scores.tolist() == [[1.0] * BINS]
    assert Confusions.parse(told.text()).text() == told.text()
    with pytest.raises(Stop, match="Line 2"):
        Confusions.parse("source\tlabel\tanswer\tcount\tscores\nudhr\tzul_Latn\txho_Latn\t3\t1 2\n")
    with pytest.raises(Stop, match="begins with the columns"):
        Confusions.parse("label\tanswer\nzul_Latn\txho_Latn\n")
    with pytest.raises(Stop, match="Line 2"):
        Confusions.parse("source\tlabel\tanswer\tcount\nudhr\tzul_Latn\txho_Latn\tmany\n")


@pytest.fixture(scope="module")
def mixes() -> list[Mix]:
    return [mixed(*halves(unseen(), seed), seed) for seed in range(3)]


@needs_shared
def test_on_skewed_mixes_of_unseen_sources_the_interval_holds_and_sure_labels_are_right(mixes: list[Mix]) -> None:
    rows = []
    for mix in mixes:
        found = estimate(mix.confusions, mix.answered, seen=mix.seen).labels
        rows += [
            (mix.precision[label], found[label].precision, *found[label].interval)
            for label in mix.tested(true=50, confused=15)
        ]
    true, told, low, high = np.array(rows).T
    assert len(true) >= 50
    covered: npt.NDArray[np.bool_] = (low <= true) & (true <= high)
    assert covered.mean() >= 0.75
    sure = told >= 0.9
    assert np.abs(told - true)[sure].mean() <= 0.06
    assert true[told < 0.5].mean() < 0.6 < 0.8 < true[sure].mean()
