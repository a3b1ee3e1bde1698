"""Streams of xz: bounded in memory, cut where streams begin, and told by their heads."""

import lzma
import zlib
from pathlib import Path

import pytest
from archives import document, jsonl, records

from pipeline.read.codec import CODECS, codec_of
from pipeline.read.kinds import detect
from pipeline.read.record import Skipped


def test_a_head_whose_checksum_is_wrong_begins_no_stream() -> None:
    stream = lzma.compress(b"text", preset=0)
    assert codec_of(stream) == "xz"
    assert codec_of(stream[:8] + bytes([stream[8] ^ 1]) + stream[9:]) == "none"


def test_a_bomb_comes_in_pieces() -> None:
    decoder = CODECS["xz"].decoder(None)
    size = len(decoder.decompress(lzma.compress(bytes(20 << 20), preset=0), 1000))
    assert size == 1000
    assert not decoder.needs_input


def test_a_dictionary_that_does_not_fit_is_damage_and_no_crash(tmp_path: Path) -> None:
    lines = jsonl(document(number, 2) for number in range(3))
    stream = bytearray(lzma.compress(lines, preset=0))
    head = stream[12 : 12 + 4 * (stream[12] + 1)]
    head[head.index(0x21) + 2] = 30  # 128 MB, and the decoder needs some itself
    head[-4:] = zlib.crc32(bytes(head[:-4])).to_bytes(4, "little")
    stream[12 : 12 + len(head)] = head
    path = tmp_path / "greedy.jsonl.xz"
    path.write_bytes(bytes(stream))
    (told,) = records(path)
    assert isinstance(told, Skipped)
    assert told.reason == "damaged"


@pytest.mark.parametrize("size", [64 << 10, 1 << 20])
def test_streams_one_after_another_with_padding_are_one_file(size: int, tmp_path: Path) -> None:
    lines = jsonl(document(number, 1 + number % 9) for number in range(100))
    half = lines.index(b"\n", len(lines) // 2) - 7  # inside a line
    path = tmp_path / "two.jsonl.xz"
    path.write_bytes(lzma.compress(lines[:half], preset=0) + bytes(8) + lzma.compress(lines[half:], preset=0))
    assert detect(path.read_bytes(), path.name).kind == "jsonl"
    assert len(records(path, size)) == 100
