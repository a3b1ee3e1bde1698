"""Labelled text of any form is compared with what a model answers."""

import io
import json
from pathlib import Path

import pytest
from tiny_models import SENTENCES, train
from typer.testing import CliRunner

from langid.identify import Identifier
from manifests.errors import Stop
from pipeline.cli import app
from pipeline.labelled import Report, evaluate


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def identifier(model: Path) -> Identifier:
    return Identifier.load(model)


def report(identifier: Identifier, *rows: str) -> Report:
    return evaluate(identifier, io.BytesIO("\n".join(rows).encode()))


def english(count: int, label: str = "eng_Latn") -> list[str]:
    return [f"{label}\t{SENTENCES['eng_Latn'][i % 2]}" for i in range(count)]


def test_rates_of_a_case_counted_by_hand(identifier: Identifier) -> None:
    russian = [f"rus_Cyrl\t{SENTENCES['rus_Cyrl'][i]}" for i in (0, 1)]
    found = report(identifier, *english(6), *russian, f"srp_Cyrl\t{SENTENCES['rus_Cyrl'][0]}", "qaa_Latn\t12 34")
    assert (found.rows, found.accuracy) == (10, 0.8)
    eng, rus, srp, none = (found.labels[label] for label in ("eng_Latn", "rus_Cyrl", "srp_Cyrl", "und_Zzzz"))
    assert (eng.rows, eng.said, eng.precision, eng.recall, eng.f1, eng.fpr) == (6, 6, 1.0, 1.0, 1.0, 0.0)
    assert (rus.rows, rus.said, rus.precision, rus.recall) == (2, 3, pytest.approx(2 / 3), 1.0)
    assert rus.f1 == pytest.approx(0.8)
    assert rus.fpr == pytest.approx(1 / 8)
    assert (srp.rows, srp.said, srp.precision, srp.recall, srp.f1, srp.fpr) == (1, 0, None, 0.0, 0.0, 0.0)
    assert (none.rows, none.said, none.f1, none.fpr) == (0, 1, None, 0.1)
    assert found.macro_f1 == pytest.approx((1 + 0.8 + 0 + 0) / 4)
    assert found.macro_f1_known == pytest.approx((1 + 0.8 + 0) / 3)
    assert found.macro_fpr == pytest.approx((0 + 1 / 8 + 0 + 0) / 4)
    assert found.confused == [("qaa_Latn", "und_Zzzz", 1), ("srp_Cyrl", "rus_Cyrl", 1)]
    assert [label for label, score in found.labels.items() if not score.known] == ["qaa_Latn", "und_Zzzz"]


@pytest.mark.parametrize(
    "rows",
    [
        [f"eng_Latn\t{SENTENCES['eng_Latn'][0]}"],
        [f"eng_Latn\tsome source\t{SENTENCES['eng_Latn'][0]}"],
        ["label\ttext", f"eng_Latn\t{SENTENCES['eng_Latn'][0]}"],
        ["id\tSentence\tLang", f"7\t{SENTENCES['eng_Latn'][0]}\teng_Latn"],
        [f"__label__eng_Latn {SENTENCES['eng_Latn'][0]}"],
        [f"__label__eng_Latn\t{SENTENCES['eng_Latn'][0]}"],
        [f"en\t{SENTENCES['eng_Latn'][0]}"],
        [f"eng-Latn\t{SENTENCES['eng_Latn'][0]}\r"],
        [f"eng\t{SENTENCES['eng_Latn'][0]}"],
    ],
)
def test_labelled_text_is_read_in_any_common_form(identifier: Identifier, rows: list[str]) -> None:
    found = report(identifier, *rows)
    assert (found.rows, found.accuracy, found.skipped) == (1, 1.0, 0)
    assert found.labels["eng_Latn"].f1 == 1.0


def test_a_name_with_several_scripts_is_met_by_any_of_them(identifier: Identifier) -> None:
    assert report(identifier, f"sr\t{SENTENCES['srp_Cyrl'][0]}", f"zh-Hant\t{SENTENCES['cmn_Hani'][0]}").accuracy == 1.0


def test_accuracy_is_told_by_source_where_the_file_has_one(identifier: Identifier) -> None:
    text, other = SENTENCES["eng_Latn"][0], SENTENCES["rus_Cyrl"][0]
    rows = ["label\tsource\ttext", f"eng_Latn\tweb\t{text}", f"eng_Latn\tweb\t{other}", f"rus_Cyrl\tbook\t{other}"]
    assert report(identifier, *rows).sources == {"book": 1.0, "web": 0.5}


def test_lines_that_lack_something_are_skipped_and_counted(identifier: Identifier) -> None:
    found = report(identifier, *english(2), "eng_Latn", "eng_Latn\t ", "\tno label", "", "no tab")
    assert (found.rows, found.skipped) == (2, 5)


@pytest.mark.parametrize("rows", [[], [""], ["label\ttext"], ["no tab at all"]])
def test_a_file_without_labelled_text_is_an_error(identifier: Identifier, rows: list[str]) -> None:
    with pytest.raises(Stop, match="no labelled text"):
        report(identifier, *rows)


def test_the_command_prints_a_table_or_json(model: Path, tmp_path: Path) -> None:
    place = tmp_path / "rows.tsv"
    place.write_text("\n".join([*english(3), f"srp_Cyrl\t{SENTENCES['rus_Cyrl'][0]}"]), encoding="utf-8")
    shown = CliRunner().invoke(app, ["langid", "eval", str(place), "--lid", str(model)])
    assert shown.exit_code == 0, shown.output
    for said in ("accuracy", "0.750", "macro FPR", "srp_Cyrl", "rus_Cyrl"):
        assert said in shown.stdout
    told = CliRunner().invoke(app, ["langid", "eval", str(place), "--lid", str(model), "--json"])
    found = json.loads(told.stdout)
    assert (found["accuracy"], found["labels"]["eng_Latn"]["rows"]) == (0.75, 3)
    assert found["confused"] == [["srp_Cyrl", "rus_Cyrl", 1]]
