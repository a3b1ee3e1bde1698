"""A large table is read from a narrow copy, which says the same and is made once."""

import os
from pathlib import Path

import fasttext
import numpy as np
import pyarrow as pa
import pytest
from tiny_models import TEXTS, train

from langid import narrow
from langid.model import load
from langid.narrow import narrowed
from langid.predict import predict, predictor


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(narrow, "LARGE", 0)
    return tmp_path / "cache" / "corpus" / "models"


def test_a_narrow_copy_answers_as_fasttext_does_and_is_made_once(tmp_path: Path, cache: Path) -> None:
    path = train(tmp_path)
    wide = load(path)
    model = narrowed(wide, path)
    assert [str(table.dtype) for table in (wide.table, model.table)] == ["float32", "int16"]
    assert np.abs(model.table * model.scale - wide.table).max() <= model.scale * 0.51
    ours = predict(predictor(model), pa.array(TEXTS, pa.string()))
    oracle = fasttext.load_model(str(path))
    for row, text in zip(ours, TEXTS, strict=True):
        ((probability, label),) = oracle.f.predict(text + "\n", 1, 0.0, "strict")
        assert row.max() == pytest.approx(probability, abs=1e-3)
        assert f"__label__{model.labels[row.argmax()]}" == label
    (copy,) = cache.glob("*.int16")
    made = copy.stat().st_ino
    narrowed(load(path), path)
    assert [copy.stat().st_ino for copy in cache.glob("*.int16")] == [made]
    assert sorted(place.suffix for place in cache.iterdir()) == [".digest", ".int16", ".lock"]


def test_another_model_has_another_copy(tmp_path: Path, cache: Path) -> None:
    for seed in (1, 2):
        (tmp_path / str(seed)).mkdir()
        path = train(tmp_path / str(seed), lr=0.5 * seed)
        narrowed(load(path), path)
    assert len(list(cache.glob("*.int16"))) == 2


def test_a_model_that_was_written_to_in_its_place_has_another_copy(tmp_path: Path, cache: Path) -> None:
    path = train(tmp_path)
    before = narrowed(load(path), path)
    about = path.stat()
    data = bytearray(path.read_bytes())
    row = data.index(load(path).table[before.dim : 2 * before.dim].tobytes())
    data[row : row + 4] = np.float32(0.123).tobytes()
    path.write_bytes(data)
    os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns))
    after = narrowed(load(path), path)
    assert (before.table != after.table).nonzero()[0].tolist() == [before.dim]


def test_the_same_model_elsewhere_has_the_same_copy(tmp_path: Path, cache: Path) -> None:
    path = train(tmp_path)
    narrowed(load(path), path)
    other = tmp_path / "other.bin"
    other.write_bytes(path.read_bytes())
    narrowed(load(other), other)
    assert len(list(cache.glob("*.int16"))) == 1
    assert len(list(cache.glob("*.digest"))) == 2


@pytest.mark.parametrize("part", [64 + 2, 128, 8 << 20])
def test_a_copy_is_written_in_parts(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, part: int) -> None:
    monkeypatch.setattr(narrow, "_PART", part)
    path = train(tmp_path)
    wide = load(path)
    model = narrowed(wide, path)
    assert (model.table == np.rint(wide.table / np.float32(model.scale))).all()


def test_a_damaged_copy_is_not_read(tmp_path: Path, cache: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = train(tmp_path)
    whole = narrowed(load(path), path)
    table = whole.table.copy()
    (copy,) = cache.glob("*.int16")
    copy.write_bytes(copy.read_bytes()[:-2])
    assert (narrowed(load(path), path).table == table).all()
    assert "delete it" in caplog.text


def test_without_a_folder_answers_are_the_same(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = train(tmp_path)
    kept = narrowed(load(path), path)
    monkeypatch.setattr(narrow, "cache_folder", lambda what: None)
    own = narrowed(load(path), path)
    assert (own.scale, own.table.dtype) == (kept.scale, kept.table.dtype)
    assert (own.table == kept.table).all()


def test_a_small_table_stays_as_it_is(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(narrow, "LARGE", 64 << 20)
    path = train(tmp_path)
    assert narrowed(load(path), path).table.dtype == np.float32
    assert not cache.exists()
