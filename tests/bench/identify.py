"""Identification against fastText's own package, back to back on the same documents: speed, agreement, memory.

    python tests/bench/identify.py [DOCS.jsonl.zst] [--lid NAME_OR_PATH ...]

Default: docs/docs.jsonl.zst of the data pack, shuffled with seed 0, models builtin and lid176. Rates are bytes of
document text over seconds of one core. fastText is given whole documents, and then their first 1,000 characters.
"""

import argparse
import json
import random
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import fasttext
import pyarrow as pa

from langid.identify import Identifier
from langid.kernel import buffers
from langid.passages import passages
from langid.predict import predict, predictor
from langid.script import letters
from manifests.errors import Stop
from pipeline.models import locate

Result = TypeVar("Result")

HERE = Path(__file__).resolve()
DOCS = HERE.parents[3] / "shared" / "data" / "docs" / "docs.jsonl.zst"


def clocked(work: Callable[[], Result], rounds: int = 3) -> tuple[float, Result]:
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


def bench(name: str, docs: list[dict[str, str]]) -> None:
    path = locate(name)
    texts = pa.array([doc["text"] for doc in docs], pa.string())
    size = sum(len(doc["text"].encode()) for doc in docs) / 1e6
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = time.perf_counter()
    identifier = Identifier.load(path)
    loaded = time.perf_counter() - begun
    identifier.identify(texts[:20])
    first = time.perf_counter() - begun - loaded
    print(f"\n{name}: {len(identifier.answers)} labels, loaded in {loaded:.2f} s, first call {first:.1f} s")
    ours, table = clocked(lambda: identifier.identify(texts))
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    said = table["raw_label"].to_pylist()
    known = [(doc["label"], label) for doc, label in zip(docs, said, strict=True) if doc["label"] in identifier.answers]
    right = sum(a == b for a, b in known) / max(1, len(known))
    print(f"  identify {size / ours:.1f} MB/s, {len(docs) / ours:,.0f} documents/s")
    print(f"    accuracy {right:.4f} on the {len(known):,} documents whose label it knows")
    offsets, data = buffers(texts)
    cut, found = clocked(lambda: passages(offsets, data, identifier.letters_only))
    mean, _ = clocked(lambda: identifier.predictor.hidden(found.data, found.starts, found.stops))
    scripts, _ = clocked(lambda: letters(texts))
    read = int((found.stops - found.starts).sum()) / 1e6
    print(f"    passages {cut:.2f} s ({read:.1f} of {size:.1f} MB kept), vectors {mean:.2f} s, scripts {scripts:.2f} s")
    print(f"    memory grew by {(after - before) / 1024:.0f} MB (peak, with the batch's columns)")

    whole = [doc["text"].replace("\n", " ") for doc in docs]
    model = fasttext.load_model(str(path))
    plain = predictor(identifier.predictor.model)
    few = whole[: max(200, len(whole) // 8)]
    part = sum(len(text.encode()) for text in few) / 1e6
    exact, answers = clocked(lambda: predict(plain, pa.array(few, pa.string())), 2)
    theirs, oracle = clocked(lambda: [model.f.predict(text + "\n", 1, 0.0, "strict")[0] for text in few], 2)
    short, _ = clocked(lambda: [model.f.predict(text[:1000] + "\n", 1, 0.0, "strict") for text in few], 2)
    labels = identifier.predictor.model.labels
    same = sum(f"__label__{labels[row.argmax()]}" == top[1] for row, top in zip(answers, oracle, strict=True))
    print(f"  exact, whole text: {part / exact:.1f} MB/s; fastText {part / theirs:.1f}; {theirs / exact:.1f} times")
    print(f"    same label on {same / len(few):.4f} of {len(few):,}")
    print(f"  identify is {size / ours / (part / theirs):.1f} times fastText on whole text,")
    print(f"    {size / ours / (part / short):.1f} times fastText on the first 1,000 characters")


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("docs", nargs="?", type=Path, default=DOCS)
    ask.add_argument("--lid", nargs="*", default=["builtin", "lid176"])
    told = ask.parse_args()
    docs = documents(told.docs)
    print(f"{len(docs):,} documents, {sum(len(doc['text'].encode()) for doc in docs) / 1e6:.1f} MB")
    for name in told.lid:
        try:
            bench(name, docs)
        except Stop as stop:
            print(f"\n{name}: {stop}")


if __name__ == "__main__":
    main()
