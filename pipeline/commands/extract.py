"""corpus extract: what our kernels make of a page, and why."""

import json
from typing import Annotated

import typer


def extract(
    source: Annotated[
        str,
        typer.Argument(
            help="An HTML page or a WARC file, a folder or glob of them, or the URL of one.", show_default=False
        ),
    ],
    blocks: Annotated[
        bool,
        typer.Option(
            "--blocks",
            help="Add every block of the page, with its probability of being main text and whether it is kept.",
        ),
    ] = False,
) -> None:
    """Print the main text of pages as JSON lines, with confidence, title, date and what else a page says of itself.

    As a build with extract.mode=fast has it; of a record that gives none, why.
    """
    from pipeline.pages import run

    for record in run(source, blocks):
        print(json.dumps(record, ensure_ascii=False))
