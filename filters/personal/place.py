"""What a judge sees of a text: a little before and after the place where something is shaped like personal data."""

from typing import NamedTuple

from filters.personal.digits import plain

SEEN = 96
"""Bytes on each side."""


class Place(NamedTuple):
    """Text around a place, with digits and signs read as ASCII; code points stand where they stood."""

    before: str
    after: str
    """From the first character of the shape on"""
    raw_before: str
    raw_after: str
    at: int
    """Byte of the text where ``after`` begins"""

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Bytes of the text between two characters, counted from the place; those before it are negative."""
        return self._byte(start), self._byte(end)

    def _byte(self, character: int) -> int:
        if character < 0:
            return self.at - len(self.raw_before[character:].encode())
        return self.at + len(self.raw_after[:character].encode())


def place(text: bytes, at: int, free: int) -> Place:
    """What surrounds byte ``at``, where a character begins; nothing from before ``free``."""
    before = text[max(free, at - SEEN) : at].decode("utf-8", "ignore")
    after = text[at : at + SEEN].decode("utf-8", "ignore")
    return Place(plain(before), plain(after), before, after, at)
