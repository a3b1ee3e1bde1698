"""Parts that hold signatures alone: documents as the notes step would have left them."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from dedup.recipe import Recipe
from pipeline.steps.notes import RECIPE, binary
from pipeline.store import Store


class Documents(NamedTuple):
    """``ids`` (n, 16) bytes, ``exact`` (n, 2), ``values`` (n, 128), ``labels`` and ``chars`` (n,)."""

    ids: np.ndarray
    exact: np.ndarray
    values: np.ndarray
    labels: np.ndarray
    chars: np.ndarray

    def at(self, rows: np.ndarray) -> "Documents":
        return Documents(*(column[rows] for column in self))


def put(store: Store, part: str, documents: Documents) -> dict[str, object]:
    """Write a part, all of whose documents rules keep; what its marker would say."""
    n = len(documents.ids)
    store.write_table(
        f"index/signatures/{part}.parquet",
        pa.table(
            {
                "id": binary(documents.ids),
                "exact_hash": binary(documents.exact),
                "signature": binary(documents.values),
            },
            metadata={RECIPE: Recipe().stored()},
        ),
        level=1,
    )
    store.write_table(
        f"index/signals/{part}.parquet",
        pa.table(
            {
                "raw_label": pa.array(documents.labels.tolist(), pa.string()).dictionary_encode(),
                "purity": pa.array(np.ones(n, np.float32)),
                "signal.chars": pa.array(documents.chars.astype(np.float32)),
            }
        ),
        level=1,
    )
    rule = pa.array(["kept"] * n, pa.string()).dictionary_encode()
    judged = pa.table({"rule": rule, "doubt": pa.array([None] * n, pa.string()).dictionary_encode()})
    store.write_table(f"work/judge/{part}.parquet", judged, level=1)
    return {"fingerprint": part, "rows": n}


def parts_of(documents: Documents, size: int) -> Iterator[tuple[str, Documents]]:
    """Documents cut into parts, with names."""
    for number, first in enumerate(range(0, len(documents.ids), size)):
        yield f"{number:05d}", documents.at(np.arange(first, min(first + size, len(documents.ids))))
