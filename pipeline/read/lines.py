"""Lines out of pieces, each with the position where it starts, and never more than one too long line's worth held."""

from collections.abc import Iterable, Iterator

from pipeline.read.pieces import Piece, place
from pipeline.read.record import Position, Skipped


def lines(
    pieces: Iterable[Piece], plain: bool, first: bool, max_bytes: int, blank: bool = False
) -> Iterator[tuple[Position, bytes] | Skipped]:
    """Lines without their line feed, empty ones only where ``blank`` asks for them.

    A unit reads the lines that start after its first byte and not after its last border: so a line that starts
    exactly on a border, or lies across it, belongs to the unit before. ``first`` is true for the unit at the head of
    the file, which has no line before it. After damage, reading goes on with the next whole line.
    """
    joined = first  # false while the line at hand began out of sight
    carry: list[bytes] = []
    carried = 0
    began = Position(0, 0)
    ending = False
    doubtful = False
    for piece in pieces:
        if piece.border:
            if not joined:
                return
            ending = True
            continue
        if piece.damage:
            yield Skipped(place(piece, 0, plain), "damaged", piece.damage)
            if ending:
                return
            joined, carry, carried, doubtful = False, [], 0, False
            continue
        data = piece.data
        frame, inner = place(piece, 0, plain)
        doubtful = doubtful or piece.doubtful
        at = 0
        while (end := data.find(b"\n", at)) >= 0:
            if not joined:
                joined = True
            else:
                position = began if carried else Position(frame + at, 0) if plain else Position(frame, inner + at)
                length = carried + end - at
                if length > max_bytes:
                    yield Skipped(position, "too_long", f"a line of {length} bytes")
                elif doubtful and length:
                    yield Skipped(position, "damaged", "in the part that no checksum vouches for")
                elif carried:
                    carry.append(data[at:end])
                    yield position, b"".join(carry)
                elif length or blank:
                    yield position, data[at:end]
            if carried:
                carry, carried = [], 0
            at = end + 1
            if ending:
                return
        if joined and at < len(data):
            if not carried:
                began = place(piece, at, plain)
            carried += len(data) - at
            if carried > max_bytes:
                carry.clear()
            else:
                carry.append(data[at:] if at else data)
    if joined and carried:
        if carried > max_bytes:
            yield Skipped(began, "too_long", f"a line of {carried} bytes")
        elif doubtful:
            yield Skipped(began, "damaged", "in the part that no checksum vouches for")
        else:
            yield began, b"".join(carry)
