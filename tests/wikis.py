"""Dumps of wikis made of known texts: markup is put around them, and what must come out again is told."""

import random
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape

NAMES: Mapping[str, tuple[str, str, str]] = {
    "am": ("ስዕል", "ፋይል", "መደብ"),
    "ar": ("ملف", "صورة", "تصنيف"),
    "de": ("Datei", "Bild", "Kategorie"),
    "el": ("Αρχείο", "Εικόνα", "Κατηγορία"),
    "fa": ("پرونده", "تصویر", "رده"),
    "fr": ("Fichier", "Image", "Catégorie"),
    "he": ("קובץ", "תמונה", "קטגוריה"),
    "hi": ("चित्र", "चित्र", "श्रेणी"),
    "ja": ("ファイル", "画像", "カテゴリ"),
    "ka": ("ფაილი", "სურათი", "კატეგორია"),
    "km": ("ឯកសារ", "រូបភាព", "ចំណាត់ថ្នាក់ក្រុម"),
    "ko": ("파일", "그림", "분류"),
    "my": ("ဖိုင်", "ရုပ်ပုံ", "ကဏ္ဍ"),
    "ru": ("Файл", "Изображение", "Категория"),
    "sw": ("Faili", "Picha", "Jamii"),
    "ta": ("படிமம்", "படம்", "பகுப்பு"),
    "th": ("ไฟล์", "ภาพ", "หมวดหมู่"),
    "vi": ("Tập tin", "Hình", "Thể loại"),
    "yo": ("Fáìlì", "Àwòrán", "Ẹ̀ka"),
    "zh": ("文件", "图像", "分类"),
}
"""Of some wikis, what they call files and pictures, and categories."""


class Article(NamedTuple):
    """A page that is put into a dump; ``text`` is what must come out of it."""

    title: str
    wikitext: str
    text: str = ""
    namespace: int = 0
    redirect: str = ""
    model: str = "wikitext"


def marked(sentences: Sequence[str], seed: int, wiki: str = "sw") -> Article:
    """An article of these sentences: a lead, sections, lists and quotations, with all that goes around them."""
    chance = random.Random(seed)  # noqa: S311
    file, picture, category = NAMES.get(wiki, ("File", "Image", "Category"))
    parts = [
        "{{Infobox thing\n| name = {{PAGENAME}}\n| image = [["
        + file
        + ":A b.jpg|20px]]\n| size = {{convert|3|km}}\n}}",
        f"[[{file}:Lake {seed}.jpg|thumb|right|caption with [[a link|one]] and ''italics''{{{{!}}}}]]",
        '{| class="wikitable"\n|+ years\n! year !! number\n|-\n| 1999 || {{formatnum:12345}}\n|}',
        f"<gallery>\n{picture}:One.png|first\n{picture}:Two.png\n</gallery>",
        "<!-- nobody\nsees this -->",
        "{{Clear}}",
        "__NOTOC__",
        "<timeline>\nImageSize = width:1\n</timeline>",
    ]
    chance.shuffle(parts)
    source: list[str] = parts[:3]
    told: list[str] = []
    for number, sentence in enumerate(sentences):
        if number % 4 == 2:
            heading = " ".join(sentence.split()[:3])[:30].strip()
            source += [f"== {_words(heading, chance)} ==" if number % 8 == 2 else f"=== {heading} ==="]
            told += [heading]
        kind = chance.choice(("plain", "plain", "plain", "item", "item", "quote", "indent"))
        line = _words(sentence, chance)
        mark = {"item": chance.choice("*#") + chance.choice(("", "*")), "indent": ":"}.get(kind, "")
        source += [f"<blockquote>{line}</blockquote>" if kind == "quote" else f"{mark} {line}" if mark else line]
        if kind in {"plain", "quote"} or number % 4 == 1:
            source += [""]
            if len(parts) > 3 and chance.random() < 0.3:
                source += [parts.pop(), ""]
        told += [sentence]
        if kind == "plain":
            source += [""]
        if kind in {"item", "indent"}:
            source += [""]
    source += ["== References ==", "{{reflist|2}}", "== Links ==", "* [http://example.org/ A site of it] in English"]
    source += [f"* {{{{cite book|title=Book {seed}}}}}", f"[[{category}:Things]]", f"[[{category}:1999|sort]]"]
    source += ["[[en:Thing]]", "[[zh-min-nan:Thing]]", "{{DEFAULTSORT:Thing}}"]
    return Article(f"{sentences[0].split()[0]} {seed}", "\n".join(source), "\n".join(told))


def _words(sentence: str, chance: random.Random) -> str:
    """The sentence with markup around some words."""
    words = sentence.split(" ")
    for number, word in enumerate(words):
        if chance.random() > 0.35 or not word or not any(map(str.isalnum, word)) or set(word) & set("[]{}|<>&'=:#*;"):
            continue
        words[number] = chance.choice(
            (
                f"'''{word}'''",
                f"''{word}''",
                f"'''''{word}'''''",
                f"[[{word}]]",
                f"[[Other page#Part|{word}]]",
                f"[[:Category:X|{word}]]",
                f"[http://example.org/?a=b&c=d {word}]",
                f"{{{{lang|xx|{word}}}}}",
                f"{{{{Nowrap|1={word}}}}}",
                f"<small>{word}</small>",
                f'<span style="color: red">{word}</span>',
                f'{word}<ref name="a{number}">{{{{cite web|url=http://example.org/|title=a [[b]]}}}} see.</ref>',
                f'{word}<ref name="b" />',
                f"{word}<!-- not this -->",
                f"<nowiki>{word}</nowiki>",
                f"{word}{{{{citation needed|date=May 2020}}}}",
                f'{word}<span style="display:none">hidden</span>',
            )
        )
    return " ".join(words)


def page(article: Article, number: int) -> str:
    """Its element in a dump."""
    redirect = f'\n    <redirect title="{escape(article.redirect)}" />' if article.redirect else ""
    return f"""  <page>
    <title>{escape(article.title)}</title>
    <ns>{article.namespace}</ns>
    <id>{number}</id>{redirect}
    <revision>
      <id>{1000 + number}</id>
      <timestamp>2023-05-{number % 28 + 1:02d}T10:11:12Z</timestamp>
      <contributor><username>Somebody</username><id>7</id></contributor>
      <comment>&lt;page&gt; &amp; more</comment>
      <origin>{1000 + number}</origin>
      <model>{article.model}</model>
      <format>text/x-wiki</format>
      <text bytes="{len(article.wikitext.encode())}" sha1="x" xml:space="preserve">{escape(article.wikitext)}</text>
      <sha1>x</sha1>
    </revision>
  </page>
"""


def head(wiki: str = "sw", project: str = "wikipedia") -> str:
    """What comes before the pages."""
    file, _, category = NAMES.get(wiki, ("File", "Image", "Category"))
    names = {-2: "Media", -1: "Special", 0: "", 1: "Talk", 6: file, 10: "Template", 14: category}
    spaces = "".join(
        f'      <namespace key="{key}" case="first-letter">{name}</namespace>\n' for key, name in names.items()
    )
    return f"""<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/" version="0.11" xml:lang="{wiki}">
  <siteinfo>
    <sitename>Wiki</sitename>
    <dbname>{wiki.replace("-", "_")}wiki</dbname>
    <base>https://{wiki}.{project}.org/wiki/Main_Page</base>
    <generator>MediaWiki 1.42</generator>
    <case>first-letter</case>
    <namespaces>
{spaces}    </namespaces>
  </siteinfo>
"""


FOOT = "</mediawiki>\n"


def dump(articles: Iterable[Article], wiki: str = "sw", project: str = "wikipedia") -> bytes:
    """A dump of these pages, as one file of XML."""
    pages = [page(article, number) for number, article in enumerate(articles, 1)]
    return (head(wiki, project) + "".join(pages) + FOOT).encode()
