"""What an engine and the driver cost: a task that does nothing, done 10,000 times, and what a second worker brings.

    python tests/bench/engine.py idle [--tasks 10000]
    python tests/bench/engine.py files FOLDER [--files 10000]
    python tests/bench/engine.py double FOLDER [--megabytes 200] [--rounds 2]

idle    the driver's time and wall time a task, on local workers and on Ray: drawing, the record of what is under way,
        sending, taking, progress. Markers lie on disk, nothing is synced.
files   a build of as many files of one short document: CPU time of driver and workers a file, by phase
double  the 200 MB benchmark with one worker and with two, turn by turn: the least of the rounds, start-up excluded; on
        local workers, also two builds beside each other, which is what the machine allows
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import corpus
from build import once

from pipeline.driver import Driver
from pipeline.engines import choice
from pipeline.engines.local import Local
from pipeline.engines.ray import Ray
from pipeline.progress import Lines
from pipeline.settings import Settings
from pipeline.state import State
from pipeline.store import Store
from pipeline.task import Context, Outcome, Task

ENGINES = {"local": Local, "ray": Ray}


def nothing(context: Context, task: Task) -> Outcome:
    """Tell of a marker, as a unit's is, and do nothing for it."""
    return Outcome(task, {"fingerprint": task.key, "parts": [task.key], "tally": {"documents": 1, "bytes": 1}})


def idle(name: str, count: int, workers: int = 2) -> None:
    """Time of tasks that do nothing."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
        store = Store(Path(folder))
        engine: choice.Engine = ENGINES[name](Context(folder, Settings(), "", 1 << 30), workers, nothing)
        lines: list[str] = []
        driver = Driver(store, lambda: engine, Lines(lines.append), threading.Event(), [], State(store))
        driver.run("start", [Task("text", f"first {number}", None) for number in range(4 * workers)])
        tasks = [Task("text", f"{number:016x}", {"unit": "x" * 200}, number) for number in range(count)]
        wall, cpu = time.perf_counter(), time.process_time()
        driver.run("text", tasks)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        engine.close()
        print(
            f"{name}: {1000 * wall / count:.3f} ms a task on the clock, {1000 * cpu / count:.3f} ms CPU of the driver"
        )


CALL = """
import json, os, resource, sys, time
from pathlib import Path
from pipeline import build
from pipeline.settings import load
if __name__ == "__main__":
    begin = time.process_time()
    report = build.run(load([sys.argv[1]]), Path(sys.argv[2]), sys.argv[3], 2)
    theirs = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(json.dumps({"driver": time.process_time() - begin, "workers": theirs.ru_utime + theirs.ru_stime,
                      "steps": report.seconds}))
"""


def files(folder: Path, count: int) -> None:
    """A build of many tiny files."""
    source = folder / f"tiny-{count}"
    source.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        told = {"text": f"This is the short text number {number}, and there is nothing else to say of it, is there?"}
        place = source / f"{number:05d}.jsonl"
        if not place.exists():
            place.write_text(json.dumps(told) + "\n")
    with tempfile.TemporaryDirectory(dir=folder) as out:
        call = [sys.executable, "-c", CALL, str(source), out, "local"]
        done = subprocess.run(call, check=True, capture_output=True, text=True)
    told = json.loads(done.stdout.splitlines()[-1])
    shares = {phase: round(1000 * seconds / count, 2) for phase, seconds in told["steps"].items()}
    for who in ("driver", "workers"):
        print(f"{who}: {1000 * told[who] / count:.2f} ms CPU a file")
    print(f"ms on the clock a file: {shares}")


def double(folder: Path, megabytes: int, rounds: int) -> None:
    """One worker and two on the same input, turn by turn; and what two cores of this machine bring.

    The start is what a build of one line takes. The ceiling comes from two builds of one worker each, side by side,
    which wait for nothing but caches and memory.
    """
    source = corpus.make(megabytes, folder) / "*.zst"
    line = folder / "line.jsonl"
    line.write_text(json.dumps({"text": "There is one short text here, and nothing else to say of it."}) + "\n")

    def seconds(source: Path, engine: str, workers: int, out: str = "out-engine") -> float:
        return sum(dict(once(source, folder / out, engine, workers)["steps"]).values())  # type: ignore[call-overload]

    for engine in ENGINES:
        found: dict[str, list[float]] = {"one": [], "two": [], "beside": []}
        start = {workers: min(seconds(line, engine, workers) for _ in range(2)) for workers in (1, 2)}
        for _ in range(rounds):
            found["one"].append(seconds(source, engine, 1) - start[1])
            found["two"].append(seconds(source, engine, 2) - start[2])
            if engine == "local":
                with ThreadPoolExecutor(2) as both:
                    each = both.map(lambda out: seconds(source, "local", 1, out), ["out-left", "out-right"])
                    found["beside"].append(max(each) - start[1])
        best = {name: min(several) for name, several in found.items() if several}
        ratios = f"{best['one'] / best['two']:.2f}x"
        if "beside" in best:
            ratios += f", two builds beside each other {2 * best['one'] / best['beside']:.2f}x"
        print(f"{engine}: {best['one']:.1f} s with one, {best['two']:.1f} s with two: {ratios}")
        print(f"  start {start}, rounds {found}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["idle", "files", "double"])
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--tasks", type=int, default=10_000)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--megabytes", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=2)
    told = parser.parse_args()
    if told.what == "idle":
        for name in ENGINES:
            idle(name, told.tasks)
    elif told.folder is None:
        parser.error("a folder is needed")
    elif told.what == "files":
        files(told.folder, told.files)
    else:
        double(told.folder, told.megabytes, told.rounds)


if __name__ == "__main__":
    main()
