"""corpus audit: people look at a sample."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands.console import Out, out_console


def audit(
    out: Out,
    label: Annotated[str, typer.Option(help="A label of the build, or another name of it.", show_default=False)],
    documents: Annotated[int, typer.Option("--n", min=1, help="Documents of the sample.")] = 200,
    seed: Annotated[int, typer.Option(help="Another seed draws other documents.")] = 1,
    filled: Annotated[
        list[Path] | None,
        typer.Option(help="A sheet that was filled in; twice for those of two people.", show_default=False),
    ] = None,
) -> None:
    """Draw a sample of a label for people to read, or take it back filled and tell the share in the language.

    \b
    corpus audit corpus-out --label swh_Latn --n 200
    corpus audit corpus-out --label swh_Latn --filled asha.csv --filled juma.csv
    """
    from pipeline.absent import without_pandas
    from pipeline.release.audit import run as auditing

    without_pandas()
    if not filled:
        folder, count = auditing.draw(out, label, documents, seed)
        out_console.print(f"{count} documents: open {folder}/sheet.html, or fill in {folder}/sheet.csv", markup=False)
        return
    told = auditing.take(out, label, filled)
    low, high = told["interval"]
    out_console.print(f"{told['label']}: {told['share']:.3f} in the language, {low:.3f} to {high:.3f} (95 %)")
    out_console.print(f"{told['documents']} documents, {told['people']} people")
    if told["agreement"] is not None:
        kappa = "not defined" if told["kappa"] is None else f"{told['kappa']:.3f}"
        out_console.print(f"agreement {told['agreement']:.3f} on {told['both']}, Cohen's kappa {kappa}")
