"""Measured numbers of a document, each a column: a table of what is measured, and one compiled pass that measures all.

A signal knows no limit. Counts are int32; shares are float32, 0 where there is nothing to share, so hold them against
limits rounded to float32 (3 bullets in 10 lines are then not above 0.3).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from filters import characters as c
from filters import lines as ln
from filters import ngrams as ng
from filters import traces as tr
from filters.characters import Bytes, Counts, Hashes, Tables, repeated_chars, scan, tables, tell_words
from filters.lines import hard_lines, visible_lines
from filters.listed import stop_words_met, tables_of
from filters.ngrams import Numbers, entropy, number_words, repeated_grams, shift_for
from filters.phrases import hints
from filters.traces import traces
from langid.blocks import SIZE, with_room
from langid.kernel import buffers, inline, kernel
from langid.segment import Words, whitespace

VERSION = 4

HORIZON = 1 << 21
"""Lines, n-grams and distinct words are those of so many bytes from the start of a text, so that memory is bounded.

Longer texts hold more words than any rule set keeps.
"""

NO_LIST = -1
"""``stop_words`` of a document whose label has no list: rules abstain."""

# Columns of the counts: those of the pass over characters, over lines, over n-grams, over traces.
_LINE, _GRAM = c.COLUMNS, c.COLUMNS + ln.COLUMNS
_TRACE = _GRAM + ng.COLUMNS
_STOP_WORDS = _TRACE + tr.COLUMNS
_COLUMNS = _STOP_WORDS + 1


@dataclass(frozen=True, slots=True)
class Signal:
    """A column: ``count``, or ``count`` over ``whole`` where there is one (numbers of count columns).

    ``parts`` counts make one of the unit. A function in place of ``count`` is given the texts and returns the column;
    its values should depend on each text alone.
    """

    name: str
    dtype: Literal["int32", "float32"]
    unit: str
    source: str
    count: int | Callable[[pa.StringArray], npt.NDArray[Any]]
    whole: int | None = None
    parts: int = 1
    of_bits: bool = False
    """Whether the whole is as many different words as ``whole`` counts, in bits a word: its logarithm."""


_GOPHER = "Gopher quality (arXiv:2112.11446, A1.1)"
_REPETITION = "Gopher repetition (arXiv:2112.11446, table A1)"
_FINEWEB = "FineWeb quality (arXiv:2406.17557)"
_C4 = "C4 (arXiv:1910.10683, 2.2)"
_GLOTCC = "GlotCC (arXiv:2410.23825)"
_OWN = "-"

SIGNALS: tuple[Signal, ...] = (
    Signal("bytes", "int32", "bytes of UTF-8", _OWN, c.BYTES),
    Signal("chars", "int32", "code points", _OWN, c.CHARS),
    Signal("words", "int32", "words", _OWN, c.WORDS),
    Signal("plain_words", "int32", "words that are not signs alone", _GOPHER, c.PLAIN_WORDS),
    Signal("distinct_words", "int32", "different words", _OWN, _GRAM + ng.DISTINCT),
    Signal("stop_words", "int32", "different stop words of the label; -1 without a list", _GOPHER, _STOP_WORDS),
    Signal("longest_word", "int32", "code points", _OWN, c.LONGEST_WORD),
    Signal("lines", "int32", "lines", _OWN, _LINE + ln.LINES),
    Signal("paragraphs", "int32", "paragraphs", _OWN, _LINE + ln.PARAGRAPHS),
    Signal("sentences", "int32", "sentence ends after a word", _OWN, c.SENTENCES),
    Signal("emoji", "int32", "pictographs", _OWN, c.PICTURES),
    Signal("replacement_chars", "int32", "U+FFFD", _OWN, c.REPLACED),
    Signal("control_chars", "int32", "control characters that are not white space", _OWN, c.CONTROLS),
    Signal("links", "int32", "'://' and 'www.'", _OWN, c.LINKS),
    Signal("curly_brackets", "int32", "'{'", _C4, c.CURLY),
    Signal("word_length", "float32", "code points a word, signs alone left out", _GOPHER, c.PLAIN_CHARS, c.PLAIN_WORDS),
    Signal("alpha_word_share", "float32", "of words: with a letter", _GOPHER, c.ALPHA_WORDS, c.WORDS),
    Signal(
        "mixed_script_words", "float32", "of words: in letters of scripts that look alike", _OWN, c.MIXED_WORDS, c.WORDS
    ),
    Signal("distinct_word_share", "float32", "of words", _OWN, _GRAM + ng.DISTINCT, c.WORDS_SEEN),
    Signal("hash_ratio", "float32", "'#' a word", _GOPHER, c.NUMBER_SIGNS, c.WORDS),
    Signal("ellipsis_ratio", "float32", "'...' and '…' a word", _GOPHER, c.ELLIPSES, c.WORDS),
    Signal("newline_ratio", "float32", "line feeds a word", _FINEWEB, c.NEWLINES, c.WORDS),
    Signal("letter_share", "float32", "of code points", _OWN, c.LETTERS, c.CHARS),
    Signal("mark_share", "float32", "of code points", _OWN, c.MARKS, c.CHARS),
    Signal("digit_share", "float32", "of code points: numbers of any kind", _OWN, c.NUMBERS, c.CHARS),
    Signal("punctuation_share", "float32", "of code points", _OWN, c.PUNCTUATION, c.CHARS),
    Signal("symbol_share", "float32", "of code points", _OWN, c.SYMBOLS, c.CHARS),
    Signal("replacement_share", "float32", "of code points: U+FFFD", _OWN, c.REPLACED, c.CHARS),
    Signal("space_share", "float32", "of code points", _OWN, c.SPACES, c.CHARS),
    Signal("uppercase_share", "float32", "of letters", _OWN, c.CAPITALS, c.LETTERS),
    Signal("repeated_char_share", "float32", "of code points: like the one before", _OWN, c.REPEATED, c.CHARS),
    Signal("bullet_line_share", "float32", "of lines", _GOPHER, _LINE + ln.BULLET_LINES, _LINE + ln.LINES),
    Signal("ellipsis_line_share", "float32", "of lines", _GOPHER, _LINE + ln.ELLIPSIS_LINES, _LINE + ln.LINES),
    Signal("blank_line_share", "float32", "of lines", _OWN, _LINE + ln.BLANK_LINES, _LINE + ln.LINES),
    Signal(
        "terminal_line_share",
        "float32",
        "of lines with text",
        _FINEWEB,
        _LINE + ln.TERMINAL_LINES,
        _LINE + ln.HARD_LINES,
    ),
    Signal(
        "short_line_share", "float32", "of lines with text", _FINEWEB, _LINE + ln.SHORT_LINES, _LINE + ln.HARD_LINES
    ),
    Signal(
        "repeated_line_char_share",
        "float32",
        "of code points in lines",
        _FINEWEB,
        _LINE + ln.REPEATED_LINE_CHARS,
        _LINE + ln.LINE_CHARS,
    ),
    Signal(
        "dup_line_share",
        "float32",
        "of runs between line feeds",
        _REPETITION,
        _LINE + ln.REPEATED_RUNS,
        _LINE + ln.RUNS,
    ),
    Signal(
        "dup_line_char_share", "float32", "of code points", _REPETITION, _LINE + ln.REPEATED_RUN_CHARS, c.CHARS_SEEN
    ),
    Signal(
        "dup_paragraph_share",
        "float32",
        "of paragraphs",
        _REPETITION,
        _LINE + ln.REPEATED_PARAGRAPHS,
        _LINE + ln.PARAGRAPHS,
    ),
    Signal(
        "dup_paragraph_char_share",
        "float32",
        "of code points",
        _REPETITION,
        _LINE + ln.REPEATED_PARAGRAPH_CHARS,
        c.CHARS_SEEN,
    ),
    *(
        Signal(
            f"top_{size}_gram_share", "float32", "of code points", _REPETITION, _GRAM + ng.TOP_FIRST + k, c.CHARS_SEEN
        )
        for k, size in enumerate(ng.TOP)
    ),
    *(
        Signal(
            f"dup_{size}_gram_share",
            "float32",
            "of code points",
            _REPETITION,
            _GRAM + ng.DUPLICATE_FIRST + k,
            c.CHARS_SEEN,
        )
        for k, size in enumerate(ng.DUPLICATE)
    ),
    Signal(
        "numbered_line_share",
        "float32",
        "of lines: begin with a digit",
        _OWN,
        _LINE + ln.NUMBERED_LINES,
        _LINE + ln.LINES,
    ),
    Signal(
        "list_line_share",
        "float32",
        "of lines with text: short, no punctuation at the end",
        _OWN,
        _LINE + ln.LIST_LINES,
        _LINE + ln.HARD_LINES,
    ),
    Signal(
        "table_line_share",
        "float32",
        "of lines with text: three cells and more, each of twelve code points or fewer on average",
        _OWN,
        _LINE + ln.TABLE_LINES,
        _LINE + ln.HARD_LINES,
    ),
    Signal(
        "word_entropy", "float32", "bits a word: log2 n - (sum of t log2 t)/n", _OWN, _GRAM + ng.ENTROPY, None, ng.BIT
    ),
    Signal(
        "word_novelty",
        "float32",
        "of the bits a word that as many different words have: word_entropy / log2 n",
        _OWN,
        _GRAM + ng.ENTROPY,
        c.WORDS_SEEN,
        ng.BIT,
        of_bits=True,
    ),
    Signal(
        "compressibility",
        "float32",
        "of words: behind the same word as before, as a dictionary coder would copy them",
        _OWN,
        _GRAM + ng.MET_PAIRS,
        c.WORDS_SEEN,
    ),
    Signal(
        "keyword_share",
        "float32",
        "of words: in runs of sixteen and more, each among the ten before it",
        _OWN,
        _GRAM + ng.KEYWORDS,
        c.WORDS_SEEN,
    ),
    Signal(
        "cased_word_share",
        "float32",
        "of twelve words or more: with a capital or no letter",
        _GLOTCC,
        c.CASED_WORDS,
        c.WORDS,
    ),
    Signal("danger_share", "float32", "of code points: 0-9 { } + / ( ) >", _GLOTCC, _TRACE + tr.DANGER, c.CHARS),
    Signal("glued_symbol_ratio", "float32", "symbols between letters, a word", _OWN, c.GLUED, c.WORDS),
    Signal("mails", "int32", "'@' between letters or digits", _OWN, _TRACE + tr.MAILS),
    Signal("markup", "int32", "beginnings of HTML's tags and entities", _OWN, _TRACE + tr.MARKUP),
    Signal("placeholders", "int32", "'{{', '${', '<%', '%s' and '%d'", _OWN, _TRACE + tr.PLACEHOLDERS),
    Signal("verse_marks", "int32", "digit, colon, digit: traces of scripture", _OWN, _TRACE + tr.VERSES),
    Signal("note_marks", "int32", "'[12]' and '(1879': traces of encyclopaedias", _OWN, _TRACE + tr.NOTES),
    Signal("javascript_lines", "int32", "lines that say 'javascript'", _C4, _LINE + ln.JAVASCRIPT_LINES),
    Signal("policy_lines", "int32", "lines about terms, privacy or cookies", _C4, _LINE + ln.POLICY_LINES),
    Signal("c4_lines", "int32", "lines that C4 keeps", _C4, _LINE + ln.C4_LINES),
    Signal("c4_sentences", "int32", "sentences in them, at least one a line", _C4, _LINE + ln.C4_SENTENCES),
    Signal("lorem_ipsum_lines", "int32", "lines kept but for 'lorem ipsum'", _C4, _LINE + ln.LOREM_IPSUM_LINES),
    Signal("curly_lines", "int32", "lines kept but for '{'", _C4, _LINE + ln.CURLY_LINES),
)
"""Every signal of a document, in the order of the columns."""


@inline
def _cut(data: Bytes, start: int, stop: int) -> int:
    """Where to cut a text near ``stop``: behind white space if there is some close by, else between code points."""
    for i in range(stop, max(start, stop - 1000), -1):
        if data[i - 1] <= 32:
            return i
    while stop > start and data[stop] & 0xC0 == 0x80:
        stop -= 1
    return stop


@kernel
def _measure(
    first: int,
    starts: npt.NDArray[np.int32],
    data: Bytes,
    tables: Tables,
    by_space: bool,
    lists: Numbers,
    listed: Hashes,
    stop_begins: Numbers,
    met: Numbers,
    sketch: Bytes,
    hashes: Hashes,
    words: c.Words,
    offsets: Counts,
    lines: Counts,
    marks: Bytes,
    table: Hashes,
    numbers: Numbers,
    times: Numbers,
    places: Numbers,
    lasts: Numbers,
    counts: Counts,
) -> None:
    """Fill ``counts`` (texts, columns), zeros, from texts at ``starts``; the other arrays are for work.

    ``first`` texts were measured before.
    """
    for text in range(len(counts)):
        start: Any = np.int64(starts[text])
        end: Any = np.int64(starts[text + 1])
        counts[text, c.REPEATED] = repeated_chars(data, start, end)
        traces(data, start, end, counts[text, _TRACE:_STOP_WORDS])
        whole = True
        while True:
            stop = end if end - start <= HORIZON else _cut(data, start, start + HORIZON)
            row = counts[text, :_LINE]
            n_words, n_lines = scan(data, start, stop, tables, by_space, words, lines, marks, row)
            tell_words(data, words, n_words, hashes, offsets, row)
            if whole:
                whole = False
                row[c.WORDS_SEEN], row[c.CHARS_SEEN] = n_words, row[c.CHARS]
                long_words = row[c.LONGEST_WORD] > ln.C4_WORD_LENGTH
                row = counts[text, _LINE:_GRAM]
                hinted = hints(data, start, stop)
                visible_lines(data, start, lines, n_lines, offsets, long_words, hinted, tables, by_space, row)
                hard_lines(data, start, lines, n_lines, tables, by_space, table, row)
                row = counts[text, _GRAM:_TRACE]
                distinct = number_words(hashes, n_words, table, numbers, times, places, lasts, row)
                row[ng.ENTROPY] = entropy(n_words, distinct, times)
                which = lists[text]
                counts[text, _STOP_WORDS] = NO_LIST
                if which >= 0:
                    low, high = stop_begins[which], stop_begins[which + 1]
                    number = first + text + 1
                    counts[text, _STOP_WORDS] = stop_words_met(
                        data, tables, by_space, hashes, words, distinct, places, listed, low, high, met, number
                    )
                repeated_grams(n_words, offsets, hashes, sketch, table, numbers, times, places, row)
            if stop == end:
                break
            start = stop
        if counts[text, c.WORDS] < c.LIST_CASE:
            counts[text, c.CASED_WORDS] = 0


def measure(
    texts: pa.StringArray,
    labels: Sequence[str],
    words: Words = "orthographic",
    stopwords: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, npt.NDArray[Any]]:
    """Every signal of every text: a column by name, (texts,), of the dtype that SIGNALS gives.

    ``stopwords`` gives the stop words of a label; with orthographic words they are compared in simple lower case,
    with whitespace words as they stand. A value depends on its text and label alone.
    """
    by_space = whitespace(words)
    if len(labels) != len(texts):
        raise ValueError(f"{len(texts)} texts with {len(labels)} labels: give one label a text")
    starts, data = buffers(texts)
    longest = min(int(np.diff(starts).max(initial=0)), HORIZON)
    most_words = longest // 2 + 2
    slots = 1 << (64 - shift_for(max(most_words, 2 * (longest + 2))))
    lists, listed, stop_begins = tables_of(labels, stopwords, by_space)
    counts = np.zeros((len(texts), _COLUMNS), np.int64)
    work = (
        np.zeros(len(listed), np.int32),
        np.empty(1 << ng.SKETCH_BITS, np.uint8),
        np.empty(most_words, np.uint64),
        np.empty((c.WORD_ROWS, most_words + 1), np.int32),
        np.empty(most_words + 1, np.int64),
        np.empty((longest + 2, c.LINE_COLUMNS), np.int64),
        np.zeros(SIZE, np.uint8),
        np.empty(slots, np.uint64),
        np.empty(most_words, np.int32),
        np.empty(most_words, np.int32),
        np.empty(most_words + 1, np.int32),
        np.empty(most_words, np.int32),
    )
    for some, begins, room in with_room(starts, data):
        _measure(some.start, begins, room, tables(), by_space, lists[some], listed, stop_begins, *work, counts[some])
    return {signal.name: _column(texts, counts, signal) for signal in SIGNALS}


def _column(texts: pa.StringArray, counts: Counts, signal: Signal) -> npt.NDArray[Any]:
    if callable(signal.count):
        return signal.count(texts).astype(signal.dtype)
    if signal.whole is None:
        one = counts[:, signal.count]
        return (one if signal.parts == 1 else one / signal.parts).astype(signal.dtype)
    whole = counts[:, signal.whole]
    if signal.of_bits:
        whole = signal.parts * np.log2(np.maximum(whole, 1))
    share = np.divide(counts[:, signal.count], whole, out=np.zeros(len(counts)), where=whole > 0)
    if signal.of_bits:
        share = np.minimum(share, 1)  # what is counted is rounded
    return share.astype(signal.dtype)
