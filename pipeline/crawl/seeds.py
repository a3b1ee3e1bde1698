"""Where a crawl begins: URLs, files of them, or a manifest by language. What a URL holds (page, sitemap or feed) is
told by its content once it is fetched.

    https://example.org/habari/          a URL
    seeds.txt                            a URL a line; after a tab, the language that is looked for there; # comments
    seeds.toml                           a table a language: [swh_Latn] urls = [...]
"""

import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from manifests.errors import Stop
from manifests.names import resolve
from pipeline.crawl.addresses import refused_url
from pipeline.crawl.canonical import canonical


class Seed(NamedTuple):
    """A canonical URL, and the labels that are looked for there (none: those of the whole crawl)."""

    url: str
    labels: tuple[str, ...] = ()


def gather(told: Iterable[str], allow_private: bool) -> list[Seed]:
    """All seeds, each URL once; Stop names the first that cannot be asked for."""
    found: dict[str, Seed] = {}
    for one in told:
        for url, name, place in _lines(one):
            seed = canonical(url)
            why = "not a URL" if not seed else refused_url(url.strip(), allow_private)
            if why:
                raise Stop(
                    f"{place}: {url.strip()!r} is not asked for: {why}.", "Seeds are public http and https URLs."
                )
            labels = resolve(name) if name else ()
            before = found.get(seed)
            found[seed] = Seed(seed, tuple(sorted({*labels, *(before.labels if before else ())})))
    if not found:
        raise Stop("No seeds.", "Name URLs, or files with a URL a line: corpus crawl https://example.org/ seeds.txt")
    return list(found.values())


def _lines(told: str) -> Iterator[tuple[str, str, str]]:
    """(URL, language, where it was said)."""
    if "://" in told:
        yield told, "", "seeds"
        return
    path = Path(told).expanduser()
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Stop(
            f"No seeds in {told}: {error}.", "Name URLs (https://...), or text files with a URL a line."
        ) from None
    if path.suffix == ".toml":
        yield from _manifest(path, text)
        return
    for number, line in enumerate(text.splitlines(), 1):
        url, _, name = line.partition("#" if line.lstrip().startswith("#") else "\t")
        if url.strip():
            yield url, name.partition("#")[0].strip(), f"{told}, line {number}"


def _manifest(path: Path, text: str) -> Iterator[tuple[str, str, str]]:
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Stop(f"{path} is not TOML: {error}.", 'Write [swh_Latn] urls = ["https://..."]') from None
    for name, table in tables.items():
        urls = table.get("urls") if isinstance(table, dict) else None
        if not isinstance(urls, list) or not all(isinstance(url, str) for url in urls) or set(table) != {"urls"}:
            raise Stop(
                f"{path}: {name} has no list of urls, or something else.", 'Write [swh_Latn] urls = ["https://..."]'
            )
        for url in urls:
            yield url, name, f"{path}, {name}"
