"""However a file is cut into units, each record is read once, and has the same position."""

import gzip
import random
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xxhash
from archives import PACK, document, jsonl, page, records, response, units, warc
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.read.cut import cut
from pipeline.read.place import File
from pipeline.read.record import Skipped

SIZES = (1500, 4096, 10_001, 33_333, 100_000)


def _slices(data: bytes, rng: random.Random, least: int, most: int) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        size = rng.randint(least, most)
        yield data[at : at + size]
        at += size


def _files() -> dict[str, bytes]:
    rng = random.Random(7)  # noqa: S311
    lines = jsonl(document(number, 1 + number % 9) for number in range(200))
    noise = [response(number, rng.randbytes(rng.choice((10, 900, 9000)))) for number in range(60)]
    pages = [warc("warcinfo", b"isPartOf: TEST-2024\r\n"), *(response(number, page(number)) for number in range(60))]
    archive = [record for pair in zip(pages, noise, strict=False) for record in pair]
    files = {
        "lines.jsonl": lines,
        "no-last-line-end.jsonl": lines[:-1],
        "blank-lines.jsonl": lines.replace(b"\n", b"\n\n\r\n"),
        "records.warc": b"".join(archive),
        "text.txt": "\n".join(f"{number} line of text" for number in range(1000)).encode(),
    }
    for codec in ("gzip", "zstd", "lz4", "bz2", "xz"):
        pack = PACK[codec]
        files[f"one-frame.jsonl.{codec}"] = pack(lines)
        files[f"frame-a-line.jsonl.{codec}"] = b"".join(pack(line) for line in lines.splitlines(keepends=True)[:100])
        files[f"lines-across-frames.jsonl.{codec}"] = b"".join(map(pack, _slices(lines, rng, 10, 9000)))
        if codec not in {"bz2", "xz"}:
            files[f"frame-a-record.warc.{codec}"] = b"".join(map(pack, archive))
            files[f"one-frame.warc.{codec}"] = pack(b"".join(archive))
            files[f"records-across-frames.warc.{codec}"] = b"".join(
                map(pack, _slices(b"".join(archive), rng, 500, 9000))
            )
    return files


FILES = _files()


@pytest.mark.parametrize("name", FILES)
def test_every_record_is_in_one_unit_whatever_the_unit_size(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(FILES[name])
    whole = records(path, text_unit="line")
    assert len(whole) >= 100
    assert len({record.position for record in whole}) == len(whole)
    for size in SIZES:
        assert records(path, size, text_unit="line") == whole, size


@pytest.mark.parametrize("name", ["lines.jsonl", "frame-a-line.jsonl.zstd", "frame-a-record.warc.gzip", "records.warc"])
def test_files_of_many_frames_are_cut(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(FILES[name])
    assert len([unit for unit in units(path, 10_000) if list(unit)]) > 2


@pytest.mark.parametrize("name", ["one-frame.jsonl.gzip", "one-frame.jsonl.zstd", "one-frame.warc.gzip"])
def test_a_file_of_one_frame_is_one_unit(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(FILES[name])
    assert len(units(path, 1000)) == 1


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lines=st.lists(st.integers(0, 300), min_size=1, max_size=40),
    frames=st.lists(st.integers(1, 2000), min_size=1, max_size=8),
    codec=st.sampled_from(sorted(PACK)),
    unit_bytes=st.integers(1, 5000),
)
def test_lines_of_any_length_in_frames_of_any_size(
    tmp_path: Path, lines: list[int], frames: list[int], codec: str, unit_bytes: int
) -> None:
    data = jsonl({"text": "x" * (1 + length), "id": number} for number, length in enumerate(lines))
    packed, at, turn = b"", 0, 0
    while at < len(data):
        packed += PACK[codec](data[at : at + frames[turn % len(frames)]])
        at += frames[turn % len(frames)]
        turn += 1
    path = tmp_path / f"a.jsonl.{codec}"
    path.write_bytes(packed)
    found = records(path, unit_bytes)
    assert [record.source_id for record in found if not isinstance(record, Skipped)] == [
        str(number) for number in range(len(lines))
    ]
    assert found == records(path)


def test_an_archive_inside_a_page_is_no_border(tmp_path: Path) -> None:
    """A page that is a WARC file itself does not compress: its members stand in ours byte for byte."""
    rng = random.Random(3)  # noqa: S311
    inner = b"".join(gzip.compress(response(1000 + number, rng.randbytes(3000)), mtime=0) for number in range(20))
    path = tmp_path / "a.warc.gz"
    members = [
        gzip.compress(response(number, inner if number % 3 else page(number)), 0 if number % 2 else 9, mtime=0)
        for number in range(12)
    ]
    path.write_bytes(b"".join(members))
    whole = records(path)
    assert len(whole) == 12
    for size in (5000, 20_000, 61_000, 130_000):
        assert records(path, size) == whole


def test_a_record_inside_a_plain_record_is_no_border(tmp_path: Path) -> None:
    inner = b"".join(response(1000 + number, page(number)) for number in range(30))
    path = tmp_path / "a.warc"
    path.write_bytes(b"".join(response(number, b"<p>" + inner) for number in range(6)))
    whole = records(path)
    assert len(whole) == 6
    for size in (1000, 5000, 40_000):
        assert records(path, size) == whole


@pytest.mark.parametrize("codec", ["gzip", "zstd"])
@pytest.mark.parametrize("kind", ["warc", "jsonl"])
def test_damage_hides_no_more_in_units_than_in_the_whole(codec: str, kind: str, tmp_path: Path) -> None:
    rng = random.Random(11)  # noqa: S311
    path = tmp_path / f"a.{kind}.{codec}"
    for _ in range(6):
        parts = [
            response(number, page(number)) if kind == "warc" else jsonl([document(number)]) for number in range(80)
        ]
        frames = [PACK[codec](part) for part in parts]
        for number in rng.sample(range(1, 80), 8):
            frame = bytearray(frames[number])
            if rng.random() < 0.5:
                frame[rng.randrange(8, len(frame))] ^= 0xFF
            else:
                del frame[rng.randrange(1, len(frame)) :]
            frames[number] = bytes(frame)
        path.write_bytes(b"".join(frames))
        whole = records(path)
        assert len([record for record in whole if not isinstance(record, Skipped)]) >= 80 - 2 * 8 - 1
        for size in (300, 5000, 20_000):
            assert records(path, size) == whole


@pytest.mark.parametrize("name", ["lines.jsonl", "lines-across-frames.jsonl.gzip", "frame-a-record.warc.zstd"])
def test_the_digest_is_of_the_raw_bytes_of_the_unit(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(FILES[name])
    (unit,) = units(path)
    assert list(unit)
    assert unit.digest == xxhash.xxh3_128_hexdigest(FILES[name])


def test_a_changed_byte_changes_the_digest_of_one_unit(tmp_path: Path) -> None:
    data = FILES["lines.jsonl"]
    path = tmp_path / "a.jsonl"

    def digests(content: bytes) -> list[str]:
        path.write_bytes(content)
        return [(list(unit), unit.digest)[1] for unit in units(path, 7000)]

    before = digests(data)
    assert len(set(before)) > 10
    for at in range(0, len(data), 9973):
        changed = digests(data[:at] + b"?" + data[at + 1 :])
        assert [number for number, digest in enumerate(changed) if digest != before[number]] == [at // 7000]


def test_row_groups_are_gathered_into_units(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    table = pa.table({"text": [document(number)["text"] for number in range(1000)]})
    pq.write_table(table, path, row_group_size=100)
    whole = records(path)
    assert [record.position for record in whole] == [(number // 100, number % 100) for number in range(1000)]
    for size in SIZES:
        assert records(path, size) == whole
    assert len(units(path, 1)) == 10
    assert len(units(path, 1 << 30)) == 1


def test_ranges_cover_the_file_and_do_not_overlap(tmp_path: Path) -> None:
    path = tmp_path / "lines.jsonl"
    path.write_bytes(FILES["lines.jsonl"])
    file = File(str(path), path.name, path.stat().st_size, "1")
    ranges = cut(file, "jsonl", "none", 1000)
    assert ranges[0][0] == 0
    assert ranges[-1][1] == file.size
    assert all(before[1] == after[0] for before, after in pairwise(ranges))
