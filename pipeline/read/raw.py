"""The bytes of a file as they lie, read forward in blocks and digested once as they are passed."""

from typing import BinaryIO

import xxhash

from manifests.errors import Retry

BLOCK = 256 << 10


class Raw:
    """``at`` reads anywhere, cheaply where it goes forward; the digest covers what lies between start and stop.

    What is passed is digested when its block is left, so that reading a little beyond the stop leaves the digest, like
    the records, independent of the size of blocks and units.
    """

    def __init__(self, handle: BinaryIO, size: int) -> None:
        self.size = size
        self._handle = handle
        self._block = b""
        self._offset = 0
        self._hash = xxhash.xxh3_128()
        self._hashed: int | None = None
        self._sealed = False

    def at(self, offset: int, length: int) -> bytes:
        """``length`` bytes from ``offset``, fewer at the end of the block or the file, none beyond the end."""
        inside = offset - self._offset
        if not 0 <= inside < len(self._block):
            if offset >= self.size:
                return b""
            self._pass(min(offset, self._offset + len(self._block)))
            self._block = self.peek(offset, BLOCK)
            self._offset = offset
            inside = 0
        return self._block[inside : inside + length]

    def full(self, offset: int, length: int) -> bytes:
        """As ``at``, but short only at the end of the file."""
        found = self.at(offset, length)
        while len(found) < length and (more := self.at(offset + len(found), length - len(found))):
            found += more
        return found

    def peek(self, offset: int, length: int) -> bytes:
        """As ``full``, without moving the block that is read forward. Raises Retry where the file is too short."""
        length = min(length, self.size - offset)
        if length <= 0:
            return b""
        self._handle.seek(offset)
        parts = []
        while length > 0:
            part = self._handle.read(length)
            if not part:
                raise Retry(f"the file ends {length} bytes before it should: it changed, or was not read to its end")
            parts.append(part)
            length -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def start(self, offset: int) -> None:
        """The unit starts here: the digest covers what follows."""
        self._hashed = offset

    def stop(self, offset: int) -> None:
        """The unit ends here: what is read from now on belongs to the next one."""
        if not self._sealed:
            self._pass(offset)
            self._sealed = True

    def _pass(self, to: int) -> None:
        if self._sealed or self._hashed is None or to <= self._hashed:
            return
        while self._hashed < to:
            inside = self._hashed - self._offset
            if 0 <= inside < len(self._block):
                part = self._block[inside : inside + to - self._hashed]
            else:  # a stretch that was jumped over: read it, so that the digest covers the whole unit
                part = self.peek(self._hashed, min(BLOCK, to - self._hashed))
            self._hash.update(part)
            self._hashed += len(part)

    @property
    def passed(self) -> int:
        """Bytes of the unit digested so far."""
        return self._hashed or 0

    def digest(self) -> str:
        """xxh3 (128 bits, hex) of the unit as far as it was read."""
        return self._hash.hexdigest()
