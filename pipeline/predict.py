"""Identify text as it comes: a text a line in, one JSON object a line out, in bounded memory."""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol, cast

import pyarrow as pa

from langid.identify import Identifier
from manifests.errors import Stop

CHUNK_BYTES = 1 << 20
BATCH_LINES = 4096
"""Lines identified together, at most: they hold a count for each script there is."""
LONGEST = 16 << 20
"""Of a longer line, the first 16 MiB are looked at."""


class Stream(Protocol):
    """A file open for reading that gives what it has, and does not wait for more."""

    def read1(self, size: int, /) -> bytes: ...


@contextmanager
def opened(place: str) -> Iterator[Stream]:
    """The file at ``place`` (unpacked where its name ends in .gz, .bz2, .lz4 or .zst), or standard input for ``-``."""
    if place == "-":
        yield cast(Stream, sys.stdin.buffer)
        return
    try:
        stream = pa.input_stream(place)
    except (OSError, pa.ArrowException) as error:
        raise Stop(f"Cannot read {place}: {error}.", "Give a file, or - for standard input.") from None
    with stream:
        yield stream


def lines(stream: Stream) -> Iterator[list[str]]:
    """Batches of lines as they arrive, without line ends; bytes that are not UTF-8 become U+FFFD."""
    held = bytearray()
    batch: list[str] = []
    while True:
        try:
            chunk = stream.read1(CHUNK_BYTES)
        except OSError as error:
            raise Stop(f"The input is damaged: {error}.", "What came before it was answered.", 1) from None
        if not chunk:
            break
        *ended, last = chunk.split(b"\n")
        for part in ended:
            held += part[: LONGEST - len(held)]
            batch.append(_text(held))
            held.clear()
            if len(batch) == BATCH_LINES:
                yield batch
                batch = []
        held += last[: LONGEST - len(held)]
        if batch:
            yield batch
            batch = []
    if held:
        yield [_text(held)]


def _text(line: bytearray) -> str:
    return line.decode("utf-8", "replace").removesuffix("\r")


def predict(identifier: Identifier, supported: Mapping[str, bool], stream: Stream) -> Iterator[str]:
    """A JSON object for each line of ``stream``, many lines of them at a time.

    ``supported`` is null where the model's card does not say whether the label is.
    """
    for batch in lines(stream):
        found = identifier.identify(pa.array(batch, pa.string()))
        yield "".join(_told(row, supported) + "\n" for row in found.to_pylist())


def _told(row: Mapping[str, object], supported: Mapping[str, bool]) -> str:
    told = {
        "label": row["raw_label"],
        "score": _short(row["language_score"]),
        "top": json.loads(str(row["top_langs"])),
        "script": row["script"],
        "script_share": _short(row["script_share"]),
        "purity": _short(row["purity"]),
        "han_variant": row["han_variant"],
        "supported": supported.get(str(row["raw_label"])),
    }
    return json.dumps(told)


def _short(value: object) -> float:
    return round(float(str(value)), 4)
