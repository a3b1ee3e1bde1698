"""corpus takedown: documents out of a finished build for good."""

from pathlib import Path
from typing import Annotated

import typer

from manifests.errors import Stop
from pipeline.commands.console import Out, out_console


def takedown(
    out: Out,
    ids: Annotated[
        Path | None, typer.Option(help="A file of ids, one a line, as in the column id.", show_default=False)
    ] = None,
    urls: Annotated[
        Path | None, typer.Option(help="A file of URLs, one a line: exactly these pages.", show_default=False)
    ] = None,
    hosts: Annotated[
        Path | None,
        typer.Option(help="A file of hosts, one a line; each stands for those below it too.", show_default=False),
    ] = None,
) -> None:
    """Take documents out of OUT for good: shards, ledger, index and work; later builds on OUT leave them out too.

    Documents with the same text as one that is taken down go with it, now and whenever they come. Only the files that
    hold some are written anew. OUT keeps hashes of what was taken down, no text and no URL, and a row in the ledger for
    each document, so that counts add up. The report and samples of OUT are deleted: make them again. A takedown that
    was stopped is finished by the next one, or the next build.

    \b
    corpus takedown corpus-out --urls requests.txt
    corpus takedown corpus-out --hosts hosts.txt --ids ids.txt
    corpus verify corpus-out
    """
    from pipeline.absent import without_pandas
    from pipeline.release.takedown import run

    without_pandas()
    done = run(out, _lines(ids), _lines(urls), _lines(hosts))
    for folder, what in (("data", "taken from data"), ("removed", "taken from removed")):
        out_console.print(f"{what:<20} {done.documents[folder]:>12,}")
    out_console.print(f"{'of these copies':<20} {done.copies:>12,}")
    if done.unknown:
        out_console.print(f"{'unknown ids':<20} {done.unknown:>12,}  left out of later builds all the same")


def _lines(place: Path | None) -> list[str]:
    """The lines of a file that are not empty."""
    if place is None:
        return []
    try:
        return [line for line in map(str.strip, place.read_text("utf-8").splitlines()) if line]
    except (OSError, UnicodeDecodeError) as error:
        raise Stop(f"{place} cannot be read: {error}.", "Give a text file with one a line.") from None
