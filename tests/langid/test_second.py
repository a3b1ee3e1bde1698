from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from langid.second import STRANGE, Second, answer, count, read, write
from manifests.errors import Stop

pytest.importorskip("pycld2")

GERMAN = "das ist ein kleiner satz auf deutsch und noch einer"
COLUMNS = ["bar_Latn", "deu_Latn", "eng_Latn", "tha_Thai"]
COUNTS = Counter({("bar_Latn", "de"): 30, ("bar_Latn", "un"): 10, ("deu_Latn", "de"): 99, ("eng_Latn", "en"): 99})


def _voter(place: Path, **weights: float) -> Second:
    write(place / "second.tsv", COUNTS, weights)
    voter = read(place / "second.tsv", COLUMNS)
    assert voter is not None
    return voter


def _weigh(voter: Second, row: list[float], text: str, together: int = 1) -> tuple[int, list[float]]:
    data = np.frombuffer(text.encode(), np.uint8)
    likely = np.array([row], np.float32)
    places = [np.array([place], np.int64) for place in (0, len(data), together)]
    asked = voter.weigh(likely, np.array([0], np.int32), np.array([3], np.int32), data, *places)
    return asked, likely[0].tolist()


def test_an_unsure_passage_is_settled(tmp_path: Path) -> None:
    asked, row = _weigh(_voter(tmp_path), [0.2, 0.4, 0.4, 0.0], GERMAN)
    assert asked == 1
    assert row[1] > 0.8 > 0.1 > row[2] > 0.01 < row[0] < 0.1  # Bavarian is German to it too
    assert sum(row) == pytest.approx(1)
    assert row[3] == 0  # of another script


def test_its_answer_alone_does_not_overrule_a_model_that_is_nearly_sure(tmp_path: Path) -> None:
    asked, row = _weigh(_voter(tmp_path), [0.0, 0.06, 0.94, 0.0], GERMAN)
    assert asked == 1
    assert row[2] > row[1] > 0.3


def test_a_sure_passage_is_not_asked_about(tmp_path: Path) -> None:
    asked, row = _weigh(_voter(tmp_path), [0.004, 0.004, 0.992, 0.0], GERMAN)
    assert asked == 0
    assert row == pytest.approx([0.004, 0.004, 0.992, 0.0])


def test_labels_of_little_evidence_weigh_less(tmp_path: Path) -> None:
    _, even = _weigh(_voter(tmp_path), [0.5, 0.5, 0.0, 0.0], GERMAN)
    _, less = _weigh(_voter(tmp_path, bar_Latn=0.1), [0.5, 0.5, 0.0, 0.0], GERMAN)
    assert less[0] / less[1] == pytest.approx(0.1 * even[0] / even[1], rel=1e-3)


def test_of_a_long_document_each_passage_bears_its_part_of_what_is_likely_beforehand(tmp_path: Path) -> None:
    odds = {}
    for together in (1, 4):
        _, row = _weigh(_voter(tmp_path), [0.5, 0.5, 0.0, 0.0], GERMAN, together)
        odds[together] = row[0] / row[1]
    assert odds[1] / odds[4] == pytest.approx(STRANGE**0.75, rel=1e-3)


def test_an_answer_never_counted_changes_no_order(tmp_path: Path) -> None:
    _, row = _weigh(_voter(tmp_path), [0.2, 0.5, 0.3, 0.0], "voici une phrase en français pour voir ce qui arrive")
    assert row[1] > row[2] > row[0] > 0.03


def test_answers_are_counted_by_label() -> None:
    assert answer(b"\xff\xfe") == "un"
    assert count([("deu_Latn", GERMAN), ("deu_Latn", GERMAN)]) == {("deu_Latn", "de"): 2}


def test_without_a_file_nobody_is_asked(tmp_path: Path) -> None:
    assert read(tmp_path / "second.tsv", COLUMNS) is None


@pytest.mark.parametrize(
    "row", ["deu_Latn\tde\tmany\t1", "deu_Latn\tde\t0\t1", "deu_Latn\tde\tnan\t1", "deu_Latn\tde\t7"]
)
def test_a_damaged_file_is_told(tmp_path: Path, row: str) -> None:
    (tmp_path / "second.tsv").write_text(f"label\tanswer\tcount\tweight\nbar_Latn\tde\t3\t1\n{row}\n")
    with pytest.raises(Stop, match=r"second\.tsv"):
        read(tmp_path / "second.tsv", COLUMNS)


def test_a_voter_that_counted_nothing_changes_nothing(tmp_path: Path) -> None:
    write(tmp_path / "second.tsv", {}, {})
    voter = read(tmp_path / "second.tsv", COLUMNS)
    assert voter is not None
    _, row = _weigh(voter, [0.2, 0.5, 0.3, 0.0], GERMAN)
    assert row == pytest.approx([0.2, 0.5, 0.3, 0.0])
