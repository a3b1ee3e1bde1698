"""A build to publish that takes no building: files of chance with a manifest that tells of them, and a run that is
killed now and then."""

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from pipeline.settings import Settings, digest

Sizes = Mapping[str, int]


def made(out: Path, sizes: Sizes, seed: int = 1) -> Path:
    """A build with a file of so many bytes for each name; the same seed gives the same bytes."""
    told = Settings().model_dump(mode="json")
    shards = []
    for name, size in sizes.items():
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        chance = random.Random(f"{seed}:{name}")  # noqa: S311
        found = hashlib.sha256()
        with path.open("wb") as stream:
            for start in range(0, size, 1 << 20):
                piece = chance.randbytes(min(1 << 20, size - start))
                found.update(piece)
                stream.write(piece)
        label = name.split("/")[-2]
        shards.append({"file": name, "label": label, "rows": 1, "bytes": size, "text_bytes": size})
        shards[-1] |= {"sha256": found.hexdigest(), "row_digest": "0"}
    manifest = {
        "schema_version": 4,
        "settings": told,
        "settings_digest": digest(told),
        "versions": {"python": "3"},
        "model": {"name": "none", "sha256": "0" * 64, "licence": "MIT"},
        "limits_digest": "0" * 32,
        "shards": shards,
        "reading": {},
        "counts": {},
        "labels": {},
        "warnings": [],
        "set_aside": [],
        "snapshots": [],
    }
    (out / "manifest.json").write_text(json.dumps(manifest))
    return out


def publish(out: Path, to: str, environment: Mapping[str, str], *options: str) -> subprocess.Popen[str]:
    """The command, under way."""
    return subprocess.Popen(
        [sys.executable, "-m", "pipeline.cli", "publish", str(out), "--to", to, *options],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def killed(out: Path, to: str, environment: Mapping[str, str], times: int, sent: Callable[[], int], step: int) -> str:
    """Publish, killed so often, each time after some steps of bytes more; then to its end. What all printed."""
    said = ""
    for number in range(times):
        running, goal = publish(out, to, environment), sent() + max(1, step * (number % 3))
        ends = time.monotonic() + 120
        while sent() < goal and running.poll() is None and time.monotonic() < ends:
            time.sleep(0.01)
        running.send_signal(signal.SIGKILL)
        said += running.communicate()[0]
    last = publish(out, to, environment)
    said += last.communicate()[0]
    assert last.returncode == 0, said
    return said


def files_with(folder: Path, secret: str) -> list[Path]:
    """Files below a folder that hold a secret."""
    return [path for path in folder.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()]
