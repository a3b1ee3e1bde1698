"""A text a line in, one JSON object a line out: in order, as it comes, whatever the bytes."""

import io
import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from tiny_models import SENTENCES, train
from typer.testing import CliRunner

from langid.identify import CARD, Identifier
from langid.support import supported
from manifests.errors import Stop
from pipeline import predict as predicting
from pipeline.cli import app
from pipeline.predict import lines, opened, predict

KEYS = ["label", "score", "top", "script", "script_share", "purity", "han_variant", "supported"]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train(tmp_path_factory.mktemp("model"))


def told(model: Path, raw: bytes) -> list[dict[str, object]]:
    made = "".join(predict(Identifier.load(model), supported(model), io.BytesIO(raw)))
    assert made == "" or made.endswith("\n")
    return [json.loads(line) for line in made.splitlines()]


def test_each_line_has_its_answer_in_order(model: Path) -> None:
    labels = list(SENTENCES)
    found = told(model, "\n".join(SENTENCES[label][0] for label in labels).encode())
    assert [row["label"] for row in found] == labels
    for row in found:
        assert list(row) == KEYS
        assert row["top"][row["label"]] == row["score"]
        assert 0 < row["score"] <= 1
        assert row["script_share"] == 1.0
    assert found[labels.index("cmn_Hani")]["han_variant"] == "Hans"


@pytest.mark.parametrize(
    ("raw", "texts"),
    [
        (b"", []),
        (b"\n", [""]),
        (b"one\n\ntwo", ["one", "", "two"]),
        (b"one\r\ntwo\r\n", ["one", "two"]),
        (b"a\xff\xfeb\n\xc3", ["a\ufffd\ufffdb", "\ufffd"]),
        ("line\u2028and\x0bline\n".encode(), ["line\u2028and\x0bline"]),
        (b"\x00\n", ["\x00"]),
    ],
)
def test_only_line_feeds_end_lines_and_bad_bytes_survive(model: Path, raw: bytes, texts: list[str]) -> None:
    assert [line for batch in lines(io.BytesIO(raw)) for line in batch] == texts
    assert len(told(model, raw)) == len(texts)


def test_lines_with_nothing_to_read_are_undetermined(model: Path) -> None:
    found = told(model, b"\n   \n12 34\n\xff\xff\n")
    assert [(row["label"], row["score"], row["supported"]) for row in found] == [("und_Zzzz", 0.0, None)] * 4


class Trickle:
    """Gives a few bytes at a time, as a pipe may, and fails when read further than was answered."""

    def __init__(self, raw: bytes, step: int) -> None:
        self.given, self._raw, self._step = 0, raw, step

    def read1(self, _: int) -> bytes:
        piece = self._raw[self.given : self.given + self._step]
        self.given += len(piece)
        return piece


def test_lines_are_the_same_however_they_arrive_and_none_waits_for_more() -> None:
    raw = "\n".join([*(text for texts in SENTENCES.values() for text in texts), "", "last"]).encode()
    whole = [line for batch in lines(io.BytesIO(raw)) for line in batch]
    for step in (1, 7, 100):
        assert [line for batch in lines(Trickle(raw, step)) for line in batch] == whole
    trickle = Trickle(b"first\nsecond", 6)
    batches: Iterator[list[str]] = lines(trickle)
    assert next(batches) == ["first"]
    assert trickle.given == 6


def test_batches_are_bounded_and_so_is_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    assert max(len(batch) for batch in lines(io.BytesIO(b"\n" * 20_000))) == predicting.BATCH_LINES
    monkeypatch.setattr(predicting, "LONGEST", 1000)
    monkeypatch.setattr(predicting, "CHUNK_BYTES", 300)
    assert list(lines(io.BytesIO(b"x" * 5000 + b"\nnext"))) == [["x" * 1000], ["next"]]


def test_memory_does_not_grow_with_the_input() -> None:
    class Endless:
        def __init__(self) -> None:
            self.left = 300

        def read1(self, size: int) -> bytes:
            self.left -= 1
            return b"y" * size if self.left > 0 else b""

    tracemalloc.start()
    sizes = [len(batch[0]) for batch in lines(Endless())]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sizes == [predicting.LONGEST]
    assert peak < 6 * predicting.LONGEST


def test_support_is_what_the_models_card_says(tmp_path: Path) -> None:
    path = train(tmp_path)
    text = SENTENCES["eng_Latn"][0].encode()
    assert told(path, text)[0]["supported"] is None
    labels = {"eng_Latn": {"supported": False}, "vie_Latn": {"supported": True}, "yor_Latn": {}}
    (tmp_path / CARD).write_text(json.dumps({"form": "plain", "labels": labels}))
    assert supported(path) == {"eng_Latn": False, "vie_Latn": True}
    assert told(path, text)[0]["supported"] is False


def test_the_command_reads_files_packed_files_and_its_input(model: Path, tmp_path: Path) -> None:
    texts = [SENTENCES[label][1] for label in ("amh_Ethi", "tam_Taml")]
    raw = "\n".join(texts).encode()
    (tmp_path / "texts.txt").write_bytes(raw)
    with pa.CompressedOutputStream(str(tmp_path / "texts.txt.zst"), "zstd") as stream:
        stream.write(raw)
    for place, given in ((tmp_path / "texts.txt", b""), (tmp_path / "texts.txt.zst", b""), ("-", raw)):
        result = CliRunner().invoke(app, ["langid", "predict", str(place), "--lid", str(model)], input=given)
        assert result.exit_code == 0, result.output
        assert [json.loads(line)["label"] for line in result.stdout.splitlines()] == ["amh_Ethi", "tam_Taml"]


def test_a_file_that_is_not_there_or_is_damaged_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(Stop, match=r"Cannot read .*nowhere"), opened(str(tmp_path / "nowhere")):
        pass
    broken = tmp_path / "broken.txt.gz"
    broken.write_bytes(b"no gzip at all")
    with pytest.raises(Stop, match="damaged"), opened(str(broken)) as stream:
        list(lines(stream))
