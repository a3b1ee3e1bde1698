"""corpus extract: what our kernels make of a page, and why."""

import json
from typing import Annotated

import typer


def extract(
    source: Annotated[str, typer.Argument(help="An HTML page, a WARC file, or a URL.", show_default=False)],
    blocks: Annotated[bool, typer.Option("--blocks", help="Add every block with its probability.")] = False,
) -> None:
    """Print the main text of pages as JSON lines, with confidence, title, date and what else a page says of itself."""
    from pipeline.pages import run

    for record in run(source, blocks):
        print(json.dumps(record, ensure_ascii=False))
