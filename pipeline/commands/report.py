"""corpus report: the build as a page to look at."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands.console import Out, err_console, out_console


def report(
    out: Out,
    to: Annotated[
        Path | None, typer.Option(help="Where to write it; OUT/report.html unless told.", show_default=False)
    ] = None,
) -> None:
    """Write OUT/report.html: what was read, kept and removed, and why, with charts and samples, in one file.

    Open it in any browser; it asks no network for anything. Needs the extra [report].

    \b
    corpus report corpus-out
    """
    from pipeline.absent import without_pandas
    from pipeline.progress import reporter
    from pipeline.release import origins
    from pipeline.release.card import page as card
    from pipeline.release.report import charts, facts, page
    from pipeline.release.verify import manifest_of
    from pipeline.storage.address import absolute
    from pipeline.store import Store

    without_pandas()
    manifest = manifest_of(out)
    charts.library()
    told = reporter(err_console)
    try:
        store = Store(absolute(out))
        found = facts.gather(store, manifest, told)
        made = page.render(found)
    finally:
        told.close()
    place, target = ("report.html", store) if to is None else (to.name, Store(to.absolute().parent))
    with target.aside(place) as draft:
        draft.write_text(made, encoding="utf-8")
    if found.columns is not None:
        origins.write(store, manifest, found.labels)
    card.write(store, manifest)
    out_console.print(f"{to or f'{out}/{place}'}, {len(made.encode()) / 1e6:.1f} MB", soft_wrap=True)
