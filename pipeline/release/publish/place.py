"""What every place to publish to can do."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from pipeline.release.publish.files import Item
from pipeline.release.publish.journal import Journal


@dataclass(frozen=True, slots=True)
class Found:
    """A file that lies there."""

    size: int
    mark: str
    """What changes with its bytes, as the place tells it."""


Sent = Callable[[Item], None]
"""Told of each file once it lies there."""


class Place(Protocol):
    """A destination."""

    name: str
    """As the user may see it: without secrets."""
    loads: str
    """What the library datasets loads it by."""

    def open(self, journal: Journal, dry: bool) -> None:
        """Make ready; with ``dry`` nothing is changed there."""

    def there(self, names: Collection[str]) -> Mapping[str, Found]:
        """What lies there; files of other names than these may be left out."""

    def same(self, item: Item, found: Found) -> bool:
        """True where the file there has the bytes of the one here."""

    def put(self, items: Sequence[Item], journal: Journal, sent: Sent) -> None:
        """Send files; what an earlier run sent of them is not sent again."""

    def remove(self, names: Sequence[str], journal: Journal) -> None:
        """Remove files."""

    def tidy(self, journal: Journal) -> None:
        """Leave nothing behind of what was begun and not ended."""

    def close(self) -> None:
        """Hang up."""
