"""Reading model files: the same parts as fastText reads, and a clear word for every file that is not one."""

import random
import struct
from pathlib import Path

import fasttext
import numpy as np
import pytest
from tiny_models import SENTENCES, train

from langid.model import MAGIC, load
from manifests.errors import Stop


@pytest.fixture(scope="module")
def dense(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train(tmp_path_factory.mktemp("dense"))


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train(tmp_path_factory.mktemp("packed"), quantised=True, cutoff=500, qout=True, labels=300)


def test_the_parts_are_those_that_fasttext_reads(dense: Path) -> None:
    ours, theirs = load(dense), fasttext.load_model(str(dense))
    assert set(ours.labels) == set(SENTENCES)
    assert [f"__label__{label}" for label in ours.labels] == theirs.labels
    assert ours.word_count == len(theirs.words)
    assert theirs.words[ours.end_word] == "</s>"
    assert (ours.table.reshape(-1, ours.dim) == theirs.get_input_matrix()).all()
    assert (ours.output == theirs.get_output_matrix()).all()
    assert not ours.quantised


def test_a_dense_model_is_not_copied_into_memory(dense: Path) -> None:
    assert not load(dense).table.flags.owndata


def test_a_pruned_model_keeps_some_n_grams(packed: Path) -> None:
    model = load(packed)
    assert model.quantised
    assert 0 < model.pruned <= 500
    below = model.kept & np.uint64(0xFFFFFFFF)
    counts = np.bitwise_count(below).astype(np.int64)
    assert counts.sum() == model.pruned
    assert ((model.kept >> np.uint64(32)).astype(np.int64) == np.cumsum(counts) - counts).all()
    assert len(model.table) == (model.word_count + model.pruned) * model.dim


@pytest.mark.parametrize("which", ["dense", "packed"])
def test_a_file_cut_short_anywhere_is_refused(which: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    whole = request.getfixturevalue(which).read_bytes()
    place = tmp_path / "cut.bin"
    cuts = [1, 3, 8, 20, 60, 63, 70, 90, 100, len(whole) - 1, len(whole) - 9, *range(0, len(whole), len(whole) // 40)]
    for cut in cuts[:-1] if cuts[-1] == len(whole) else cuts:
        place.write_bytes(whole[:cut])
        with pytest.raises(Stop):
            load(place)


@pytest.mark.parametrize("which", ["dense", "packed"])
def test_damaged_headers_never_crash(which: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    whole = bytearray(request.getfixturevalue(which).read_bytes())
    draw = random.Random(7)  # noqa: S311
    place = tmp_path / "damaged.bin"
    refused = 0
    for _ in range(150):
        damaged = bytearray(whole)
        for _ in range(draw.randint(1, 3)):
            damaged[draw.randrange(110)] = draw.choice((0, 1, 0x7F, 0x80, 0xFF))
        place.write_bytes(damaged)
        try:
            load(place)
        except Stop:
            refused += 1
    assert refused > 60


def _with(whole: bytes, offset: int, layout: str, *values: int) -> bytes:
    piece = struct.pack("<" + layout, *values)
    return whole[:offset] + piece + whole[offset + len(piece) :]


# The header: magic, version, 12 numbers (dim ws epoch minCount neg wordNgrams loss model bucket minn maxn rate), t.
DIM, LOSS, KIND, BUCKET, MAXN = 8, 8 + 6 * 4, 8 + 7 * 4, 8 + 8 * 4, 8 + 10 * 4
SIZE = 8 + 12 * 4 + 8


@pytest.mark.parametrize(
    ("offset", "layout", "value", "said"),
    [
        (0, "i", MAGIC + 1, "does not begin as one"),
        (4, "i", 99, "version 99"),
        (DIM, "i", -1, "dim -1"),
        (DIM, "i", 1 << 30, "dim"),
        (DIM, "i", 13, "13"),
        (LOSS, "i", 9, "loss 9"),
        (KIND, "i", 2, "word vectors"),
        (BUCKET, "i", -5, "bucket -5"),
        (BUCKET, "i", 0, "no bucket"),
        (BUCKET, "i", 1 << 30, "x 12"),
        (MAXN, "i", 1 << 20, "maxn"),
        (SIZE, "i", 1 << 30, "entries"),
        (SIZE + 4, "i", -1, "-1 words"),
        (SIZE + 8, "i", 0, "labels"),
        (SIZE + 20, "q", 1 << 60, "n-grams"),
        (SIZE + 20, "q", -2, "dictionary"),
    ],
)
def test_a_header_that_lies_is_told(
    dense: Path, tmp_path: Path, offset: int, layout: str, value: int, said: str
) -> None:
    place = tmp_path / "lie.bin"
    place.write_bytes(_with(dense.read_bytes(), offset, layout, value))
    with pytest.raises(Stop, match=said):
        load(place)


def test_a_dictionary_that_lies_is_told(dense: Path, tmp_path: Path) -> None:
    whole = dense.read_bytes()
    first = SIZE + 28
    kind = whole.index(b"\0", first) + 9  # of the first entry: nought for a word, one for a label
    label = whole.index(b"__label__")
    count = whole.index(b"\0", label) + 1
    place = tmp_path / "lie.bin"
    for offset, layout, value, said in (
        (kind, "b", 1, f"words and labels are not in order .at byte {first:,} "),
        (count, "q", -3, "seen -3 times"),
        (count + 8, "b", 0, f"not in order .at byte {label:,} "),
    ):
        place.write_bytes(_with(whole, offset, layout, value))
        with pytest.raises(Stop, match=said):
            load(place)
    for cut in (first, kind - 10, kind - 9, kind - 1, kind):
        place.write_bytes(_with(whole[:cut] + b"x" * len(whole), SIZE, "i", 3))
        with pytest.raises(Stop):
            load(place)


def test_what_is_not_a_model_is_refused(tmp_path: Path) -> None:
    for name, content in {
        "empty": b"",
        "text": b"hello there, this is no model at all",
        "zip": b"PK\x03\x04" * 40,
    }.items():
        place = tmp_path / name
        place.write_bytes(content)
        with pytest.raises(Stop, match=name):
            load(place)
    with pytest.raises(Stop, match="No model can be read"):
        load(tmp_path / "missing.bin")
    with pytest.raises(Stop, match="No model can be read"):
        load(tmp_path)


def test_numbers_that_are_not_finite_are_refused(dense: Path, tmp_path: Path) -> None:
    whole = dense.read_bytes()
    place = tmp_path / "nan.bin"
    place.write_bytes(whole[:-4] + np.float32(np.nan).tobytes())
    with pytest.raises(Stop, match="not finite"):
        load(place)
