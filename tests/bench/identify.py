"""Identification held to fastText's own package, back to back on the same texts: agreement, speed, memory.

    python tests/bench/identify.py [DOCS.jsonl.zst] [--lid NAME_OR_PATH ...] [--every N]

Default: docs/docs.jsonl.zst and the dev sentences of the data pack, models builtin and lid176. Documents are read once,
shuffled with seed 0, in one process, with an empty cache. Seconds are those of one core, rates bytes of document text
over them. Exact: the whole text. Default: Identifier.identify, which reads passages. ``--every`` takes each nth text.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import fasttext
import numpy as np
import pyarrow as pa

from langid.evaluate import sentences
from langid.identify import Identifier
from langid.kernel import buffers
from langid.label import harmonise
from langid.passages import passages
from langid.predict import predict, predictor
from manifests.errors import Stop
from pipeline.models import locate

Result = TypeVar("Result")

HERE = Path(__file__).resolve()
DATA = Path(os.environ.get("CORPUS_SHARED_DATA") or HERE.parents[3] / "shared" / "data")
HOLD = "import sys; sys.path[:0] = sys.argv[3:]; from identify import hold; hold(sys.argv[1], sys.argv[2])"


def clocked(work: Callable[[], Result], rounds: int = 2) -> tuple[float, Result]:
    """Least CPU seconds of a few rounds, and the result."""
    best, result = float("inf"), None
    for _ in range(rounds):
        begun = time.process_time()
        result = work()
        best = min(best, time.process_time() - begun)
    return best, result  # type: ignore[return-value]


def documents(path: Path) -> list[dict[str, str]]:
    with pa.input_stream(str(path), compression="zstd" if path.suffix == ".zst" else None) as stream:
        found = [json.loads(line) for line in stream.read().split(b"\n") if line]
    random.Random(0).shuffle(found)  # noqa: S311
    return found


def new_words(texts: list[str]) -> float:
    """Share of the words that no earlier text had, and no earlier place of the same text."""
    seen: set[str] = set()
    count = 0
    for text in texts:
        words = text.split()
        count += len(words)
        seen.update(words)
    return len(seen) / max(1, count)


def compare(identifier: Identifier, model: fasttext.FastText._FastText, texts: list[str], what: str) -> list[str]:
    """Exact answers against fastText's; fastText's labels."""
    plain = predictor(identifier.predictor.model)
    array = pa.array(texts, pa.string())
    size = array.nbytes / 1e6
    predict(plain, array[:2])
    ours, answers = clocked(lambda: predict(plain, array))
    theirs, oracle = clocked(lambda: [model.f.predict(text + "\n", 1, 0.0, "strict") for text in texts], 1)
    labels = identifier.predictor.model.labels
    pairs = [
        (labels[row.argmax()], float(row.max()), *(top[0] if top else (0.0, "")))
        for row, top in zip(answers, oracle, strict=True)
    ]
    same = [ours == theirs.removeprefix("__label__") for ours, _, _, theirs in pairs]
    off = max((abs(p - q) for _, p, q, theirs in pairs if theirs), default=0.0)
    print(f"  {what}: {len(texts):,} texts, {size:.1f} MB, same label on {np.mean(same):.5f}")
    print(f"    largest difference of the top probability {off:.2e}")
    print(f"    exact {size / ours:.1f} MB/s, fastText {size / theirs:.2f}: {theirs / ours:.1f} times")
    compare.seconds = theirs  # type: ignore[attr-defined]
    return [theirs.removeprefix("__label__") for *_, theirs in pairs]


def bench(name: str, docs: list[dict[str, str]], dev: list[str]) -> None:
    path = locate(name)
    texts = [doc["text"].replace("\n", " ") for doc in docs]
    begun = time.perf_counter()
    identifier = Identifier.load(path)
    print(f"\n{name}: {len(identifier.answers)} labels, loaded in {time.perf_counter() - begun:.2f} s")
    model = fasttext.load_model(str(path))
    if dev:
        compare(identifier, model, dev, "dev sentences")
    theirs = compare(identifier, model, texts, "documents")
    seconds: float = compare.seconds  # type: ignore[attr-defined]
    print(f"    share of new words {new_words(texts):.3f}")

    array = pa.array([doc["text"] for doc in docs], pa.string())
    size = array.nbytes / 1e6
    identifier.identify(array[:20])
    ours, table = clocked(lambda: identifier.identify(array))
    said = table["raw_label"].to_pylist()
    same = [a in harmonise(b) for a, b in zip(said, theirs, strict=True)]
    known = [(doc["label"], a) for doc, a in zip(docs, said, strict=True) if doc["label"] in identifier.answers]
    print(f"  default: {size / ours:.1f} MB/s, {seconds / ours:.1f} times fastText on whole text")
    print(f"    same label as fastText on whole text: {np.mean(same):.5f}")
    # fastText itself may answer in another script than the text's, so the same identifier on all of it is asked too.
    vote = identifier._vote(array, 1 << 30, closely=True)
    best = vote.best
    if identifier.arbiter:
        best = identifier.arbiter.settle(array, best, vote.top, vote.top_share)
    whole = [
        (a, identifier.answers[b])
        for a, b in zip(said, best.tolist(), strict=True)
        if a in identifier.answers and b >= 0
    ]
    print(f"    same label as this identifier on whole text: {np.mean([a == b for a, b in whole]):.5f}")
    print(f"    right on {np.mean([a == b for a, b in known]):.4f} of the {len(known):,} whose label it knows")
    offsets, data = buffers(array)
    cut, found = clocked(lambda: passages(offsets, data, identifier.letters_only))
    mean, _ = clocked(lambda: identifier.predictor.hidden(found.data, found.starts, found.stops))
    read = int((found.stops - found.starts).sum()) / 1e6
    print(f"    of {ours:.2f} s, passages {cut:.2f} ({read:.1f} of {size:.1f} MB kept), vectors {mean:.2f}")
    del model
    memory(name)


def hold(name: str, docs: str) -> None:
    """Identify some documents and keep the model until the input closes: what a worker holds."""
    identifier = Identifier.load(locate(name))
    identifier.identify(pa.array([doc["text"] for doc in documents(Path(docs))[:2_000]], pa.string()))
    print("ready", flush=True)
    sys.stdin.read()


def memory(name: str) -> None:
    """What two workers hold together, from /proc/PID/smaps_rollup: shared pages count by halves in Pss."""
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", HOLD, name, str(DATA / "docs" / "docs.jsonl.zst"), str(HERE.parent), *sys.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for worker in workers:
        worker.stdout.readline()  # type: ignore[union-attr]
    for worker in workers:
        lines = [line.split() for line in Path(f"/proc/{worker.pid}/smaps_rollup").read_text().splitlines()[1:]]
        kept = {line[0].rstrip(":"): int(line[1]) / 1024 for line in lines}
        shown = ", ".join(f"{key} {kept[key]:.0f} MB" for key in ("Rss", "Pss", "Private_Dirty"))
        print(f"  worker of two: {shown}")
    for worker in workers:
        worker.communicate()


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("docs", nargs="?", type=Path, default=DATA / "docs" / "docs.jsonl.zst")
    ask.add_argument("--lid", nargs="*", default=["builtin", "lid176"])
    ask.add_argument("--every", type=int, default=1)
    told = ask.parse_args()
    docs = documents(told.docs)[:: told.every]
    dev = [row.text for row in sentences(DATA / "lid" / "dev.tsv.zst")][:: told.every]
    for name in told.lid:
        try:
            bench(name, docs, dev)
        except Stop as stop:
            print(f"\n{name}: {stop}")


if __name__ == "__main__":
    main()
