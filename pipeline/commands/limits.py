"""corpus limits: what documents are held to, and learning it."""

import json
import math
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from pipeline.commands.console import EngineName, Workers, err_console, out_console

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="The numbers that rules hold documents to: what they are for a language, and learning them from good text.",
)


@app.command("show")
def limits_show(
    language: Annotated[str, typer.Argument(help="A label, code, tag or English name.", show_default=False)],
    file: Annotated[
        str | None,
        typer.Option("--limits", help="A limits file that is laid over the shipped ones.", show_default=False),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, with all of the evidence.")] = False,
) -> None:
    """Print each limit that a language is held to, what it rests on, and where it backed off to.

    \b
    corpus limits show swh
    corpus limits show "Scottish Gaelic" --limits mine.toml
    """
    from manifests.names import resolve
    from pipeline.limits import show

    told = {label: show(label, file) for label in resolve(language)}
    if as_json:
        shown = {
            label: [{**row._asdict(), "evidence": _plain(row.evidence)} for row in rows] for label, rows in told.items()
        }
        print(json.dumps(shown, ensure_ascii=False, indent=1))
        return
    for label, rows in told.items():
        table = Table("limit", title=label, title_justify="left")
        table.add_column("value", justify="right")
        for column in ("what is measured", "from", "rests on"):
            table.add_column(column)
        table.add_column("of the label itself", justify="right")
        for row in rows:
            value = "off" if row.value is None else f"{row.value:,.6g}"
            table.add_row(row.limit, value, row.meaning, f"{row.place} {row.table}", row.basis, f"{row.own or ''}")
        Console(highlight=False, width=max(160, out_console.width)).print(table)


def _plain(evidence: Any) -> dict[str, Any] | None:
    """Evidence as JSON can hold it: what is not finite is null."""
    if evidence is None:
        return None
    told: dict[str, Any] = evidence._asdict()
    return {key: None if isinstance(one, float) and not math.isfinite(one) else one for key, one in told.items()}


@app.command("derive")
def limits_derive(
    reference: Annotated[
        list[str],
        typer.Argument(
            help="Good text: files, folders, globs or URLs, all that corpus build reads.", show_default=False
        ),
    ],
    out: Annotated[Path, typer.Option(help="The file of limits to write; its evidence lies beside it.")] = Path(
        "limits.toml"
    ),
    label_field: Annotated[
        str | None,
        typer.Option(
            help="Field of the reference that names the language of a document; else it is identified.",
            show_default=False,
        ),
    ] = None,
    stop_words: Annotated[
        Path | None,
        typer.Option(
            help="Write stop words too: words frequent and widespread in a language's texts, a TSV.", show_default=False
        ),
    ] = None,
    most_removed: Annotated[
        float, typer.Option(min=0.001, max=0.5, help="A limit that removes more of its own documents is refused.")
    ] = 0.03,
    work: Annotated[
        Path | None,
        typer.Option(help="Keep what is measured here, so that a second run is quick.", show_default=False),
    ] = None,
    engine: EngineName = "local",
    workers: Workers = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", help="NAME=VALUE, for example read.fields.text=body.", show_default=False),
    ] = None,
) -> None:
    """Learn limits from REFERENCE, for each label that has documents enough, and write them with what they rest on.

    A label with few documents is held to the limits of its family, its script, its kind of words, or all. Use the file
    with corpus build --set limits=FILE; it is laid over the shipped limits.

    \b
    corpus limits derive good.jsonl.zst --out mine.toml
    corpus limits derive bibles/ wiki/*.parquet --label-field lang --work measured
    corpus limits derive good.jsonl.zst --out mine.toml --stop-words mine.tsv
    corpus limits show swh --limits mine.toml
    """
    from pipeline import limits as deriving
    from pipeline.absent import without_pandas
    from pipeline.progress import reporter

    without_pandas()
    asked = deriving.settings_of(reference, label_field, set_ or ())
    told = reporter(err_console)
    try:
        with deriving.work_folder(work) as folder:
            found = deriving.read(asked, Path(folder), label_field is not None, engine, workers, told)
            lists = deriving.stop_words(Path(folder), found) if stop_words is not None else {}
    finally:
        told.close()
    if stop_words is not None:
        deriving.write_stop_words(lists, stop_words, asked)
        out_console.print(f"{stop_words} has stop words of {len(lists):,} labels", markup=False)
    derived = deriving.derive(found, most_removed)
    beside = deriving.write(derived, out, asked, found, most_removed)
    table = Table("table", "documents", "limits of its own", title=f"{out}, with {beside}", title_justify="left")
    for name, values in derived.tables.items():
        table.add_row(name, f"{derived.documents(name):,}", ", ".join(map(_limit_shown, values.items())))
    out_console.print(table)
    for row in derived.refused:
        out_console.print(f"switched off: {row.table} {row.limit}: {row.note}", markup=False)


def _limit_shown(item: tuple[str, float | bool]) -> str:
    return f"{item[0]} {'off' if item[1] is False else format(item[1], '.6g')}"
