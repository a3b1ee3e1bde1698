"""How much decoded text looks like writing: what tells the right reading of unlabelled bytes from the wrong ones."""

from collections import Counter
from unicodedata import normalize

import numpy as np
import numpy.typing as npt

from langid.unicode import CONTROL, LAST_LETTER, LAST_MARK, SCRIPTS, table
from pipeline.extract.letters import LETTERS

_UPPER, _LOWER = 1, 2
_UNASSIGNED, _SURROGATE, _PRIVATE = 0, 28, 29
_NO_SCRIPT = 3  # scripts below are common, inherited and unknown
_LATIN = SCRIPTS.index("Latn")
_EAST_ASIAN = tuple(SCRIPTS.index(script) for script in ("Hani", "Hira", "Kana", "Hang", "Bopo"))
_IN_WORD_SIGNS = (0x00AD, 0x00B7, 0x2019, 0x200C, 0x200D)  # these do stand between letters
_MANY = 4  # Latin letters outside ASCII in a row: no language writes that many
_ODD = 2.0  # what a sign in a word and the like takes away, in letters
_ALPHABET = 0.95  # a language whose letters are known to this share is known whole: each other letter counts
_DOUBT = 2.0  # a score of few characters says little: they are weighed as if so many more had no say


_Points = npt.NDArray[np.uint32]
_Marks = npt.NDArray[np.bool_]


def plausibility(text: str) -> float:
    """A score of the characters outside ASCII, at most 1; 0 where there is nothing to judge, below 0 for rubbish.

    Letters count by how well they fit the language that fits them best (``LETTERS``). Against it count what nobody
    wrote (U+FFFD, controls, unassigned and private code points, twice), signs inside words, capitals after small
    letters, two scripts in one word, and long runs of accented Latin letters.
    """
    text = normalize("NFC", text)
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    index, values = table()
    found = values[index[points >> 7].astype(np.int64) << 7 | points & 127]
    category = found & 0x1F
    script = found >> 9 & 0xFF
    foreign = points > 127
    letter = (category >= 1) & (category <= LAST_MARK)

    bad = foreign & (
        (category == _UNASSIGNED)
        | (category == CONTROL)
        | (category == _SURROGATE)
        | (category == _PRIVATE)
        | (points == 0xFFFD)
    )
    sign = foreign & ~letter & ~bad & _stands_alone(points)
    sign |= _is_dot_of_others(points, script)
    in_word = sign[1:-1] & (letter[:-2] & letter[2:] | (letter[:-2] | letter[2:]) & _is_box(points[1:-1]))
    pair = letter[:-1] & letter[1:] & (foreign[:-1] | foreign[1:])
    capital = pair & (category[:-1] == _LOWER) & (category[1:] == _UPPER)
    scripted = (script >= _NO_SCRIPT) & ~np.isin(script, _EAST_ASIAN) & (category <= LAST_LETTER)
    mixed = pair & scripted[:-1] & scripted[1:] & (script[:-1] != script[1:])
    run = foreign & letter & (script == _LATIN)
    for _ in range(_MANY - 1):
        run = run[:-1] & run[1:] if len(run) else run

    letters = Counter("".join(np.array(list(text), dtype="U1")[foreign & letter]).lower())
    bads, odd = int(bad.sum()), int(in_word.sum() + capital.sum() + mixed.sum() + run.sum())
    count = letters.total()
    weight = count + bads + int(in_word.sum())
    return (_fit(letters) * count - 2 * bads - _ODD * odd) / (weight + _DOUBT) if weight else 0.0


def _stands_alone(points: _Points) -> _Marks:
    """Signs that writing keeps apart from letters: Latin-1 signs, spacing accents, daggers, arrows, boxes."""
    small = (points < 0x100) | (points >= 0x2C2) & (points < 0x300)
    general = (points >= 0x2020) & (points < 0x2040) | (points >= 0x20A0) & (points < 0x2600)
    return (small | general) & ~np.isin(points, _IN_WORD_SIGNS)


def _is_dot_of_others(points: _Points, script: _Points) -> _Marks:
    """A middle dot behind a letter that is not Latin: only Catalan and its like write one in words."""
    before = np.concatenate([[_LATIN], script[:-1]])
    dots: _Marks = (points == 0xB7) & (before >= _NO_SCRIPT) & (before != _LATIN)
    return dots


def _is_box(points: _Points) -> _Marks:
    """Box drawing and blocks, where old encodings differ: beside a letter they are a letter misread."""
    return (points >= 0x2500) & (points < 0x25A0)


def _fit(letters: Counter[str]) -> float:
    """0 to 1: the share of letters that the best fitting language writes often, over what it is in its own text."""
    total = letters.total()
    if not total:
        return 0.0
    return max(
        share if row.share >= _ALPHABET else min(1.0, share / row.share)
        for row in LETTERS
        for share in [sum(letters[one] for one in set(row.frequent)) / total]
    )
