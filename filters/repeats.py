"""Paragraphs that stand in more than one document: told by counting, cut from all but the first document.

A paragraph is a line of enough words, known by a 64-bit key of its bytes, white space at its ends left out. The first
document is the one of least id, by the first 64 bits of its id. Frames of hosts (``filters.boilerplate``) are cut
before. A document that would lose more than near-duplicates share stays whole: it may be one, and is then removed as a
whole, with its paragraphs, instead of leaving what little was changed in it.
"""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from filters import boilerplate
from filters.boilerplate import Bytes, Cut, Keys, Lines, Offsets, key_of, line_end
from langid import segment, unicode
from langid.kernel import buffers, kernel
from langid.unicode import CLASS_MASK, CLASS_SHIFT, CLUSTER, KANA, PREFIX, Index, Values

VERSION = 1

ANYWHERE = 0x2545F4914F6CDD1D
"""Stands in the key of a paragraph for the host of a line: that of no host."""
CLUSTERS = 2
"""So many clusters, in scripts that do not space words, count as one word."""


def paragraphs(texts: pa.StringArray, documents: Keys, words: int) -> Lines:
    """The paragraphs of at least so many words of texts, which are documents of these ids."""
    offsets, data = buffers(texts)
    most = int(np.count_nonzero(data[offsets[0] : offsets[-1]] == boilerplate.LINE_FEED)) + len(texts)
    keys, owners = np.empty(most, np.uint64), np.empty(most, np.uint64)
    found = _paragraphs(offsets, data, documents, *unicode.table(), words * CLUSTERS, keys, owners)
    return Lines(keys[:found], owners[:found])


def firsts(found: Lines) -> Lines:
    """Keys that stand in several documents, with the first of these; ``found`` is as ``Lines.least(2)`` gives it."""
    keys = boilerplate.shared(found, 2)
    return Lines(keys, found.documents[np.searchsorted(found.keys, keys)])


def cut(texts: pa.StringArray, documents: Keys, repeated: Lines, most: float) -> Cut:
    """Cut the paragraphs of ``repeated``, as ``firsts`` gives them, from documents that are not the first.

    A document that would lose more than the share ``most`` of its code points stays whole.
    """
    hosts = np.full(len(texts), ANYWHERE, np.uint64)
    return boilerplate.cut_all(texts, hosts, repeated, documents, most, 0)


@kernel
def _paragraphs(
    offsets: Offsets,
    data: Bytes,
    documents: Keys,
    index: Index,
    values: Values,
    least: int,
    keys: Keys,
    owners: Keys,
) -> int:
    found = 0
    for document in range(len(offsets) - 1):
        i, stop = int(offsets[document]), int(offsets[document + 1])
        while i < stop:
            end = line_end(data, i, stop)
            if end - i >= least:  # a word, or half of one, takes a byte at least
                weight = 0
                state = segment.OUTSIDE
                k = i
                while k < end and weight < least:
                    _, value, k, state, begins = segment.step(data, k, end, index, values, state, False)
                    if begins:
                        word_class = value >> CLASS_SHIFT & CLASS_MASK
                        weight += 1 if word_class in (CLUSTER, KANA, PREFIX) else CLUSTERS
                if weight >= least:
                    keys[found] = key_of(data, i, end, np.uint64(ANYWHERE))
                    owners[found] = documents[document]
                    found += 1
            i = end + 1
    return found


def ids(ids: npt.NDArray[np.uint64]) -> Keys:
    """Documents as they are known here: the first half of their ids (n, 2)."""
    return np.ascontiguousarray(ids[:, 0])
