"""What kind of file it is, told by its content."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """``kind`` is warc, jsonl, parquet or text, or None where the content is none of them, and ``reason`` says why."""

    kind: str | None
    codec: str = "none"
    """none, gzip, zstd, lz4 or bz2."""
    reason: str = ""


def detect(head: bytes, name: str = "") -> Kind:
    """Tell the kind by the first bytes of a file (64 KB do); ``name`` only settles what bytes leave open."""
    raise NotImplementedError
