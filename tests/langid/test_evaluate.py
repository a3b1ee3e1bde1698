from pathlib import Path

import pyarrow as pa
import pytest
from tiny_models import SENTENCES, train

from langid.evaluate import Score, Sentence, evaluate, lower_bound, scores, sentences
from langid.identify import Identifier
from manifests.errors import Stop


def test_scores_of_a_small_case() -> None:
    found = scores(["a", "a", "a", "b"], ["a", "a", "b", "c"])
    assert (found["a"].precision, found["a"].recall, found["a"].f1) == (1.0, 2 / 3, 0.8)
    assert (found["b"].precision, found["b"].recall, found["b"].f1) == (0.0, 0.0, 0.0)
    assert set(found) == {"a", "b"}


def test_a_report_adds_up(tmp_path: Path) -> None:
    identifier = Identifier.load(train(tmp_path))
    rows = [Sentence(label, "own", text) for label, texts in SENTENCES.items() for text in texts]
    wrong = [Sentence("srp_Cyrl", "other", SENTENCES["rus_Cyrl"][0])]
    report = evaluate(identifier, rows + wrong)
    assert report.rows == len(rows) + 1
    assert report.sources == {"other": 0.0, "own": 1.0}
    assert report.confused == [("srp_Cyrl", "rus_Cyrl", 1)]
    assert report.accuracy == pytest.approx(len(rows) / (len(rows) + 1))
    assert report.scripts["Thai"] == 1.0
    assert report.scripts["Cyrl"] < 1.0
    assert report.labels["srp_Cyrl"].rows == 3
    assert report.macro_f1_tested == 0.0


def test_sentences_are_read_as_they_stand(tmp_path: Path) -> None:
    place = tmp_path / "rows.tsv.zst"
    text = 'label\tsource\ttext\nfra_Latn\tx\tdit "bonjour" et part\nkmr_Latn\ty\tNA\n'
    with pa.CompressedOutputStream(str(place), "zstd") as stream:
        stream.write(text.encode())
    assert list(sentences(place)) == [
        Sentence("fra_Latn", "x", 'dit "bonjour" et part'),
        Sentence("kmr_Latn", "y", "NA"),
    ]


def test_a_file_without_the_columns_is_told(tmp_path: Path) -> None:
    place = tmp_path / "rows.tsv"
    place.write_text("lang\ttext\nfr\tbonjour\n")
    with pytest.raises(Stop, match=r"no column label, source; it has lang, text"):
        sentences(place)
    with pytest.raises(Stop, match="cannot be read"):
        sentences(tmp_path / "missing.tsv")


def test_nothing_to_evaluate_is_told(tmp_path: Path) -> None:
    with pytest.raises(Stop, match="nothing to evaluate"):
        evaluate(Identifier.load(train(tmp_path)), [])


def test_the_bound_of_f1_nears_it_with_more_sentences() -> None:
    bounds = [lower_bound(Score(rows, 0.9, 0.9, 0.9)) for rows in (10, 100, 10_000)]
    assert bounds == sorted(bounds)
    assert bounds[0] < 0.82
    assert 0.89 < bounds[2] < 0.9
    assert lower_bound(Score(50, 0.0, 0.0, 0.0)) == 0.0
    # 30 hits of 30: Wilson's bound of a share of 1 is n / (n + z^2)
    share = 30 / (30 + 1.2816**2)
    assert lower_bound(Score(30, 1.0, 1.0, 1.0)) == pytest.approx(2 * share / (1 + share))
