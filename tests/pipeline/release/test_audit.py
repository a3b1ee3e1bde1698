"""Audits: intervals are those of statsmodels and scipy, samples are fair, and sheets go out and come back."""

import csv
import itertools
import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from manifests.errors import Stop
from pipeline.release.audit import interval, run, sheet
from pipeline.store import Store


@pytest.mark.parametrize(("yes", "count"), [(0, 10), (10, 10), (181, 200), (1, 3), (50, 100), (1999, 2000)])
def test_the_interval_is_that_of_scipy_and_statsmodels(yes: int, count: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from scipy.stats import binomtest
        from statsmodels.stats.proportion import proportion_confint
    found = interval.wilson(yes / count, count)
    scipy = binomtest(yes, count).proportion_ci(0.95, method="wilson")
    assert found == pytest.approx((scipy.low, scipy.high), abs=1e-12)
    assert found == pytest.approx(proportion_confint(yes, count, 0.05, "wilson"), abs=1e-12)


def test_strata_are_weighed_by_their_size() -> None:
    share, count = interval.stratified([900, 100], [[1, 1, 1, 0], [0, 0, 0, 0]])
    assert share == pytest.approx(0.9 * 0.75)
    assert count == pytest.approx(1 / (0.81 / 4 + 0.01 / 4))
    assert interval.stratified([50, 50, 50], [[1.0] * 4, [0.5] * 4, [0.0] * 4]) == pytest.approx((0.5, 12))
    assert interval.stratified([50, 50], [[1.0], []]) == pytest.approx((1.0, 1))
    assert interval.stratified([], []) == (0.0, 0.0)


def test_kappa_is_that_of_statsmodels() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from statsmodels.stats.inter_rater import cohens_kappa
    luck = np.random.default_rng(1)
    one = luck.integers(0, 3, 200)
    other = np.where(luck.random(200) < 0.7, one, luck.integers(0, 3, 200))
    table = np.zeros((3, 3), int)
    np.add.at(table, (one, other), 1)
    assert interval.kappa(one.tolist(), other.tolist()) == pytest.approx(cohens_kappa(table).kappa)
    assert interval.agreement(one.tolist(), other.tolist()) == pytest.approx((one == other).mean())
    assert interval.kappa([1, 1], [1, 1]) is None
    assert interval.kappa([], []) is None


def test_every_tenth_by_score_gives_its_part() -> None:
    luck = np.random.default_rng(1).random(1003)
    scores = np.round(np.random.default_rng(2).random(1003), 1)
    rows, sizes = run._drawn(scores, luck, 200)
    assert sum(sizes) == 1003
    assert sum(map(len, rows)) == 200
    assert {len(one) for one in rows} <= {19, 20, 21}
    assert all(scores[a].max() <= scores[b].min() for a, b in itertools.pairwise(rows))
    assert sum(map(len, run._drawn(scores, luck, 5000)[0])) == 1003


def _fill(folder: Path, place: Path, answers: list[str]) -> Path:
    with (folder / "sheet.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    with place.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, sheet.COLUMNS)
        writer.writeheader()
        for row, answer in zip(rows, answers * len(rows), strict=False):
            writer.writerow({**row, "answer": answer})
    return place


def test_a_sheet_goes_out_and_comes_back(mine: Path, tmp_path: Path) -> None:
    folder, count = run.draw(mine, "English", 200)
    rows = pq.read_table(mine / "data" / "eng_Latn").num_rows
    assert count == rows > 3
    first = (folder / "sheet.html").read_bytes()
    run.draw(mine, "eng_Latn", 200)
    assert (folder / "sheet.html").read_bytes() == first
    one = _fill(folder, tmp_path / "a.csv", ["yes"])
    told = run.take(mine, "eng_Latn", [one])
    assert (told["share"], told["documents"], told["agreement"]) == (1.0, rows, None)
    assert told["interval"] == pytest.approx(interval.wilson(1.0, rows), abs=1e-6)
    other = _fill(folder, tmp_path / "b.csv", ["no", *["Yes"] * (rows - 1)])
    told = run.take(mine, "eng_Latn", [one, other])
    assert told["share"] == pytest.approx(1 - 0.5 / rows, abs=1e-6)
    assert told["agreement"] == pytest.approx(1 - 1 / rows)
    card = (mine / "README.md").read_text(encoding="utf-8")
    assert re.search(rf"^\| `eng_Latn` \| {rows} \| 2 \| 0\.\d+ \|", card, re.MULTILINE)
    assert Store(mine).read_json("audits/eng_Latn.json") == told


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("id,answer\nzz,yes\n", "not in the sample"),
        ("id,answer\nzz,perhaps\n", "answers 'perhaps'"),
        ("id,answer\nzz,\n", "no answers"),
        ("name\nx\n", "no columns"),
    ],
)
def test_sheets_that_do_not_fit_are_told(mine: Path, tmp_path: Path, text: str, found: str) -> None:
    run.draw(mine, "eng_Latn", 3)
    place = tmp_path / "filled.csv"
    place.write_text(text)
    with pytest.raises(Stop, match=found):
        run.take(mine, "eng_Latn", [place])


def test_what_is_not_published_has_no_audit(mine: Path, tmp_path: Path) -> None:
    with pytest.raises(Stop, match="is no label"):
        run.draw(mine, "nso_Latn", 3)
    with pytest.raises(Stop, match="No sample of swh_Latn"):
        run.take(mine, "swh_Latn", [tmp_path / "x.csv"])


def test_texts_do_nothing_to_the_sheets() -> None:
    row: dict[str, Any] = {"id": "ab" * 16, "url": "=cmd()", "text": "<script>alert(1)</script>\n=1+1"}
    page = sheet.page("arb_Arab", [row])
    assert page.count("<script>") == 1
    assert 'dir="auto"' in page
    assert "http" not in re.sub(r"<article.*?</article>", "", page, flags=re.DOTALL)
    told = list(csv.reader(sheet.table([{**row, "text": "=1+1"}]).splitlines()))
    assert told[1][4:] == ["'=cmd()", "'=1+1"]
