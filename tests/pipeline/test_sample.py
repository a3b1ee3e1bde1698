"""The shipped sample is what its generator gives, and shows every kind of record a newcomer will meet."""

import gzip
import io
import json
import re
from collections import Counter

import numpy as np
import pytest
import zstandard
from fastwarc.warc import ArchiveIterator, WarcRecordType

from filters import decide, rules, signals, stopwords
from filters.repair import repair
from langid.identify import Identifier
from manifests import limits
from manifests.languages import languages, word_kind
from pipeline.models import locate
from pipeline.sample import build, planted, shipped
from pipeline.sample.prose import Prose, documents, parse


def _shipped(name: str) -> bytes:
    (path,) = (path for path in shipped.paths() if path.endswith(name))
    with open(path, "rb") as stream:  # noqa: PTH123
        return stream.read()


def _plain_lines(data: bytes) -> list[str]:
    return zstandard.ZstdDecompressor().decompress(data).decode().splitlines()


def test_the_shipped_files_are_what_the_generator_gives() -> None:
    # Compared as content: another zlib or zstd may pack the same content otherwise.
    made = build.build()
    assert _plain_lines(_shipped("documents.jsonl.zst")) == _plain_lines(made["documents.jsonl.zst"])
    assert gzip.decompress(_shipped("pages.warc.gz")) == gzip.decompress(made["pages.warc.gz"])


def test_the_shipped_files_are_small() -> None:
    assert sum(len(_shipped(name)) for name in ("documents.jsonl.zst", "pages.warc.gz")) < 500_000


def test_the_prose_is_in_many_languages_and_scripts() -> None:
    prose = documents()
    labels = {document.label for document in prose}
    assert labels <= {language.label for language in languages()}
    assert len(labels) >= 50
    assert len({label[4:] for label in labels}) >= 20
    assert sum(count > 1 for count in Counter(document.label for document in prose).values()) >= 15


@pytest.mark.parametrize("document", documents(), ids=lambda document: document.name)
def test_a_document_is_prose(document: Prose) -> None:
    assert len(document.paragraphs) >= 3
    assert all(paragraph == paragraph.strip() for paragraph in document.paragraphs)
    if word_kind(document.label) == "spaced":
        assert 60 <= len(document.text.split()) <= 160
    else:
        assert len(document.text) >= 150


def test_no_two_documents_share_a_paragraph() -> None:
    counts = Counter(paragraph for document in documents() for paragraph in document.paragraphs)
    assert max(counts.values()) == 1


def test_a_text_file_is_cut_at_its_titles() -> None:
    first, second = parse("eng_Latn", "# One\na\nb\n# Two # not a title\nc\n")
    assert (first.name, first.title, first.text) == ("eng_Latn-1", "One", "a\nb")
    assert (second.name, second.title, second.text) == ("eng_Latn-2", "Two # not a title", "c")


def test_every_good_document_is_shipped_once() -> None:
    pages, rest = build.split(documents())
    names = {document.name for document in documents()} - {*planted.ONLY_GARBLED}
    assert sorted(document.name for document in pages + rest) == sorted(names)
    assert len(pages) > 30
    assert len(rest) > 30


def test_the_archive_has_pages_in_other_charsets_and_what_is_no_page() -> None:
    kinds: Counter[str] = Counter()
    statuses: Counter[int] = Counter()
    charsets = set()
    encodings = set()
    for record in ArchiveIterator(io.BytesIO(_shipped("pages.warc.gz")), parse_http=True):
        kinds[record.headers["WARC-Type"]] += 1
        if record.record_type != WarcRecordType.response:
            continue
        statuses[record.http_headers.status_code] += 1
        body = record.reader.read()
        said = record.http_headers.get("Content-Type", "") + " " + body[:300].decode("latin-1")
        charsets |= set(re.findall(r'charset="?([\w-]+)', said))
        encodings |= {record.http_headers.get("Content-Encoding"), record.http_headers.get("Transfer-Encoding")}
    assert kinds["warcinfo"] == kinds["request"] == 1
    assert statuses[404] == statuses[301] == 1
    assert {"gzip", "chunked"} <= encodings
    assert {charset for charset, _ in build.CHARSETS.values()} <= charsets


def test_the_lines_end_with_records_that_give_no_document() -> None:
    *lines, no_text, empty, number, broken = _plain_lines(_shipped("documents.jsonl.zst"))
    assert all(json.loads(line)["text"] for line in lines)
    assert "text" not in json.loads(no_text)
    assert json.loads(empty)["text"] == ""
    assert json.loads(number)["text"] == 42
    with pytest.raises(json.JSONDecodeError):
        json.loads(broken)


def test_planted_names_are_unique() -> None:
    names = [name for name, _ in planted.documents({document.name: document for document in documents()})]
    assert len(names) == len(set(names)) > 30


def test_an_edit_must_hit_one_word() -> None:
    assert planted.moved("a cup of tea", "tea", "milk") == "a cup of milk"
    with pytest.raises(ValueError, match="2 times"):
        planted.moved("tea and tea", "tea", "milk")


def test_garbled_text_can_be_read_back() -> None:
    for name in planted.GARBLED + planted.ONLY_GARBLED:
        (text,) = (document.text for document in documents() if document.name == name)
        garbled = planted.garbled(text)
        assert garbled != text
        mended = b"".join(
            character.encode("cp1252", "strict") if character.encode("cp1252", "ignore") else bytes([ord(character)])
            for character in garbled
        )
        assert mended.decode() == text


@pytest.fixture(scope="module")
def judged() -> dict[str, tuple[str, str]]:
    """Label and verdict of every good and planted document, by name."""
    good = {document.name: document for document in documents()}
    named = {name: document.text for name, document in good.items()} | dict(planted.documents(good))
    texts = repair(list(named.values())).texts
    identity = Identifier.load(locate("builtin")).identify(texts)
    labels = identity["raw_label"].to_pylist()
    columns = signals.measure(texts, labels, stopwords=stopwords.load())
    columns |= {name: identity[name].to_numpy() for name in ("language_score", "script_share", "purity", "mixed_share")}
    default = rules.named("default")
    found = decide.verdicts(columns, labels, limits.load(), default)
    first = np.where(found.rule < 0, found.doubt, found.rule).tolist()
    told = ["kept" if index < 0 else default[index].name for index in first]
    return dict(zip(named, zip(labels, told, strict=True), strict=True))


def test_every_good_document_is_identified_and_kept(judged: dict[str, tuple[str, str]]) -> None:
    expected = {document.name: (document.label, "kept") for document in documents()}
    assert {name: judged[name] for name in expected} == expected


LEFT = {
    *("letter-with-addresses", "shouting"),
    *("exact-copy", "exact-copy-other-spacing"),
}
"""Planted documents that no rule of the default set removes; of the copies de-duplication has the say."""


def test_every_bad_document_is_removed_or_set_apart(judged: dict[str, tuple[str, str]]) -> None:
    good = {document.name: document for document in documents()}
    bad = {name for name, _ in planted.documents(good)}
    kept = {name for name in bad if judged[name][1] == "kept"}
    assert {name for name in kept if not name.startswith(("near-copy-", "garbled-"))} == LEFT


def test_many_rules_are_shown(judged: dict[str, tuple[str, str]]) -> None:
    assert len({verdict for _, verdict in judged.values()}) >= 15


@pytest.mark.parametrize("name", planted.GARBLED + planted.ONLY_GARBLED)
def test_a_garbled_document_is_mended(name: str) -> None:
    (text,) = (document.text for document in documents() if document.name == name)
    assert repair([planted.garbled(text)]).texts.to_pylist() == [text]
