"""Our kernels find the main text, say how sure they are, and ask another extractor where they are not."""

import json
import textwrap
from pathlib import Path

import numpy as np
import pytest

from manifests.errors import Skip
from pipeline.extract.about import About, about
from pipeline.extract.content import Reader
from pipeline.extract.extraction import Extracted, Extraction
from pipeline.extract.extractors import SURE, Extractor, Mode
from pipeline.extract.measures import WEIGHT
from pipeline.extract.model import load
from pipeline.extract.trees import Trees, predict
from pipeline.extract.workspace import Workspace
from pipeline.pages import run
from pipeline.read.record import Page

PARAGRAPHS = {
    "yor": "Ní òwúrọ̀, àwọn apẹja padà sí etíkun, àwọn ọmọdé sì ràn wọ́n lọ́wọ́ láti tú àwọ̀n wọn. Omi náà tutù púpọ̀.",
    "hin": "सुबह मछुआरे किनारे पर लौटे, और बच्चों ने जाल सुलझाने में उनकी मदद की। पानी बहुत ठंडा था, पर सब हँस रहे थे।",
    "tha": "ตอนเช้าชาวประมงกลับมาที่ฝั่ง เด็ก ๆ ช่วยแกะอวนให้ น้ำเย็นมากแต่ทุกคนก็หัวเราะอย่างมีความสุข",
    "mya": "မနက်ပိုင်းတွင် တံငါသည်များ ကမ်းသို့ ပြန်ရောက်လာကြပြီး ကလေးများက ပိုက်ဖြေရာတွင် ကူညီကြသည်။",
    "bod": "ཞོགས་པར་ཉ་པ་རྣམས་མཚོ་འགྲམ་དུ་ཕྱིར་ལོག་བྱས་པ་དང་བྱིས་པ་རྣམས་ཀྱིས་དྲ་བ་འགྲོལ་བར་རོགས་བྱས།",
    "jpn": "朝、漁師たちは岸に戻り、子どもたちは網をほどくのを手伝った。水はとても冷たかったが、みんな笑っていた。",
    "kor": "아침에 어부들이 해안으로 돌아왔고 아이들은 그물을 푸는 것을 도왔다. 물은 매우 차가웠지만 모두 웃었다.",
    "amh": "ጠዋት ዓሣ አጥማጆች ወደ ባሕር ዳርቻ ተመለሱ፤ ልጆቹም መረቦቹን በመዘርጋት ረዷቸው። ውኃው ቀዝቃዛ ነበር።",
}


def page(text: str) -> bytes:
    links = "".join(f'<li><a href="/{i}">{text[i : i + 8]}</a></li>' for i in range(12))
    return (
        f"<html><head><title>{text[:20]} – site</title></head><body><div class=nav><ul>{links}</ul></div>"
        f"<div class=x><h1>{text[:20]}</h1><p>{text}</p><p>{text * 2}</p><ul><li>{text}<li><p>{text}</ul>"
        f"<table><tr><th>{text[:5]}<th>{text[5:9]}<tr><td>1<td>2</table><p>{text * 3}</p></div>"
        f"<div class=footer><a href=/>{text[:9]}</a> © 2020</div></body></html>"
    ).encode()


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


@pytest.mark.parametrize("lang", PARAGRAPHS)
def test_paragraphs_in_every_script_stay_and_links_go(reader: Reader, lang: str) -> None:
    text = PARAGRAPHS[lang]
    lines = reader.read(page(text)).text.split("\n")
    assert [line for line in lines if text in line] == [text, text * 2, f"- {text}", f"- {text}", text * 3]
    assert not [line for line in lines if "©" in line or line == f"- {text[3:11]}"]


def test_a_result_does_not_depend_on_the_pages_before(reader: Reader) -> None:
    first = [reader.read(page(text)) for text in PARAGRAPHS.values()]
    reader.read(b"<div>" * 20_000 + b"<p>x</p>" * 10_000)
    assert [reader.read(page(text)) for text in PARAGRAPHS.values()] == first
    assert [Reader().read(page(text)) for text in PARAGRAPHS.values()] == first


@pytest.mark.parametrize("empty", [b"", b" ", b"<html></html>", b"<script>x</script>", b"<", b"\0"])
def test_nothing_is_found_where_there_is_nothing(reader: Reader, empty: bytes) -> None:
    found = reader.read(empty)
    assert found.confidence == 0
    assert found.text in ("", "<")


def test_too_large_a_tree_is_a_reason(reader: Reader) -> None:
    with pytest.raises(Skip, match="too_many_nodes"):
        reader.read(b"<p>" * 300_001)


@pytest.fixture
def other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Extractor:
    """An extractor that our kernels fall back on, and which fails where the page asks for it."""
    (tmp_path / "other_extractor.py").write_text(
        textwrap.dedent(
            """
            def extract(html):
                if "fail" in html: raise ValueError("no")
                return "" if "nothing" in html else "the other's"
            """
        )
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    return Extractor("other", "other_extractor:extract", max_nodes=1000, max_depth=100, kernel=True)


STORY = b"In the morning the fishers came back to the shore, and the children helped them, though it was cold. "
UNSURE = b"<html><body><h1>The shore</h1><article><p>" + STORY + b"</p><p>They laughed.</p></article>%s</body></html>"


@pytest.mark.parametrize(
    ("mode", "mark", "wanted"),
    [
        ("fast", b"", None),
        ("quality", b"", "the other's"),
        ("quality", b"<!-- fail -->", None),
        ("quality", b"<!-- nothing -->", None),
        ("quality", b"<i>" * 200, None),
    ],
)
def test_who_is_unsure_asks_and_who_gets_no_answer_keeps_its_own(
    reader: Reader, other: Extractor, mode: Mode, mark: bytes, wanted: str | None
) -> None:
    ours = reader.read(UNSURE % mark)
    assert ours.text
    assert ours.confidence < SURE["quality"]
    with Extraction(other, mode=mode) as extraction:
        (found,) = extraction.extract([Page(UNSURE % mark, None, "text/html")])
    assert found == Extracted(wanted or ours.text, "utf-8", 0, ours.confidence, About())


def test_the_sure_start_no_child() -> None:
    absent = Extractor("absent", "no_such_module:none", 60_000, 200, kernel=True)
    with Extraction(absent, mode="balanced") as extraction:
        found = extraction.extract([Page(page(text), None, "text/html") for text in PARAGRAPHS.values()])
    assert all(isinstance(one, Extracted) and (one.confidence or 0) >= SURE["balanced"] for one in found)


def test_trees_are_walked_as_written() -> None:
    """A value equal to the cut goes left, as in training."""
    trees = Trees(
        np.array([1, -1, 0, -1, -1, -1], np.int16),
        np.array([2.0, 0.5, -1.0, 0.25, -3.0, 1.0], np.float32),
        np.array([1, 0, 3, 0, 0, 0], np.int32),
        np.array([0, 5], np.int32),
    )
    table = np.array([[0, 2], [-1, 2.5], [-0.5, 3]], np.float32)
    out = np.zeros(3, np.float32)
    predict(table, 3, *trees, out)
    assert out == pytest.approx(1 / (1 + np.exp(-np.array([1.5, 1.25, -2.0]))))


def test_exported_trees_say_what_the_library_s_say() -> None:
    lightgbm = pytest.importorskip("lightgbm")
    from pipeline.extract.train import GROWTH, flatten

    chance = np.random.default_rng(1)
    table = np.round(chance.normal(size=(3000, 8)), 1).astype(np.float32)
    truth = (table[:, 0] * table[:, 1] + table[:, 2] > 0.3).astype(float)
    booster = lightgbm.train(GROWTH, lightgbm.Dataset(table, truth), 20)
    out = np.zeros(len(table), np.float32)
    predict(table, len(table), *flatten(booster), out)
    assert out == pytest.approx(booster.predict(table), abs=1e-5)


def test_the_shipped_model_is_small() -> None:
    model = load()
    assert sum(array.nbytes for trees in model for array in trees) < 100_000


SAYS = """<!doctype html><html lang="sw-KE"><head><title>Habari &amp; picha | Tovuti</title>
<meta property="og:title" content="Habari  &amp; picha"><meta name=robots content="noindex, follow">
<link rel="canonical" href="https://a.example/x"><link rel=alternate hreflang=en href="/en">
<link rel="license" href="https://creativecommons.org/licenses/by/4.0/">
<meta property="article:published_time" content="2021-02-30"><meta name=date content="20210227T10:00">
<script type="application/ld+json">{"@graph": [{"@type": "Organization", "name": "Tovuti"}, {"@type": "NewsArticle",
"author": [{"name": "Amina"}, {"name": "Juma"}], "articleBody": "Maandishi.",
"publisher": {"name": "Tovuti"}}]}</script>
<script type="application/ld+json">{broken</script></head><body><p>x<time datetime=2001-01-01>y</time></html>"""


def test_what_a_page_says_of_itself() -> None:
    work = Workspace()
    body = SAYS.encode()
    work.scan(body)
    assert about(body, work.state, work.events) == About(
        title="Habari & picha",
        lang="sw-KE",
        canonical="https://a.example/x",
        alternates=(("en", "/en"),),
        robots="noindex, follow",
        date="2021-02-27",
        author="Amina; Juma",
        site="Tovuti",
        licence="https://creativecommons.org/licenses/by/4.0/",
        body="Maandishi.",
        consent=(("robots", "noindex, follow"),),
    )
    plain = b"<html><body><time datetime=2001-01-01>y</time><script type='application/ld+json'>[[[[[</script>"
    work.scan(plain)
    assert about(plain, work.state, work.events) == About()


def test_the_command_tells_of_every_block(tmp_path: Path) -> None:
    place = tmp_path / "page.html"
    place.write_bytes(page(PARAGRAPHS["yor"]))
    (told,) = [json.loads(json.dumps(record)) for record in run(str(place), blocks=True)]
    assert told["title"].endswith("– site")
    kept = [block["text"] for block in told["blocks"] if block["kept"]]
    assert all(text in told["text"] for text in kept)
    assert len(told["blocks"]) > len(kept) > 4


def assembled(markup: bytes, p: list[float]) -> str:
    """The text of blocks that have these probabilities."""
    work = Workspace()
    work.scan(markup)
    assert work.count == len(p)
    work.measures[: work.count, WEIGHT] = 300
    work.p[: work.count] = p
    return work.text()[0]


LONG = b"The fishers came back to the shore early in the morning, and the children helped them with the nets."


@pytest.mark.parametrize(
    ("heading", "p", "kept"),
    [
        (b"<h2>Nets</h2>", 0.04, True),
        (b"<h3>Nets</h3>", 0.2, True),
        (b"<h2>Advertisement</h2>", 0.01, False),
        (b"<h2><a href=/>Read this, too</a></h2>", 0.2, False),
        (b"<h1>Nets</h1>", 0.2, False),
        (b"<p>Nets</p>", 0.2, False),
    ],
)
def test_headings_of_sections_stay_with_their_sections(heading: bytes, p: float, kept: bool) -> None:
    before, after = b"<p>" + LONG + b"</p>", b"<p>" + LONG + b"</p>"
    within = assembled(before + heading + after, [0.9, p, 0.9])
    assert within.count("\n") == (2 if kept else 1)
    assert assembled(before + heading + b"<p>Short.</p>", [0.9, p, 0.9]).count("\n") == 1
    assert assembled(before + heading + after, [0.9, p, 0.1]).count("\n") == 0
    assert assembled(heading + after, [p, 0.9]).count("\n") == 0


def test_a_row_of_a_table_is_a_line_also_where_its_cells_hold_paragraphs() -> None:
    cells = b"<table><tr><td><p>Alt+F2</p><td><p>" + LONG * 2 + b"</p><p>And more.</p><tr><td>a<td>b</table>"
    told = assembled(cells, [0.9] * 5).split("\n")
    assert told == [f"Alt+F2 | {(LONG * 2).decode()}", "And more.", "a | b"]
    wide = b"<table><tr><td>" + LONG * 2 + b"<td>" + LONG * 2 + b"</table>"
    assert "|" not in assembled(wide, [0.9, 0.9])
