"""The corpus command: all that it can be asked, and how a mistake ends."""

import sys

import typer

from manifests.errors import Interrupted, Stop
from pipeline.commands import (
    audit,
    build,
    crawl,
    dedup,
    extract,
    langid,
    limits,
    look,
    models,
    publish,
    quality,
    report,
    sample,
    status,
    takedown,
)
from pipeline.commands.console import err_console

app = typer.Typer(
    name="corpus",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Web archives and text collections in; clean, de-duplicated Parquet per language out; every decision told.",
)
for command in (
    build.build,
    build.rebuild,
    crawl.crawl,
    status.status,
    look.explain,
    look.verify,
    look.languages,
    extract.extract,
    sample.sample,
    report.report,
    takedown.takedown,
    audit.audit,
    publish.publish,
):
    app.command()(command)
app.add_typer(models.app, name="models")
app.add_typer(langid.app, name="langid")
app.add_typer(limits.app, name="limits")
app.add_typer(quality.app, name="quality")
app.add_typer(dedup.app, name="dedup")


def main() -> None:
    """Run the command; a mistake ends with what was found and what to do, never with a traceback."""
    try:
        app()
    except Stop as stop:
        err_console.print(f"error: {stop.found}", markup=False, style="bold", soft_wrap=True)
        if stop.mend:
            err_console.print(stop.mend, markup=False, soft_wrap=True)
        sys.exit(stop.code)
    except Interrupted as interrupted:
        err_console.print("stopped; run the same command again to go on", markup=False)
        sys.exit(interrupted.code)
    except BrokenPipeError:
        sys.exit(0)


if __name__ == "__main__":
    main()
