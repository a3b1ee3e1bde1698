"""corpus status: how far a build is, from any machine that reads its folder."""

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from pipeline.commands.console import Out, out_console


def status(
    out: Out,
    prometheus: Annotated[bool, typer.Option("--prometheus", help="Print metrics that Prometheus takes.")] = False,
) -> None:
    """Tell how far a build is: progress, throughput, time left and failures, also while it runs on other machines.

    \b
    corpus status s3://bucket/corpus
    corpus status corpus --prometheus > /var/lib/node_exporter/corpus.prom
    """
    from pipeline import status as telling
    from pipeline.store import Store

    found = telling.read(Store(out))
    if prometheus:
        print(telling.prometheus(found), end="")
        return
    out_console.print(
        f"{escape(found.doing)}; driver {found.pid} on {escape(found.host)}, engine {found.engine}, "
        f"last heard of {_time(found.silent)} ago"
    )
    table = Table("phase", "tasks", "before", "workers", "time", "a second", "left")
    for phase in found.phases:
        left = "" if phase is not found.phases[-1] or found.doing != "running" else _time(phase.left)
        table.add_row(
            phase.name,
            f"{phase.ended:,}/{phase.tasks:,}",
            f"{phase.done_before:,}",
            str(phase.workers),
            _time(phase.seconds),
            f"{phase.rate:,.0f}",
            left,
        )
    out_console.print(table)
    for name, seconds in sorted(found.under_way.items(), key=lambda one: -one[1])[:10]:
        out_console.print(f"under way  {_time(seconds):>8}  {escape(name)}")
    for name, count in sorted(found.failures.items()):
        out_console.print(f"failed     {count:>8,}  {escape(name)}")
    for one in found.told[-3:]:
        out_console.print(f"  {escape(one['task'])}: {escape(one['said'].strip().splitlines()[-1])}")
    for name in found.aside:
        out_console.print(f"set aside  {escape(name)}")


def _time(seconds: float | None) -> str:
    if seconds is None:
        return "?"
    whole = round(seconds)
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {whole % 60} s" if minutes else f"{whole} s"
