"""corpus crawl: fetch pages politely into web archives."""

from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.commands.console import EngineName, Workers, err_console, out_console

SHOWN = 20


def crawl(
    seeds: Annotated[
        list[str] | None,
        typer.Argument(
            help="URLs of pages, sitemaps or feeds; files with a URL a line (and, after a tab, a language); TOML files "
            'with [swh_Latn] urls = ["..."]. Not needed to go on with a crawl.',
            show_default=False,
        ),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder of the crawl: archives, and what is needed to go on.")] = Path(
        "crawl-out"
    ),
    contact: Annotated[
        str,
        typer.Option(
            envvar="CORPUS_CONTACT",
            help="Needed: an address of e-mail, or of a page that tells of the crawl. Every request names it.",
            show_default=False,
        ),
    ] = "",
    agent: Annotated[str, typer.Option(help="The crawler's name: what robots.txt calls it.")] = "corpus-crawler",
    langs: Annotated[
        str | None,
        typer.Option(help="Names of wanted languages with commas between: other pages are not followed."),
    ] = None,
    scope: Annotated[
        str,
        typer.Option(help="How far from the seeds: host, domain (with its subdomains), prefix (their folders) or any."),
    ] = "host",
    depth: Annotated[int, typer.Option(min=0, help="Most links between a seed and a page.")] = 50,
    pages: Annotated[int | None, typer.Option(min=1, help="Most pages in all.", show_default=False)] = None,
    size: Annotated[str | None, typer.Option(help="Most bytes in all, about: 10GB.", show_default=False)] = None,
    host_pages: Annotated[int, typer.Option(min=1, help="Most pages of a host.")] = 100_000,
    delay: Annotated[
        float,
        typer.Option(min=0, help="Least seconds between two requests to a host; robots.txt may ask for more."),
    ] = 2.0,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds that an answer may take.")] = 60.0,
    patience: Annotated[
        float, typer.Option(min=0.1, help="Seconds that a host is left alone after it failed; then twice, and so on.")
    ] = 30.0,
    page_size: Annotated[str, typer.Option(help="Most of a page that is kept.")] = "8MB",
    hosts: Annotated[int, typer.Option(min=1, help="Hosts that a process asks at the same time.")] = 256,
    training: Annotated[
        bool,
        typer.Option(
            "--obey-training/--ignore-training",
            help="Obey what robots.txt says to names that stand for training (GPTBot, CCBot, Google-Extended ...).",
        ),
    ] = True,
    sitemaps: Annotated[
        bool, typer.Option("--sitemaps/--no-sitemaps", help="Follow the sitemaps that robots.txt names.")
    ] = True,
    lid: Annotated[
        str, typer.Option(help="Model for --langs: builtin, lid176, glotlid, or a fastText file.")
    ] = "builtin",
    engine: EngineName = "local",
    workers: Workers = None,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="Ask private and loopback addresses, too: for tests.")
    ] = False,
) -> None:
    """Fetch pages from SEEDS on, politely, into web archives under OUT/warc that corpus build reads.

    Hosts are asked one thing at a time, with a pause; robots.txt is obeyed (RFC 9309), and where it cannot be had
    nothing is fetched. Pages that say noindex, noai, noarchive or TDM-Reservation, or whose site says so in
    tdmrep.json, ai.txt or robots.txt, are not kept. What allowed each page stands beside it in the archive.

    Stop it whenever you like and run the same command again: no page is fetched twice. Run it again later with more
    seeds, more --pages or another --scope to go on. OUT/hosts.tsv tells of every host.

    \b
    corpus crawl https://example.org/ --contact crawl@example.net --out crawl
    corpus crawl seeds.txt --langs swh,yor --scope domain --pages 100000 --contact https://example.net/crawl --out crawl
    corpus build crawl/warc --langs swh,yor --out corpus
    """
    from pipeline.absent import without_pandas
    from pipeline.crawl import run as crawling
    from pipeline.crawl.seeds import gather
    from pipeline.crawl.settings import load
    from pipeline.engines.choice import cores
    from pipeline.settings import size as bytes_of

    without_pandas()
    asked = load(
        contact=contact,
        agent=agent,
        langs=tuple(name.strip() for name in (langs or "").split(",") if name.strip()),
        scope=scope,
        depth=depth,
        pages=pages,
        size=None if size is None else bytes_of(size),
        host_pages=host_pages,
        delay=delay,
        timeout=timeout,
        patience=patience,
        page_bytes=bytes_of(page_size),
        hosts=hosts,
        training=training,
        sitemaps=sitemaps,
        lid=lid,
        partitions=workers or cores(),
        allow_private=allow_private,
    )
    found = gather(seeds, allow_private) if seeds else []

    def say(text: str) -> None:
        err_console.print(text, markup=False, soft_wrap=True)

    _show(crawling.run(asked, found, out, engine, workers, say), out)


def _show(report: Any, out: Path) -> None:
    tallies = report.tallies
    out_console.print(f"pages      {tallies['pages']:>12,}  {tallies['bytes'] / 1e6:,.1f} MB with all else")
    for name in ("redirects", "lists", "wanted", "other", "asked again after a kill"):
        if tallies[name]:
            out_console.print(f"{name:<10} {tallies[name]:>12,}")
    for kind in ("refused", "failed"):
        rows = {name.partition(": ")[2]: count for name, count in tallies.items() if name.startswith(f"{kind}: ")}
        if rows:
            out_console.print(f"{kind:<10} {sum(rows.values()):>12,}")
        for name, count in sorted(rows.items(), key=lambda one: (-one[1], one[0]))[:SHOWN]:
            out_console.print(f"  {name:<40} {count:>10,}", markup=False)
    left = {name: report.states[name] for name in ("waiting", "put off") if report.states[name]}
    for name, count in left.items():
        out_console.print(f"{name:<10} {count:>12,}")
    closed = [host for host in report.hosts if host["closed"]]
    out_console.print(f"hosts      {len(report.hosts):>12,}  {len(closed):,} of them were left")
    for host in closed[:SHOWN]:
        out_console.print(f"  {host['host']}: {host['closed']}", markup=False)
    for said in report.failed:
        err_console.print(f"failed: {said}", markup=False, soft_wrap=True)
    out_console.print(f"corpus build {out} reads the pages, and heeds what sites say; {out}/hosts.tsv tells of hosts")
    if report.failed:
        raise typer.Exit(1)
