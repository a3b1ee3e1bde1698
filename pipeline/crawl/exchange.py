"""Links from one partition to another: files that appear whole, and go when what they say is kept.

exchange/2/0-000017.json        from partition 0 to partition 2
"""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from pipeline.crawl.frontier import Found, Frontier


class Exchanges:
    """What partition ``number`` sends to the others and gets from them."""

    def __init__(self, folder: Path, number: int, frontier: Frontier) -> None:
        self._folder = folder
        self._number = number
        self._frontier = frontier
        self._serial = 0
        self._decoder = msgspec.json.Decoder(Found)
        (folder / str(number)).mkdir(parents=True, exist_ok=True)

    def send(self) -> None:
        """Send what the frontier holds for others. Sent twice after a kill, it is known there already."""
        rows = self._frontier.handed_over()
        if not rows:
            return
        for to in sorted({partition for _, partition, _ in rows}):
            place = self._folder / str(to)
            place.mkdir(parents=True, exist_ok=True)
            while (path := place / f"{self._number}-{self._serial:06d}.json").exists():
                self._serial += 1
            draft = path.with_suffix(".draft")
            draft.write_text("\n".join(link for _, partition, link in rows if partition == to), encoding="utf-8")
            draft.replace(path)
        self._frontier.sent(rows[-1][0])
        self._frontier.commit()

    def received(self) -> Iterator[tuple[Path, list[Found]]]:
        """What came, file by file; who has kept it removes the file."""
        for path in sorted((self._folder / str(self._number)).glob("*.json")):
            yield path, [self._decoder.decode(line) for line in path.read_text(encoding="utf-8").splitlines()]


def packed(link: Found) -> str:
    """A link as it is sent."""
    return msgspec.json.encode(link).decode()


def waiting(folder: Path) -> set[int]:
    """Partitions that have something to read."""
    return {int(place.name) for place in folder.iterdir() if any(place.glob("*.json"))} if folder.is_dir() else set()
