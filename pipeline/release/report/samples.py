"""Documents to look at: of each language some that are kept and one for each rule that removed some.

Ids are hashes, and files lie in the order of ids, so the first documents of a file are a random choice, the same
every time. Only the beginning of each file is read, and only the beginning of each text is shown.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from filters import privacy
from filters.urls import host
from pipeline.progress import Reporter
from pipeline.steps.decide import APART, LEDGER, PUBLISHED
from pipeline.store import Store

KEPT = 4
"""Kept documents of each language."""
SHOWN_CHARS = 3_000_000
"""Code points of all excerpts together, about."""
LONGEST, SHORTEST = 600, 160
"""Code points of an excerpt, as many as leave room for all."""
READ_BYTES = 1 << 30
"""Text of ledgers that is gone through, about, whatever the build."""
BATCH = 32

Shards = Sequence[Mapping[str, Any]]
_SPACES = re.compile(r"[^\S\n]{3,}|\n{3,}")


@dataclass(frozen=True, slots=True)
class Sample:
    """The beginning of one document."""

    label: str
    rule: str
    """What removed it, ``kept``, or ``unverified`` for what is kept but set apart."""
    id: str
    place: str
    """Its host, or else its source."""
    value: float | None
    limit: float | None
    length: int
    """Code points of the whole text."""
    text: str | None
    """None where the ledger keeps no text."""


def draw(store: Store, shards: Shards, masked: bool, told: Reporter) -> list[Sample]:
    """Samples of all languages of a build, by label, kept ones first. ``masked`` tells whether its text is."""
    first: dict[tuple[str, str], Mapping[str, Any]] = {}
    for shard in sorted(shards, key=lambda shard: str(shard["file"])):
        root = next(root for root in (APART, PUBLISHED, LEDGER) if shard["file"].startswith(f"{root}/"))
        first.setdefault((shard["label"], root), shard)
    if not first:
        return []
    most = max(SHORTEST, min(LONGEST, SHOWN_CHARS // (8 * len(first))))
    bytes_each = max(1 << 18, min(4 << 20, READ_BYTES // len(first)))
    found: list[Sample] = []
    told.start("samples", len(first), len(first), 0)
    for (label, root), shard in sorted(first.items()):
        if store.exists(shard["file"]):
            rule = "kept" if root == PUBLISHED else "unverified"
            found += (
                _removed(store, label, shard, most, bytes_each)
                if root == LEDGER
                else _kept(store, label, rule, shard, most, masked)
            )
        told.advance(1)
    return found


def _batches(store: Store, shard: Mapping[str, Any], columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    with store.parquet(shard["file"], memory_map=True, pre_buffer=False) as file:
        wanted = [name for name in columns if name in file.schema_arrow.names]
        yield from file.iter_batches(BATCH, columns=wanted, use_threads=False)


def _kept(store: Store, label: str, rule: str, shard: Mapping[str, Any], most: int, masked: bool) -> list[Sample]:
    for batch in _batches(store, shard, ("text", "id", "url", "source")):
        rows = pa.Table.from_batches([batch]).slice(0, KEPT)
        if not masked:
            text = rows["text"].combine_chunks()
            rows = rows.set_column(rows.column_names.index("text"), "text", privacy.mask(text, privacy.find(text)))
        return [_sample(label, rule, row, most) for row in rows.to_pylist()]
    return []


def _removed(store: Store, label: str, shard: Mapping[str, Any], most: int, bytes_each: int) -> list[Sample]:
    """The first document of each rule among those that lie in the first megabytes."""
    rules: dict[str, Sample] = {}
    passed = 0
    for batch in _batches(store, shard, ("text", "id", "url", "source", "rule", "value", "limit")):
        new = {rule: row for row, rule in reversed(list(enumerate(batch["rule"].to_pylist()))) if rule not in rules}
        for rule, row in new.items():
            rules[rule] = _sample(label, rule, batch.slice(row, 1).to_pylist()[0], most)
        passed += pc.sum(pc.binary_length(batch["text"])).as_py() or 0
        if passed > bytes_each:
            break
    return [rules[rule] for rule in sorted(rules)]


def _sample(label: str, rule: str, row: Mapping[str, Any], most: int) -> Sample:
    text = row["text"]
    place = (host(row["url"]) if row.get("url") else "") or row["source"]
    excerpt = None if text is None else beginning(text, most)
    length = 0 if text is None else len(text)
    return Sample(label, rule, row["id"], place[:120], row.get("value"), row.get("limit"), length, excerpt)


def beginning(text: str, most: int) -> str:
    """The beginning of a text, at most so many code points, cut between words where it has some; runs of blanks are
    shortened."""
    short = _SPACES.sub(lambda run: "\n\n" if "\n" in run[0] else "  ", text[: 4 * most]).strip()
    if len(short) <= most:
        return short
    cut = short[:most]
    space = max(cut.rfind(" "), cut.rfind("\n"))
    return cut[:space].rstrip() if space > most // 2 else cut


def by_rule(samples: Sequence[Sample]) -> dict[str, list[int]]:
    """Numbers of the samples of each rule."""
    found: dict[str, list[int]] = defaultdict(list)
    for number, one in enumerate(samples):
        found[one.rule].append(number)
    return dict(found)
