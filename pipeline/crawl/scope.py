"""Which URLs belong to a crawl: those near its seeds, of a kind that can be a page."""

from collections.abc import Iterable
from functools import cache
from typing import Literal, get_args
from urllib.parse import urlsplit

from pipeline.crawl.canonical import host

Kind = Literal["host", "domain", "prefix", "any"]
KINDS: tuple[Kind, ...] = get_args(Kind)

NO_PAGES = frozenset(
    (  # noqa: SIM905
        "7z 7zip aac aif aiff apk avi avif bin bmp bz2 cab css cue dat deb dmg doc docx eot exe flac flv gif gz"
        " ico ics img ipa iso jar jpe jpeg jpg js json jsonld less m3u m3u8 m4a m4v map mid midi mjs mkv mng mov"
        " mp2 mp3 mp4 mpeg mpg msi odg odp ods odt ogg ogv opus otf pls png ppt pptx ps psd qt rar rm rpm rtf svg"
        " swf tar tgz tif tiff torrent ts ttf wasm wav webm webmanifest webp whl wma wmv woff woff2 xcf xls xlsx"
        " xz z zip zst"
    ).split()
)
"""Endings of files that hold no text that is read here: they are not asked for."""


class Scope:
    """``host``: the seeds' hosts. ``domain``: all hosts of their registered domains. ``prefix``: below their folders.

    ``any``: everywhere. With and without ``www.`` is one host.
    """

    def __init__(self, kind: Kind, seeds: Iterable[str]) -> None:
        self.kind = kind
        self.places = frozenset(_place(kind, seed) for seed in seeds)

    def __contains__(self, url: str) -> bool:
        if self.kind == "any":
            return True
        if self.kind == "prefix":
            here = _place("prefix", url)
            return any(here.startswith(place) for place in self.places)
        return _place(self.kind, url) in self.places


def _place(kind: Kind, url: str) -> str:
    name = host(url).removeprefix("www.")
    if kind == "domain":
        return domain(name)
    return name + urlsplit(url).path.rpartition("/")[0] + "/" if kind == "prefix" else name


@cache
def _suffixes() -> "object":
    from tldextract import TLDExtract

    return TLDExtract(suffix_list_urls=(), cache_dir=None)  # the list that is shipped with it: no network


@cache
def domain(name: str) -> str:
    """The registered domain of a host (``bbc.co.uk`` of ``www.bbc.co.uk``), the host itself where it has none."""
    found = _suffixes()(name)  # type: ignore[operator]
    return f"{found.domain}.{found.suffix}" if found.domain and found.suffix else name


def may_be_page(url: str) -> bool:
    """Whether the ending of a URL is none of a picture, a program or the like. A packed sitemap may be."""
    last = urlsplit(url).path.rpartition("/")[2].lower()
    stem, dot, ending = last.rpartition(".")
    return not (dot and stem and ending in NO_PAGES) or (ending == "gz" and stem.endswith((".xml", ".rss")))
