"""corpus langid: tell languages, and measure and train what tells them."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from pipeline.commands.console import Lid, out_console

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Tell the language of texts; measure and train models."
)


@app.command("predict")
def langid_predict(
    file: Annotated[str, typer.Argument(help="A text a line; - for standard input.", show_default=False)],
    lid: Lid = "builtin",
) -> None:
    """Tell the language of each line of FILE: one JSON object a line, in order, as the lines come.

    \b
    printf 'Habari ya asubuhi\\n' | corpus langid predict -
    corpus langid predict texts.txt.zst --lid glotlid
    """
    from langid.identify import Identifier
    from langid.support import supported
    from pipeline.absent import without_pandas, without_scipy
    from pipeline.models import locate
    from pipeline.predict import opened, predict

    without_pandas()
    without_scipy()
    model = locate(lid)
    with opened(file) as stream:
        for told in predict(Identifier.load(model), supported(model), stream):
            sys.stdout.write(told)
            sys.stdout.flush()


@app.command("eval")
def langid_eval(
    file: Annotated[
        str,
        typer.Argument(help="Labelled texts: label, tab, text; or with a header. - reads input.", show_default=False),
    ],
    lid: Lid = "builtin",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, with every label and confusion.")] = False,
) -> None:
    """Compare a model's answers with labelled texts: macro F1, false positive rate, accuracy, confusions."""
    from dataclasses import asdict

    from langid.identify import Identifier
    from pipeline.absent import without_pandas, without_scipy
    from pipeline.labelled import evaluate
    from pipeline.models import locate
    from pipeline.predict import opened

    without_pandas()
    without_scipy()
    model = locate(lid)
    with opened(file) as stream:
        report = evaluate(Identifier.load(model), stream)
    if as_json:
        print(json.dumps(asdict(report), ensure_ascii=False, indent=1))
    else:
        _show_scores(report)


SHOWN_SCORES = 25


def _show_scores(report: Any) -> None:
    own = {label: score for label, score in report.labels.items() if score.rows}
    known = {label: score for label, score in own.items() if score.known}
    out_console.print(f"texts      {report.rows:>12,}  in {len(own):,} labels")
    if report.skipped:
        out_console.print(f"skipped    {report.skipped:>12,}  lines without label or text")
    if rows := report.rows - sum(score.rows for score in known.values()):
        out_console.print(
            f"unknown    {rows:>12,}  in {len(own) - len(known):,} labels that the model cannot answer with"
        )
    for name, value in (
        ("accuracy", report.accuracy),
        ("macro F1", report.macro_f1),
        ("known F1", report.macro_f1_known),
    ):
        out_console.print(f"{name:<10} {_rate(value):>12}")
    out_console.print(f"macro FPR  {_rare(report.macro_fpr):>12}")
    for source, accuracy in report.sources.items():
        out_console.print(f"  {source:<28} {_rate(accuracy):>10}", markup=False)
    table = Table("label", title=f"lowest F1 of {len(known):,} labels that the model knows", title_justify="left")
    for column in ("texts", "said", "precision", "recall", "F1", "FPR"):
        table.add_column(column, justify="right")
    worst = sorted(known.items(), key=lambda item: (item[1].f1, item[0]))[:SHOWN_SCORES]
    for label, score in worst:
        rates = (_rate(score.precision), _rate(score.recall), _rate(score.f1), _rare(score.fpr))
        table.add_row(label, f"{score.rows:,}", f"{score.said:,}", *rates)
    out_console.print(table)
    confused = Table("label", "answer", title=f"most confused of {len(report.confused):,} pairs", title_justify="left")
    confused.add_column("texts", justify="right")
    for truth, answer, count in report.confused[:SHOWN_SCORES]:
        confused.add_row(truth, answer, f"{count:,}")
    out_console.print(confused)


def _rate(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _rare(value: float | None) -> str:
    return "" if value is None else f"{value:.1e}"


@app.command("train")
def langid_train(
    data: Annotated[
        Path, typer.Argument(help="Folder with train.tsv.zst, dev.tsv.zst and words.tsv.zst.", show_default=False)
    ],
    out: Annotated[Path, typer.Option(help="Where the model and its card are written.")] = Path("langid-model"),
) -> None:
    """Train the built-in model from labelled sentences; the same data gives the same model."""
    from langid.train import train
    from pipeline.absent import without_pandas, without_scipy

    without_pandas()
    without_scipy()
    train(data, out)
