"""Where commands print, and what several of them are given."""

from typing import Annotated

import typer
from rich.console import Console

out_console = Console(highlight=False, soft_wrap=True)
err_console = Console(stderr=True, highlight=False)

Out = Annotated[str, typer.Argument(help="Folder or URL of a finished build.", show_default=False)]
Lid = Annotated[str, typer.Option(help="builtin, lid176, glotlid, or the path of a fastText model.")]
EngineName = Annotated[str, typer.Option("--engine", help="local, ray or inline.")]
Workers = Annotated[int | None, typer.Option(min=1, help="Processes; one a core unless told.", show_default=False)]
Memory = Annotated[str | None, typer.Option(help="For all workers together: 8GB.", show_default=False)]
