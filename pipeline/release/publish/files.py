"""What is published of a build, and digests of it."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from manifests.errors import Stop
from pipeline.store import Store

PART = 16 << 20
"""Bytes that are sent at a time of a large file, unless it would take too many such parts."""
MOST_PARTS = 9_000
"""S3 takes 10,000."""
BESIDE = ("sample/mixture.json", "report.html", "README.md", "manifest.json")
"""What is published with the data, last: none of it speaks of files that are not there yet."""


@dataclass(frozen=True)
class Item:
    """A file to publish."""

    name: str
    path: Path
    size: int
    told: str = ""
    """SHA-256 that the manifest tells, where it does."""

    @property
    def part(self) -> int:
        """Bytes of a part of it."""
        return max(PART, -(-self.size // MOST_PARTS))

    @cached_property
    def digests(self) -> "Digests":
        """Of the file as it lies here now; Stop where the manifest tells another."""
        found = _digests(self.path, self.part)
        if self.told and found.sha256 != self.told:
            raise Stop(
                f"{self.path} has other bytes than the manifest says.", "corpus verify tells more; build it again.", 1
            )
        return found

    @property
    def sha256(self) -> str:
        """As the manifest tells it, else as it is."""
        return self.told or self.digests.sha256


@dataclass(frozen=True, slots=True)
class Digests:
    """Of one file, made in one pass."""

    sha256: str
    git: str
    """SHA-1 of it as a blob of git."""
    md5: bytes
    parts: tuple[bytes, ...]
    """MD5 of each part."""

    @property
    def etag(self) -> str:
        """What S3 calls the object: its MD5, or the MD5 of those of its parts."""
        if len(self.parts) < 2:
            return self.md5.hex()
        return f"{hashlib.md5(b''.join(self.parts), usedforsecurity=False).hexdigest()}-{len(self.parts)}"


def _digests(path: Path, part: int) -> Digests:
    sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    git = hashlib.sha1(f"blob {path.stat().st_size}\0".encode(), usedforsecurity=False)
    parts = []
    with path.open("rb") as stream:
        while piece := stream.read(part):
            for one in (sha256, md5, git):
                one.update(piece)
            parts.append(hashlib.md5(piece, usedforsecurity=False).digest())
    return Digests(sha256.hexdigest(), git.hexdigest(), md5.digest(), tuple(parts))


def chosen(store: Store, manifest: Mapping[str, Any], with_removed: bool, with_index: bool) -> list[Item]:
    """What is to be published, in the order in which it is sent."""
    return list(_chosen(store, manifest, with_removed, with_index))


def _chosen(store: Store, manifest: Mapping[str, Any], with_removed: bool, with_index: bool) -> Iterator[Item]:
    for shard in manifest["shards"]:
        if shard["file"].startswith("data/") or with_removed:
            yield _item(store, shard["file"], shard["sha256"])
    told = store.files("index") if with_index else []
    audits = [name for name in store.files("audits") if name.count("/") == 1]
    for name in (*told, *audits, *(name for name in BESIDE if store.exists(name))):
        yield _item(store, name)


def _item(store: Store, name: str, told: str = "") -> Item:
    size = store.size(name)
    if size is None:
        raise Stop(f"{store.at(name)} is missing.", "corpus verify tells more; build it again.", 1)
    return Item(name, store.path(name), size, told)
