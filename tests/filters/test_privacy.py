"""Personal data: what is found, what only looks like it, and what masking leaves alone."""

import hashlib
import ipaddress
import json

import pyarrow as pa
import pytest
import zstandard
from found import found
from hypothesis import given, settings
from hypothesis import strategies as st
from shared import SHARED, needs_shared

from filters.personal.addresses import RESERVED
from filters.privacy import EMAIL, IP, KINDS, TYPE, VERSION, annotations, find, mask, tally
from manifests import schema


def masked(text: str) -> str:
    texts = pa.array([text])
    return str(mask(texts, find(texts))[0].as_py())


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Write to anna.k956@news.test today.", "anna.k956@news.test"),
        ("info@example.com", "info@example.com"),
        ("<a_b+c%d-e@mail.example.co.uk>", "a_b+c%d-e@mail.example.co.uk"),
        ("mailto:Jo@Example.ORG?subject=x", "Jo@Example.ORG"),
        ("...root@host.example.org...", "root@host.example.org"),
        ("--list-owner@lists.example.org, please", "list-owner@lists.example.org"),
        ("x@example.com-based", "x@example.com"),
        ("x@example.com_y", "x@example.com"),
        ("me@xn--bcher-kva.example", "me@xn--bcher-kva.example"),
        ("me@example.xn--p1ai!", "me@example.xn--p1ai"),
        ("(0@1.example)", "0@1.example"),
        ("Yazın: ayşe.yılmaz@örnek.example adresine", "ayşe.yılmaz@örnek.example"),
        ("Пишите: иван.петров@почта.рф, ждём.", "иван.петров@почта.рф"),
        ("Пишите на ivan@почта.рф.", "ivan@почта.рф"),
        ("γράψτε στο νίκος@παράδειγμα.ελ σήμερα", "νίκος@παράδειγμα.ελ"),
        ("راسلنا على بريد@مثال.اختبار اليوم", "بريد@مثال.اختبار"),
        ("ई-मेल: संपर्क@उदाहरण.परीक्षा पर", "संपर्क@उदाहरण.परीक्षा"),
        ("联系邮箱abc@example.com谢谢", "abc@example.com"),
        ("メールはabc@example.jpまで", "abc@example.jp"),
        ("문의는user@example.kr로", "user@example.kr"),
        ("ติดต่อadmin@example.thได้", "admin@example.th"),
        ("ទំនាក់ទំនងinfo@example.khបាន", "info@example.kh"),
        ("đến nguyễn@example.vn nhé", "nguyễn@example.vn"),
        ("kan sí adé@example.ng lónìí", "adé@example.ng"),
        ("ኢሜይል፦abebe@example.et።", "abebe@example.et"),
        ("“quoted@example.com”", "quoted@example.com"),
    ],
)
def test_an_email_address_is_found_in_any_script(text: str, address: str) -> None:
    assert found(text) == [(address, "email")]


@pytest.mark.parametrize(
    "text",
    [
        "@handle and @other.name",
        "name @ example.com",
        "user@localhost",
        "left-pad@1.2.3",
        "package@next",
        "icon@2x.png",
        "a@b.c",
        "a@.com",
        "a@-b.com",
        "a@b..com",
        "@@@@",
        "@",
        "a@b",
        'nyamwange. @@"Amen kuru',
        "word@слово",
        "用户@名字",
        "x@example.c0m",
        "",
    ],
)
def test_what_only_holds_an_at_sign_is_not_an_address(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Server 62.38.170.158 answered.", "62.38.170.158"),
        ("104.26.88.180", "104.26.88.180"),
        ("http://91.99.84.202:8080/x", "91.99.84.202"),
        ("地址是212.13.16.76。", "212.13.16.76"),
        ("עם הכתובת 5.188.75.185, נסו", "5.188.75.185"),
        ("(5.252.222.244)", "5.252.222.244"),
        ("from 81.80.159.0/24", "81.80.159.0"),
        ("ends with 8.8.4.40.", "8.8.4.40"),
        ("2a01:4f8:c17:b0f::2 is up", "2a01:4f8:c17:b0f::2"),
        ("[2606:4700:10::6816:826]:443", "2606:4700:10::6816:826"),
        ("2a01:0db8:0000:0000:0000:0000:0000:0001.", "2a01:0db8:0000:0000:0000:0000:0000:0001"),
    ],
)
def test_a_public_ip_address_is_found(text: str, address: str) -> None:
    assert found(text) == [(address, "ip")]


def test_both_ends_of_a_range_are_found() -> None:
    assert found("62.38.170.158-62.38.170.200") == [("62.38.170.158", "ip"), ("62.38.170.200", "ip")]


@pytest.mark.parametrize("block", [block for block in RESERVED if "." in block])
def test_addresses_of_reserved_blocks_stay(block: str) -> None:
    network = ipaddress.ip_network(block)
    for address in (network[0], network[-1], network[network.num_addresses // 2]):
        assert found(f"at {address} now") == []
    before = int(network[0]) - 1
    if before > 0:
        neighbour = ipaddress.IPv4Address(before)
        inside = any(neighbour in ipaddress.ip_network(other) for other in RESERVED if "." in other)
        assert bool(found(f"at {neighbour} now")) != inside


@pytest.mark.parametrize(
    "text",
    [
        "10.0.0.1 and 192.168.1.1 and 127.0.0.1",
        "version 1.2.3.4.5",
        "linux-image-62.38.170.158",
        "62.38.170.158-1ubuntu2",
        "62.38.170.158-r4",
        "62.38.170.158+dfsg",
        "62.38.170.158~rc1",
        "v62.38.170.158",
        "62.38.170.158a",
        "62.38.170.158.7",
        "7.62.38.170.158",
        "662.38.170.158 and 62.38.170.258",
        "062.38.170.158",
        "62.38.170",
        "see section 1.2.3.4",
        "1.000.000.000",
        "٦٢٫٣٨٫١٧٠٫١٥٨ ६२.३८.१७०.१५८ ６２．３８．１７０．１５８",
        "2019:05:04 12:30:00",
        "2021: the year",
        "2001:db8::1 and fe80::1 and ::1 and 3fff::2 and 2001::5",
        "00:1a:2b:3c:4d:5e",
        "std::2a01",
        "2a01:2a01:2a01:2a01:2a01:2a01:2a01:2a01:2a01",
        "12:34:56.789",
    ],
)
def test_private_addresses_versions_and_numbers_are_not_found(text: str) -> None:
    assert found(text) == []


def test_spans_are_bytes_of_each_text_in_order() -> None:
    texts = pa.array(
        ["skipped a@b.example", "né é@é.example, 62.38.170.158 x@y.example", "", "—", "b@c.example"]
    ).slice(1)
    spans = find(texts)
    assert spans.type == TYPE
    assert spans.to_pylist() == [
        [4, 17, EMAIL, 19, 32, IP, 33, 44, EMAIL],
        [],
        [],
        [0, 11, EMAIL],
    ]
    assert mask(texts, spans).to_pylist() == ["né <email>, <ip> <email>", "", "—", "<email>"]


def test_annotations_are_slices_of_the_text() -> None:
    texts = pa.array(["x", "𝒳 né a@b.example, +44 20 7946 0018", "", "ที่ 62.38.170.158", "ไม่มี"]).slice(1)
    told = annotations(texts, find(texts))
    assert told.type == schema.PII
    assert told.to_pylist() == [
        [{"start": 5, "end": 16, "kind": "email"}, {"start": 18, "end": 34, "kind": "phone"}],
        [],
        [{"start": 4, "end": 17, "kind": "ip"}],
        [],
    ]
    assert annotations(texts.slice(3), find(texts.slice(3))).to_pylist() == [[]]
    assert tally(find(texts)) == {"email": 1, "ip": 1, "phone": 1}
    assert tally(find(texts.slice(3))) == {}


def test_text_without_personal_data_is_handed_on() -> None:
    texts = pa.array(["ቡና", "กาแฟ"])
    assert mask(texts, find(texts)) is texts
    assert find(pa.array([], pa.string())).to_pylist() == []


def test_more_finds_than_expected_are_all_found() -> None:
    text = "a@b.example 62.38.170.158 " * 2000
    assert masked(text) == "<email> <ip> " * 2000


def test_addresses_that_run_together_do_not_overlap() -> None:
    assert masked("a@b.example@c.example") == "<email>@c.example"
    assert masked("é@b.example@c.example") == "<email>@c.example"


def test_a_change_of_what_is_found_asks_for_a_new_version() -> None:
    texts = pa.array([f"{first}{second} {third}" for first in PIECES for second in PIECES for third in PIECES])
    digest = hashlib.blake2b(repr(find(texts).to_pylist()).encode(), digest_size=8)
    assert (VERSION, digest.hexdigest()) == (2, "823c9c372007ca44")


PIECES = (
    "a@b.example",
    "иван@почта.рф",
    "62.38.170.158",
    "10.0.0.1",
    "1.2.3.4.5",
    "2a01:4f8::2",
    "邮箱",
    "é",
    "กาแฟ",
    "@",
    ".",
    "-",
    ":",
    " ",
    "\n",
    "x",
    "com",
    "٣",
    "😀",
    "+44 20 7946 0018",
    "tel",
    "0712345678",
    "४१११ ११११ ११११ ११११",
    "DE89370400440532013000",
)


@settings(max_examples=500, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=4)), max_size=12).map("".join))
def test_masking_keeps_all_outside_the_spans_and_cuts_no_character(text: str) -> None:
    raw = text.encode()
    texts = pa.array([text])
    spans = find(texts)[0].as_py()
    starts, ends, kinds = spans[::3], spans[1::3], spans[2::3]
    edges = [edge for pair in zip(starts, ends, strict=True) for edge in pair]
    assert edges == sorted(edges)
    kept = []
    free = 0
    for start, end, kind in zip(starts, ends, kinds, strict=True):
        assert start < end
        raw[start:end].decode()
        kept += [raw[free:start].decode(), KINDS[kind].mark]
        free = end
    assert masked(text) == "".join([*kept, raw[free:].decode()])
    assert find(pa.array(["before", text, "after"])).to_pylist() == [[], spans, []]


@needs_shared
def test_what_is_planted_in_real_documents_is_found_and_little_else() -> None:
    """Over all documents; what is found in those that nothing was planted in counts as wrong, be it real or not."""
    assert SHARED is not None
    planted: dict[str, set[tuple[int, int, int]]] = {name: set() for name in ("email", "ip", "phone", "iban", "card")}
    got: dict[str, set[tuple[int, int, int]]] = {name: set() for name in planted}
    number = 0
    for file in ("noisy.jsonl.zst", "docs.jsonl.zst"):
        with zstandard.open(SHARED / "docs" / file, "rt", encoding="utf-8") as lines:
            rows = [json.loads(line) for line in lines]
        for row, spans in zip(rows, find(pa.array([row["text"] for row in rows])).to_pylist(), strict=True):
            number += 1
            for start, end, kind in row["params"]["spans"] if row.get("noise") == "pii" else ():
                if kind in planted:
                    edges = [len(row["text"][:edge].encode()) for edge in (start, end)]
                    planted[kind].add((number, edges[0], edges[1]))
            for start, end, kind in zip(spans[::3], spans[1::3], spans[2::3], strict=True):
                got[KINDS[kind].name].add((number, start, end))
    assert number > 14000
    for name in ("email", "ip", "phone"):
        right = len(planted[name] & got[name])
        print(f"{name}: {right} of {len(planted[name])} planted found, {len(got[name]) - right} others")
        assert len(planted[name]) > 150
        assert right >= 0.98 * len(planted[name])
        assert right >= 0.98 * len(got[name])
    assert not got["iban"]
    assert not got["card"]
