"""Clusters from signatures alone, in tasks that each fit a worker's memory: how the work is cut, and what comes of it.

Documents of all parts are numbered, part after part. A block is as many whole parts as fit a worker; keys are cut into
ranges of their hash. Each stage reads what the one before wrote, in order and by ranges:

    spread   a block: band keys of its documents                               work/cluster/keys/BLOCK
    pair     a range of keys: pairs to compare, and exact copies               work/cluster/pairs/RANGE, links/copies-
    send     a block: the signatures of leaders, for the blocks of members     work/cluster/asked/BLOCK, sent/BLOCK
    compare  a block: the pairs of its members that are alike, as a forest     work/cluster/links/BLOCK
    join     some forests: one, until one is left                              work/cluster/joined/LEVEL-NUMBER
    members  a block: its clustered documents, by cluster                      work/cluster/members/BLOCK
    gather   some whole clusters: their members in order                       index/clusters/NUMBER

What comes out depends on the documents alone: pairs on keys and texts, components on pairs, a cluster's name on ids.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedup import bands, cluster
from dedup.estimate import Values
from langid import relatives
from pipeline.settings import Settings, digest
from pipeline.steps.notes import recipe
from pipeline.store import Store

VERSION = 2
WORK = "work/cluster"
PLAN, DONE = f"{WORK}/plan.json", f"{WORK}/done.json"
CLUSTERS = "index/clusters"

DOCUMENT_BYTES = 1500
"""Memory a document of a block takes at most: its signature, its keys, and their sorting."""
ENTRY_BYTES = 240
"""Memory a key takes at most while its range is sorted and paired."""
MEMBER_BYTES = 1000
"""Memory a clustered document takes at most while its cluster is gathered or its canonical chosen."""
LEAST = 1 << 14
"""Documents of a task from which on it is worth cutting it for another worker."""
FAN = 8
"""Forests that one task joins."""
GROUP_ROWS = 1 << 16
BUFFER = 1 << 21
"""Pairs that are gathered before repeats among them are dropped."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How the work is cut."""

    fingerprint: str
    parts: tuple[str, ...]
    starts: tuple[int, ...]
    """Number of the first document of each part, and of all documents"""
    blocks: tuple[tuple[int, int], ...]
    """First part, and part after the last, of each block"""
    ranges: int
    """Into how many ranges the keys are cut"""
    hands: int = 1
    """How many workers share each stage"""

    def borders(self) -> list[int]:
        """Number of the first document of each block, and of all documents."""
        return [self.starts[first] for first, _ in self.blocks] + [self.starts[-1]]

    def places(self, numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Where documents lie: number of the part << 32 | row in it."""
        starts = np.array(self.starts)
        part = np.searchsorted(starts, numbers, side="right") - 1
        return np.asarray(part << 32 | (numbers - starts[part]), np.int64)


def fingerprint(notes: Iterable[str], settings: Settings) -> str:
    """Changes with any notes part, and with whatever decides which documents are near-duplicates."""
    return digest(
        ["cluster", VERSION, bands.VERSION, cluster.VERSION, relatives.GROUPS],
        [sorted(notes), asdict(recipe(settings.dedup)), settings.dedup.scope],
    )


def plan(rows: Mapping[str, int], settings: Settings, wanted: str, memory: int, hands: int = 1) -> Plan:
    """Cut the parts, given with their rows, so that each task takes about half of ``memory`` bytes at most, and each of
    ``hands`` workers has one, where there is enough to do.
    """
    starts = np.cumsum([0, *rows.values()]).tolist()
    documents = starts[-1]
    most = max(1, memory // 2 // DOCUMENT_BYTES)
    share = (np.array(starts[:-1]) + starts[1:]) * shares(documents, hands) // max(1, 2 * documents)
    blocks = []
    first = 0
    for part in range(1, len(rows) + 1):
        if part == len(rows) or share[part] != share[first] or starts[part + 1] - starts[first] > most:
            blocks.append((first, part))
            first = part
    keys = documents * (recipe(settings.dedup).bands + 1)
    ranges = max(1, -(-keys * ENTRY_BYTES // (memory // 2)), shares(documents, hands))
    return Plan(wanted, tuple(rows), tuple(starts), tuple(blocks) if documents else (), ranges, hands)


def shares(documents: int, hands: int) -> int:
    """Into how many tasks a stage over so many documents is cut for ``hands`` workers."""
    return max(1, min(hands, documents // LEAST))


def prepare(store: Store, made: Plan) -> None:
    """Keep the plan for the tasks. What another plan has left goes; what this one's tasks have written holds."""
    if store.read_json(PLAN) != _plain(made):
        store.remove(WORK)
        store.write_json(PLAN, _plain(made))


def _plain(made: Plan) -> dict[str, Any]:
    told = asdict(made)
    return {**told, **{name: list(told[name]) for name in ("parts", "starts")}, "blocks": list(map(list, made.blocks))}


def planned(store: Store) -> Plan:
    """The plan that was kept."""
    told = store.read_json(PLAN) or {}
    blocks = tuple((first, after) for first, after in told["blocks"])
    return Plan(told["fingerprint"], tuple(told["parts"]), tuple(told["starts"]), blocks, told["ranges"], told["hands"])


def file(stage: str, number: int) -> str:
    """Where a stage writes what comes of a block or range."""
    return f"{WORK}/{stage}/{number:05d}.parquet"


def joins(made: Plan) -> list[dict[str, tuple[str, list[str], bool]]]:
    """The levels of the tree in which forests become one: by the file that a task writes, what it reads."""
    there = [file("links", block) for block in range(len(made.blocks))]
    there += [f"{WORK}/links/copies-{number:05d}.parquet" for number in range(made.ranges)]
    levels: list[dict[str, tuple[str, list[str], bool]]] = []
    while made.blocks and (len(there) > 1 or not levels):
        level: dict[str, tuple[str, list[str], bool]] = {}
        for first in range(0, len(there), FAN):
            name = f"{WORK}/joined/{len(levels)}-{first // FAN:05d}.parquet"
            level[name] = (name, there[first : first + FAN], len(there) <= FAN)
        levels.append(level)
        there = list(level)
    return levels


def finish(wanted: str, told: Mapping[str, Any]) -> dict[str, Any]:
    """The marker of what was found, as the last join told; ``files`` are ranges of numbers of first documents."""
    first = told.get("first", [])
    files = [[low, high - 1] for low, high in pairwise([*first, 1 << 32])]
    return {
        "fingerprint": wanted,
        "documents": told.get("documents", 0),
        "clusters": told.get("clusters", 0),
        "files": files,
    }


def there(store: Store, done: Mapping[str, Any]) -> bool:
    """True where all that ``done`` speaks of is there."""
    return (
        store.exists(PLAN)
        and all(store.exists(f"{CLUSTERS}/{number:05d}.parquet") for number in range(len(done["files"])))
        and all(store.exists(file("members", block)) for block in range(len(planned(store).blocks)))
    )


def write_sorted(store: Store, name: str, columns: Mapping[str, Any]) -> None:
    """Write what later tasks read by ranges of its first column, in which it ascends."""
    table = pa.table(dict(columns))
    with store.writer(name, table.schema) as writer:
        writer.write_table(table, row_group_size=GROUP_ROWS)


def numbers(table: pa.Table, column: str) -> npt.NDArray[Any]:
    """A column of plain numbers without nulls."""
    return np.asarray(table[column].to_numpy())


def distinct(pieces: Iterable[cluster.Pairs]) -> cluster.Pairs:
    """All pairs of many pieces, each once, ascending; the pieces are never all in memory."""
    found: cluster.Pairs = np.zeros(0, np.uint64)
    held: list[cluster.Pairs] = []
    for piece in pieces:
        held.append(piece)
        if sum(map(len, held)) > max(BUFFER, len(found)):
            found, held = np.unique(np.concatenate([found, *held])), []
    return np.unique(np.concatenate([found, *held])) if held else found


def values_at(store: Store, made: Plan, block: int, wanted: npt.NDArray[np.int64] | None = None) -> Values:
    """Signatures of the documents of a block, or of those with the numbers ``wanted``, which ascend."""
    first, after = made.blocks[block]
    start, end = made.starts[first], made.starts[after]
    numbers = np.arange(start, end) if wanted is None else wanted
    found: Values | None = None
    for part in range(first, after):
        low, high = np.searchsorted(numbers, made.starts[part : part + 2])
        if high == low:
            continue
        whole = store.read_table(f"index/signatures/{made.parts[part]}.parquet", ["signature"])["signature"]
        values = values_of(whole)
        if found is None:
            found = np.empty((len(numbers), values.shape[1]), np.uint16)
        found[low:high] = values[numbers[low:high] - made.starts[part]]
    return np.zeros((0, 1), np.uint16) if found is None else found


def values_of(column: pa.ChunkedArray | pa.Array) -> Values:
    """A column of signatures as (n, permutations) 16-bit values."""
    flat = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    width = flat.type.byte_width // 2
    whole = np.frombuffer(flat.buffers()[1] or b"", np.uint16)
    return whole[flat.offset * width : (flat.offset + len(flat)) * width].reshape(len(flat), width)


def files(store: Store) -> list[str]:
    """The files of clusters: (cluster_id, id, cluster_size, place), ordered by cluster and id; no cluster is in two."""
    return [name for name in store.files(CLUSTERS) if name.endswith(".parquet")]


def rows_of(store: Store, name: bytes) -> pa.Table:
    """The rows of one cluster, in the order of id."""
    found = [store.read_where(file, [("cluster_id", "=", name)]) for file in files(store)]
    return pa.concat_tables(found) if found else SCHEMA.empty_table()


def cluster_of(store: Store, document: bytes) -> bytes | None:
    """The cluster of a document as it is now; None where it has no near-duplicate."""
    for file in files(store):
        found = store.read_where(file, [("id", "=", document)], ["cluster_id"])
        if found.num_rows:
            name: bytes = found["cluster_id"][0].as_py()
            return name
    return None


SCHEMA = pa.schema({"cluster_id": pa.binary(16), "id": pa.binary(16), "cluster_size": pa.int32(), "place": pa.int64()})
