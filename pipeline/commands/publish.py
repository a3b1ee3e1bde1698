"""corpus publish: a build, where others can load it."""

from typing import Annotated

import typer

from pipeline.commands.console import Out, err_console, out_console


def publish(
    out: Out,
    to: Annotated[
        str, typer.Option(help="hf://datasets/ORG/NAME, s3://BUCKET/PREFIX or a folder.", show_default=False)
    ],
    with_removed: Annotated[bool, typer.Option("--with-removed", help="The ledger of what was removed too.")] = False,
    with_index: Annotated[bool, typer.Option("--with-index", help="Signals, signatures and verdicts too.")] = False,
    private: Annotated[bool, typer.Option("--private", help="On the hub: for those alone who may see it.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be sent and removed.")] = False,
) -> None:
    """Copy data, card, manifest, report and mixture of OUT to a place where others load it, and keep it the same there.

    Run it again to go on where it was stopped, or after another build: it sends only what is not there already. Files
    that an older version left are removed if this OUT sent them.

    \b
    corpus publish corpus-out --to hf://datasets/ORG/NAME --private
    corpus publish corpus-out --to s3://bucket/corpus --dry-run
    """
    from pipeline.absent import without_pandas
    from pipeline.progress import reporter
    from pipeline.release.publish import run as publishing

    without_pandas()
    told = reporter(err_console)
    try:
        made = publishing.run(out, to, told, with_removed, with_index, private, dry_run)
    finally:
        told.close()
    would = "would be " if dry_run else ""
    size = sum(item.size for item in made.sent)
    out_console.print(f"{len(made.sent):>8,} files, {size / 1e6:,.1f} MB, {would}sent to {made.place}", markup=False)
    out_console.print(f"{len(made.same):>8,} files are there already")
    out_console.print(f"{len(made.removed):>8,} files of an older version {would}removed")
    if made.strange:
        out_console.print(
            f"{len(made.strange):>8,} files there are not ours and stay, first {made.strange[0]}", markup=False
        )
