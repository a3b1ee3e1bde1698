"""Personal data in text: where addresses, telephone numbers, bank accounts and cards stand, and text with marks there.

A pass over bytes finds what is shaped like such data; the few such places are judged one by one (filters/personal).
What names nobody is left: private and reserved addresses, and numbers that only look alike, such as versions, dates,
amounts, parts of longer numbers. E-mail addresses at reserved domains such as example.com are found like any other:
people who hide theirs write it so.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from filters.personal import accounts, addresses, phones, shapes
from filters.personal.place import place
from langid.kernel import buffers
from manifests import schema

Numbers = npt.NDArray[np.int64]

VERSION = 2


class Kind(NamedTuple):
    """A kind of personal data: its name and what stands in its place in masked text."""

    name: str
    mark: str


KINDS = (
    Kind("email", "<email>"),
    Kind("ip", "<ip>"),
    Kind("phone", "<phone>"),
    Kind("iban", "<iban>"),
    Kind("card", "<card>"),
)
"""By the number that ``find`` gives. A new kind goes to the end."""

EMAIL, IP, PHONE, IBAN, CARD = range(len(KINDS))

TYPE = pa.list_(pa.field("item", pa.uint32(), nullable=False))
"""What ``find`` gives for a text."""


def _judged(shape: int, text: bytes, at: int, free: int, last: int) -> tuple[int, int, int]:
    """Start, end and kind of what has this shape there; an empty span for none. ``last`` is the kind found before."""
    if shape == shapes.AT:
        return *addresses.email(text, at, free), EMAIL
    if shape == shapes.FOUR:
        return *addresses.four(text, at), IP
    if shape == shapes.SIX:
        return *addresses.six(text, at), IP
    seen = place(text, at, free)
    if shape == shapes.CODE:
        return *seen.span(0, accounts.iban(seen)), IBAN
    end = accounts.card(seen)
    if end:
        return *seen.span(0, end), CARD
    end = addresses.four_in_other_digits(seen)
    if end:
        return *seen.span(0, end), IP
    return *seen.span(*phones.phone(seen, last == PHONE)), PHONE


def find(texts: pa.StringArray) -> pa.ListArray:
    """Personal data of each text: a list of TYPE, flat (start, end, kind) in UTF-8 byte offsets of the text, in order
    and without overlap; ``kind`` counts in KINDS.
    """
    offsets, data = buffers(texts)
    spans: list[int] = []
    ends = np.zeros(len(texts) + 1, np.int32)
    now, free, last, text = -1, 0, -1, b""
    for document, at, shape in shapes.find(offsets, data).tolist():
        if document != now:
            now, free, last, text = document, 0, -1, texts[document].as_buffer().to_pybytes()
        if at < free:
            continue
        start, end, kind = _judged(shape, text, at, free, last)
        if start < end:
            spans += (start, end, kind)
            ends[document + 1] += 3
            free, last = end, kind
    np.cumsum(ends, out=ends)
    return pa.ListArray.from_arrays(pa.array(ends), pa.array(spans, pa.uint32()), type=TYPE)


def mask(texts: pa.StringArray, pii: pa.ListArray) -> pa.StringArray:
    """The texts with each span of ``pii``, as ``find`` gives them, replaced by the mark of its kind."""
    marks = [kind.mark.encode() for kind in KINDS]
    spans = pii.flatten().to_numpy().reshape(-1, 3).astype(np.int64)
    if not len(spans):
        return texts
    offsets, data = buffers(texts)
    row, _ = _rows(pii)
    starts, ends = offsets[row] + spans[:, 0], offsets[row] + spans[:, 1]
    text = data.data
    masked: list[bytes | memoryview] = []
    free = int(offsets[0])
    for start, end, kind in zip(starts.tolist(), ends.tolist(), spans[:, 2].tolist(), strict=True):
        masked += [text[free:start], marks[kind]]
        free = end
    masked.append(text[free : int(offsets[-1])])
    longer = np.zeros(len(texts), np.int64)
    np.add.at(longer, row, np.array([len(mark) for mark in marks])[spans[:, 2]] - (ends - starts))
    moved = (offsets - offsets[0] + np.concatenate([[0], np.cumsum(longer)])).astype(np.int32)
    return pa.StringArray.from_buffers(len(texts), pa.py_buffer(moved), pa.py_buffer(b"".join(masked)))


def annotations(texts: pa.StringArray, pii: pa.ListArray) -> pa.ListArray:
    """The spans of ``pii``, as ``find`` gives them, as ``schema.PII``: in code points of each text, kinds by name."""
    offsets, data = buffers(texts)
    spans = pii.flatten().to_numpy().reshape(-1, 3).astype(np.int64)
    row, counts = _rows(pii)
    begins = np.concatenate([[0], np.cumsum((data & 0xC0) != 0x80)]) if len(spans) else np.zeros(1, np.int64)
    edges = [
        pa.array((begins[offsets[row] + spans[:, side]] - begins[offsets[row]]).astype(np.int32)) for side in (0, 1)
    ]
    names = pa.array([kind.name for kind in KINDS]).take(pa.array(spans[:, 2]))
    fields = list(schema.PII.value_type)
    structs = pa.StructArray.from_arrays([*edges, names], fields=fields)
    ends = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(ends), structs, type=schema.PII)


def tally(pii: pa.ListArray) -> dict[str, int]:
    """How many spans of each kind ``find`` gave; kinds that are not there are left out."""
    counts = np.bincount(pii.flatten().to_numpy()[2::3], minlength=len(KINDS)).tolist()
    return {kind.name: count for kind, count in zip(KINDS, counts, strict=True) if count}


def _rows(pii: pa.ListArray) -> tuple[Numbers, Numbers]:
    """The text that each span is of, and how many spans each text has."""
    counts = pc.list_value_length(pii).to_numpy(zero_copy_only=False) // 3
    return np.repeat(np.arange(len(pii)), counts), counts
