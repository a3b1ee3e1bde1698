"""On real pages the main text is found, in every script."""

from itertools import islice

import pytest
from bench.extract import lines, pages, score
from shared import needs_shared

from pipeline.extract.extraction import Extracted, Extraction


@needs_shared
@pytest.mark.parametrize(
    ("engine", "count", "floor"), [("trafilatura", 20, 0.94), ("kernel", 101, 0.97), ("resiliparse", 101, 0.91)]
)
def test_articles(engine: str, count: int, floor: float) -> None:
    """4-gram F1 with the gold text. All 101 give .960 and .929; those that the kernel's model has seen, more."""
    chosen = list(islice(pages("article-benchmark-*.warc.gz"), count))
    with Extraction(engine) as extraction:
        found = extraction.extract([page for _, page in chosen])
    texts = {url: one.text for (url, _), one in zip(chosen, found, strict=True) if isinstance(one, Extracted)}
    gold = {row["url"]: row["gold_text"] for row in lines("article-benchmark.gold.jsonl.zst") if row["url"] in texts}
    assert len(gold) == count
    assert score(texts, gold)[0] >= floor


@needs_shared
def test_every_script_gives_text() -> None:
    """Of the documentation pages of each script, nearly all have text, as UTF-8 as they are."""
    wanted = {row["url"]: row["label"] for row in lines("docs.manifest.jsonl.zst") if row["label"]}
    chosen: dict[str, list[tuple[str, object]]] = {}
    for url, page in pages("docs-*.warc.gz"):
        script = (wanted.get(url) or "")[-4:]
        if script and len(chosen.setdefault(script, [])) < 8:
            chosen[script].append((url, page))
    assert len(chosen) >= 14
    with Extraction("resiliparse") as extraction:
        for script, some in chosen.items():
            found = extraction.extract([page for _, page in some])  # type: ignore[misc]
            texts = [one for one in found if isinstance(one, Extracted)]
            assert len(texts) >= len(some) - 1, script
            assert all(one.encoding == "utf-8" and not one.errors for one in texts), script
