"""A build on Ray nodes that share nothing but a bucket, and the same through faults: are its files those of a folder?

    python tests/bench/away.py FOLDER [--sources PATH ...] [--nodes 3] [--faults]

Starts a server of S3 (SeaweedFS), puts the sources there, starts raylets that each have a temporary folder, a scratch
and a cache of their own, and builds there; the reference is a build of the same sources in a folder, by one process.

With --faults a raylet is killed every 20 seconds and another one started, the driver is killed three times, the server
is killed and started again twice, and every twentieth request is answered 503, 429, or done and answered 500. In the
end: the same files, no object more or less than the undisturbed build has, no upload in parts that is open, verify
without a problem, which counts every unit and document.
"""

import argparse
import contextlib
import os
import random
import secrets
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT.parent)]

import weed  # noqa: E402

from pipeline.release import verify  # noqa: E402
from pipeline.sample import shipped  # noqa: E402
from pipeline.storage import lease  # noqa: E402
from pipeline.store import Store  # noqa: E402

TOPS = ("data", "removed", "index", "work")
RUN = {"work/lock", "work/state/now.json", "index/times.jsonl"}
"""Of a run, not of a build."""


class Cluster:
    """Raylets as processes of their own, each with its own folders."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder, self.environment = folder, dict(environment)
        port = random.randint(20_000, 30_000)  # noqa: S311
        self.address = f"127.0.0.1:{port}"
        self.nodes: list[tuple[subprocess.Popen[bytes], Path]] = []
        self.made = self.killed = 0
        self._start("--head", f"--port={port}", "--num-cpus=0", "--include-dashboard=false")

    def add(self) -> None:
        """One more node, with one worker."""
        self._start(f"--address={self.address}", "--num-cpus=1")

    def _start(self, *told: str) -> None:
        self.made += 1
        place = self.folder / f"n{self.made}"
        for name in ("tmp", "cache"):
            (place / name).mkdir(parents=True)
        mine = {"TMPDIR": str(place / "tmp"), "XDG_CACHE_HOME": str(place / "cache")}
        if kernels := os.environ.get("NUMBA_CACHE_DIR"):  # to compile them on each node takes longer than the sample
            mine["NUMBA_CACHE_DIR"] = kernels
        ray = [str(Path(sys.executable).with_name("ray")), "start", "--block", "--object-store-memory=100000000", *told]
        if "--head" in told:
            ray.append(f"--temp-dir={self.folder / 'r'}")
        said = self.folder / f"n{self.made}.log"
        with said.open("wb") as log:
            running = subprocess.Popen(
                ray, env={**self.environment, **mine}, stdout=log, stderr=log, start_new_session=True
            )
        self.nodes.append((running, place))
        while running.poll() is None and "Ray runtime started" not in said.read_text(errors="replace"):
            time.sleep(0.2)  # two that start at once take the same ports

    def kill(self, number: int) -> None:
        """A node goes, with all its processes and what it had on its disk."""
        running, place = self.nodes.pop(number)
        with contextlib.suppress(ProcessLookupError):  # it ends by itself when the head has gone
            os.killpg(running.pid, signal.SIGKILL)
        running.wait()
        shutil.rmtree(place, ignore_errors=True)
        self.killed += 1

    def close(self) -> None:
        """All go."""
        while self.nodes:
            self.kill(0)


def started(
    sources: list[str], out: str, environment: Mapping[str, str], log: Path, *how: str
) -> subprocess.Popen[bytes]:
    """A build under way."""
    with log.open("ab") as said:
        return subprocess.Popen(
            [sys.executable, "-m", "pipeline.cli", "build", *sources, "--out", out, *how],
            env=dict(environment),
            stdout=said,
            stderr=said,
        )


def disturb(cluster: Cluster, server: weed.Server, over: threading.Event, every: float, restarts: list[float]) -> None:
    """Kill a node now and then, never the head, and start another; and twice the server, and tell when."""
    turn = 0
    while not over.wait(every):
        turn += 1
        cluster.kill(1 + random.randrange(len(cluster.nodes) - 1))  # noqa: S311
        cluster.add()
        if turn in {2, 5}:
            server.kill()
            time.sleep(3)
            server.start()
            restarts.append(time.monotonic())


def files(store: Store) -> dict[str, str]:
    """What is published and the ledger, as the manifest tells them."""
    return {one["file"]: one["sha256"] for one in (store.read_json("manifest.json") or {"shards": []})["shards"]}


def run(folder: Path, sources: list[Path], nodes: int, faults: bool, every: float, kills: int) -> bool:
    """True where all is as it should be."""
    began = time.monotonic()
    log = folder / "said.log"
    assert started([str(folder / "sources")], str(folder / "here"), os.environ, log, "--workers", "1").wait() == 0, log
    print(f"in a folder, one worker     {time.monotonic() - began:7.1f} s", flush=True)
    (folder / "server").mkdir()
    server = weed.Server(folder / "server")
    server.start()
    proxy = weed.Proxy(server.url, faults=0.05 if faults else 0.0)
    with proxy.running():
        weed.bucket(server.url)
        with weed.client(server.url) as asked:
            for path in sources:
                asked.put_object(Bucket=weed.BUCKET, Key=f"sources/{path.name}", Body=path.read_bytes())
        token = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
        environment = {**os.environ, **token, **weed.environment(proxy.url)}
        cluster = Cluster(folder, environment)
        over = threading.Event()
        restarts: list[float] = []
        thread = threading.Thread(target=disturb, args=(cluster, server, over, every, restarts))
        try:
            for _ in range(nodes):
                cluster.add()
            out, environment["RAY_ADDRESS"] = f"s3://{weed.BUCKET}/out", cluster.address
            began = time.monotonic()
            if faults:
                thread.start()
            for number in range(kills if faults else 0):
                driver = started([f"s3://{weed.BUCKET}/sources"], out, environment, log, "--engine", "ray")
                ends = (
                    time.monotonic() + every * (number + 1) + (lease.TTL + 15 if number else 0)
                )  # the lock expires first
                while time.monotonic() < ends and driver.poll() is None:
                    time.sleep(0.2)
                driver.kill()
                print(f"driver killed after         {time.monotonic() - began:7.1f} s", flush=True)
            last = started([f"s3://{weed.BUCKET}/sources"], out, environment, log, "--engine", "ray").wait()
            print(f"{nodes} nodes, in a bucket        {time.monotonic() - began:7.1f} s, exit {last}", flush=True)
        finally:
            over.set()
            if thread.ident:
                thread.join()
            cluster.close()
        killed = cluster.killed - nodes - 1
        print(
            f"requests failed {proxy.failed.total()}, nodes killed {killed}, server restarted {len(restarts)}",
            flush=True,
        )
        os.environ.update(weed.environment(server.url))
        right = last == 0 and compared(Store(folder / "here"), Store(out), server.url)
    server.kill()
    return right


def compared(here: Store, there: Store, endpoint: str) -> bool:
    """Whether both hold the same, and nothing else lies there."""
    mine, theirs = files(here), files(there)
    print(f"files {len(theirs)}, other than here {len(set(mine.items()) ^ set(theirs.items()))}")
    names = [{name for top in TOPS for name in store.files(top)} - RUN for store in (here, there)]
    strays = names[0] ^ names[1]
    print(f"objects {len(names[1])}, too many or too few {len(strays)} {sorted(strays)[:5]}")
    problems = verify.run(there.name)[1]
    print(f"problems of verify {len(problems)} {problems[:3]}")
    counts = [(store.read_json("manifest.json") or {}).get("reading") for store in (here, there)]
    with weed.client(endpoint) as asked:
        open_ = asked.list_multipart_uploads(Bucket=weed.BUCKET).get("Uploads", [])
    print(f"same counts of reading {counts[0] == counts[1]}, uploads that are open {len(open_)}")
    return bool(mine) and mine == theirs and not strays and not problems and counts[0] == counts[1] and not open_


def main() -> None:
    """Print what was found; exit with 1 where something is wrong."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("folder", type=Path, help="a short path: sockets of Ray lie in it")
    asked.add_argument("--sources", type=Path, nargs="+")
    asked.add_argument("--nodes", type=int, default=3)
    asked.add_argument("--faults", action="store_true")
    asked.add_argument("--every", type=float, default=20.0, help="seconds between two kills of nodes")
    asked.add_argument("--kills", type=int, default=3, help="of the driver")
    told = asked.parse_args()
    folder = told.folder.absolute()
    (folder / "sources").mkdir(parents=True)
    sources = told.sources or [Path(path) for path in shipped.paths()]
    for path in sources:
        shutil.copy(path, folder / "sources")
    right = run(
        folder, [folder / "sources" / path.name for path in sources], told.nodes, told.faults, told.every, told.kills
    )
    print("as it should be" if right else "WRONG")
    sys.exit(0 if right else 1)


if __name__ == "__main__":
    main()
