"""What benchmarks of kernels share: a program that compiles from nothing, and running the parts that are named."""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path


def cold_compile(program: str) -> None:
    """Run ``program``, which prints CPU seconds, in a process and a cache of kernels of its own."""
    with tempfile.TemporaryDirectory() as cache:
        paths = os.pathsep.join([str(Path(__file__).resolve().parents[2]), os.environ.get("PYTHONPATH", "")])
        environment = {**os.environ, "NUMBA_CACHE_DIR": cache, "PYTHONPATH": paths}
        done = subprocess.run(
            [sys.executable, "-c", program], env=environment, check=True, capture_output=True, text=True
        )
        print(f"cold compile, CPU time\n{done.stdout}", end="")


def run(about: str | None, parts: Mapping[str, Callable[[], None]]) -> None:
    """Run the parts named on the command line, or all."""
    asked = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("parts", nargs="*", choices=[*parts, []], help="what to measure")
    for name in asked.parse_args().parts or parts:
        parts[name]()
