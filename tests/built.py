"""Builds for tests: the shipped sample through the real steps, and what its files say."""

import hashlib
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline import build
from pipeline.build import Report
from pipeline.sample import shipped
from pipeline.settings import load


def sample_build(out: Path, *assignments: str, sources: list[str] | None = None, **how: Any) -> Report:
    """Build the shipped sample (or other sources) into ``out`` with ``--set`` assignments."""
    told = {name: how.pop(name) for name in ("langs", "lid") if name in how}
    how.setdefault("engine", "inline")
    return build.run(load(sources or shipped.paths(), None, assignments, **told), out, **how)


def digests(out: Path) -> dict[str, str]:
    """SHA-256 of every file that is published or in the ledger."""
    return {
        str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in ("data", "removed")
        for path in sorted((out / folder).rglob("*"))
        if path.is_file()
    }


def rows(out: Path, folder: str) -> pa.Table:
    """All rows of data/ or removed/."""
    return pa.concat_tables([pq.read_table(path) for path in sorted((out / folder).rglob("*.parquet"))])


def rules(out: Path) -> Counter[str]:
    """Removed documents by rule."""
    return Counter(rows(out, "removed")["rule"].to_pylist())
