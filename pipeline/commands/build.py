"""corpus build and corpus rebuild."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from pipeline.commands.console import EngineName, Memory, Out, Workers, err_console, out_console


def build(
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            help="Files, folders, globs or URLs (s3://, hf://, https://): WARC, WET, JSON lines, Parquet or text, "
            "plain or compressed. Without any, the small sample that is shipped.",
            show_default=False,
        ),
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="A TOML file with [[sources]] and settings.", show_default=False)
    ] = None,
    langs: Annotated[
        str | None,
        typer.Option(
            help="all, or names with commas between: labels (swh_Latn), ISO codes (fra), BCP-47 tags, English names, "
            "names of other corpora (flores:est_Latn)."
        ),
    ] = None,
    out: Annotated[
        str,
        typer.Option(help="Where the result and the work lie: a folder, or a URL (s3://, gs://, abfs://, hdfs://)."),
    ] = "corpus-out",
    engine: EngineName = "local",
    workers: Workers = None,
    memory: Memory = None,
    lid: Annotated[str | None, typer.Option(help="builtin, lid176, glotlid, or the path of a fastText model.")] = None,
    licences: Annotated[
        str | None,
        typer.Option(
            help="all, or names with commas between: kinds (permissive, share-alike, non-commercial, no-derivatives, "
            "unknown) and identifiers of SPDX (CC-BY-4.0)."
        ),
    ] = None,
    merge_macro: Annotated[
        bool | None,
        typer.Option(
            "--merge-macro", help="Publish languages under their macro language: Egyptian Arabic as ara_Arab."
        ),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help="NAME=VALUE, for example filters.min_words=30; may be repeated.", show_default=False
        ),
    ] = None,
    replace: Annotated[
        bool,
        typer.Option("--replace", help="SOURCES take the place of the last snapshot's, instead of adding one."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show units, bytes, time and disk, and do nothing.")
    ] = False,
) -> None:
    """Read SOURCES, identify, judge, de-duplicate, and write Parquet per language to OUT.

    Run it again to go on where it was stopped; only what is missing is done. With other limits or rules it decides
    anew without reading the sources.

    Files that a finished OUT has not got yet are added as a further snapshot, S001 after S000: what is published stays
    as it is, byte for byte, and new copies of it are removed. For that the old sources and OUT/work need not be there.

    \b
    corpus build                                        the shipped sample
    corpus build crawl/*.warc.gz dumps/ --langs all --out corpus
    corpus build docs.jsonl.zst --langs swh,yor --set filters.min_words=30
    corpus build crawl-2.warc.gz --out corpus           a snapshot on top of what corpus has
    """
    from pipeline import build as building
    from pipeline import estimate
    from pipeline.absent import without_pandas
    from pipeline.progress import reporter
    from pipeline.sample import shipped
    from pipeline.settings import between_commas, load, size

    without_pandas()
    paths = list(sources or [])
    if not paths and config is None:
        paths = shipped.paths()
    named = {
        name: told if told is None else between_commas(told)
        for name, told in (("langs", langs), ("licences", licences))
    }
    settings = load(paths, config, set_ or (), **named, lid=lid, merge_macro=merge_macro)
    if dry_run:
        _show_estimate(estimate.run(settings, workers))
        return
    told = reporter(err_console)
    try:
        allowed = size(memory) if memory is not None else None
        report = building.run(settings, out, engine, workers, allowed, told, replace=replace)
    finally:
        told.close()
    _show_report(report, out)
    if report.aside:
        raise typer.Exit(1)


def rebuild(
    out: Out,
    engine: EngineName = "local",
    workers: Workers = None,
    memory: Memory = None,
) -> None:
    """Build OUT again with the settings of its manifest, and decide anew which labels are unverified.

    A build keeps a label in the folder where it was once published. What was done and still holds is not done again:
    of several snapshots the last is built, and labels that those before have published stay where they are.
    """
    from pipeline import build as building
    from pipeline.absent import without_pandas
    from pipeline.progress import reporter
    from pipeline.release.verify import manifest_of
    from pipeline.settings import Settings, size

    without_pandas()
    settings = Settings.model_validate(manifest_of(out)["settings"])
    told = reporter(err_console)
    try:
        report = building.run(
            settings, out, engine, workers, size(memory) if memory is not None else None, told, afresh=True
        )
    finally:
        told.close()
    _show_report(report, out)
    if report.aside:
        raise typer.Exit(1)


def _show_estimate(found: Any) -> None:
    table = Table(title=f"{len(found.plan.units)} units in {len(found.plan.files)} files", title_justify="left")
    for column in ("source", "files", "units", "bytes", "kinds"):
        table.add_column(column, justify="left" if column in {"source", "kinds"} else "right")
    for row in found.sources:
        table.add_row(row.name, f"{row.files:,}", f"{row.units:,}", f"{row.bytes:,}", row.kinds)
    out_console.print(table)
    out_console.print(f"time, about   {found.seconds / 60:.1f} minutes with {found.workers} workers")
    for name, size in found.disk.items():
        out_console.print(f"{name:<13} {size / 1e6:,.1f} MB, about")
    for source, path, reason in found.plan.unknown:
        out_console.print(f"not read      {source}/{path}: {reason}")


def _show_report(report: Any, out: str) -> None:
    manifest = report.manifest
    rules: dict[str, int] = {}
    labels: dict[str, int] = {}
    for by_label in manifest["counts"].values():
        for label, counts in by_label.items():
            labels[label] = labels.get(label, 0) + counts.get("kept", 0)
            for rule, count in counts.items():
                rules[rule] = rules.get(rule, 0) + count
    records = sum(told["records"] for told in manifest["reading"].values())
    documents = sum(told["documents"] for told in manifest["reading"].values())
    kept = rules.pop("kept", 0)
    out_console.print(f"records    {records:>12,}")
    out_console.print(f"documents  {documents:>12,}")
    out_console.print(f"kept       {kept:>12,}  in {sum(1 for count in labels.values() if count):,} labels")
    apart = {label for label, told in manifest["labels"].items() if told["folder"] != "data" and labels.get(label)}
    if apart:
        count = sum(labels[label] for label in apart)
        out_console.print(f"  of these {count:>12,}  in {len(apart):,} labels are unverified")
    doubted = [
        sum(doubts.values())
        for by_label in manifest["doubted"].values()
        for label, doubts in by_label.items()
        if label not in apart
    ]
    if doubted:
        out_console.print(f"  of these {sum(doubted):>12,}  in other labels are set apart, their language is in doubt")
    out_console.print(f"removed    {sum(rules.values()):>12,}")
    for rule, count in sorted(rules.items(), key=lambda item: (-item[1], item[0])):
        out_console.print(f"  {rule:<28} {count:>10,}")
    skipped: dict[str, int] = {}
    for told in manifest["reading"].values():
        for reason, count in told["skipped"].items():
            skipped[reason] = skipped.get(reason, 0) + count
    if skipped:
        out_console.print(f"skipped    {sum(skipped.values()):>12,}")
        for reason, count in sorted(skipped.items(), key=lambda item: (-item[1], item[0])):
            out_console.print(f"  {reason:<28} {count:>10,}")
    for warning in manifest["warnings"]:
        err_console.print(f"warning: {warning}", markup=False, soft_wrap=True)
    for one in report.aside:
        err_console.print(f"set aside: {one.step} {one.key} {one.unit}\n{one.said}", markup=False, soft_wrap=True)
    out_console.print(f"{out}/data holds the result; corpus explain {out} ID tells why a document is where it is")
