"""The mean vector of a segment's words and n-grams, as fastText takes it, in batches of words.

A batch of words is first looked up in a cache of word sums; the n-grams of those that are not there are hashed side by
side, their rows are asked of memory, and then they are summed, in the order of the text. A segment's sum is that of its
words' sums in order, and a word's that of its rows in an order of its own: neither depends on what is cached.
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

# What is known of a token: its bytes (from:to); its place in the cache; whether it was found there; its hash; its row
# in the dictionary, or -1; its letters (begin:end), where the letters end that its n-grams may reach into, and which
# brackets of its word are among them; its rows.
FROM, TO, SLOT, FOUND, HASH, WORD, BEGIN, END, REACH, BRACKETS, ROW, LAST_ROW, FIELDS = range(13)
OPENS, CLOSES = 1, 2


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
    hashes, bucket numbers of n-grams (n, letter), and the rows that are to be summed."""

    tokens: Longs
    spelt: Keys
    codes: Codes
    states: Codes
    grams: Codes
    rows: Ints
    one: Ints


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
        one=np.zeros(1, np.int32),
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
def _hash(codes: Codes, states: Codes, grams: npt.NDArray[np.uint32], count: int, broad: int, numbers: Longs) -> None:
    """Bucket numbers of the n-grams that begin at each of ``count`` letters: ``grams[n - shortest, letter]``.

    All letters take a step side by side; what crosses a word's end is rubbish that nobody reads.
    """
    prime = np.uint32(16777619)
    bucket = np.uint32(numbers[BUCKET])
    magic = np.uint64(np.uint32(numbers[MAGIC]))
    shift = np.uint64(numbers[SHIFT])
    for k in range(count):
        states[k] = np.uint32(2166136261)
    for n in range(1, numbers[LONGEST] + 1):
        ahead = codes[n - 1 : n - 1 + count]
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
            row = grams[n - numbers[SHORTEST]]
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


@inner
def _cut(data: Bytes, i: int, stop: int, scratch: _Scratch, keys: Keys) -> tuple[int, int]:
    """The next words from byte ``i`` on, up to a long one, with their places in the cache: where they end, how many."""
    tokens, spelt = scratch.tokens, scratch.spelt
    last_place = len(keys) // KEY - 1
    filled = 0
    while i < stop and filled < TOKENS:
        if _is_space(get(data, i)):
            i += 1
            continue
        first = i
        while i < stop and not _is_space(get(data, i)):
            i += 1
        size = i - first
        if size > LONGEST_KEY:
            return first, filled
        key0 = _masked(data, first, size)
        key1 = _masked(data, first + 8, size - 8)
        key2 = _masked(data, first + 16, size - 16)
        key3 = _masked(data, first + 24, size - 24)
        mixed = key0 * np.uint64(0x9E3779B97F4A7C15) + key1 * np.uint64(0xC2B2AE3D27D4EB4F)
        mixed += key2 * np.uint64(0x165667B19E3779F9) + key3 * np.uint64(0xD6E8FEB86659FD93)
        slot = np.int64(mixed >> np.uint64(40)) & last_place
        fetch(keys, KEY * slot)
        key = spelt[filled]
        key[0], key[1], key[2], key[3] = key0, key1, key2, key3
        token = tokens[filled]
        token[FROM], token[TO], token[SLOT] = first, i, slot
        filled += 1
    return i, filled


@inline
def _is_label(data: Bytes, first: int, stop: int) -> bool:
    """A word that begins with __label__ is no text to fastText."""
    return data[first] == 95 and stop - first >= 9 and fnv(data, first, first + 9) == PREFIX_HASH


@inner
def _look_up(data: Bytes, filled: int, parts: _Parts, cache: Cache, scratch: _Scratch) -> tuple[int, bool]:
    """Which words are in the cache: how many words there are, and whether fastText's end of the line is among them.

    The others are put there now, but their sums when their turn comes, so that each finds the sum of what it saw.
    """
    tokens, spelt, numbers = scratch.tokens, scratch.spelt, parts.numbers
    kept = 0
    for t in range(filled):
        first, last, slot = tokens[t, FROM], tokens[t, TO], tokens[t, SLOT]
        if _is_label(data, first, last):
            continue
        if data[first] == 60 and last - first == 4 and numbers[END_WORD] >= 0 and fnv(data, first, last) == END_HASH:
            return kept, True
        key = cache.keys[KEY * slot : KEY * slot + KEY]
        word = spelt[t]
        differs = key[0] ^ word[0] | key[1] ^ word[1] | key[2] ^ word[2] | (key[3] ^ word[3]) << np.uint64(16)
        token = tokens[kept]
        token[FROM], token[TO], token[SLOT] = first, last, slot
        token[FOUND] = 1 if differs == np.uint64(0) else 0
        if token[FOUND] == 0 or numbers[GRAMS] > 1:
            token[HASH] = fnv(data, first, last)
        if token[FOUND] == 0:
            fetch(parts.slots, token[HASH] & len(parts.slots) - 1)
            key[0], key[1], key[2] = word[0], word[1], word[2]
            key[3] = key[3] & SIZE_MASK | word[3]
        else:
            for d in range(0, numbers[DIM], LINE // 4):
                fetch(cache.sums, slot * numbers[DIM] + d)
        kept += 1
    return kept, False


@inner
def _spell_all(data: Bytes, filled: int, parts: _Parts, scratch: _Scratch) -> tuple[int, int]:
    """Rows in the dictionary and letters of the words that were not in the cache: how many letters, and an upper bound
    of their codes."""
    letters = 0
    broad = 0
    for t in range(filled):
        token = scratch.tokens[t]
        if token[FOUND] != 0:
            continue
        first, stop = token[FROM], token[TO]
        token[WORD] = find_word(data, first, stop, int(token[HASH]), parts.words, parts.word_starts, parts.slots)
        token[BEGIN] = letters
        if parts.numbers[LONGEST] > 0:
            _, letters, most = _spell(data, first - 1, first, stop, PIECE, scratch.codes, letters)
            broad |= most
        token[END] = letters
        token[REACH] = letters
        token[BRACKETS] = OPENS | CLOSES
    return letters, broad


@inner
def _spell_long(
    data: Bytes, first: int, at: int, stop: int, places: int, parts: _Parts, scratch: _Scratch
) -> tuple[int, int, int, int]:
    """The next pieces of a long word ``data[first:stop]`` from byte ``at`` on: where they end, how many, how many
    letters, and an upper bound of their codes."""
    letters = 0
    broad = 0
    filled = 0
    while at <= stop and filled < TOKENS:
        token = scratch.tokens[filled]
        token[SLOT] = places
        token[FOUND] = 0
        token[WORD] = -1
        token[BRACKETS] = OPENS if at < first else 0
        token[BEGIN] = letters
        at, letters, most = _spell(data, at, first, stop, PIECE, scratch.codes, letters)
        broad |= most
        token[END] = letters
        _, letters, most = _spell(data, at, first, stop, parts.numbers[LONGEST] - 1, scratch.codes, letters)
        broad |= most
        token[REACH] = letters
        if at > stop:
            token[BRACKETS] |= CLOSES
        filled += 1
    return at, filled, letters, broad


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
def _add(
    filled: int,
    found: int,
    parts: _Parts,
    cache: Cache,
    scratch: _Scratch,
    unspilled: int,
    total: Sums,
    spilled: npt.NDArray[np.float64],
) -> tuple[int, int]:
    """Add up tokens: how many rows they are, and how many rows ``total`` holds."""
    table, numbers, rows, one = parts.table, parts.numbers, scratch.rows, scratch.one
    dim = numbers[DIM]
    places = len(cache.keys) // KEY
    lines = numbers[LINES]
    asked = 0
    count = 0
    for t in range(filled):
        token = scratch.tokens[t]
        slot = token[SLOT]
        if token[FOUND] == 0:
            ahead = min(found, token[LAST_ROW] + numbers[ROWS_AHEAD])
            while asked < ahead:
                start = np.int64(get(rows, asked)) * dim
                fetch(table, start)
                for line in range(1, lines):
                    fetch(table, start + line * numbers[LINE_VALUES])
                asked += 1
            size = int(token[LAST_ROW] - token[ROW])
            sum_rows(table, rows, token[ROW], token[LAST_ROW], dim, cache.sums, slot * dim)
            if slot < places:
                last = cache.keys[KEY * slot + 3] & ~SIZE_MASK
                cache.keys[KEY * slot + 3] = last | np.uint64(size) << np.uint64(48)
        else:
            size = int(np.int64(cache.keys[KEY * slot + 3] >> np.uint64(48)))
        if unspilled + size > MOST_ROWS:
            _spill(total, spilled)
            unspilled = 0
        one[0] = np.int32(slot)
        add_rows(cache.sums, one, 0, 1, dim, total, 0)
        count += size
        unspilled += size
    return count, unspilled


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
    numbers = parts.numbers
    places = len(cache.keys) // KEY
    for s in range(len(starts)):
        for d in range(len(total)):
            spilled[d] = 0.0
        spoken = 0
        count = 0
        unspilled = 0
        i, stop = starts[s], stops[s]
        while i < stop:
            i, filled = _cut(data, i, stop, scratch, cache.keys)
            first, at, end, ended = i, i, i, False
            if filled > 0:
                filled, ended = _look_up(data, filled, parts, cache, scratch)
                letters, broad = _spell_all(data, filled, parts, scratch)
                if numbers[GRAMS] > 1:
                    for t in range(filled):
                        hashes[spoken] = np.int32(scratch.tokens[t, HASH])
                        spoken += 1
            elif i < stop:
                while end < stop and not _is_space(get(data, end)):
                    end += 1
                i = end
                h = fnv(data, first, end)
                word = find_word(data, first, end, h, parts.words, parts.word_starts, parts.slots)
                if word < 0 and _is_label(data, first, end):
                    continue
                if numbers[GRAMS] > 1:
                    hashes[spoken] = np.int32(h)
                    spoken += 1
                at, filled, letters, broad = _spell_long(data, first, first - 1, end, places, parts, scratch)
                scratch.tokens[0, WORD] = word
            else:
                break
            while True:
                if letters > 0:
                    _hash(scratch.codes, scratch.states, scratch.grams, letters, broad, numbers)
                found = _gather(filled, parts, scratch)
                added, unspilled = _add(filled, found, parts, cache, scratch, unspilled, total, spilled)
                count += added
                if at >= end + 1 or first == end:
                    break
                at, filled, letters, broad = _spell_long(data, first, at, end, places, parts, scratch)
            if ended:
                break
        if numbers[GRAMS] > 1:
            # fastText also counts the end of the line as a word here.
            hashes[spoken] = np.uint32(END_HASH)
            _spill(total, spilled)
            count += _add_word_grams(hashes, spoken + 1, parts, scratch.rows, total, spilled)
        _spill(total, spilled)
        if numbers[END_WORD] >= 0:
            scratch.one[0] = np.int32(numbers[END_WORD])
            add_rows(parts.table, scratch.one, 0, 1, numbers[DIM], total, 0)
            _spill(total, spilled)
            count += 1
        if count > 0:
            share = scale / count
            for d in range(len(total)):
                mean[s, d] = np.float32(spilled[d] * share)
