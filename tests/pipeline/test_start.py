"""What a worker imports: it starts once a core, so every module that it does not need is paid for many times."""

import subprocess
import sys
from pathlib import Path

NEEDLESS = ("pandas", "scipy.linalg", "typer", "rich", "ray", "ftfy", "fsspec", "lxml", "trafilatura", "asyncio")

WORKER = f"""
import sys
from pipeline.engines import local
from pipeline.extract import bounds
from pipeline.task import steps
local.without_pandas()
local.without_scipy()
steps()
import pyarrow as pa
assert pa.array([1, None]).to_pylist() == [1, None]
bounds.measure(b"<p>x</p>")  # the first kernel
print(*[name for name in {NEEDLESS!r} if name in sys.modules])
"""

GUARDLESS = """
import sys
from pathlib import Path
print("begun", flush=True)
from pipeline import build
from pipeline.settings import load
build.run(load([sys.argv[1]]), Path(sys.argv[2]), "local", 1)
"""


def _output(*arguments: str) -> str:
    return subprocess.run([sys.executable, *arguments], check=True, capture_output=True, text=True).stdout


def test_a_worker_imports_only_what_it_needs() -> None:
    assert _output("-c", WORKER).split() == []


def test_workers_do_not_run_the_script_that_builds(tmp_path: Path) -> None:
    # A script without a guard would start itself again in each worker
    script, source = tmp_path / "script.py", tmp_path / "a.txt"
    script.write_text(GUARDLESS, encoding="utf-8")
    source.write_text("One short text.", encoding="utf-8")
    assert _output(str(script), str(source), str(tmp_path / "out")).split() == ["begun"]
