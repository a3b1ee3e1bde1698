"""The corpus command: parse, call one function, print what it gives."""

import json
import math
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from manifests.errors import Interrupted, Stop

app = typer.Typer(
    name="corpus",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Web archives and text collections in; clean, de-duplicated Parquet per language out; every decision told.",
)
models = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Identification models: what there is, and fetching it."
)
langid = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Tell the language of texts; measure and train models."
)
limits = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="The numbers that rules hold documents to: what they are for a language, and learning them from good text.",
)
app.add_typer(models, name="models")
app.add_typer(langid, name="langid")
app.add_typer(limits, name="limits")
quality = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="A classifier of good documents.")
app.add_typer(quality, name="quality")

out_console = Console(highlight=False, soft_wrap=True)
err_console = Console(stderr=True, highlight=False)

Out = Annotated[Path, typer.Argument(help="Folder of a finished build.", show_default=False)]


@app.command()
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
    out: Annotated[Path, typer.Option(help="Where the result and the work lie.")] = Path("corpus-out"),
    engine: Annotated[str, typer.Option(help="local, ray or inline.")] = "local",
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes; one a core unless told.", show_default=False)
    ] = None,
    memory: Annotated[str | None, typer.Option(help="For all workers together: 8GB.", show_default=False)] = None,
    lid: Annotated[str | None, typer.Option(help="builtin, lid176, glotlid, or the path of a fastText model.")] = None,
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
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show units, bytes, time and disk, and do nothing.")
    ] = False,
) -> None:
    """Read SOURCES, identify, judge, de-duplicate, and write Parquet per language to OUT.

    Run it again to go on where it was stopped; only what is missing is done. With other limits or rules it decides
    anew without reading the sources.

    \b
    corpus build                                        the shipped sample
    corpus build crawl/*.warc.gz dumps/ --langs all --out corpus
    corpus build docs.jsonl.zst --langs swh,yor --set filters.min_words=30
    """
    from pipeline import build as building
    from pipeline import estimate
    from pipeline.absent import without_pandas
    from pipeline.progress import reporter
    from pipeline.sample import shipped
    from pipeline.settings import load, size

    without_pandas()
    paths = list(sources or [])
    if not paths and config is None:
        paths = shipped.paths()
    settings = load(paths, config, set_ or (), langs=_names(langs), lid=lid, merge_macro=merge_macro)
    if dry_run:
        _show_estimate(estimate.run(settings, workers))
        return
    told = reporter(err_console)
    try:
        report = building.run(settings, out, engine, workers, size(memory) if memory is not None else None, told)
    finally:
        told.close()
    _show_report(report, out)
    if report.aside:
        raise typer.Exit(1)


@app.command()
def rebuild(
    out: Out,
    engine: Annotated[str, typer.Option(help="local, ray or inline.")] = "local",
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes; one a core unless told.", show_default=False)
    ] = None,
    memory: Annotated[str | None, typer.Option(help="For all workers together: 8GB.", show_default=False)] = None,
) -> None:
    """Build OUT again with the settings of its manifest, and decide anew which labels are unverified.

    A build keeps a label in the folder where it was once published. What was done and still holds is not done again.
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


def _names(langs: str | None) -> tuple[str, ...] | None:
    """The names given with commas between; None where none are."""
    if langs is None:
        return None
    return tuple(name.strip() for name in langs.split(",") if name.strip())


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


def _show_report(report: Any, out: Path) -> None:
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


@app.command()
def explain(
    out: Out,
    id: Annotated[str, typer.Argument(help="32 hexadecimal digits, from the id column.", show_default=False)],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Tell why a document was kept or removed: every rule with value, limit and outcome, and its cluster."""
    from dataclasses import asdict

    from pipeline.absent import without_pandas
    from pipeline.release import explain as explaining

    without_pandas()
    found = explaining.run(out, id)
    if as_json:
        print(json.dumps(asdict(found), ensure_ascii=False, indent=1))
        return
    ending = "kept" if found.verdict == "kept" else f"removed by {found.verdict}"
    if found.value is not None:
        ending += (
            f" ({found.value:.4g} against {found.limit:.4g})" if found.limit is not None else f" ({found.value:.4g})"
        )
    out_console.print(f"{found.id}  {found.label}  {found.source}\n{ending}")
    out_console.print("  ".join(f"{key} {_short(value)}" for key, value in found.identity.items()))
    table = Table("rule", "value", "limit", "outcome")
    for held in found.rules:
        table.add_row(held.rule, _short(held.value), _short(held.limit), held.outcome)
    out_console.print(table)
    if found.cluster_id is None:
        out_console.print("no near-duplicate was found")
        return
    stays = f"; {found.canonical_id} stays for it" if found.canonical_id else ""
    out_console.print(f"cluster {found.cluster_id} of {found.cluster_size} documents{stays}")
    for name, verdict in found.members:
        out_console.print(f"  {name}  {verdict}")


def _short(value: Any) -> str:
    if value is None or value != value:  # no limit, or nothing measured
        return ""
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1e4 else f"{value:,.0f}"
    return str(value)


@app.command()
def verify(out: Out) -> None:
    """Check a build: checksums, schemas, unique ids, counts that add up for every source, label and rule."""
    from pipeline.absent import without_pandas
    from pipeline.release import verify as verifying

    without_pandas()
    manifest, problems = verifying.run(out)
    for problem in problems:
        err_console.print(problem, markup=False, soft_wrap=True)
    if problems:
        raise typer.Exit(1)
    rows = sum(shard["rows"] for shard in manifest["shards"])
    out_console.print(f"{len(manifest['shards'])} files, {rows:,} documents: as the manifest says")


@app.command()
def languages(
    query: Annotated[
        str,
        typer.Argument(
            help="A label, code, tag, part of a name, or SYSTEM:NAME (flores, nllb, hplt, cc100, glotlid, macro).",
            show_default=False,
        ),
    ] = "",
) -> None:
    """List the languages that are known, or those that a query finds; what is found exactly comes first."""
    from manifests.names import find, known_as, meanings, nearest

    found = find(query)
    if not found:
        near = nearest(query)
        hint = f"Nearest: {', '.join(near)}. " if near else ""
        raise Stop(f"No language matches {query!r}.", f"{hint}corpus languages lists all.")
    table = Table("label", "name", "ISO 639-1", "639-2", "BCP-47", "macro", "Glottocode", "words")
    for row in found:
        three = "/".join(dict.fromkeys(code for code in (row.iso639_2b, row.iso639_2t) if code))
        table.add_row(row.label, row.name, row.iso639_1, three, row.bcp47, row.macro, row.glottocode, row.words)
    Console(highlight=False, width=max(120, out_console.width)).print(table)
    exact = meanings(query)
    if len(exact) > 1:
        for who, labels in exact.items():
            out_console.print(f"{who}:{query} is {', '.join(labels)}", markup=False)
    elif exact:
        for label in next(iter(exact.values())):
            told = [f"{system} {', '.join(names)}" for system, names in known_as(label).items()]
            out_console.print(f"{label}: {'; '.join(told) or 'in none of the other lists'}", markup=False)


@models.command("list")
def models_list() -> None:
    """List the known models, their licence, and whether they are on this machine."""
    from pipeline.models import listing

    table = Table("name", "what", "licence")
    table.add_column("where", overflow="fold")  # a path that is cut short is of no use
    for found in listing():
        where = str(found.path) if found.path else f"not here: {found.model.mend}"
        table.add_row(found.model.name, found.model.about, found.model.licence, where)
    out_console.print(table)


@models.command("get")
def models_get(
    name: Annotated[str, typer.Argument(help="A name from corpus models list.", show_default=False)],
) -> None:
    """Download a model, check its digest, and keep it for later builds."""
    from pipeline.models import get

    out_console.print(str(get(name)))


@models.command("path")
def models_path(name: Annotated[str, typer.Argument(help="A known name or a path.", show_default=False)]) -> None:
    """Print where a model lies."""
    from pipeline.models import locate

    out_console.print(str(locate(name)))


Lid = Annotated[str, typer.Option(help="builtin, lid176, glotlid, or the path of a fastText model.")]


@langid.command("predict")
def langid_predict(
    file: Annotated[str, typer.Argument(help="A text a line; - for standard input.", show_default=False)],
    lid: Lid = "builtin",
) -> None:
    """Tell the language of each line of FILE: one JSON object a line, in order, as the lines come.

    \b
    printf 'Habari ya asubuhi\\n' | corpus langid predict -
    corpus langid predict texts.txt.zst --lid glotlid
    """
    from langid.identify import Identifier
    from langid.support import supported
    from pipeline.absent import without_pandas, without_scipy
    from pipeline.models import locate
    from pipeline.predict import opened, predict

    without_pandas()
    without_scipy()
    model = locate(lid)
    with opened(file) as stream:
        for told in predict(Identifier.load(model), supported(model), stream):
            sys.stdout.write(told)
            sys.stdout.flush()


@langid.command("eval")
def langid_eval(
    file: Annotated[
        str,
        typer.Argument(help="Labelled texts: label, tab, text; or with a header. - reads input.", show_default=False),
    ],
    lid: Lid = "builtin",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, with every label and confusion.")] = False,
) -> None:
    """Compare a model's answers with labelled texts: macro F1, false positive rate, accuracy, confusions."""
    from dataclasses import asdict

    from langid.identify import Identifier
    from pipeline.absent import without_pandas, without_scipy
    from pipeline.labelled import evaluate
    from pipeline.models import locate
    from pipeline.predict import opened

    without_pandas()
    without_scipy()
    model = locate(lid)
    with opened(file) as stream:
        report = evaluate(Identifier.load(model), stream)
    if as_json:
        print(json.dumps(asdict(report), ensure_ascii=False, indent=1))
    else:
        _show_scores(report)


SHOWN_SCORES = 25


def _show_scores(report: Any) -> None:
    own = {label: score for label, score in report.labels.items() if score.rows}
    known = {label: score for label, score in own.items() if score.known}
    out_console.print(f"texts      {report.rows:>12,}  in {len(own):,} labels")
    if report.skipped:
        out_console.print(f"skipped    {report.skipped:>12,}  lines without label or text")
    if rows := report.rows - sum(score.rows for score in known.values()):
        out_console.print(
            f"unknown    {rows:>12,}  in {len(own) - len(known):,} labels that the model cannot answer with"
        )
    for name, value in (
        ("accuracy", report.accuracy),
        ("macro F1", report.macro_f1),
        ("known F1", report.macro_f1_known),
    ):
        out_console.print(f"{name:<10} {_rate(value):>12}")
    out_console.print(f"macro FPR  {_rare(report.macro_fpr):>12}")
    for source, accuracy in report.sources.items():
        out_console.print(f"  {source:<28} {_rate(accuracy):>10}", markup=False)
    table = Table("label", title=f"lowest F1 of {len(known):,} labels that the model knows", title_justify="left")
    for column in ("texts", "said", "precision", "recall", "F1", "FPR"):
        table.add_column(column, justify="right")
    worst = sorted(known.items(), key=lambda item: (item[1].f1, item[0]))[:SHOWN_SCORES]
    for label, score in worst:
        rates = (_rate(score.precision), _rate(score.recall), _rate(score.f1), _rare(score.fpr))
        table.add_row(label, f"{score.rows:,}", f"{score.said:,}", *rates)
    out_console.print(table)
    confused = Table("label", "answer", title=f"most confused of {len(report.confused):,} pairs", title_justify="left")
    confused.add_column("texts", justify="right")
    for truth, answer, count in report.confused[:SHOWN_SCORES]:
        confused.add_row(truth, answer, f"{count:,}")
    out_console.print(confused)


def _rate(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _rare(value: float | None) -> str:
    return "" if value is None else f"{value:.1e}"


@langid.command("train")
def langid_train(
    data: Annotated[
        Path, typer.Argument(help="Folder with train.tsv.zst, dev.tsv.zst and words.tsv.zst.", show_default=False)
    ],
    out: Annotated[Path, typer.Option(help="Where the model and its card are written.")] = Path("langid-model"),
) -> None:
    """Train the built-in model from labelled sentences; the same data gives the same model."""
    from langid.train import train
    from pipeline.absent import without_pandas, without_scipy

    without_pandas()
    without_scipy()
    train(data, out)


@quality.command("train")
def quality_train(
    positive: Annotated[str, typer.Argument(help="Good documents: any source that is built.", show_default=False)],
    negative: Annotated[str, typer.Argument(help="Others, of the same languages and kinds.", show_default=False)],
    out: Annotated[Path, typer.Option(help="Where the model and its card are written.")] = Path("quality-model"),
    documents: Annotated[int, typer.Option(min=1, help="Most documents of each that are learnt from.")] = 10_000,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", help="NAME=VALUE, for example read.fields.text=body.", show_default=False),
    ] = None,
) -> None:
    """Train a classifier that tells good documents from others, and measure it on documents that it has not seen.

    \b
    corpus quality train textbooks.jsonl.zst 'crawl/*.parquet' --out quality-model
    corpus build crawl/ --set quality.model=quality-model/model.bin --set quality.keep_share=0.1
    """
    from pipeline.absent import without_pandas, without_scipy
    from pipeline.quality import train

    without_pandas()
    without_scipy()
    card = train(positive, negative, out, documents, set_ or ())
    for label, count in card["learnt"].items():
        out_console.print(f"{label:<10} {count:>12,}  learnt from, {card['held_out'][label]:,} held out")
    out_console.print(f"AUC        {card['auc']:>12.4f}  on what was held out")
    out_console.print(f"{out}/model.bin: corpus build ... --set quality.model={out}/model.bin", markup=False)


@limits.command("show")
def limits_show(
    language: Annotated[str, typer.Argument(help="A label, code, tag or English name.", show_default=False)],
    file: Annotated[
        str | None,
        typer.Option("--limits", help="A limits file that is laid over the shipped ones.", show_default=False),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, with all of the evidence.")] = False,
) -> None:
    """Print each limit that a language is held to, what it rests on, and where it backed off to.

    \b
    corpus limits show swh
    corpus limits show "Scottish Gaelic" --limits mine.toml
    """
    from manifests.names import resolve
    from pipeline.limits import show

    told = {label: show(label, file) for label in resolve(language)}
    if as_json:
        shown = {
            label: [{**row._asdict(), "evidence": _plain(row.evidence)} for row in rows] for label, rows in told.items()
        }
        print(json.dumps(shown, ensure_ascii=False, indent=1))
        return
    for label, rows in told.items():
        table = Table("limit", title=label, title_justify="left")
        table.add_column("value", justify="right")
        for column in ("what is measured", "from", "rests on"):
            table.add_column(column)
        table.add_column("of the label itself", justify="right")
        for row in rows:
            value = "off" if row.value is None else f"{row.value:,.6g}"
            table.add_row(row.limit, value, row.meaning, f"{row.place} {row.table}", row.basis, f"{row.own or ''}")
        Console(highlight=False, width=max(160, out_console.width)).print(table)


def _plain(evidence: Any) -> dict[str, Any] | None:
    """Evidence as JSON can hold it: what is not finite is null."""
    if evidence is None:
        return None
    told: dict[str, Any] = evidence._asdict()
    return {key: None if isinstance(one, float) and not math.isfinite(one) else one for key, one in told.items()}


@limits.command("derive")
def limits_derive(
    reference: Annotated[
        list[str],
        typer.Argument(
            help="Good text: files, folders, globs or URLs, all that corpus build reads.", show_default=False
        ),
    ],
    out: Annotated[Path, typer.Option(help="The file of limits to write; its evidence lies beside it.")] = Path(
        "limits.toml"
    ),
    label_field: Annotated[
        str | None,
        typer.Option(
            help="Field of the reference that names the language of a document; else it is identified.",
            show_default=False,
        ),
    ] = None,
    most_removed: Annotated[
        float, typer.Option(min=0.001, max=0.5, help="A limit that removes more of its own documents is refused.")
    ] = 0.03,
    work: Annotated[
        Path | None,
        typer.Option(help="Keep what is measured here, so that a second run is quick.", show_default=False),
    ] = None,
    engine: Annotated[str, typer.Option(help="local, ray or inline.")] = "local",
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes; one a core unless told.", show_default=False)
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", help="NAME=VALUE, for example read.fields.text=body.", show_default=False),
    ] = None,
) -> None:
    """Learn limits from REFERENCE, for each label that has documents enough, and write them with what they rest on.

    A label with few documents is held to the limits of its family, its script, its kind of words, or all. Use the file
    with corpus build --set limits=FILE; it is laid over the shipped limits.

    \b
    corpus limits derive good.jsonl.zst --out mine.toml
    corpus limits derive bibles/ wiki/*.parquet --label-field lang --work measured
    corpus limits show swh --limits mine.toml
    """
    from pipeline import limits as deriving
    from pipeline.absent import without_pandas
    from pipeline.progress import reporter

    without_pandas()
    asked = deriving.settings_of(reference, label_field, set_ or ())
    told = reporter(err_console)
    try:
        with deriving.work_folder(work) as folder:
            found = deriving.read(asked, Path(folder), label_field is not None, engine, workers, told)
    finally:
        told.close()
    derived = deriving.derive(found, most_removed)
    beside = deriving.write(derived, out, asked, found, most_removed)
    table = Table("table", "documents", "limits of its own", title=f"{out}, with {beside}", title_justify="left")
    for name, values in derived.tables.items():
        table.add_row(name, f"{derived.documents(name):,}", ", ".join(map(_limit_shown, values.items())))
    out_console.print(table)
    for row in derived.refused:
        out_console.print(f"switched off: {row.table} {row.limit}: {row.note}", markup=False)


def _limit_shown(item: tuple[str, float | bool]) -> str:
    return f"{item[0]} {'off' if item[1] is False else format(item[1], '.6g')}"


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
