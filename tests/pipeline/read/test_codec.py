"""Frames of zstd, which are fed block by block: whatever is fed and however, all comes out, and never much at once."""

import random

import pytest
import zstandard

from pipeline.read.codec import CODECS, Decoder

BLOCK = 128 << 10


def _frame(rng: random.Random) -> tuple[bytes, bytes]:
    """Content of blocks of every type and size, and its frame."""
    parts = [b""]
    for _ in range(rng.randrange(6)):
        size = rng.choice((0, 1, 5, 100, 5000, 140_000))
        parts.append(rng.choice((rng.randbytes(size), b"a" * size, b"the cat sat %d " % size * (size // 12))))
    packer = zstandard.ZstdCompressor(write_checksum=rng.random() < 0.5, write_content_size=rng.random() < 0.5)
    if rng.random() < 0.5:
        return b"".join(parts), packer.compress(b"".join(parts))
    stream = packer.compressobj()
    frame = b"".join(stream.compress(part) + stream.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK) for part in parts)
    return b"".join(parts), frame + stream.flush()


def _decoded(decoder: Decoder, data: bytes, feed: int) -> tuple[bytes, int, str]:
    """What came, how much of the data was taken, and the error."""
    out, at = [], 0
    try:
        while not decoder.eof:
            fed = data[at : at + feed] if decoder.needs_input else b""
            if decoder.needs_input and not fed:
                break
            at += len(fed)
            out.append(decoder.decompress(fed))
            assert len(out[-1]) <= BLOCK
    except zstandard.ZstdError as error:
        return b"".join(out), at, str(error)
    return b"".join(out), at - len(decoder.unused_data or b""), ""


@pytest.mark.parametrize("seed", range(40))
def test_a_frame_comes_out_whole_and_its_end_is_found(seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311
    content, frame = _frame(rng)
    feed = rng.choice((1, 3, 100)) if len(frame) < 3000 else rng.choice((999, 16_384, 10**7))
    rest = rng.randbytes(rng.choice((0, 1, 7, 40_000)))
    assert _decoded(CODECS["zstd"].decoder(None), frame + rest, feed) == (content, len(frame), "")


@pytest.mark.parametrize("seed", range(40))
def test_a_broken_frame_gives_what_the_library_gives_byte_by_byte(seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311
    _, frame = _frame(rng)
    bad = bytearray(frame[:20_000])
    bad[rng.randrange(len(bad))] ^= 1 << rng.randrange(8)
    stream, expected, trouble = zstandard.ZstdDecompressor(max_window_size=1 << 27).decompressobj(), b"", ""
    try:
        for byte in bad:
            if stream.eof:
                break
            expected += stream.decompress(bytes([byte]))
    except zstandard.ZstdError as error:
        trouble = str(error)
    found, _, told = _decoded(CODECS["zstd"].decoder(None), bytes(bad), rng.choice((7, 16_384)))
    assert told == trouble
    # The last block comes with its checksum: where that is wrong, it does not come at all.
    assert found == expected or ("checksum" in told and expected.startswith(found))


def test_four_bytes_of_a_bomb_never_give_more_than_a_block() -> None:
    frame = zstandard.ZstdCompressor(level=19).compress(bytes(50 << 20))
    assert len(frame) < 8000
    decoder = CODECS["zstd"].decoder(None)
    sizes = [len(decoder.decompress(frame))]
    while not decoder.eof:
        assert not decoder.needs_input
        sizes.append(len(decoder.decompress(b"")))
    assert max(sizes) <= BLOCK
    assert sum(sizes) == 50 << 20
