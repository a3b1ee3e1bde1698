"""corpus dedup: what counts as a near-duplicate."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from pipeline.commands.console import out_console

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Near-duplicates: what counts as one.")

SHOWN = (0.5, 0.55, 0.6, 0.65, 0.7, 0.725, 0.75, 0.775, 0.8, 0.85, 0.9, 0.95, 1.0)
"""Similarities that the table tells of."""


@app.command("recipe")
def dedup_recipe(
    config: Annotated[Path | None, typer.Option(help="A TOML file with settings.", show_default=False)] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", help="NAME=VALUE, for example dedup.threshold=0.8.", show_default=False),
    ] = None,
) -> None:
    """Print the recipe in force, and how likely two documents are to be found by their true Jaccard similarity.

    A pair is compared if it shares a band, and found if its estimate then reaches the threshold.

    \b
    corpus dedup recipe
    corpus dedup recipe --set dedup.threshold=0.8
    """
    from pipeline.settings import load
    from pipeline.steps.notes import recipe

    used = recipe(load((), config, set_ or ()).dedup)
    unit = "words" if used.unit == "word" else "characters"
    out_console.print(f"{used.algorithm}, seed {used.seed}, normal form {used.normal_form}: signatures {used.digest()}")
    out_console.print(f"shingles of {used.shingle} {unit}, {used.permutations} permutations")
    out_console.print(f"{used.bands} bands of {used.rows} rows, estimated Jaccard of at least {used.threshold}")
    table = Table()
    for column in ("Jaccard", "compared", "found"):
        table.add_column(column, justify="right")
    for jaccard in SHOWN:
        chances = (used.match_probability(jaccard), used.found_probability(jaccard))
        table.add_row(f"{jaccard:g}", *(f"{chance:.4f}" for chance in chances))
    out_console.print(table)


@app.command("query")
def dedup_query(
    file: Annotated[str, typer.Argument(help="Any source that is built: a file, folder, glob or URL.")],
    index: Annotated[Path, typer.Option(help="Folder of a finished build.", show_default=False)],
) -> None:
    """Tell which documents of FILE a build knows already: a JSON object a line, in order, as they are read.

    known is exact, near or no; known_id names the document that is most like it, jaccard is estimated, verdict is kept
    or the rule that removed it. Nothing is written to the build.

    \b
    corpus dedup query new.jsonl.zst --index corpus-out
    corpus dedup query new/ --index corpus-out | jq -r 'select(.known == "no") | .url'
    """
    from pipeline.absent import without_pandas, without_scipy
    from pipeline.query import run

    without_pandas()
    without_scipy()
    for line in run(file, index):
        sys.stdout.write(line)
