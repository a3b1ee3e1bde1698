"""Translation memories: what was put in comes out, and a broken unit costs itself alone."""

from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest
from archives import PACK, SENTENCES, reasons, records

from pipeline.read.kinds import detect
from pipeline.read.record import Document, Limits, Skipped

HEAD = '<?xml version="1.0" encoding="{}"?>\n<!DOCTYPE tmx SYSTEM "tmx14.dtd">\n<tmx version="1.4">\n'
HEADER = '<header srclang="en" datatype="PlainText"><note>a &lt;tu&gt;</note></header>\n<body>\n'


def tuv(language: str, seg: str) -> str:
    return f'<tuv xml:lang="{language}">\n<seg>{seg}</seg></tuv>\n'


def tu(*tuvs: str, name: str = "") -> str:
    return f"<tu{f' tuid={chr(34)}{name}{chr(34)}' if name else ''}>\n{''.join(tuvs)}</tu>\n"


def tmx(*units: str, encoding: str = "UTF-8") -> str:
    return HEAD.format(encoding) + HEADER + "".join(units) + "</body>\n</tmx>\n"


def _read(tmp_path: Path, data: bytes | str, **how: Any) -> list[Document | Skipped]:
    path = tmp_path / "a.tmx"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return records(path, **how)


def _texts(found: list[Document | Skipped]) -> list[str | None]:
    return [record.text for record in found if isinstance(record, Document)]


PAIRS = tmx(*(tu(tuv("x", one), tuv("y", other)) for one, other in zip(SENTENCES, reversed(SENTENCES), strict=True)))


@pytest.mark.parametrize("codec", PACK)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_versions_of_a_unit_share_a_group(codec: str, encoding: str, tmp_path: Path) -> None:
    data = PACK[codec](PAIRS.replace("UTF-8", "UTF-16" if "16" in encoding else "UTF-8").encode(encoding))
    found = _read(tmp_path, data, unit_bytes=100)
    assert _texts(found) == [text for pair in zip(SENTENCES, reversed(SENTENCES), strict=True) for text in pair]
    groups = [record.group for record in found if isinstance(record, Document)]
    assert groups[::2] == groups[1::2]
    assert len(set(groups)) == len(SENTENCES)
    assert len({record.position for record in found}) == len(found)


def test_segments_that_follow_one_another_are_lines_of_a_document(tmp_path: Path) -> None:
    found = _read(tmp_path, PAIRS, segments=4)
    assert _texts(found)[::2] == ["\n".join(SENTENCES[at : at + 4]) for at in range(0, len(SENTENCES), 4)]
    assert [record.group for record in found if isinstance(record, Document)][::2] == [
        record.group for record in found if isinstance(record, Document)
    ][1::2]


def test_another_encoding_is_that_of_the_first_line(tmp_path: Path) -> None:
    text = tmx(tu(tuv("ru", "Дети пошли в школу"), tuv("bg", "Децата отидоха")), encoding="windows-1251")
    assert _texts(_read(tmp_path, text.encode("cp1251"))) == ["Дети пошли в школу", "Децата отидоха"]


@pytest.mark.parametrize(
    ("seg", "text"),
    [
        ("a <hi type='b'>b</hi> c", "a b c"),
        ("<bpt i='1'>&lt;b></bpt>bold<ept i='1'>&lt;/b></ept> text", "bold text"),
        ("before <ph x='1'/>after", "before after"),
        ("a <ph>code <sub>a footnote</sub></ph>b", "a b"),
        ("a <it pos='begin'>{</it><ut>\\x</ut>b", "a b"),
        ("<![CDATA[1 < 2 & 3]]>", "1 < 2 & 3"),
        ("a<!-- said --> b", "a b"),
        ("&lt;&gt;&amp;&quot;&apos; &#233; &#x1F600; &amp;lt;", "<>&\"' é \U0001f600 &lt;"),
        ("two\n  lines\r\nand more", "two lines and more"),
        ("ọ̀rọ̀ နဂါး", "ọ̀rọ̀ နဂါး"),
    ],
)
def test_markup_within_a_segment(seg: str, text: str, tmp_path: Path) -> None:
    found = _read(tmp_path, tmx(tu(tuv("x", "as it is"), tuv("y", seg), name="n&amp;1")))
    assert _texts(found) == ["as it is", text]
    assert {record.source_id for record in found if isinstance(record, Document)} == {"n&1"}


def test_versions_1_1_props_notes_and_comments(tmp_path: Path) -> None:
    unit = (
        "<!-- <tu><tuv lang='en'><seg>not this</seg></tuv></tu> -->"
        '<tu creationdate="x">\n<prop type="a">1</prop><note>n</note>\n'
        '<tuv creationid="x" lang="EN-GB"><prop type="b">2</prop>\n<seg>one</seg></tuv>'
        "<tuv lang='LT'><seg>vienas</seg></tuv>"
        "<tuv xml:lang='lt'><seg> </seg></tuv></tu>"
    )
    assert _texts(_read(tmp_path, tmx(unit))) == ["one", "vienas"]


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ("<tu><tuv xml:lang='x'><seg>a</tuv></tu>", "bad_xml"),
        ("<tu><tuv xml:lang='x'><seg>a & b</seg></tuv></tu>", "bad_xml"),
        ("<tu><tuv xml:lang='x'><seg>a &nbsp; b</seg></tuv></tu>", "bad_xml"),
        ("<tu><tuv xml:lang='x'><seg>a &#xD800; b</seg></tuv></tu>", "bad_xml"),
        ("<tu><tuv xml:lang='x'><seg>a < b</seg></tuv></tu>", "bad_xml"),
        ("<tu><tuv xml:lang='x'><seg>never ends</seg></tuv>", "bad_xml"),
        ("<tu><tuv xml:lang='x'><seg></seg></tuv></tu>", "empty"),
        ("<tu></tu>", "empty"),
        ("<tu><tuv xml:lang='x'><seg>" + "long " * 300 + "</seg></tuv></tu>", "too_long"),
    ],
)
def test_a_broken_unit_costs_itself_alone(broken: str, told: str, tmp_path: Path) -> None:
    good = tu(tuv("x", "mema"), tuv("y", "good"))
    found = _read(tmp_path, tmx(good, broken, good), limits=Limits(max_record_bytes=1000))
    assert reasons(found) == [told, "text", "text", "text", "text"]  # what is read of a run is told with its end
    assert _texts(found) == ["mema", "good"] * 2


def test_bytes_that_are_no_utf8(tmp_path: Path) -> None:
    data = tmx(tu(tuv("x", "caf~")), tu(tuv("x", "café"))).encode().replace(b"~", b"\xe9")
    assert reasons(_read(tmp_path, data)) == ["bad_xml", "text"]


def test_a_file_that_was_cut_off(tmp_path: Path) -> None:
    data = PAIRS.encode()
    assert set(reasons(_read(tmp_path, data[: len(data) * 2 // 3]))[-3:]) == {"text", "cut_off"}
    packed = PACK["gzip"](data)
    found = reasons(_read(tmp_path, packed[: len(packed) * 2 // 3]))
    assert found.count("text") > 4
    assert "damaged" in found
    assert "cut_off" in found


def test_no_entity_is_ever_made(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE tmx [<!ENTITY a "aaaaaaaaaa"><!ENTITY b SYSTEM "file:///etc/passwd">]>'
    text = tmx(tu(tuv("x", "&a;")), tu(tuv("x", "&b;<hi>x</hi>")), tu(tuv("x", "fine")))
    found = _read(tmp_path, text.replace('<!DOCTYPE tmx SYSTEM "tmx14.dtd">', bomb))
    assert reasons(found) == ["bad_xml", "bad_xml", "text"]


def test_nothing_else_passes_for_a_memory() -> None:
    for head in ("<!-- <tmx> --><html>", "<?xml version='1.0'?><a>tmx</a>", "tmx", "<tmxes>" + "<!---->" * 20_000):
        assert detect(head.encode()).kind != "tmx"
    assert detect(b"<tmx version='1.4'>").kind == "tmx"


def test_text_in_many_scripts_is_what_was_put_in(tmp_path: Path) -> None:
    odd = [f'{text} <&> "{number}" \'' for number, text in enumerate(SENTENCES)]
    found = _read(tmp_path, tmx(*(tu(*(tuv(f"l{n}", escape(text)) for n, text in enumerate(odd))) for _ in range(3))))
    assert _texts(found) == odd * 3
