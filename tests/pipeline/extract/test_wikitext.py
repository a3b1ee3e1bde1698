"""Wikitext: what a reader sees stays, and what templates, tables, notes and navigation are made of goes."""

import msgspec
import pytest

from manifests.errors import Skip
from pipeline.extract.extraction import Extracted, Extraction
from pipeline.extract.wikipage import PAGE, WikiPage
from pipeline.extract.wikitext import convert, page, unquoted
from pipeline.read.record import Page

CASES = {
    "bold": ("'''Ibadan''' ni ''ìlú'' '''''ńlá'''''.", "Ibadan ni ìlú ńlá."),
    "links": (
        "[[Kenya]] na [[Uganda|nchi ya Uganda]]ni, [[:Jamii:X|jamii]], [[a#b|c]].",
        "Kenya na nchi ya Ugandani, jamii, c.",
    ),
    "outside": ("[http://a.b/ hapa] [http://a.b/]na http://c.d/ pia", "hapa na http://c.d/ pia"),
    "files": (
        "[[Faili:A.jpg|thumb|[[x]] na '''y''']]moja [[Image:B.png]]mbili [[Bild:C.svg|x]]tatu",
        "moja mbili tatu",
    ),
    "categories": ("moja\n[[Jamii:Miji]]\n[[Category:Cities|sort]]", "moja"),
    "other languages": ("moja [[fr:Un]][[zh-min-nan:It]] [[fr:Un|un]] [[Re:Zero]]", "moja un Re:Zero"),
    "templates": (
        "moja {{a|b={{c|[[d]]}}}}{{lang|fr|deux}} {{nowrap|tatu nne}} {{convert|5|km}}",
        "moja deux tatu nne 5 km",
    ),
    "lang-": ("mji ({{lang-en|city}}) hapa", "mji (city) hapa"),
    "hollow brackets": ("mji ({{IPA|x}}; {{audio|y}}) hapa, f() pia", "mji hapa, f() pia"),
    "signs": ("a{{!}}b{{=}}c{{ndash}}d {{PAGENAME}} {{formatnum:1234}} {{uc:x}}", "a|b=c–d Nairobi 1234 X"),
    "conditions": ("moja {{#if: x | mbili | tatu }}nne {{DEFAULTSORT:A}}", "moja nne"),
    "notes": ("moja<ref>a {{b}} <b>c</b></ref>, mbili<ref name=x/>; tatu<REF name='y'>z</REF>.", "moja, mbili; tatu."),
    "comments": ("moja<!-- x --> mbili <!-- y\n\n== z ==", "moja mbili"),
    "verbatim": ("<nowiki>''a'' [[b]]</nowiki> <math>x_{1}'' < y</math>", "''a'' [[b]] x_{1}'' < y"),
    "tables": ("moja\n{|\n! a\n|-\n| b || c\n{|\n| d\n|}\n|}\nmbili", "moja\nmbili"),
    "galleries": ("moja\n<gallery mode=packed>\nFile:A.jpg|x\n</gallery>\nmbili <timeline>y</timeline>", "moja\nmbili"),
    "magic words": ("__NOTOC__moja __init__ __KEIN_INHALTSVERZEICHNIS__", "moja __init__"),
    "entities": ("a&nbsp;&amp;&lt;b&gt; &#2344; &#x1E62; &bogus;", "a &<b> न Ṣ &bogus;"),
    "paragraphs": ("moja\nmbili\n\ntatu<br>nne<br />tano", "moja mbili\ntatu\nnne\ntano"),
    "paragraphs without spaces": ("雨停以后，\n孩子们\n\n在街上", "雨停以后，孩子们\n在街上"),
    "lists": ("* moja\n** mbili\n# tatu\n: nne\n; tano: sita", "moja\nmbili\ntatu\nnne\ntano\nsita"),
    "poems": ("<poem>\nmoja\nmbili\n</poem>", "moja\nmbili"),
    "hidden": ('a<span style="display: none">b</span><div style="color:red">c</div>', "a\nc"),
    "loose tags": ("<div>moja <span>mbili</b> </ref>tatu", "moja mbili tatu"),
    "empty sections": ("moja\n== A ==\n=== B ===\n{{reflist}}\n== C ==\n=== D ===\nmbili", "moja\nC\nD\nmbili"),
    "works alone": ("moja\n== Marejeo ==\n* [http://a.b c]\n* {{cite|d}}\n== E ==\n* mbili", "moja\nE\nmbili"),
    "not well made": ("{{a|b [[c]] '''d", "{{a|b c d"),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_seen_stays(name: str) -> None:
    source, text = CASES[name]
    assert convert(WikiPage(source, "Nairobi", ["Faili"], ["Jamii"], "sw")) == text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("-{zh-cn:电脑;zh-tw:電腦}-很好", "电脑很好"),
        ("-{zh-tw:電腦;zh-cn:电脑;}-", "電腦"),
        ("-{H|zh-cn:电脑;zh-tw:電腦}--{T|zh:x}-很-{好}-", "很好"),
        ("-{A|zh-hans:一;zh-hant:二}- -{R|台}- -{zh-hans;zh-hant|後}-", "一 台 後"),
        ("-{zh-cn:[[电脑|机]];zh-tw:-{電}-}-", "机"),
        ("a -{{b}}- c", "a -- c"),
    ],
)
def test_of_variants_the_first_is_taken(source: str, text: str) -> None:
    assert convert(WikiPage(source, language="zh")) == text
    assert convert(WikiPage("-{a}-", language="sw")) == "-{a}-"


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("L'''amour'' de l'homme", "L'amour de l'homme"),
        ("'''a''' ''b'' '''''c'''''", "a b c"),
        ("''''a''''", "'a'"),
        ("d'''''a'''''", "da"),
        ("rock 'n' roll", "rock 'n' roll"),
        ("''a ''' b", "a ' b"),
    ],
)
def test_apostrophes_of_words_are_told_from_those_of_markup(line: str, text: str) -> None:
    assert unquoted(line) == text


def test_pages_go_through_the_child_and_the_title_comes_with_them() -> None:
    made = msgspec.json.encode(WikiPage("'''Ẹ̀tọ́''' [[Fáìlì:A.x]]", "Ẹ̀tọ́ ọmọ", ["Fáìlì"]))
    with Extraction("kernel") as extraction:
        told = extraction.extract(
            [Page(made, "utf-8", PAGE), Page(b"''a'' [[b]]", None, "text/x-wiki"), Page(b"{", None, PAGE)]
        )
    assert isinstance(told[0], Extracted)
    assert told[0].text == "Ẹ̀tọ́"
    assert told[0].about is not None
    assert told[0].about.title == "Ẹ̀tọ́ ọmọ"
    assert isinstance(told[1], Extracted)
    assert told[1].text == "a b"
    assert isinstance(told[2], Skip)
    assert told[2].reason == "damaged"


@pytest.mark.parametrize(
    "source", ["{{" * 5000, "[[" * 5000, "<ref>" * 5000, "-{" * 5000, "'''" * 9999, "{|\n" * 2000, "<!--" * 5000]
)
def test_what_never_ends_takes_no_long_time(source: str) -> None:
    convert(WikiPage(source))


def test_what_is_no_page_is_damaged() -> None:
    with pytest.raises(Skip, match="damaged"):
        page(b'{"text": 5}')
