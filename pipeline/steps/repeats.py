"""Count over all documents which paragraphs stand in several, so that notes can cut them from all but the first.

list    each text part: its paragraphs, beside its lines                          work/paragraphs/PART
repeat  a range of keys: those in several documents, once for each part that
        must cut them, with the document that keeps them (key, document)          work/repeats/NUMBER

Keys alone travel, and a range fits a worker, as with the lines of hosts (``count``). Only where it is asked for.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from filters import boilerplate, repeats
from filters.boilerplate import Lines
from pipeline.rows import id_array
from pipeline.settings import Settings, digest
from pipeline.steps import count
from pipeline.steps.count import GROUP_ROWS, Frame
from pipeline.store import Store
from pipeline.task import Context

VERSION = 1
LISTED, FOLDER = "work/paragraphs", "work/repeats"
DONE = f"{FOLDER}/done.json"


def fingerprint(text: str, settings: Settings) -> str:
    """Changes with the text part, given by its name and the fingerprint of its unit, and with what is a paragraph."""
    return digest("repeats", VERSION, repeats.VERSION, boilerplate.VERSION, text, settings.dedup.paragraphs)


def run_list(context: Context, store: Store, work: tuple[str, str]) -> dict[str, Any]:
    """Put the paragraphs of a text part beside it."""
    part, wanted = work
    store.remove(f"{LISTED}/{part}.json")  # an older marker must not outlive the file it speaks of
    found = []
    with store.parquet(f"work/text/{part}.parquet") as file:
        for group in range(file.num_row_groups):
            table = file.read_row_group(group, ["id", "text"], use_threads=False).combine_chunks()
            documents = repeats.ids(id_array(table["id"]))
            texts = table["text"].combine_chunks()
            found.append(repeats.paragraphs(texts, documents, context.settings.dedup.paragraphs or 1).least(2))
    lines = count.write(store, part, found, LISTED, 2)
    marker = {"fingerprint": wanted, "lines": lines}
    store.write_json(f"{LISTED}/{part}.json", marker)
    return marker


def there(store: Store, of: int) -> bool:
    """True where every range was counted."""
    return len(store.there(f"{FOLDER}/{number:05d}.parquet" for number in range(of))) == of


def run(context: Context, store: Store, work: tuple[int, int, list[str]]) -> dict[str, list[int]]:
    """Find the repeated paragraphs of a range of keys; by part, where they lie and what they are, as ``count.run``."""
    number, of, parts = work
    found = [count.in_range(store, part, number, of, LISTED) for part in parts]
    several = repeats.firsts(Lines.of(found).least(2))
    pieces = [np.zeros(0, np.int64)]
    for one in found:
        places = np.searchsorted(several.keys, one.keys)
        places[places == len(several.keys)] = 0
        mine = np.zeros(0, np.int64)
        if len(several.keys):
            cut = (several.keys[places] == one.keys) & (several.documents[places] != one.documents)
            mine = np.unique(places[cut])
        pieces.append(mine)
    rows = np.concatenate(pieces)
    keys, documents = several.keys[rows], several.documents[rows]
    table = pa.table({"key": keys, "document": documents})
    store.write_table(f"{FOLDER}/{number:05d}.parquet", table, row_group_rows=GROUP_ROWS, level=1)
    sums = keys + np.uint64(3) * documents
    ends = np.cumsum([0, *map(len, pieces[1:])]).tolist()
    return {
        part: [start, stop, int(sums[start:stop].sum())]
        for part, start, stop in zip(parts, ends[:-1], ends[1:], strict=True)
        if stop > start
    }


def lines(frame: Frame, store: Store) -> Lines:
    """The paragraphs to cut from a part, in order of keys, each with the document that keeps it."""
    tables = [count.piece(store, FOLDER, *piece) for piece in frame.pieces]
    return Lines(
        *(
            np.concatenate([np.zeros(0, np.uint64), *(table[name].to_numpy() for table in tables)])
            for name in ("key", "document")
        )
    )


def told(sums: Mapping[str, list[int]]) -> dict[str, dict[str, int]]:
    """Of each source whose documents lost paragraphs: documents, paragraphs and code points."""
    return {source: dict(zip(("documents", "paragraphs", "chars"), of, strict=True)) for source, of in sums.items()}
