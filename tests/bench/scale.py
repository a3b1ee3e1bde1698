"""Planning, deciding and emitting 2,000 labels x 10,000 units: time, memory and files as units grow.

    python tests/bench/scale.py FOLDER [--units 100,300,1000,3000,10000] [--labels 2000] [--memory 1GB] [--dedup]

Each unit is a real file of one line, with the text and notes parts that a build would have made of it: real Parquet
files and markers of our own writer, with one tiny document in each label, ids by chance, and signals as documents of
the shipped sample have them. From there `build.run` is called on two workers: it plans, finds all units read and noted,
judges, settles, exchanges, emits and records. Without --dedup clusters are not sought (tests/bench/cluster.py does
that); with it, one document in twenty has the signature of the unit before.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from built import sample_build

from manifests.schema import TEXT_PART
from pipeline import plan as planning
from pipeline.models import locate
from pipeline.settings import Settings, load, size
from pipeline.steps import notes, text
from pipeline.steps.count import Frame
from pipeline.store import Store

CALL = """
import json, resource, sys, time
from pathlib import Path
from pipeline import build
from pipeline.settings import load
if __name__ == "__main__":
    begin, cpu = time.perf_counter(), time.process_time()
    settings = load((), Path(sys.argv[1]))
    report = build.run(settings, Path(sys.argv[2]), "local", 2, int(sys.argv[3]))
    theirs = resource.getrusage(resource.RUSAGE_CHILDREN)
    mine = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({"wall": time.perf_counter() - begin, "driver_cpu": time.process_time() - cpu,
                      "workers_cpu": theirs.ru_utime + theirs.ru_stime, "driver_mb": mine.ru_maxrss // 1000,
                      "worker_mb": theirs.ru_maxrss // 1000, "steps": report.seconds, "ran": report.ran,
                      "kept": sum(shard["rows"] for shard in report.manifest["shards"])}))
"""


def settings_of(folder: Path, source: Path, dedup: bool) -> tuple[Path, Settings]:
    """A configuration whose ids and fingerprints do not depend on how many units there are."""
    place = folder / f"{source.name}.toml"
    place.write_text(
        f'[[sources]]\nname = "scale"\npath = "{source}"\n[dedup]\nenabled = {str(dedup).lower()}\n'
        "[boilerplate]\nenabled = false\n"
    )
    return place, load((), place)


class Template:
    """The notes, signals and signatures of a unit with one document in each label, before ids are drawn."""

    def __init__(self, labels: int, folder: Path) -> None:
        out = folder / "sample"
        if not (out / "manifest.json").exists():
            sample_build(out)
        names = sorted(_labels())[:labels]
        assert len(names) == labels
        chance = np.random.default_rng(1)
        files = sorted((out / "index/signals").glob("*.parquet"))
        self.signals = self._drawn(files, names, chance)
        self.notes = self._drawn([out / "work/notes" / file.name for file in files], names, chance)
        self.schema = notes.NOTES
        self.names = names
        first = pq.read_schema(out / "index/signatures" / files[0].name)
        self.recipe = first.metadata

    @staticmethod
    def _drawn(files: list[Path], names: list[str], chance: np.random.Generator) -> pa.Table:
        whole = pa.concat_tables([pq.read_table(file) for file in files], promote_options="permissive")
        rows = whole.take(pa.array(chance.integers(0, whole.num_rows, len(names)))).combine_chunks()
        label = pa.array(names, pa.string())
        kind = rows.schema.field("raw_label").type
        at = rows.column_names.index("raw_label")
        return rows.set_column(at, "raw_label", label.dictionary_encode() if pa.types.is_dictionary(kind) else label)

    def put(self, store: Store, part: str, number: int) -> tuple[int, dict[str, Any]]:
        """Write the parts of a unit; bytes of text, and what its marker tells of labels and scores."""
        chance = np.random.default_rng(number)
        n = len(self.names)
        raw = chance.bytes(16 * n)
        ids = pa.Array.from_buffers(pa.binary(16), n, [None, pa.py_buffer(raw)])
        texts = pa.array([f"{name} {number} {row}" for row, name in enumerate(self.names)], pa.string())
        sizes = np.asarray(pc.binary_length(texts)).astype(np.int64)
        found = self.notes
        for name, column in {
            "id": ids,
            "text": texts,
            "source": pa.array(["scale"] * n),
            "pii": pa.array([[]] * n, notes.PII.type),
        }.items():
            found = found.set_column(found.column_names.index(name), name, column)
        with store.writer(f"work/notes/{part}.parquet", self.schema) as writer:
            writer.write_table(found.cast(self.schema), row_group_size=n)
        signals = self.signals
        for name, column in {
            "id": ids,
            "source": pa.array(["scale"] * n).dictionary_encode(),
            "text_bytes": pa.array(sizes.astype(np.uint32)),
        }.items():
            signals = signals.set_column(signals.column_names.index(name), name, column)
        store.write_table(f"index/signals/{part}.parquet", signals, level=1)
        values = chance.integers(0, 1 << 16, (n, 128), np.uint16)
        exact = chance.integers(0, 1 << 63, (n, 2), np.int64).astype(np.uint64)
        if number:
            other = np.random.default_rng(number - 1)
            other.bytes(16 * n)
            values[::20] = other.integers(0, 1 << 16, (n, 128), np.uint16)[::20]
        table = {"id": ids, "exact_hash": notes.binary(exact), "signature": notes.binary(values)}
        store.write_table(f"index/signatures/{part}.parquet", pa.table(table, metadata=self.recipe), level=1)
        labels = {name: [row, row + 1, int(sizes[row])] for row, name in enumerate(self.names)}
        scores = notes._by_score(pa.array(self.names), self.signals["language_score"].to_numpy())
        return int(sizes.sum()), {"labels": labels, "scores": scores}


def _labels() -> set[str]:
    table = resources.files("manifests").joinpath("languages.tsv").read_text(encoding="utf-8")
    return {line.split("\t")[0] for line in table.splitlines()[1:]}


def make(folder: Path, units: int, labels: int, dedup: bool) -> None:
    """All units with their parts, for the largest build: others take the first of them."""
    source = folder / "units"
    source.mkdir(parents=True, exist_ok=True)
    for number in range(units):
        place = source / f"{number:06d}.jsonl"
        if not place.exists():
            place.write_text('{"text": "x"}\n')
    _, settings = settings_of(folder, source, dedup)
    made = planning.make(settings)
    template = Template(labels, folder)
    store = Store(folder / "parts")
    store.root.mkdir(exist_ok=True)
    model = str(locate(settings.lid))
    empty = pa.Table.from_batches([], schema=TEXT_PART)
    for number, unit in enumerate(made.units):
        part = text.part_name(unit.key, 0)
        wanted = text.fingerprint(unit, settings)
        noted = notes.fingerprint(part + wanted, settings, model, Frame(), Frame())
        before = store.read_json(f"work/notes/{part}.json") or {}
        if before.get("fingerprint") == noted:
            continue
        size, told = template.put(store, part, number)
        store.write_table(f"work/text/{part}.parquet", empty)
        tally = {"records": labels, "documents": labels, "bytes": size, "skipped": {}, "places": {}, "repaired": 0}
        store.write_json(
            f"work/text/{unit.key}.json",
            {
                "fingerprint": wanted,
                "source": "scale",
                "file": unit.file.relative,
                "range": [unit.start, unit.end],
                "digest": unit.key,
                "fields_seen": ["text"],
                "parts": [part],
                "lines": [0],
                "tally": tally,
            },
        )
        marker = {
            "fingerprint": noted,
            "rows": labels,
            "bytes": size,
            **told,
            "cut": {},
            "repeats": {},
            "pii": {},
            "declared": {},
        }
        store.write_json(f"work/notes/{part}.json", marker)


def once(folder: Path, units: int, memory: int, dedup: bool) -> dict[str, Any]:
    """One build of so many units, its parts linked, not copied."""
    source, out = folder / f"first-{units}", folder / f"out-{units}"
    for place in (source, out):
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
    for number in range(units):
        os.link(folder / "units" / f"{number:06d}.jsonl", source / f"{number:06d}.jsonl")
    config, settings = settings_of(folder, source, dedup)
    for unit in planning.make(settings).units:
        part = text.part_name(unit.key, 0)
        names = [f"{where}/{part}.parquet" for where in ("work/text", *notes.FOLDERS)]
        for name in (*names, f"work/text/{unit.key}.json", f"work/notes/{part}.json"):
            (out / name).parent.mkdir(parents=True, exist_ok=True)
            os.link(folder / "parts" / name, out / name)
    (out / "work/lock").touch()  # by which a build knows that a folder is its own
    call = [sys.executable, "-c", CALL, str(config), str(out), str(memory)]
    done = subprocess.run(call, check=True, stdout=subprocess.PIPE, text=True)
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    mine = [path for top in ("data", "removed", "index", "work") for path in (out / top).rglob("*") if path.is_file()]
    given = units * 6
    told["files"] = len(mine) - given
    told["data_mb"] = round(sum(path.stat().st_size for path in mine if "data" in path.parts) / 1e6)
    shutil.rmtree(out)
    shutil.rmtree(source)
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--units", default="100,300,1000,3000,10000")
    parser.add_argument("--labels", type=int, default=2000)
    parser.add_argument("--memory", default="1GB", help="of both workers together")
    parser.add_argument("--dedup", action="store_true")
    told = parser.parse_args()
    counts = sorted(map(int, told.units.split(",")))
    begin = time.perf_counter()
    make(told.folder, counts[-1], told.labels, told.dedup)
    print(f"made {counts[-1]} units in {time.perf_counter() - begin:.0f} s", flush=True)
    for units in counts:
        found = once(told.folder, units, size(told.memory), told.dedup)
        cpu = found["driver_cpu"] + found["workers_cpu"]
        print(
            f"{units} units, {units * told.labels:,} documents: {found['wall']:.0f} s, {cpu:.0f} s CPU "
            f"({1000 * cpu / units:.1f} ms a unit), driver {found['driver_cpu']:.0f} s CPU {found['driver_mb']} MB, "
            f"largest worker {found['worker_mb']} MB, {found['files']} files beside the parts given"
        )
        print(f"   steps {found['steps']}, tasks {found['ran']}, {found['kept']:,} rows written", flush=True)


if __name__ == "__main__":
    main()
