"""corpus sample: how much of each language a trainer draws."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from pipeline.commands.console import Out, Workers, err_console, out_console

SHOWN = 40
"""Languages of a mixture that are shown; all are in its file."""


def sample(
    out: Out,
    strategy: Annotated[
        str,
        typer.Option(help="temperature, unimax, flat, proportional or anchored; the numbers below overrule its own."),
    ] = "temperature",
    alpha: Annotated[
        float | None, typer.Option(help="Shares as sizes to this power; temperature has 0.3.", show_default=False)
    ] = None,
    epochs: Annotated[
        float | None, typer.Option(help="Most passes over a language; unimax has 4.", show_default=False)
    ] = None,
    scale: Annotated[
        float | None,
        typer.Option(help="For anchored: how often the smallest language is drawn; 1 unless told.", show_default=False),
    ] = None,
    unit: Annotated[str, typer.Option(help="What sizes are: bytes, characters, documents or tokens.")] = "bytes",
    tokenizer: Annotated[
        Path | None, typer.Option(help="A tokenizer.json, for --unit tokens.", show_default=False)
    ] = None,
    budget: Annotated[
        float | None, typer.Option(help="How much to draw, in the unit; as much as there is unless told.")
    ] = None,
    max_share: Annotated[float | None, typer.Option(help="Most that a language has of the mixture.")] = None,
    max_source_share: Annotated[float | None, typer.Option(help="Most that a source has of a language.")] = None,
    max_host_share: Annotated[float | None, typer.Option(help="Most that a host has of a language.")] = None,
    weights: Annotated[
        bool, typer.Option("--weights", help="Draw documents more often by their upsampling_weight.")
    ] = False,
    held_out: Annotated[
        float, typer.Option(help="Share of documents set aside for validation, and as much for test, by cluster.")
    ] = 0.0,
    held_out_documents: Annotated[
        int, typer.Option(min=0, help="Most documents of a language in each of the two.")
    ] = 10_000,
    langs: Annotated[
        str | None, typer.Option(help="Languages with commas between; all that are published unless told.")
    ] = None,
    unverified: Annotated[bool, typer.Option("--unverified", help="Draw from data/unverified too.")] = False,
    seed: Annotated[int, typer.Option(help="Another seed draws other documents.")] = 1,
    materialise: Annotated[
        Path | None,
        typer.Option(help="Write what is drawn here too, as shuffled shards of all languages.", show_default=False),
    ] = None,
    form: Annotated[str, typer.Option("--format", help="Of these shards: parquet or jsonl.zst.")] = "parquet",
    shard_size: Annotated[str, typer.Option(help="Text in such a shard, about.")] = "256MB",
    workers: Workers = None,
) -> None:
    """Decide how much of each language of OUT to draw, and write it to OUT/sample/mixture.json.

    A mixture is numbers, not a copy: read it with pipeline.release.sample.iterate, or write it out with --materialise.
    Sizes are measured once, so that the next mixture of the same build reads no text.

    \b
    corpus sample corpus-out
    corpus sample corpus-out --strategy unimax --budget 1e9 --held-out 0.01
    corpus sample corpus-out --alpha 0.5 --max-host-share 0.05 --weights --materialise mixed
    """
    from pipeline.absent import without_pandas
    from pipeline.engines.choice import cores
    from pipeline.progress import reporter
    from pipeline.release import materialise as writing
    from pipeline.release import mixture as mixing
    from pipeline.release.heldout import Asked
    from pipeline.release.sizes import Tokenizer
    from pipeline.release.verify import manifest_of
    from pipeline.settings import size
    from pipeline.store import Store

    without_pandas()
    manifest = manifest_of(out)
    store = Store(out)
    asked = mixing.Recipe(
        strategy=strategy,
        alpha=alpha,
        epochs=epochs,
        scale=scale,
        unit=unit,
        budget=budget,
        max_share=max_share,
        max_source_share=max_source_share,
        max_host_share=max_host_share,
        weights=weights,
        held_out=Asked(held_out, held_out_documents),
        seed=seed,
        labels=_labels(langs, manifest),
        unverified=unverified,
    )
    told = reporter(err_console)
    try:
        counted = Tokenizer.at(tokenizer) if tokenizer else None
        mixture = mixing.plan(store, manifest, asked, counted, told, workers or cores())
        mixing.write(store, mixture)
        if materialise is not None:
            writing.run(store, mixture, materialise, told, form, size(shard_size))
    finally:
        told.close()
    _show(mixture, out)


def _labels(langs: str | None, manifest: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Labels of the build that the names mean: a name may mean more than the build has, but not nothing of it."""
    if langs is None:
        return None
    from manifests.names import resolve
    from pipeline.settings import between_commas

    there = {shard["label"] for shard in manifest["shards"] if shard["file"].startswith("data/")}
    found: set[str] = set()
    for name in between_commas(langs):
        meant = set(resolve(name))
        found |= meant & there or meant
    return tuple(sorted(found))


def _show(mixture: Any, out: str) -> None:
    unit = mixture.recipe.unit
    table = Table("label", title=f"{out}/sample/mixture.json, in {unit}", title_justify="left")
    for column in ("there", "drawn", "share", "epochs", "documents", "most often"):
        table.add_column(column, justify="right")
    largest = sorted(mixture.labels.items(), key=lambda item: (-item[1].drawn, item[0]))
    for name, label in largest[:SHOWN]:
        table.add_row(
            name,
            f"{label.size:,.0f}",
            f"{label.drawn:,.0f}",
            f"{label.share:.2%}",
            f"{label.epochs:.2f}",
            f"{label.draws:,}",
            f"{label.repeats}",
        )
    out_console.print(table)
    if len(largest) > SHOWN:
        out_console.print(f"and {len(largest) - SHOWN:,} languages more")
    draws = sum(label.draws for label in mixture.labels.values())
    drawn = sum(label.drawn for label in mixture.labels.values())
    held = [
        f"{sum(label.held_out.get(split, 0) for label in mixture.labels.values()):,} for {split}"
        for split in ("validation", "test")
    ]
    out_console.print(f"{draws:,} documents, {drawn:,.0f} {unit}; held out: {', '.join(held)}")
    if doubles := sum(label.doubles for label in mixture.labels.values()):
        out_console.print(f"{doubles:,} documents are in no split: each is like one held out, but not of its cluster")
