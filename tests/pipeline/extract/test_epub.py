"""Books become their chapters, in the order of reading; what is hostile or broken has its reason."""

from collections.abc import Mapping

import pytest
from archives import SENTENCES
from made import CONTAINER, epub, zipped

from manifests.errors import Skip
from pipeline.extract.epub import text

STORY = {f"c{n}.xhtml": f"<h1>{n}</h1><p>{line}</p>" for n, line in enumerate(SENTENCES)}


def reason(body: bytes) -> str:
    with pytest.raises(Skip) as skipped:
        text(body)
    return skipped.value.reason


def only(body: str) -> str:
    return text(epub({"a.xhtml": body}))[0]


def test_chapters_stand_in_the_order_of_the_spine() -> None:
    backwards = dict(reversed(STORY.items()))
    assert text(epub(STORY))[0] == "\n".join(f"{n}\n{line}" for n, line in enumerate(SENTENCES))
    assert text(epub(backwards))[0].startswith(f"{len(SENTENCES) - 1}\n{SENTENCES[-1]}")


def test_cover_and_contents_are_left_out() -> None:
    cover = "<html xmlns:epub='http://www.idpf.org/2007/ops'><body epub:type='cover'><p>Cover</p></body></html>"
    contents = "<section epub:type='toc'><p>Chapter one</p></section>"
    assert text(epub({"cover.xhtml": cover, "nav.xhtml": "<p>Contents</p>", "toc.xhtml": contents, **STORY})) == text(
        epub(STORY)
    )


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ("<p>one<br/>two</p><div>three<p>four</p>five</div>", "one\ntwo\nthree\nfour\nfive"),
        ("<p>a <b>b</b><i>c</i>\n   d&nbsp;e&shy;f</p>", "a bc d ef"),
        ("<p><ruby>漢字<rp>(</rp><rt>かんじ</rt><rp>)</rp></ruby>を\n読む</p>", "漢字を読む"),
        ("<p>ตลาดเช้า\nเปิด</p><p>market\nopens</p>", "ตลาดเช้าเปิด\nmarket opens"),
        ("<table><tr><td>Mwanza</td><td>40</td></tr><tr><td>Bukoba</td></tr></table>", "Mwanza 40\nBukoba"),
        ("<p>see<a epub:type='noteref'>1</a> it<span epub:type='pagebreak'>12</span></p>", "see it"),
        ("<p>x &lt;y&gt; &amp; &eacute;&#233;</p><script>no</script><!-- no -->", "x <y> & éé"),
        ("<p>not <b>well</p><p>formed &unknown; &", "not well\nformed &unknown; &"),
        ("<p>" + "<i>" * 3000 + "deep" + "</i>" * 3000 + "</p>", "deep"),
    ],
)
def test_blocks_are_lines(body: str, wanted: str) -> None:
    found = only(body)
    assert found == wanted or (len(body) > 10_000 and found in ("", "deep"))


def test_metadata() -> None:
    said = (
        "<dc:title>Sakima's song</dc:title><dc:creator>A. Mushi</dc:creator><dc:creator>ለማ</dc:creator>"
        "<dc:language>sw</dc:language><dc:date>2019-05-01T00:00:00Z</dc:date><dc:publisher>Ndizi</dc:publisher>"
        "<dc:rights>https://creativecommons.org/licenses/by/4.0/</dc:rights>"
    )
    about = text(epub(STORY, said))[1]
    assert (about.title, about.author, about.lang) == ("Sakima's song", "A. Mushi; ለማ", "sw")
    assert (about.date, about.site) == ("2019-05-01", "Ndizi")
    assert about.licence == "https://creativecommons.org/licenses/by/4.0/"


def test_entities_do_not_expand() -> None:
    lols = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    outside = '<!ENTITY file SYSTEM "file:///etc/passwd">'
    doctype = f"<!DOCTYPE html [<!ENTITY l0 'lol'>{lols}{outside}]>"
    found = only(f"<?xml version='1.0'?>{doctype}<html><body>ok &l9; &file;</body></html>")
    assert found.startswith("ok")
    assert len(found) < 100


HOSTILE: Mapping[str, tuple[bytes, str]] = {
    "empty": (b"", "damaged"),
    "cut": (epub(STORY)[:-300], "damaged"),
    "no package": (zipped({"mimetype": "application/epub+zip", "META-INF/container.xml": CONTAINER}), "damaged"),
    "no chapters": (epub({}), "damaged"),
    "bomb": (epub({"a.xhtml": "<p>" + " " * 15_000_000 + "</p>"}), "bomb"),
    "protected": (
        epub(
            STORY,
            more={
                "META-INF/encryption.xml": "<e xmlns='http://www.w3.org/2001/04/xmlenc#'><EncryptedData>"
                "<EncryptionMethod Algorithm='http://www.w3.org/2001/04/xmlenc#aes256-cbc'/><CipherData>"
                "<CipherReference URI='OEBPS/c1.xhtml'/></CipherData></EncryptedData></e>"
            },
        ),
        "encrypted",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_cannot_be_read_has_its_reason(name: str) -> None:
    body, wanted = HOSTILE[name]
    assert reason(body) == wanted


def test_a_package_elsewhere_and_a_chapter_that_is_gone() -> None:
    body = epub(STORY).replace(b"OEBPS/c3.xhtml", b"OEBPS/cX.xhtml")
    found = text(body)[0]
    assert SENTENCES[2] in found
    assert SENTENCES[3] not in found
