"""The whole job, JSONL.zst to Parquet: rate, growth and memory at 1x, 3x and 9x, beside a peer on the same input.

    python tests/bench/build.py FOLDER [--sizes 67,200,600] [--workers 2] [--engine local]

The rate is text bytes over wall time of the build call; starting Python and importing is reported apart. Memory is the
largest resident set that any worker reached. Each build runs in a process of its own.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import corpus

CALL = """
import json, resource, sys, time
begin = time.perf_counter()
from pathlib import Path
from pipeline import build
from pipeline.settings import load
ready = time.perf_counter()
report = build.run(load([sys.argv[1]]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
end = time.perf_counter()
print(json.dumps({"import": ready - begin, "build": end - ready, "steps": report.seconds,
                  "worker_kb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss,
                  "driver_kb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}))
"""


def once(source: Path, out: Path, engine: str, workers: int) -> dict[str, object]:
    """One build from nothing; its seconds and memory."""
    shutil.rmtree(out, ignore_errors=True)
    done = subprocess.run(
        [sys.executable, "-c", CALL, str(source), str(out), engine, str(workers)],
        check=True,
        capture_output=True,
        text=True,
    )
    told: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sizes", default="67,200,600")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--engine", default="local")
    parser.add_argument("--runs", type=int, default=3)
    told = parser.parse_args()
    for megabytes in map(int, told.sizes.split(",")):
        place = corpus.make(megabytes, told.folder)
        size = corpus.text_bytes(place)
        runs = [once(place / "*.zst", told.folder / "out", told.engine, told.workers) for _ in range(told.runs)]
        seconds = statistics.median(float(str(run["build"])) for run in runs)
        print(
            f"{size / 1e6:.0f} MB: {seconds:.1f} s = {size / 1e6 / seconds:.2f} MB/s, import {runs[0]['import']:.2f} s"
        )
        gigabytes = {who: round(int(str(runs[0][f"{who}_kb"])) / 1e6, 2) for who in ("worker", "driver")}
        print(f"  peak GB {gigabytes}, seconds {runs[0]['steps']}")
    print(time.strftime("%Y-%m-%d"))


if __name__ == "__main__":
    main()
