"""corpus models: what identification models there are, and fetching them."""

from typing import Annotated

import typer
from rich.table import Table

from pipeline.commands.console import out_console

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Identification models: what there is, and fetching it."
)


@app.command("list")
def models_list() -> None:
    """List the known models, their licence, and whether they are on this machine."""
    from pipeline.models import listing

    table = Table("name", "what", "licence")
    table.add_column("where", overflow="fold")  # a path that is cut short is of no use
    for found in listing():
        where = str(found.path) if found.path else f"not here: {found.model.mend}"
        table.add_row(found.model.name, found.model.about, found.model.licence, where)
    out_console.print(table)


@app.command("get")
def models_get(
    name: Annotated[str, typer.Argument(help="A name from corpus models list.", show_default=False)],
) -> None:
    """Download a model, check its digest, and keep it for later builds."""
    from pipeline.models import get

    out_console.print(str(get(name)))


@app.command("path")
def models_path(name: Annotated[str, typer.Argument(help="A known name or a path.", show_default=False)]) -> None:
    """Print where a model lies."""
    from pipeline.models import locate

    out_console.print(str(locate(name)))
