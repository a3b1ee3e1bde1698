"""A further snapshot and a takedown on real data: what stays, what changes, and what is left of what was taken down.

    python tests/bench/snapshots.py FOLDER [--warcs 2] [--documents 300] [--boilerplate]

Half of the data pack's documents and web pages are built; then the half's sources and OUT/work are removed, and the
other half is added. It is held against one build of all: of each cluster of all data the published members stay, and
no others, or else those that stay in the one build; published files keep their bytes. Lines that a host repeats are
counted within a snapshot, so pages are not the same texts in both unless --boilerplate is left out.

Then documents by id, pages by URL and a host are taken down, and a third snapshot brings them again under other names.
All bytes of OUT, unpacked, are searched for them after each.
"""

import argparse
import gzip
import io
import json
import shutil
import sys
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from built import digests, rows
from shared import SHARED

from pipeline import build
from pipeline.release import takedown, verify
from pipeline.settings import load
from pipeline.steps import cluster
from pipeline.store import Store

WIDTH = 32
"""Bytes in a row by which a text is known."""
Hashes = np.ndarray
FACTORS = [pow(0x9E3779B185EBCA87, power + 1, 1 << 64) for power in range(WIDTH)]


def halves(folder: Path, warcs: int) -> list[list[str]]:
    """The sources of each half, made of the data pack."""
    assert SHARED is not None, "needs the data pack"
    folder.mkdir(parents=True, exist_ok=True)
    with (SHARED / "docs" / "docs.jsonl.zst").open("rb") as raw:
        lines = list(io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(raw)))
    sources: list[list[str]] = []
    web = sorted((SHARED / "web").glob("*.warc.gz"), key=lambda path: path.name[::-1])
    for number, name in enumerate(("first", "second")):
        place = folder / f"{name}.jsonl"
        place.write_bytes(b"".join(line for line in lines if zlib.crc32(line) % 2 == number))
        copied = [shutil.copy(path, folder) for path in web[number::2][:warcs]]
        sources.append([str(place), *map(str, copied)])
    return sources


def built(sources: list[str], out: Path, boilerplate: bool) -> None:
    """A build on ``out``; how long it took is printed."""
    begin = time.perf_counter()
    build.run(load(sources, None, [f"boilerplate.enabled={str(boilerplate).lower()}"]), out, workers=2)
    print(f"  {out.name}: built in {time.perf_counter() - begin:.0f} s", flush=True)


def differences(begun: set[str], added: Path, fresh: Path) -> tuple[int, list[str]]:
    """How many clusters all data have, and what differs from the rule."""
    kept, alone = ({*rows(out, "data")["id"].to_pylist()} for out in (added, fresh))
    store = Store(added)
    members = pa.concat_tables([store.read_table(name) for name in cluster.files(store)])
    together: dict[bytes, set[str]] = {}
    for name, member in zip(members["cluster_id"].to_pylist(), members["id"].to_pylist(), strict=True):
        together.setdefault(name, set()).add(member.hex())
    wrong = []
    for alike in together.values():
        expected = begun & alike or alone & alike
        if kept & alike != expected:
            wrong.append(f"a cluster of {len(alike)}: {len(kept & alike)} stay, not {len(expected)}")
    inside = {one for alike in together.values() for one in alike}
    other = (kept ^ alone) - inside
    return len(together), [*wrong, *(f"{one} is alone and stays in one build only" for one in sorted(other))]


def hashes(data: bytes, step: int = 1) -> Hashes:
    """A number for each WIDTH bytes in a row, at every ``step``."""
    if len(data) < WIDTH:
        return np.zeros(0, np.uint64)
    flat = np.frombuffer(data, np.uint8)
    last = len(flat) - WIDTH + 1
    found = np.zeros(len(range(0, last, step)), np.uint64)
    for power, factor in enumerate(FACTORS):
        found += flat[power : last + power : step].astype(np.uint64) * np.uint64(factor)
    return found ^ (found >> np.uint64(29))


def buffers(array: pa.Array) -> Iterator[bytes]:
    """All bytes that an array holds, those of its dictionary too."""
    if isinstance(array, pa.DictionaryArray):
        yield from buffers(array.dictionary)
    for buffer in array.buffers():
        if buffer is not None:
            yield buffer.to_pybytes()


def contents(path: Path) -> Iterator[bytes]:
    """What a file says, packed and unpacked."""
    raw = path.read_bytes()
    yield raw
    if path.suffix == ".parquet":
        for column in pq.read_table(path).columns:
            for chunk in column.chunks:
                yield from buffers(chunk)
    elif path.suffix == ".zst":
        yield zstandard.ZstdDecompressor().stream_reader(raw).read()
    elif path.suffix == ".gz":
        yield gzip.decompress(raw)


def traces(out: Path, sought: Hashes) -> dict[str, int]:
    """Files of ``out`` that hold any of these, with how many places."""
    found: dict[str, int] = {}
    for path in sorted(path for path in out.rglob("*") if path.is_file()):
        for data in contents(path):
            for start in range(0, len(data), 1 << 20):
                told = hashes(data[start : start + (1 << 20) + WIDTH])
                at = np.searchsorted(sought, told)
                count = int((sought[np.minimum(at, len(sought) - 1)] == told).sum())
                if count:
                    name = str(path.relative_to(out))
                    found[name] = found.get(name, 0) + count
    return found


def needles(out: Path, gone: set[str]) -> Hashes:
    """What the documents ``gone`` say, and their URLs, and no other document of ``out`` does."""
    every = [row for folder in ("data", "removed") for row in rows(out, folder).to_pylist()]
    mine: list[Hashes] = []
    others: list[Hashes] = []
    for one in every:
        told = [one["text"], one["url"] if one["url"] and len(one["url"]) > WIDTH + 16 else None]
        for text in filter(None, told):
            if one["id"] in gone:
                mine.append(hashes(text.encode(), 8))
            else:
                others.append(hashes(text.encode()))
    return np.setdiff1d(np.concatenate(mine), np.unique(np.concatenate(others)))


def asked(out: Path, count: int) -> tuple[list[str], list[str], str]:
    """Ids of published and removed documents, URLs, and the host of the fewest pages over ten."""
    kept = rows(out, "data").select(["id", "url", "text"]).to_pylist()
    lost = [row["id"] for row in rows(out, "removed").to_pylist() if row["text"]]
    ids = [*[row["id"] for row in kept[:: max(1, len(kept) // count)]], *lost[:: max(1, len(lost) // 50)]]
    pages = [row["url"] for row in kept if row["url"]]
    return ids, pages[:: max(1, len(pages) // 50)], next(url.split("/")[2] for url in pages if "docs.test" not in url)


def take(folder: Path, out: Path, count: int, boilerplate: bool) -> None:
    """Take down, search, build on, and search again."""
    texts = {row["id"]: row["text"] for name in ("data", "removed") for row in rows(out, name).to_pylist()}
    whole = {path: path.stat().st_mtime_ns for path in out.rglob("*.parquet")}
    ids, pages, host = asked(out, count)
    copy = folder / "before"
    shutil.copytree(out, copy, dirs_exist_ok=True)
    begin = time.perf_counter()
    done = takedown.run(out, ids, pages, [host])
    took = time.perf_counter() - begin
    gone = {row["id"] for row in rows(out, "removed").to_pylist() if row["rule"] == "takedown"}
    sought = needles(copy, gone)
    changed = sum(path.stat().st_mtime_ns != whole.get(path) for path in out.rglob("*.parquet"))
    print(
        f"  taken down: {dict(done.documents)}, {done.copies} of them copies, {len(gone)} in all, in {took:.1f} s;"
        f" {changed} of {len(whole)} files written; {len(sought)} places are sought;"
        f" before there were {sum(traces(copy, sought).values())} traces"
    )
    shutil.rmtree(copy)
    report(out, sought, "after the takedown")
    again = folder / "again.jsonl"
    again.write_text("".join(json.dumps({"text": texts[one]}) + "\n" for one in sorted(gone) if texts[one]))
    built([str(again)], out, boilerplate)
    report(out, sought, "after a build that brings them again")
    told = json.loads((out / "manifest.json").read_text())["counts"]["again.jsonl"]
    print(
        f"  of these: {sum(one.get('takedown', 0) for one in told.values())} are taken down again, others {told}"[:400]
    )


def report(out: Path, sought: Hashes, when: str) -> None:
    found, problems = traces(out, sought), verify.run(out)[1]
    print(
        f"  {when}: traces in {len(found)} files {dict(list(found.items())[:8])}; verify: {problems or 'nothing wrong'}"
    )


def main() -> None:
    """Half, the other half, all at once; then the takedown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--warcs", type=int, default=2, help="web archives of each half")
    parser.add_argument("--documents", type=int, default=300, help="published documents that are taken down by id")
    parser.add_argument("--boilerplate", action="store_true")
    told = parser.parse_args()
    sources, added, fresh = told.folder / "sources", told.folder / "added", told.folder / "fresh"
    first, second = halves(sources, told.warcs)
    built(first, added, told.boilerplate)
    before, published = digests(added), {*rows(added, "data")["id"].to_pylist()}
    shutil.rmtree(added / "work")
    away = told.folder / "away"
    away.mkdir(exist_ok=True)
    for path in first:
        shutil.move(path, away)
    built(second, added, told.boilerplate)
    for path in first:
        shutil.move(away / Path(path).name, path)
    built([*first, *second], fresh, told.boilerplate)
    number, wrong = differences(published, added, fresh)
    changed = [name for name, digest in before.items() if digests(added).get(name) != digest]
    print(f"  {number} clusters, {len(published)} documents published before; {len(wrong)} differ {wrong[:5]}")
    print(
        f"  {len(changed)} of {len(before)} published files changed; verify: {verify.run(added)[1] or 'nothing wrong'}"
    )
    take(told.folder, added, told.documents, told.boilerplate)


if __name__ == "__main__":
    main()
