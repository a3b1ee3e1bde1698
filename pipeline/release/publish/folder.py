"""A folder as a place to publish to."""

import hashlib
import os
import shutil
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from manifests.errors import Stop
from pipeline.release.publish.files import Item
from pipeline.release.publish.journal import Journal
from pipeline.release.publish.place import Found, Sent

ASIDE = ".publishing"
"""What is added to the name of a file that is not whole yet."""


class Folder:
    """Files are copied beside their places, read again, and renamed."""

    def __init__(self, root: Path, out: Path) -> None:
        here, there = out.resolve(), root.expanduser().resolve()
        if there.is_relative_to(here) or here.is_relative_to(there):
            raise Stop(f"{root} and {out} lie in one another.", "Publish to a folder apart.")
        self.root, self.name, self.loads = there, str(root), str(root)

    def open(self, journal: Journal, dry: bool) -> None:
        """Make the folder."""
        if not dry:
            self.root.mkdir(parents=True, exist_ok=True)

    def there(self, names: Collection[str]) -> Mapping[str, Found]:
        """Files of these names, read whole."""
        paths = {name: self.root / name for name in names}
        return {name: Found(path.stat().st_size, _sha256(path)) for name, path in paths.items() if path.is_file()}

    def same(self, item: Item, found: Found) -> bool:
        """By size and SHA-256."""
        return found.size == item.size and found.mark == item.sha256

    def put(self, items: Sequence[Item], journal: Journal, sent: Sent) -> None:
        """Copy files."""
        for item in items:
            path = self.root / item.name
            journal.began(item.name)
            path.parent.mkdir(parents=True, exist_ok=True)
            draft = path.with_name(path.name + ASIDE)
            shutil.copyfile(item.path, draft)
            with draft.open("rb") as stream:
                os.fsync(stream.fileno())
            if _sha256(draft) != item.digests.sha256:
                raise Stop(f"{path} did not come out as it went in.", "The disk is full or failing.", 1)
            draft.replace(path)
            journal.sent(item.name, item.sha256, item.sha256)
            sent(item)

    def remove(self, names: Sequence[str], journal: Journal) -> None:
        """Remove files, and the folders they leave empty."""
        for name in names:
            path = self.root / name
            path.unlink(missing_ok=True)
            journal.removed(name)
            for folder in path.parents:
                if folder == self.root or any(folder.iterdir()):
                    break
                folder.rmdir()

    def tidy(self, journal: Journal) -> None:
        """Remove drafts of ours that a killed run left."""
        for name in journal.begun:
            path = self.root / name
            path.with_name(path.name + ASIDE).unlink(missing_ok=True)

    def close(self) -> None:
        """There is nobody to hang up on."""


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
