"""Make N megabytes of mixed-language documents for the benchmarks: python tests/bench/corpus.py 200 FOLDER

Sentences of the data pack are drawn per label, none twice as far as they last; then come seeded pseudo-sentences of
the label's own words by their frequency. Sizes of documents are log-normal around 1.6 kB. The same call gives the
same bytes.
"""

import argparse
import io
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import zstandard

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from shared import SHARED

FILES = 16
SEED = 20240101
MEDIAN_BYTES = 1600
SPREAD = 0.9
UNSPACED = frozenset({"Hani", "Jpan", "Thai", "Laoo", "Khmr", "Mymr", "Tibt"})


def _sentences() -> dict[str, list[str]]:
    assert SHARED is not None, "the benchmark corpus is drawn from the data pack"
    found: dict[str, list[str]] = defaultdict(list)
    with (SHARED / "lid" / "train.tsv.zst").open("rb") as raw:
        lines = io.TextIOWrapper(zstandard.ZstdDecompressor().stream_reader(raw), "utf-8", newline="\n")
        next(lines)
        for line in lines:
            label, _, text = line.rstrip("\n").split("\t")
            found[label].append(text)
    return found


class _Label:
    """Sentences of one label, then pseudo-sentences."""

    def __init__(self, sentences: list[str], spaced: bool, random: np.random.Generator) -> None:
        order = random.permutation(len(sentences))
        self._real = [sentences[index] for index in order]
        words = Counter(word for text in sentences for word in (text.split() if spaced else text))
        self._words = np.array(list(words), object)
        counts = np.array(list(words.values()), float)
        self._cumulative = np.cumsum(counts) / counts.sum()
        self._glue = " " if spaced else ""
        self._random = random

    def next(self) -> str:
        if self._real:
            return self._real.pop()
        count = int(self._random.integers(6, 22)) * (1 if self._glue else 3)
        picks = np.searchsorted(self._cumulative, self._random.random(count))
        return self._glue.join(self._words[np.minimum(picks, len(self._words) - 1)]) + "."


def documents(total: int) -> Iterator[dict[str, str]]:
    """Documents of about ``total`` bytes of text in all, labels in proportion to the square root of their sentences."""
    random = np.random.default_rng(SEED)
    sentences = _sentences()
    names = sorted(sentences)
    labels = [_Label(sentences[name], name.split("_")[1] not in UNSPACED, random) for name in names]
    weights = np.sqrt([len(sentences[name]) for name in names])
    weights /= weights.sum()
    made, number = 0, 0
    while made < total:
        picks = random.choice(len(names), 4096, p=weights)
        sizes = np.exp(random.normal(np.log(MEDIAN_BYTES), SPREAD, 4096))
        for pick, size in zip(picks, sizes, strict=True):
            lines, length = [], 0
            while length < size:
                paragraph = " ".join(labels[pick].next() for _ in range(3))
                lines.append(paragraph)
                length += len(paragraph.encode())
            text = "\n".join(lines)
            yield {"id": f"bench/{number:08d}", "text": text, "url": f"https://{names[pick].lower()}.example/{number}"}
            made += length
            number += 1
            if made >= total:
                return


def make(megabytes: int, folder: Path) -> Path:
    """Write the corpus as 16 JSONL.zst files below ``folder`` unless it is there; give its folder."""
    place = folder / f"corpus-{megabytes}"
    if (place / "done").exists():
        return place
    place.mkdir(parents=True, exist_ok=True)
    encoder = msgspec.json.Encoder()
    streams = [
        zstandard.ZstdCompressor(3).stream_writer((place / f"{number:02d}.jsonl.zst").open("wb"))
        for number in range(FILES)
    ]
    total = 0
    for number, document in enumerate(documents(megabytes * 1_000_000)):
        streams[number % FILES].write(encoder.encode(document) + b"\n")
        total += len(document["text"].encode())
    for stream in streams:
        stream.close()
    (place / "done").write_text(f"{total}\n")
    return place


def text_bytes(place: Path) -> int:
    """Bytes of text in a corpus made here."""
    return int((place / "done").read_text())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("megabytes", type=int)
    parser.add_argument("folder", type=Path)
    told = parser.parse_args()
    print(make(told.megabytes, told.folder))
