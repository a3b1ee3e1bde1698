"""What is found of personal data in one text."""

import pyarrow as pa

from filters.privacy import KINDS, find


def found(text: str) -> list[tuple[str, str]]:
    """What is found in one text, with the name of its kind."""
    spans = find(pa.array([text]))[0].as_py()
    raw = text.encode()
    return [
        (raw[start:end].decode(), KINDS[kind].name)
        for start, end, kind in zip(spans[::3], spans[1::3], spans[2::3], strict=True)
    ]
