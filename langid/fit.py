"""Fits a fastText classifier: the same model and the same steps as fastText's own trainer, several times faster.

Two things differ. A line is only told from the labels of its own writing system, since that is how identification asks
(``langid.identify``); and of a softmax only the labels that have a share worth the name are moved. One thread, lines in
the order given, so the same lines give the same weights.
"""

import tempfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from langid.kernel import buffers, kernel
from langid.label import system
from langid.model import PREFIX, Bytes, Floats, Ints
from langid.predict import Longs

END = "</s>"
FAINT_ERROR = np.float32(3e-5)
"""A label whose share is off by less is left as it is."""

FEW_MOVED = 24

FAR_BELOW = np.float32(16)  # exp(-16) is 1e-7

KNOWN = np.float32(0.998)
"""A line whose label is as sure as this teaches nothing more."""


@dataclass(frozen=True)
class Shape:
    """Of the model: fastText's dim, bucket, minn, maxn and minCount, its number of passes and first rate."""

    dim: int = 32
    bucket: int = 1 << 18
    shortest: int = 2
    longest: int = 5
    word_least: int = 20
    epochs: int = 2
    rate: float = 0.5
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Fitted:
    """``table`` is float32 (words + bucket, dim), ``output`` float32 (labels, dim); ``words`` ends with ``</s>``."""

    shape: Shape
    words: Sequence[str]
    labels: Sequence[str]
    table: Floats
    output: Floats


def fit(labels: Sequence[str], texts: Sequence[str], shape: Shape, late: Collection[str] = ()) -> Fitted:
    """Weights learnt from ``texts``, whose words are parted by single spaces; ``labels`` names the label of each.

    Labels in ``late`` are learnt when the others are done, in one pass that moves their own weights alone: what is
    answered among the others stays as it would be without them.
    """
    names = sorted(set(labels), key=lambda label: (system(label), label in late, label))
    place = {label: index for index, label in enumerate(names)}
    homes = np.array([system(label) for label in names])
    targets = np.array([place[label] for label in labels], np.int32)
    low, high = (np.searchsorted(homes, homes, side).astype(np.int32) for side in ("left", "right"))
    is_late = np.array([label in late for label in names])
    count_late = np.concatenate([[0], np.cumsum(is_late)])
    first_late = (high - (count_late[high] - count_late[low])).astype(np.int32)

    split = pc.split_pattern(pa.array(texts, pa.large_string()), " ")
    coded = split.flatten().dictionary_encode()
    counts = np.bincount(coded.indices.to_numpy(), minlength=len(coded.dictionary))
    kinds = coded.dictionary.cast(pa.string())
    order = np.lexsort((np.arange(len(counts)), -counts))
    own = np.full(len(counts), -1, np.int32)
    frequent = order[counts[order] >= shape.word_least]
    own[frequent] = np.arange(len(frequent))
    words = [*kinds.take(pa.array(frequent)).to_pylist(), END]
    starts, rows = _features(kinds, own, len(words), shape)

    random = np.random.Generator(np.random.PCG64(shape.seed))
    table = random.uniform(-1 / shape.dim, 1 / shape.dim, (len(words) + shape.bucket, shape.dim)).astype(np.float32)
    output = np.zeros((len(names), shape.dim), np.float32)
    line_words = coded.indices.to_numpy().astype(np.int32)
    line_starts = split.offsets.to_numpy().astype(np.int64)
    of_late = is_late[targets]
    early, every = np.flatnonzero(~of_late), np.arange(len(targets))
    if len(early) > of_late.sum():
        # Of the others as many again, so that late labels learn what they are not.
        every = np.sort(np.concatenate([np.flatnonzero(of_late), early[: of_late.sum()]]))
    for chosen, moved, last, epochs in ((early, low, first_late, shape.epochs), (every, first_late, high, 1)):
        if not of_late.any() and moved is first_late:
            break
        _learn(
            line_words,
            line_starts,
            chosen,
            targets,
            low,
            moved,
            last,
            moved is low,
            starts,
            rows,
            len(words) - 1,
            table,
            output,
            epochs,
            shape.rate,
        )
    return Fitted(shape, words, names, table, output)


def _features(kinds: pa.StringArray, own: Ints, words: int, shape: Shape) -> tuple[Longs, Ints]:
    """Rows of the table that a word is the sum of: ``rows[starts[i]:starts[i + 1]]`` for word i."""
    offsets, data = buffers(kinds)
    starts = np.zeros(len(kinds) + 1, np.int64)
    rows = np.empty((len(data) + 2 * len(kinds)) * (shape.longest + 1) + 8, np.int32)
    count = _all_features(offsets, data, own, words, shape.bucket, shape.shortest, shape.longest, starts, rows)
    return starts, rows[:count].copy()


@kernel
def _all_features(
    offsets: Ints,
    data: Bytes,
    own: Ints,
    words: int,
    bucket: int,
    shortest: int,
    longest: int,
    starts: Longs,
    rows: Ints,
) -> int:
    count = 0
    for word in range(len(own)):
        if own[word] >= 0:
            rows[count] = own[word]
            count += 1
        start, stop = np.int64(offsets[word]), np.int64(offsets[word + 1])
        for i in range(start - 1, stop + 1):
            if start <= i < stop and data[i] & 0xC0 == 0x80:
                continue
            h = np.uint32(2166136261)
            j = i
            letters = 0
            while j <= stop and letters < longest:
                # The brackets that fastText puts round a word are read as if they stood there; a letter is a UTF-8
                # sequence, whose bytes fastText takes as signed.
                byte = np.uint8(60) if j < start else np.uint8(62) if j == stop else data[j]
                h = np.uint32(np.uint32(h ^ np.uint32(np.int8(byte))) * np.uint32(16777619))
                j += 1
                while start < j < stop and data[j] & 0xC0 == 0x80:
                    h = np.uint32(np.uint32(h ^ np.uint32(np.int8(data[j]))) * np.uint32(16777619))
                    j += 1
                letters += 1
                if letters < shortest or (letters == 1 and (i < start or j > stop)):
                    continue
                rows[count] = words + np.int64(h) % bucket
                count += 1
        starts[word + 1] = count
    return count


@kernel
def _learn(
    line_words: Ints,
    line_starts: Longs,
    chosen: Longs,
    targets: Ints,
    low: Ints,
    moving: Ints,
    high: Ints,
    moves_table: bool,
    starts: Longs,
    rows: Ints,
    end_row: int,
    table: Floats,
    output: Floats,
    epochs: int,
    rate: float,
) -> None:
    dim = table.shape[1]
    hidden = np.empty(dim, np.float32)
    change = np.empty(dim, np.float32)
    shares = np.empty(len(output), np.float32)
    places = np.empty(len(output), np.int64)
    turned = np.ascontiguousarray(output.T)
    lines = len(chosen)
    for epoch in range(epochs):
        for turn in range(lines):
            line = chosen[turn]
            step = np.float32(rate * (1.0 - (epoch * lines + turn) / (epochs * lines)))
            target = targets[line]
            first, last = np.int64(low[target]), np.int64(high[target])
            if last - first < 2:
                continue
            for d in range(dim):
                hidden[d] = table[end_row, d]
                change[d] = np.float32(0)
            count = 1
            for w in range(line_starts[line], line_starts[line + 1]):
                word = line_words[w]
                for r in range(starts[word], starts[word + 1]):
                    row = table[rows[r]]
                    for d in range(dim):
                        hidden[d] += row[d]
                count += starts[word + 1] - starts[word]
            share = np.float32(1.0 / count)
            for d in range(dim):
                hidden[d] *= share
            found = shares[first:last]
            for k in range(len(found)):
                found[k] = np.float32(0)
            for d in range(dim):
                h = hidden[d]
                column = turned[d, first:last]
                for k in range(len(found)):
                    found[k] += h * column[k]
            top = found[0]
            for k in range(len(found)):
                top = max(top, found[k])
            total = np.float32(0)
            for k in range(len(found)):
                below = top - found[k]
                found[k] = np.exp(-below) if below < FAR_BELOW else np.float32(0)
                total += found[k]
            if found[target - first] > KNOWN * total:
                continue
            moved = 0
            for k in range(len(found)):
                error = -found[k] / total
                if first + k == target:
                    error += np.float32(1)
                moves = abs(error) >= FAINT_ERROR and first + k >= moving[target]
                found[k] = error * step if moves else np.float32(0)
                if moves:
                    places[moved] = k
                    moved += 1
            for m in range(moved):
                k = places[m]
                weights = output[first + k]
                for d in range(dim):
                    change[d] += found[k] * weights[d]
                    weights[d] += found[k] * hidden[d]
            for d in range(dim):
                # The same weights turned: all in a row where many have moved, one by one where few have.
                column = turned[d, first:last]
                if moved > FEW_MOVED:
                    h = hidden[d]
                    for k in range(len(found)):
                        column[k] += found[k] * h
                else:
                    for m in range(moved):
                        column[places[m]] += found[places[m]] * hidden[d]
            if not moves_table:
                continue
            for d in range(dim):
                change[d] *= share
                table[end_row, d] += change[d]
            for w in range(line_starts[line], line_starts[line + 1]):
                word = line_words[w]
                for r in range(starts[word], starts[word + 1]):
                    row = table[rows[r]]
                    for d in range(dim):
                        row[d] += change[d]


def save(fitted: Fitted, path: Path, quantised: bool = True) -> None:
    """Write ``fitted`` as a fastText model: quantised (two values a byte, and a byte for the length of each row), which
    takes a minute, or as it is."""
    import fasttext  # only those who train need to load it

    shape = fitted.shape
    with tempfile.TemporaryDirectory(dir=path.parent) as scratch:
        # fastText makes the dictionary: words in falling order of count, labels likewise.
        text = Path(scratch) / "words.txt"
        text.write_text("\n".join(f"{PREFIX}{label} {word}" for label, word in _pairs(fitted)) + "\n", "utf-8")
        model = fasttext.train_supervised(
            str(text),
            dim=shape.dim,
            bucket=shape.bucket,
            minn=shape.shortest,
            maxn=shape.longest,
            minCount=1,
            epoch=1,
            lr=1e-9,
            loss="softmax",
            thread=1,
            seed=shape.seed,
            verbose=0,
        )
        at = {word: row for row, word in enumerate(fitted.words)}
        label_at = {label: row for row, label in enumerate(fitted.labels)}
        rows = np.array([at[word] for word in model.words], np.int64)
        table = np.concatenate([fitted.table[rows], fitted.table[len(at) :]])
        output = fitted.output[[label_at[label.removeprefix(PREFIX)] for label in model.labels]]
        model.set_matrices(table, output)
        if quantised:
            model.quantize(qnorm=True, retrain=False, dsub=2)
        model.save_model(str(path))


def _pairs(fitted: Fitted) -> list[tuple[str, str]]:
    """Every word and every label at least once."""
    words = [word for word in fitted.words if word != END]
    size = max(len(words), len(fitted.labels))
    return [(fitted.labels[k % len(fitted.labels)], words[k % len(words)]) for k in range(size)]
