"""corpus explain, verify and languages: look at what there is."""

import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from manifests.errors import Stop
from pipeline.commands.console import Out, err_console, out_console


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
    ending = f"kept in {found.folder}" if found.verdict == "kept" else f"removed by {found.verdict}"
    if found.doubt is not None:
        ending += f", set apart by {found.doubt}"
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
    for refusal in found.refusals:
        out_console.print(f"no, says {refusal}", markup=False)
    if found.group_id is not None:
        out_console.print(f"group {found.group_id}: {len(found.versions)} other versions are listed", markup=False)
        for name, label, verdict in found.versions:
            out_console.print(f"  {name}  {label}  {verdict}")
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
