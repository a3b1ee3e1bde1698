"""The mean vector of a segment's words and n-grams, as fastText takes it, in batches of words.

A batch is of as many segments as its words come from. They are first looked up in a cache of word sums; the n-grams of
those that are not there are hashed side by side, their rows are asked of memory, and then they are summed, in the order
of the text. A segment's sum is that of its words' sums in order, and a word's that of its rows in an order of its own:
neither depends on what is cached, nor on the batch.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from langid.kernel import inline, inner, kernel
from langid.model import LINE, Bytes, Floats, Ints, Model, Table, find_word, fnv, lined
from langid.rows import add_rows, fetch, get, load8, ones, put, sum_rows

PLACES = 1 << 16  # words that a cache holds
KEY = 4  # of 8 bytes each: a cached word with zeros after it, its number of rows in the last two bytes
SIZE_MASK = np.uint64(0xFFFF << 48)
LONGEST_KEY = 30  # bytes of a cached word: longer ones are clauses of scripts without spaces
BEYOND = 32  # bytes that must be readable after the last segment

TOKENS = 128  # words, or pieces of a long one, of a batch
PIECE = LONGEST_KEY + 2  # letters of a long word that are taken at a time: as many as a short one has at most
AHEAD = 1 << 14  # bytes of rows that are asked for ahead of their use
MOST_ROWS = 1 << 16  # that can be summed before an int32 may overflow

END_HASH = 3617362777  # FNV-1a of "</s>"
PREFIX_HASH = 713211737  # of "__label__"
OPEN, CLOSE = 60, 62  # the brackets that fastText puts round a word

Longs = npt.NDArray[np.int64]
Codes = npt.NDArray[np.uint32]
Keys = npt.NDArray[np.uint64]
Sums = npt.NDArray[np.int32] | Floats

# Order of the numbers that kernels take in one array.
DIM, BUCKET, SHORTEST, LONGEST, GRAMS, END_WORD, PRUNED, WORDS, MAGIC, SHIFT, LINES, LINE_VALUES, ROWS_AHEAD = range(13)

# What is known of a token: its segment; its word's bytes (from:to), and at which it begins itself, the opening bracket
# lying before the word; its place in the cache; whether it was found there; its hash; its row in the dictionary, or -1;
# its letters (begin:end), where the letters end that its n-grams may reach into, and which brackets of its word are
# among them; its rows.
SEGMENT, FROM, TO, AT, SLOT, FOUND, HASH, WORD, BEGIN, END, REACH, BRACKETS, ROW, LAST_ROW, FIELDS = range(15)
OPENS, CLOSES = 1, 2

# Where the batches have come to: the next segment to be cut, the byte in it, and the long word (first:end) that the
# byte lies in, if any; a segment whose text has ended before its bytes; the segment that is being added up, its rows,
# those that ``total`` holds, and its words.
NEXT, BYTE, WORD_FIRST, WORD_END, ENDED, OPEN_SEGMENT, COUNT, UNSPILLED, SPOKEN, PLACES_COME_TO = range(10)


class Cache(NamedTuple):
    """Sums of words' rows: place i holds the word ``keys[KEY * i : KEY * i + KEY]``, its sum from ``sums[dim * i]`` on.

    One more sum is for words that are too long to be kept.
    """

    keys: Keys
    sums: Sums


class _Parts(NamedTuple):
    """What the kernels read of a model."""

    table: Table
    words: Bytes
    word_starts: Longs
    slots: Keys
    kept: Keys
    numbers: Longs


class _Scratch(NamedTuple):
    """What a batch of tokens is worked out in: their bytes as keys, the codes of their letters, the states of the
    hashes, bucket numbers of n-grams (n, letter), the rows that are to be summed, a few that are by themselves, and
    where the batches have come to."""

    tokens: Longs
    spelt: Keys
    codes: Codes
    states: Codes
    grams: Codes
    rows: Ints
    few: Ints
    come: Longs


def new_cache(model: Model) -> Cache:
    """An empty cache for the words of one model."""
    sums = lined(4 * (PLACES + 1) * model.dim)
    whole = model.table.dtype == np.int16
    return Cache(lined(8 * KEY * PLACES).view(np.uint64), sums.view(np.int32) if whole else sums.view(np.float32))


def means(model: Model, data: Bytes, starts: Longs, stops: Longs, cache: Cache) -> Floats:
    """Mean vector of each segment ``data[starts[i]:stops[i]]``, float32 (segments, dim)."""
    mean = np.zeros((len(starts), model.dim), np.float32)
    if not len(starts):
        return mean
    if int(stops.max()) + BEYOND > len(data):
        data = np.concatenate([data, np.zeros(BEYOND, np.uint8)])
    # h % bucket without a division: its quotient, or one less, is h * magic >> shift.
    shift = 31 + max(1, model.bucket.bit_length())
    magic = min((1 << shift) // max(1, model.bucket), (1 << 32) - 1)
    numbers = np.array(
        [
            model.dim,
            model.bucket,
            max(1, model.shortest),
            model.longest,
            model.word_grams,
            model.end_word,
            model.pruned,
            model.word_count,
            magic,
            shift,
            -(-model.dim * model.table.itemsize // LINE),
            LINE // model.table.itemsize,
            max(8, AHEAD // (model.dim * model.table.itemsize)),
        ],
        np.int64,
    )
    parts = _Parts(model.table, model.words, model.word_starts, model.slots, model.kept, numbers)
    letters = TOKENS * (PIECE + model.longest)
    lengths = max(1, model.longest - max(1, model.shortest) + 1)
    scratch = _Scratch(
        tokens=np.zeros((TOKENS, FIELDS), np.int64),
        spelt=np.zeros((TOKENS, KEY), np.uint64),
        codes=np.zeros(letters + model.longest, np.uint32),
        states=np.zeros(letters, np.uint32),
        grams=np.zeros((lengths, letters), np.uint32),
        rows=np.zeros(TOKENS * (PIECE * lengths + 1), np.int32),
        few=np.zeros(max(1, model.word_grams), np.int32),
        come=np.zeros(PLACES_COME_TO, np.int64),
    )
    spoken = int((stops - starts).max()) + 2 if model.word_grams > 1 else 0
    hashes = np.zeros(spoken, np.int32)
    total, spilled = np.zeros_like(cache.sums[: model.dim]), np.zeros(model.dim, np.float64)
    _means(data, starts, stops, parts, cache, scratch, hashes, model.scale, total, spilled, mean)
    return mean


@inline
def _is_space(byte: np.uint8) -> bool:
    return bool(byte == 32 or 9 <= byte <= 13 or byte == 0)


@inline
def _masked(data: Bytes, place: int, size: int) -> np.uint64:
    """The next ``size`` bytes (at most 8; none where it is under 1) as one number."""
    value = np.uint64(0)
    if size >= 8:
        value = load8(data, place)
    elif size > 0:
        value = load8(data, place) & (np.uint64(1) << np.uint64(8 * size)) - np.uint64(1)
    return value


@inner
def _spell(data: Bytes, at: int, first: int, stop: int, most: int, codes: Codes, count: int) -> tuple[int, int, int]:
    """Write letters of ``<word>`` from byte ``at`` on, at most ``most``, into ``codes`` after the first ``count``.

    The brackets are read as if they stood at ``first - 1`` and ``stop``. A letter is a UTF-8 sequence, its first byte
    lowest. Gives the byte after them, the letters that there are then, and an upper bound of their codes.
    """
    broad = np.uint32(0)
    end = count + most
    while count < end and at <= stop:
        if at < first:
            code = np.uint32(OPEN)
            at += 1
        elif at == stop:
            code = np.uint32(CLOSE)
            at += 1
        else:
            byte = get(data, at)
            size = 1 if byte < 0xC0 else 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            if size > stop - at:
                size = stop - at
            code = np.uint32(load8(data, at) & (np.uint64(1) << np.uint64(8 * size)) - np.uint64(1))
            at += size
        put(codes, count, code)
        broad |= code
        count += 1
    return at, count, int(np.int64(broad))


@inner
def _hash(scratch: _Scratch, begin: int, end: int, broad: int, numbers: Longs) -> None:
    """Bucket numbers of the n-grams that begin at letters begin:end: ``grams[n - shortest, letter]``.

    All letters take a step side by side; what crosses a word's end is rubbish that nobody reads.
    """
    prime = np.uint32(16777619)
    bucket = np.uint32(numbers[BUCKET])
    magic = np.uint64(np.uint32(numbers[MAGIC]))
    shift = np.uint64(numbers[SHIFT])
    count = end - begin
    states = scratch.states[:count]
    for k in range(count):
        states[k] = np.uint32(2166136261)
    for n in range(1, numbers[LONGEST] + 1):
        ahead = scratch.codes[begin + n - 1 : end + n - 1]
        # fastText's bytes are signed: those above 127 also flip the upper bits.
        if broad < 1 << 8:
            for k in range(count):
                byte = np.uint32(np.int8(ahead[k]))
                states[k] = np.uint32(np.uint32(states[k] ^ byte) * prime)
        else:
            for k in range(count):
                code = ahead[k]
                h = np.uint32(np.uint32(states[k] ^ np.uint32(np.int8(code))) * prime)
                more = np.uint32(np.uint32(h ^ np.uint32(np.int8(code >> np.uint32(8)))) * prime)
                h = more if code > np.uint32(0xFF) else h
                if broad >= 1 << 16:
                    more = np.uint32(np.uint32(h ^ np.uint32(np.int8(code >> np.uint32(16)))) * prime)
                    h = more if code > np.uint32(0xFFFF) else h
                    more = np.uint32(np.uint32(h ^ np.uint32(np.int8(code >> np.uint32(24)))) * prime)
                    h = more if code > np.uint32(0xFFFFFF) else h
                states[k] = h
        if n >= numbers[SHORTEST]:
            row = scratch.grams[n - numbers[SHORTEST], begin:end]
            for k in range(count):
                h = states[k]
                quotient = np.uint32(np.uint64(h) * magic >> shift)
                left = np.uint32(h - np.uint32(quotient * bucket))
                row[k] = min(left, np.uint32(left - bucket))


@inline
def _take(gram: int, numbers: Longs, kept: Keys, rows: Ints, found: int) -> int:
    """Append an n-gram's row to ``rows`` unless it was pruned; how many rows there are then."""
    if numbers[PRUNED] < 0:
        put(rows, found, np.int32(numbers[WORDS] + gram))
        return found + 1
    entry = get(kept, gram >> 5)
    bit = np.uint64(gram & 31)
    row = np.int64(entry >> np.uint64(32)) + np.int64(ones(entry & (np.uint64(1) << bit) - np.uint64(1)))
    put(rows, found, np.int32(numbers[WORDS] + row))
    return found + int(np.int64(entry >> bit & np.uint64(1)))


@inline
def _is_label(data: Bytes, first: int, stop: int) -> bool:
    """A word that begins with __label__ is no text to fastText."""
    return data[first] == 95 and stop - first >= 9 and fnv(data, first, first + 9) == PREFIX_HASH


@inner
def _cut_long(data: Bytes, at: int, first: int, end: int, filled: int, scratch: _Scratch, places: int) -> int:
    """Pieces of a long word ``data[first:end]`` from byte ``at`` on, after the first ``filled`` tokens, as many as the
    batch takes: how many tokens there are then. They have the place of no word."""
    come = scratch.come
    come[WORD_FIRST], come[WORD_END] = first, end
    while at <= end and filled < TOKENS:
        token = scratch.tokens[filled]
        token[SEGMENT], token[FROM], token[TO], token[AT], token[SLOT] = come[NEXT], first, end, at, places
        for _ in range(PIECE):  # letters, as _spell counts them
            if at < first or at >= end:
                at += 1
            else:
                byte = get(data, at)
                at += 1 if byte < 0xC0 else 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
                if at > end:
                    at = end
        filled += 1
    come[BYTE] = min(at, end)
    if at > end:
        come[WORD_END] = -1
    return filled


@inner
def _cut(data: Bytes, starts: Longs, stops: Longs, scratch: _Scratch, keys: Keys) -> int:
    """Fill a batch with the next words, of as many segments as it takes, and ask for their places in the cache: how
    many tokens it has."""
    tokens, spelt, come = scratch.tokens, scratch.spelt, scratch.come
    places = len(keys) // KEY
    filled = 0
    while come[NEXT] < len(starts) and filled < TOKENS:
        s = come[NEXT]
        if come[WORD_END] >= 0:
            filled = _cut_long(data, come[BYTE], come[WORD_FIRST], come[WORD_END], filled, scratch, places)
            continue
        i, stop = come[BYTE], stops[s]
        while i < stop and filled < TOKENS:
            if _is_space(get(data, i)):
                i += 1
                continue
            first = i
            while i < stop and not _is_space(get(data, i)):
                i += 1
            size = i - first
            if size > LONGEST_KEY:
                filled = _cut_long(data, first - 1, first, i, filled, scratch, places)
                break
            key0 = _masked(data, first, size)
            key1 = _masked(data, first + 8, size - 8)
            key2 = _masked(data, first + 16, size - 16)
            key3 = _masked(data, first + 24, size - 24)
            mixed = key0 * np.uint64(0x9E3779B97F4A7C15) + key1 * np.uint64(0xC2B2AE3D27D4EB4F)
            mixed += key2 * np.uint64(0x165667B19E3779F9) + key3 * np.uint64(0xD6E8FEB86659FD93)
            slot = np.int64(mixed >> np.uint64(40)) & places - 1
            fetch(keys, KEY * slot)
            key = spelt[filled]
            key[0], key[1], key[2], key[3] = key0, key1, key2, key3
            token = tokens[filled]
            token[SEGMENT], token[FROM], token[TO], token[AT], token[SLOT] = s, first, i, first - 1, slot
            filled += 1
        if come[WORD_END] < 0:
            come[BYTE] = i
            if i >= stop:
                come[NEXT] = s + 1
                if s + 1 < len(starts):
                    come[BYTE] = starts[s + 1]
    return filled


@inner
def _look_up(data: Bytes, filled: int, parts: _Parts, cache: Cache, scratch: _Scratch) -> int:
    """Which words are in the cache; how many tokens there are without those that are no text.

    The others are put there now, but their sums when their turn comes, so that each finds the sum of what it saw.
    """
    tokens, spelt, come, numbers = scratch.tokens, scratch.spelt, scratch.come, parts.numbers
    places = len(cache.keys) // KEY
    kept = 0
    for t in range(filled):
        segment, first, last = tokens[t, SEGMENT], tokens[t, FROM], tokens[t, TO]
        at, slot = tokens[t, AT], tokens[t, SLOT]
        if segment == come[ENDED] or _is_label(data, first, last):
            continue
        if data[first] == 60 and last - first == 4 and numbers[END_WORD] >= 0 and fnv(data, first, last) == END_HASH:
            come[ENDED] = segment
            continue
        token = tokens[kept]
        token[SEGMENT], token[FROM], token[TO], token[AT], token[SLOT] = segment, first, last, at, slot
        token[FOUND] = 0
        kept += 1
        if slot < places:
            key = cache.keys[KEY * slot : KEY * slot + KEY]
            word = spelt[t]
            differs = key[0] ^ word[0] | key[1] ^ word[1] | key[2] ^ word[2] | (key[3] ^ word[3]) << np.uint64(16)
            if differs == np.uint64(0):
                token[FOUND] = 1
                for d in range(0, numbers[DIM], LINE // 4):
                    fetch(cache.sums, slot * numbers[DIM] + d)
            else:
                key[0], key[1], key[2] = word[0], word[1], word[2]
                key[3] = key[3] & SIZE_MASK | word[3]
        if at < first and (token[FOUND] == 0 or numbers[GRAMS] > 1):
            token[HASH] = fnv(data, first, last)
            if token[FOUND] == 0:
                fetch(parts.slots, token[HASH] & len(parts.slots) - 1)
    return kept


@inline
def _breadth(broad: int) -> int:
    """Which of the ways of ``_hash`` takes codes up to ``broad``."""
    return 0 if broad < 1 << 8 else 1 if broad < 1 << 16 else 2


@inner
def _spell_all(data: Bytes, filled: int, parts: _Parts, scratch: _Scratch) -> None:
    """Rows in the dictionary, letters and n-grams of the tokens that were not in the cache.

    Segments are hashed together as long as their letters take as many bytes, which is quicker than one by one.
    """
    numbers = parts.numbers
    letters = run = begin = 0  # letters so far; where those begin that are to be hashed, and those of the segment
    broad = widest = 0  # of the segment, of the run
    segment = -1
    for t in range(filled + 1):
        if t == filled or scratch.tokens[t, SEGMENT] != segment:
            if begin > run and _breadth(broad) != _breadth(widest):
                _hash(scratch, run, begin, widest, numbers)
                run, widest = begin, 0
            widest |= broad
            begin, broad = letters, 0
            if t == filled:
                break
            segment = scratch.tokens[t, SEGMENT]
        token = scratch.tokens[t]
        if token[FOUND] != 0:
            continue
        first, stop, at = token[FROM], token[TO], token[AT]
        token[WORD] = -1
        token[BRACKETS] = 0
        if at < first:
            token[WORD] = find_word(data, first, stop, int(token[HASH]), parts.words, parts.word_starts, parts.slots)
            token[BRACKETS] = OPENS
        token[BEGIN] = letters
        if numbers[LONGEST] > 0:
            at, letters, most = _spell(data, at, first, stop, PIECE, scratch.codes, letters)
            broad |= most
        token[END] = letters
        if at > stop:
            token[BRACKETS] |= CLOSES
        elif numbers[LONGEST] > 0:
            _, letters, most = _spell(data, at, first, stop, numbers[LONGEST] - 1, scratch.codes, letters)
            broad |= most
        token[REACH] = letters
    if letters > run:
        _hash(scratch, run, letters, widest, numbers)


@inner
def _gather(filled: int, parts: _Parts, scratch: _Scratch) -> int:
    """Rows of each token that was not in the cache, its own and those of its n-grams: how many in all."""
    rows, numbers, kept = scratch.rows, parts.numbers, parts.kept
    found = 0
    for t in range(filled):
        token = scratch.tokens[t]
        if token[FOUND] != 0:
            continue
        token[ROW] = found
        if token[WORD] >= 0:
            rows[found] = np.int32(token[WORD])
            found += 1
        for n in range(numbers[SHORTEST], numbers[LONGEST] + 1):
            first, last = token[BEGIN], min(token[END], token[REACH] - n + 1)
            if n == 1:  # a bracket alone is no n-gram
                first += token[BRACKETS] & OPENS
                last -= token[BRACKETS] >> 1
            row = scratch.grams[n - numbers[SHORTEST]]
            for k in range(first, last):
                found = _take(int(np.int64(get(row, k))), numbers, kept, rows, found)
        token[LAST_ROW] = found
    return found


@inline
def _spill(total: Sums, spilled: npt.NDArray[np.float64]) -> None:
    for d in range(len(total)):
        spilled[d] += np.float64(total[d])
        total[d] = 0


@inner
def _add_word_grams(
    hashes: Ints, count: int, parts: _Parts, rows: Ints, total: Sums, spilled: npt.NDArray[np.float64]
) -> int:
    """Add the rows of n-grams of words; how many."""
    numbers = parts.numbers
    added = 0
    for i in range(count):
        h = np.uint64(np.int64(hashes[i]))
        found = 0
        last = i + numbers[GRAMS]
        for j in range(i + 1, last if last < count else count):
            h = h * np.uint64(116049371) + np.uint64(np.int64(hashes[j]))
            found = _take(int(np.int64(h % np.uint64(numbers[BUCKET]))), numbers, parts.kept, rows, found)
        add_rows(parts.table, rows, 0, found, numbers[DIM], total, 0)
        added += found
        if i & 1023 == 1023:
            _spill(total, spilled)
    return added


@inner
def _close(
    parts: _Parts,
    scratch: _Scratch,
    hashes: Ints,
    scale: float,
    total: Sums,
    spilled: npt.NDArray[np.float64],
    mean: Floats,
) -> None:
    """Write the mean of the open segment, and open the next."""
    come, numbers = scratch.come, parts.numbers
    count = come[COUNT]
    if numbers[GRAMS] > 1:
        # fastText also counts the end of the line as a word here.
        hashes[come[SPOKEN]] = np.uint32(END_HASH)
        _spill(total, spilled)
        count += _add_word_grams(hashes, come[SPOKEN] + 1, parts, scratch.few, total, spilled)
    _spill(total, spilled)
    if numbers[END_WORD] >= 0:
        scratch.few[0] = np.int32(numbers[END_WORD])
        add_rows(parts.table, scratch.few, 0, 1, numbers[DIM], total, 0)
        _spill(total, spilled)
        count += 1
    if count > 0:
        share = scale / count
        for d in range(len(total)):
            mean[come[OPEN_SEGMENT], d] = np.float32(spilled[d] * share)
    for d in range(len(total)):
        spilled[d] = 0.0
    come[OPEN_SEGMENT] += 1
    come[COUNT] = come[UNSPILLED] = come[SPOKEN] = 0


@inner
def _add(
    filled: int,
    found: int,
    parts: _Parts,
    cache: Cache,
    scratch: _Scratch,
    hashes: Ints,
    scale: float,
    total: Sums,
    spilled: npt.NDArray[np.float64],
    mean: Floats,
) -> None:
    """Add tokens up, the open segment's and those after it; segments are closed as the next begins."""
    table, numbers, rows, few, come = parts.table, parts.numbers, scratch.rows, scratch.few, scratch.come
    dim = numbers[DIM]
    places = len(cache.keys) // KEY
    lines = numbers[LINES]
    asked = 0
    count, unspilled = come[COUNT], come[UNSPILLED]
    for t in range(filled):
        token = scratch.tokens[t]
        while come[OPEN_SEGMENT] < token[SEGMENT]:
            come[COUNT] = count
            _close(parts, scratch, hashes, scale, total, spilled, mean)
            count = unspilled = 0
        slot = token[SLOT]
        if token[FOUND] == 0:
            ahead = min(found, token[LAST_ROW] + numbers[ROWS_AHEAD])
            while asked < ahead:
                start = np.int64(get(rows, asked)) * dim
                fetch(table, start)
                for line in range(1, lines):
                    fetch(table, start + line * numbers[LINE_VALUES])
                asked += 1
            size = token[LAST_ROW] - token[ROW]
            sum_rows(table, rows, token[ROW], token[LAST_ROW], dim, cache.sums, slot * dim)
            if slot < places:
                last = cache.keys[KEY * slot + 3] & ~SIZE_MASK
                cache.keys[KEY * slot + 3] = last | np.uint64(size) << np.uint64(48)
        else:
            size = np.int64(cache.keys[KEY * slot + 3] >> np.uint64(48))
        if unspilled + size > MOST_ROWS:
            _spill(total, spilled)
            unspilled = 0
        few[0] = np.int32(slot)
        add_rows(cache.sums, few, 0, 1, dim, total, 0)
        count += size
        unspilled += size
        if numbers[GRAMS] > 1 and token[AT] < token[FROM]:
            hashes[come[SPOKEN]] = np.int32(token[HASH])
            come[SPOKEN] += 1
    come[COUNT], come[UNSPILLED] = count, unspilled


@kernel
def _means(
    data: Bytes,
    starts: Longs,
    stops: Longs,
    parts: _Parts,
    cache: Cache,
    scratch: _Scratch,
    hashes: Ints,
    scale: float,
    total: Sums,
    spilled: npt.NDArray[np.float64],
    mean: Floats,
) -> None:
    come = scratch.come
    come[BYTE], come[WORD_END], come[ENDED] = starts[0], -1, -1
    while come[NEXT] < len(starts):
        filled = _cut(data, starts, stops, scratch, cache.keys)
        filled = _look_up(data, filled, parts, cache, scratch)
        _spell_all(data, filled, parts, scratch)
        found = _gather(filled, parts, scratch)
        _add(filled, found, parts, cache, scratch, hashes, scale, total, spilled, mean)
    while come[OPEN_SEGMENT] < len(starts):
        _close(parts, scratch, hashes, scale, total, spilled, mean)
