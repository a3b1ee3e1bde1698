"""How much of what a focused crawl fetches is in the wanted language, and how much of that language it finds.

Nine loopback hosts hold pages in five languages, each host in its own way: by folder, by parameter, by suffix, with
hreflang, or with nothing that tells them apart. Every page has a menu of languages, and some links lead anywhere. The
seed is one page in the wanted language.

    python tests/bench/crawl_focus.py [--lang swh_Latn] [--pages 60]
"""

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT)]

from webs import Answer, Web  # noqa: E402

from pipeline.crawl import run as crawling  # noqa: E402
from pipeline.crawl.seeds import gather  # noqa: E402
from pipeline.crawl.settings import load  # noqa: E402

TEXTS = ROOT / "pipeline" / "sample" / "texts"
OTHERS = ("eng_Latn", "fra_Latn", "som_Latn", "arb_Arab")
TAGS = {"swh_Latn": "sw", "eng_Latn": "en", "fra_Latn": "fr", "som_Latn": "so", "arb_Arab": "ar"}
WAYS = ("folder", "parameter", "suffix", "hreflang", "nothing")


def path_of(way: str, label: str, number: int, labels: tuple[str, ...]) -> str:
    """The path of a page: with what tells its language on that site, if anything."""
    tag = TAGS.get(label, label[:3])
    mixed = (number * len(labels) + labels.index(label)) * 7919 % 100_003
    return {
        "folder": f"/{tag}/page{number}",
        "parameter": f"/page{number}?lang={tag}",
        "suffix": f"/page{number}.{tag}.html",
    }.get(way, f"/n{mixed}")


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--lang", default="swh_Latn")
    asked.add_argument("--pages", type=int, default=60, help="pages of each language on each host")
    told = asked.parse_args()
    labels = (told.lang, *(label for label in OTHERS if label != told.lang))
    lines = {
        label: [line for line in (TEXTS / f"{label}.txt").read_text().splitlines() if len(line) > 40]
        for label in labels
    }
    where: dict[tuple[str, str], tuple[str, int]] = {}
    for host in range(1, 10):
        for label in labels:
            for number in range(told.pages):
                way = WAYS[host % len(WAYS)]
                where[f"127.0.0.{host}", path_of(way, label, number, labels)] = (label, number)

    def answer(host: str, path: str, before: int) -> Answer:
        label, number = where.get((host, path), ("", 0))
        if not label:
            return Answer(status=404)
        way = WAYS[int(host.rpartition(".")[2]) % len(WAYS)]
        draw = random.Random(f"{host}{path}")  # noqa: S311
        body = "".join(f"<p>{draw.choice(lines[label])}</p>" for _ in range(6))
        near = [(number + step) % told.pages for step in (1, 2, 3, 7, 11, 23)]
        links = [(path_of(way, label, one, labels), draw.choice(lines[label])[:30]) for one in near]
        links += [(path_of(way, other, number, labels), other) for other in labels if other != label]
        if draw.random() < 0.6:
            strange = draw.choice(labels)
            links.append((path_of(way, strange, draw.randrange(told.pages), labels), ""))
        neighbour = f"127.0.0.{draw.randrange(1, 10)}"
        links.append((web.url(path_of(WAYS[int(neighbour[-1]) % len(WAYS)], label, number, labels), neighbour), ""))

        def tongue(to: str) -> str:
            return f" hreflang={TAGS[where[host, to][0]]}" if way == "hreflang" and (host, to) in where else ""

        body += "".join(f"<a href='{to}'{tongue(to)}>{words}</a> " for to, words in links)
        return Answer(f"<html><body>{body}</body></html>".encode())

    web = Web(answer)
    with web, tempfile.TemporaryDirectory() as folder:
        seed = web.url(path_of(WAYS[1], told.lang, 0, labels), "127.0.0.1")
        crawl = load(
            contact="bench@example.org", langs=(told.lang,), scope="any", delay=0.0, allow_private=True, partitions=1
        )
        began = time.monotonic()
        report = crawling.run(crawl, gather([seed], True), Path(folder), "inline", 1, lambda text: None)
        seconds = time.monotonic() - began
    fetched = [where[one.host, one.path][0] for one in web.log if (one.host, one.path) in where]
    right = sum(label == told.lang for label in fetched)
    there = 9 * told.pages
    print(f"fetched {len(fetched)}, of them in {told.lang} {right}: {right / max(1, len(fetched)):.3f}")
    print(f"there are {there}: recall {right / there:.3f}; {len(where)} pages in all; {seconds:.0f} s; {report.failed}")
    for host in range(1, 10):
        name = f"127.0.0.{host}"
        mine = [where[one.host, one.path][0] for one in web.log if one.host == name and (one.host, one.path) in where]
        good = sum(label == told.lang for label in mine)
        print(f"  {name} {WAYS[host % len(WAYS)]:<10} {good:>4} of {len(mine):>4} fetched, {told.pages} there")


if __name__ == "__main__":
    main()
