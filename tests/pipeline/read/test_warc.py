"""WARC, WET and WAT files: what becomes a page or a text, and why the rest does not."""

import contextlib
import gzip
import io
import zlib
from pathlib import Path

import pytest
import zstandard
from archives import PACK, http, page, reasons, records, response, warc
from fastwarc.stream_io import BrotliWriter
from fastwarc.warc import ArchiveIterator
from shared import SHARED, needs_shared
from warcio.archiveiterator import ArchiveIterator as SlowIterator
from warcio.exceptions import ArchiveLoadFailed

from pipeline.extract.media import MEDIA
from pipeline.read.record import Document, Limits, Page, Skipped


def _read(tmp_path: Path, *parts: bytes, limits: Limits = Limits()) -> list[Document | Skipped]:  # noqa: B008
    path = tmp_path / "a.warc"
    path.write_bytes(b"".join(parts))
    return records(path, limits=limits)


def _page(record: Document | Skipped) -> Page:
    assert isinstance(record, Document), record
    assert record.page
    return record.page


def test_a_response_becomes_a_page_with_what_its_record_says(tmp_path: Path) -> None:
    body = page(1)
    (info, found) = _read(
        tmp_path,
        warc("warcinfo", b"software: test\r\nisPartOf: TEST-MAIN-2024-10\r\n"),
        warc("response", http(body, "200 OK", "Text/HTML; Charset=ISO-8859-1"), 7, warc_target_uri="<http://a.test/x>"),
    )
    assert isinstance(info, Skipped)
    assert info.reason == "warcinfo"
    assert found == Document(
        found.position,
        page=Page(body, "iso-8859-1", "text/html"),
        source_id="<urn:uuid:00000000-0000-4000-8000-000000000007>",
        url="http://a.test/x",
        date="2024-02-29T12:00:00Z",
        dump="TEST-MAIN-2024-10",
    )


def test_later_units_know_the_name_of_the_crawl(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    parts = [warc("warcinfo", b"isPartOf: TEST-1\r\n"), *(response(number, page(number)) for number in range(30))]
    path.write_bytes(b"".join(map(PACK["gzip"], parts)))
    found = records(path, 5000)
    assert {record.dump for record in found if isinstance(record, Document)} == {"TEST-1"}


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (warc("request", b"GET / HTTP/1.1\r\n\r\n"), "request"),
        (warc("metadata", b"fetchTimeMs: 1\r\n"), "metadata"),
        (warc("revisit", b"HTTP/1.1 200 OK\r\n\r\n"), "revisit"),
        (warc("continuation", b"more"), "continuation"),
        (warc("strange", b"?"), "record_type"),
        (response(1, page(1), "404 Not Found"), "not_200"),
        (response(1, page(1), "301 Moved"), "not_200"),
        (response(1, b"\x89PNG", "200 OK", "image/png"), "not_text"),
        (response(1, b"{}", "200 OK", "application/json"), "not_text"),
        (response(1, b"a{}", "200 OK", "text/css"), "not_text"),
        (response(1, b"%PDF", "200 OK", ""), "not_text"),
        (response(1, b""), "empty"),
        (response(1, b" \r\n "), "empty"),
        (response(1, page(1), "200 OK", "text/html", "Content-Encoding: pack200-gzip"), "encoding"),
        (response(1, b"\x00junk", "200 OK", "text/html", "Content-Encoding: br"), "encoding"),
        (warc("response", b"1.2.3.4", 1, content_type="text/dns"), "not_http"),
        (warc("resource", b"GIF89a", 1, content_type="image/gif"), "not_text"),
        (warc("conversion", b"  ", 1, content_type="text/plain"), "empty"),
        (response(1, page(1)), "page"),
        (response(1, page(1), "200", "application/xhtml+xml"), "page"),
        (response(1, b"plain words", "200 OK", "text/plain"), "page"),
        (response(1, page(1), "200 OK", ""), "page"),
        (warc("response", page(1), 1, content_type="application/http"), "page"),
        (warc("response", b"HTTP/2 200\n\n" + page(1), 1, warc_identified_payload_type="text/html"), "page"),
        (warc("resource", page(1), 1, content_type="text/html"), "page"),
        (warc("conversion", "Ọjọ́ dára".encode(), 1, content_type="text/plain"), "text"),
    ],
)
def test_each_record_has_its_reason(record: bytes, expected: str, tmp_path: Path) -> None:
    assert reasons(_read(tmp_path, record, response(2, page(2)))) == [expected, "page"]


def test_line_feeds_alone_and_missing_blank_lines_are_taken(tmp_path: Path) -> None:
    bare = response(1, page(1)).replace(b"\r\n", b"\n")
    bare = bare.replace(
        b"Content-Length: %d" % len(http(page(1))), b"content-length:%d" % len(http(page(1)).replace(b"\r\n", b"\n"))
    )
    assert reasons(_read(tmp_path, bare, response(2, page(2)).rstrip(), response(3, page(3)))) == ["page"] * 3


def test_header_lines_may_be_folded_and_doubled(tmp_path: Path) -> None:
    head = (
        b"HTTP/1.1 200 OK\r\nX-A: 1\r\nContent-Type: text/html;\r\n\tcharset=koi8-r\r\nContent-Type: image/png\r\n\r\n"
    )
    (found,) = _read(tmp_path, warc("response", head + page(1), 1))
    assert _page(found) == Page(page(1), "koi8-r", "text/html")


BODY = page(5, 40)
CHUNKED = (
    b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (BODY[:100], BODY[100:1111], BODY[1111:])) + b"0\r\n\r\n"
)
RAW_DEFLATE = zlib.compressobj(wbits=-15)


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (CHUNKED, ["Transfer-Encoding: chunked"]),
        (BODY, ["Transfer-Encoding: chunked"]),
        (CHUNKED.replace(b"\r\n0\r\n\r\n", b""), ["Transfer-Encoding: chunked"]),
        (gzip.compress(BODY), ["Content-Encoding: gzip"]),
        (gzip.compress(BODY[:99]) + gzip.compress(BODY[99:]), ["Content-Encoding: x-gzip"]),
        (BODY, ["Content-Encoding: gzip"]),
        (zlib.compress(BODY), ["Content-Encoding: deflate"]),
        (RAW_DEFLATE.compress(BODY) + RAW_DEFLATE.flush(), ["Content-Encoding: Deflate"]),
        (BODY, ["Content-Encoding: br"]),
        (BODY, ["Content-Encoding: identity"]),
        (zstandard.compress(BODY), ["Content-Encoding: zstd"]),
        (zlib.compress(gzip.compress(BODY)), ["Content-Encoding: gzip, deflate"]),
    ],
)
def test_bodies_are_freed_of_their_encodings(body: bytes, headers: list[str], tmp_path: Path) -> None:
    (found,) = _read(tmp_path, response(1, body, "200 OK", "text/html", *headers))
    assert _page(found).body == BODY


def test_brotli_is_decoded(tmp_path: Path) -> None:
    packed = io.BytesIO()
    writer = BrotliWriter(packed)
    writer.write(BODY)
    writer.finish()
    writer.close()
    (found,) = _read(tmp_path, response(1, packed.getvalue(), "200 OK", "text/html", "Content-Encoding: br"))
    assert _page(found).body == BODY


def test_a_cut_encoded_body_is_kept_as_far_as_it_goes(tmp_path: Path) -> None:
    (found,) = _read(tmp_path, response(1, gzip.compress(BODY)[:-200], "200 OK", "text/html", "Content-Encoding: gzip"))
    assert BODY.startswith(_page(found).body)
    assert len(_page(found).body) > 100


def test_long_pages_are_cut_and_bombs_refused(tmp_path: Path) -> None:
    limits = Limits(max_page_bytes=200_000, max_ratio=100)
    long, zeros = b"<p>" + page(1, 2000), bytes(1 << 20)
    found = _read(
        tmp_path,
        response(1, long),
        response(2, gzip.compress(zeros), "200 OK", "text/html", "Content-Encoding: gzip"),
        response(3, gzip.compress(gzip.compress(zeros)), "200 OK", "text/html", "Content-Encoding: gzip, gzip"),
        response(4, zstandard.compress(zeros), "200 OK", "text/html", "Content-Encoding: zstd"),
        response(5, page(5)),
        limits=limits,
    )
    assert reasons(found) == ["page", "bomb", "bomb", "bomb", "page"]
    assert _page(found[0]).body == long[:200_000]


def test_what_is_worth_nothing_in_part_is_not_cut(tmp_path: Path) -> None:
    found = _read(
        tmp_path,
        response(1, b"x" * 500_000, "200 OK", "text/vtt"),
        response(2, b"x" * (MEDIA["text/vtt"].max_bytes + 1), "200 OK", "text/vtt"),
        warc("resource", b"x" * 300_000, 3, content_type="application/x-subrip"),
        limits=Limits(max_page_bytes=1000),
    )
    assert reasons(found) == ["page", "too_large", "page"]
    assert [len(_page(found[place]).body) for place in (0, 2)] == [500_000, 300_000]


def test_what_the_crawler_cut_is_read_only_where_a_part_is_worth_something(tmp_path: Path) -> None:
    cut = {"warc_truncated": "length", "warc_target_uri": "http://site.test/1"}
    found = _read(
        tmp_path,
        warc("response", http(page(1)), 1, **cut),
        warc("response", http(b"%PDF-1.7", "200 OK", "application/pdf"), 2, **cut),
        warc("resource", b"%PDF-1.7", 3, content_type="application/pdf", **cut),
    )
    assert reasons(found) == ["page", "truncated", "truncated"]


def test_a_record_beyond_the_limit_is_skipped_without_being_held(tmp_path: Path) -> None:
    limits = Limits(max_record_bytes=20_000)
    found = _read(tmp_path, response(1, page(1)), response(2, bytes(3_000_000)), response(3, page(3)), limits=limits)
    assert reasons(found) == ["page", "too_long", "page"]


class TestDamage:
    """What is broken is told with its place, and reading goes on behind it."""

    def test_content_length_too_short(self, tmp_path: Path) -> None:
        bad = warc("response", http(page(1)), 1, content_length="100")
        assert reasons(_read(tmp_path, response(0, page(0)), bad, response(2, page(2)))) == ["page", "damaged", "page"]

    @pytest.mark.parametrize("more", [2, 9, 30, 700])
    def test_content_length_too_long_swallows_no_record(self, more: int, tmp_path: Path) -> None:
        bad = warc("response", http(page(1)), 1, content_length=str(len(http(page(1))) + more))
        found = _read(tmp_path, response(0, page(0)), bad, *(response(number, page(number)) for number in (2, 3)))
        assert reasons(found) == ["page", "damaged", "page", "page"] if more > 4 else ["page"] * 4
        assert [record.url for record in found[-2:] if isinstance(record, Document)] == [
            "http://site.test/2",
            "http://site.test/3",
        ]

    @pytest.mark.parametrize("length", ["-5", "many", "", "9" * 30, "１２"])
    def test_content_length_that_is_no_number(self, length: str, tmp_path: Path) -> None:
        bad = warc("response", http(page(1)), 1, content_length=length)
        assert reasons(_read(tmp_path, bad, response(2, page(2)))) == ["damaged", "page"]

    def test_positions_behind_a_swallowed_record_are_true(self, tmp_path: Path) -> None:
        bad = warc("response", http(page(1)), 1, content_length=str(len(http(page(1))) + 500))
        data = bad + response(2, page(2)) + response(3, page(3))
        found = _read(tmp_path, data)
        assert [record.position.frame for record in found] == [0, len(bad), len(bad) + len(response(2, page(2)))]
        path = tmp_path / "a.warc.gz"
        path.write_bytes(gzip.compress(data))
        assert [record.position for record in records(path)] == [(0, record.position.frame) for record in found]

    def test_junk_between_records(self, tmp_path: Path) -> None:
        junk = b"<p>WARC/1.0 is not here\r\n" * 5000
        found = _read(tmp_path, response(1, page(1)), junk, response(2, page(2)))
        assert reasons(found) == ["page", "damaged", "page"]

    def test_a_head_that_never_ends(self, tmp_path: Path) -> None:
        assert reasons(_read(tmp_path, b"WARC/1.0\r\n" + b"X: y\r\n" * 20_000)) == ["damaged"]

    @pytest.mark.parametrize("codec", ["none", "gzip", "zstd", "lz4"])
    def test_a_file_cut_anywhere(self, codec: str, tmp_path: Path) -> None:
        parts = [PACK[codec](response(number, page(number, 40))) for number in range(4)]
        data = b"".join(parts)
        path = tmp_path / f"a.warc.{codec}"
        for cut in range(len(data) - len(parts[-1]) + 40, len(data) - 8, 97):
            path.write_bytes(data[:cut])
            found = reasons(records(path))
            assert found[:3] == ["page"] * 3
            assert set(found[3:]) == {"damaged"}, cut

    @pytest.mark.parametrize("codec", ["gzip", "zstd", "lz4"])
    def test_a_changed_byte_anywhere_costs_one_record(self, codec: str, tmp_path: Path) -> None:
        parts = [PACK[codec](response(number, page(number, 30))) for number in range(5)]
        path = tmp_path / f"a.warc.{codec}"
        good = [record.page for record in _records(path, parts) if isinstance(record, Document)]
        for at in range(0, len(parts[2]), 41):
            bad = bytearray(parts[2])
            bad[at] ^= 0x55
            found = _records(path, [*parts[:2], bytes(bad), *parts[3:]])
            pages = [record.page for record in found if isinstance(record, Document)]
            assert pages in (good[:2] + good[3:], good), at

    def test_zeros_between_members_are_padding(self, tmp_path: Path) -> None:
        path = tmp_path / "a.warc.gz"
        parts = [PACK["gzip"](response(number, page(number))) for number in range(3)]
        assert reasons(_records(path, [parts[0], bytes(700), parts[1], parts[2], bytes(512)])) == ["page"] * 3

    def test_a_damaged_first_member(self, tmp_path: Path) -> None:
        path = tmp_path / "a.warc.gz"
        parts = [PACK["gzip"](response(number, page(number))) for number in range(3)]
        assert reasons(_records(path, [parts[0][30:], parts[1], parts[2]])) == ["damaged", "page", "page"]


def _records(path: Path, parts: list[bytes]) -> list[Document | Skipped]:
    path.write_bytes(b"".join(parts))
    return records(path)


def test_a_zstd_archive_may_carry_its_dictionary(tmp_path: Path) -> None:
    parts = [response(number, page(number)) for number in range(200)]
    trained = zstandard.train_dictionary(4096, [*parts])
    for kept in (trained.as_bytes(), zstandard.compress(trained.as_bytes())):
        path = tmp_path / "a.warc.zst"
        packer = zstandard.ZstdCompressor(dict_data=trained)
        head = b"\x5d\x2a\x4d\x18" + len(kept).to_bytes(4, "little") + kept
        path.write_bytes(head + b"".join(map(packer.compress, parts)))
        assert reasons(records(path)) == ["page"] * 200
        assert records(path, 20_000) == records(path)


def _count(found: object) -> int:
    """Records that an iterator gives before it ends or breaks."""
    count = 0
    with contextlib.suppress(OSError, ArchiveLoadFailed), contextlib.redirect_stderr(io.StringIO()):
        for _ in found:  # type: ignore[attr-defined]
            count += 1
    return count


@needs_shared
def test_no_published_archive_gives_fewer_records_than_other_readers_find() -> None:
    assert SHARED
    files = sorted([*(SHARED / "web" / "small").iterdir(), *(SHARED / "web" / "broken").iterdir()])
    assert len(files) >= 27
    table = {}
    for path in files:
        with path.open("rb") as fast, path.open("rb") as quirky, path.open("rb") as slow:
            others = (
                _count(ArchiveIterator(fast)),
                _count(ArchiveIterator(quirky, parse_http=False, quirks_mode=True)),
                _count(SlowIterator(slow)),
            )
        table[path.name] = (len(records(path)), *others)
    assert not {name: counts for name, counts in table.items() if counts[0] < max(counts)}
    assert sum(counts[0] for counts in table.values()) >= 690


@needs_shared
def test_units_of_published_archives_give_the_same_records() -> None:
    assert SHARED
    for path in sorted([*(SHARED / "web" / "small").iterdir(), *(SHARED / "web" / "broken").iterdir()]):
        whole = records(path)
        for size in (20_000, 150_000):
            assert records(path, size) == whole, path.name
