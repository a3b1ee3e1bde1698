"""The signals of one text in plain Python, as slow as clear: what the compiled pass is held against."""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Any

from filters import lookalikes
from langid import unicode as u
from langid.segment import words as cut

CITATION = re.compile(r"\[\d*]|\[edit]|\[citation needed]")
POLICY = ("terms of use", "privacy policy", "cookie policy", "uses cookies", "use of cookies", "use cookies")


def share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def category(character: str) -> int:
    return u.describe(character) & u.CATEGORY_MASK


def has(character: str, flag: int) -> bool:
    return bool(u.describe(character) & flag)


def look_alike(character: str) -> str:
    """The script that a letter gives away where scripts look alike, or nothing."""
    if "a" <= character.lower() <= "z" and character < "\x80":
        return "Latn"
    script = u.script(u.describe(character))
    if script == "Grek":
        return "Grek" if character in lookalikes.LOOKING_GREEK else ""
    if category(character) not in range(1, u.LAST_LETTER + 1) or character in lookalikes.BORROWED_CYRILLIC:
        return ""
    return "Cyrl" if script == "Cyrl" else "other" if script in lookalikes.OTHERS else ""


def is_space(character: str) -> bool:
    return u.describe(character) >> u.CLASS_SHIFT & u.CLASS_MASK == u.SPACE


def strip(text: str) -> str:
    start, stop = 0, len(text)
    while start < stop and is_space(text[start]):
        start += 1
    while stop > start and is_space(text[stop - 1]):
        stop -= 1
    return text[start:stop]


def low(word: str) -> str:
    """ASCII and simple lower case, one character for one."""
    return "".join(character.lower()[0] for character in word)


def ascii_low(text: str) -> str:
    return "".join(character.lower() if character < "\x80" else character for character in text)


def repeats(elements: Iterable[str]) -> tuple[int, int]:
    seen: set[str] = set()
    count = characters = 0
    for element in elements:
        if element in seen:
            count += 1
            characters += len(element)
        seen.add(element)
    return count, characters


def top_gram(words: Sequence[str], size: int) -> int:
    grams = Counter(" ".join(words[i : i + size]) for i in range(len(words) - size + 1))
    if not grams:
        return 0
    gram, times = grams.most_common(1)[0]
    return len(gram) * times


def repeated_grams(words: Sequence[str], size: int) -> int:
    seen: set[tuple[str, ...]] = set()
    characters = i = 0
    while i < len(words) - size + 1:
        gram = tuple(words[i : i + size])
        if gram in seen:
            characters += sum(map(len, gram))
            i += size
        else:
            seen.add(gram)
            i += 1
    return characters


def count_sentences(text: str, cut_words: Callable[[str], list[str]]) -> int:
    """Sentence ends with a word since the last one; a full stop only before white space, or quotes and white space."""
    ends = told = 0
    for i, character in enumerate(text):
        if not has(character, u.SENTENCE_END):
            continue
        after = i + 1
        while after < len(text) and after <= i + 16 and (text[after] == "." or has(text[after], u.CLOSER)):
            after += 1
        if character == "." and after <= i + 16 and after < len(text) and not is_space(text[after]):
            continue
        so_far = len(cut_words(text[:i]))
        if so_far > told:
            ends += 1
            told = so_far
    return ends


def ends_sentence(line: str) -> bool:
    while line and has(line[-1], u.CLOSER):
        line = line[:-1]
    return bool(line) and has(line[-1], u.SENTENCE_END)


def c4(line: str, by_space: bool, cut_words: Callable[[str], list[str]]) -> str:
    """What becomes of a line: the name of what drops it, or "kept"."""
    line = strip(line)
    words = cut_words(line)
    if any(len(word) > 1000 for word in words):
        return "long word"
    while True:  # only at the end, and one by one
        shorter = re.sub(r"(?:\[\d*]|\[edit]|\[citation needed])$", "", line)
        if shorter == line or line.endswith("\n"):
            break
        line = shorter
    if line.endswith("...") or not (line.endswith((".", "?", "!", '"', "'")) if by_space else ends_sentence(line)):
        return "no end"
    if len(words) < 3:
        return "few words"
    small = ascii_low(line)
    if "lorem ipsum" in small:
        return "lorem ipsum"
    if "javascript" in small:
        return "javascript"
    if "{" in line:
        return "curly"
    return "policy" if any(phrase in small for phrase in POLICY) else "kept"


def entropy(words: Sequence[str]) -> float:
    """Bits a word, in parts of 2**-20."""
    if not words:
        return 0.0
    weights = sum(int(n * math.log2(n) * 2**20 + 0.5) for n in Counter(words).values())
    return int(math.log2(len(words)) * 2**20 - weights / len(words) + 0.5) / 2**20


def met_pairs(words: Sequence[str]) -> int:
    pairs = list(pairwise(words))
    return len(pairs) - len(set(pairs))


def keywords(words: Sequence[str]) -> int:
    """Words in runs of sixteen and more, each among the ten before it."""
    near = "".join("x" if word in words[max(0, i - 10) : i] else "." for i, word in enumerate(words))
    return sum(len(run) for run in near.split(".") if len(run) >= 16)


def glued(text: str) -> int:
    """Symbols between two letters or marks."""

    def lettered(character: str) -> bool:
        return 1 <= category(character) <= u.LAST_MARK

    def symbol(character: str) -> bool:
        return u.LAST_PUNCTUATION < category(character) <= u.LAST_SYMBOL and character != "\ufffd"

    triples = zip(text, text[1:], text[2:], strict=False)
    return sum(symbol(b) and lettered(a) and lettered(c) for a, b, c in triples)


def table_row(line: str) -> bool:
    """Three cells and more, of at most twelve characters on average."""
    body = line[: line.rindex(strip(line)[-1]) + 1]
    cells = 1 + len(re.findall(r"[\t|;,]|  (?! )", body))
    return cells >= 3 and len(line) <= 12 * cells


def list_item(line: str) -> bool:
    last = category(strip(line)[-1])
    return len(line) <= 30 and not u.LAST_NUMBER < last <= u.LAST_PUNCTUATION


MAIL = r"(?<=[A-Za-z0-9\x80-\U0010ffff])@(?=[A-Za-z0-9\x80-\U0010ffff])"
MARKUP = r"<(?=[A-Za-z/!])|&(?=nb|qu|amp;|[lg]t;|#[0-9])"
PLACEHOLDER = r"(?<=[{$]){|<%|%[sd](?![A-Za-z])"
VERSE = r"(?<=[0-9]):(?=[0-9])"
NOTE = r"\[[0-9]{1,3}]|\((?=[12][0-9]{3})"


def measure(text: str, words: str = "orthographic", listed: Sequence[str] | None = None) -> dict[str, Any]:
    """Every signal of one text."""
    by_space = words == "whitespace"

    def cut_words(text: str) -> list[str]:
        return cut(text, words)  # type: ignore[arg-type]

    found = cut_words(text)
    plain = [word for word in found if not all(has(character, u.SYMBOLIC) for character in word)]
    letters = [character for character in text if 1 <= category(character) <= u.LAST_LETTER]
    lines = text.splitlines()
    bodies = [strip(line) for line in lines]
    hard = [line for line in text.split("\n") if strip(line)]
    runs = re.split("\n+", text) if text else []
    body = strip(text)
    paragraphs = re.split("\n{2,}", body) if body else []
    dup_lines, dup_line_chars = repeats(runs)
    dup_paragraphs, dup_paragraph_chars = repeats(paragraphs)
    ends = [c4(line, by_space, cut_words) for line in lines]
    small = [ascii_low(strip(line)) for line in lines]
    kept_sentences = []
    told = 0
    position = 0
    for line, end in zip(text.splitlines(keepends=True), ends, strict=True):
        position += len(line)
        so_far = count_sentences(text[:position], cut_words)
        if end == "kept":
            kept_sentences.append(max(1, so_far - told))
        told = so_far

    def among(low: int, high: int) -> float:
        return share(sum(low <= category(character) <= high for character in text), len(text))

    def line_share(predicate: Callable[[str], bool]) -> float:
        return share(sum(bool(line) and predicate(line) for line in bodies), len(bodies))

    def hard_share(predicate: Callable[[str], bool]) -> float:
        return share(sum(map(predicate, hard)), len(hard))

    return {
        "bytes": len(text.encode()),
        "chars": len(text),
        "words": len(found),
        "plain_words": len(plain),
        "distinct_words": len(set(found)),
        "stop_words": -1
        if listed is None
        else len(
            set(listed) & set(found) if by_space else {low(word) for word in listed} & {low(word) for word in found}
        ),
        "longest_word": max(map(len, found), default=0),
        "lines": len(lines),
        "paragraphs": len(paragraphs),
        "sentences": count_sentences(text, cut_words),
        "emoji": sum(has(character, u.EMOJI) for character in text),
        "replacement_chars": text.count("\ufffd"),
        "control_chars": sum(category(character) == u.CONTROL and not is_space(character) for character in text),
        "links": text.count("://") + len(re.findall(r"(?<![wW/])[wW]{3}(?=\.)", text)),
        "curly_brackets": text.count("{"),
        "word_length": share(sum(map(len, plain)), len(plain)),
        "alpha_word_share": share(
            sum(any(1 <= category(c) <= u.LAST_LETTER for c in word) for word in found), len(found)
        ),
        "mixed_script_words": share(
            sum(len({look_alike(character) for character in word} - {""}) > 1 for word in found), len(found)
        ),
        "distinct_word_share": share(len(set(found)), len(found)),
        "hash_ratio": share(text.count("#"), len(found)),
        "ellipsis_ratio": share(text.count("...") + text.count("…"), len(found)),
        "newline_ratio": share(text.count("\n"), len(found)),
        "letter_share": among(1, u.LAST_LETTER),
        "mark_share": among(u.LAST_LETTER + 1, u.LAST_MARK),
        "digit_share": among(u.LAST_MARK + 1, u.LAST_NUMBER),
        "punctuation_share": among(u.LAST_NUMBER + 1, u.LAST_PUNCTUATION),
        "symbol_share": among(u.LAST_PUNCTUATION + 1, u.LAST_SYMBOL),
        "space_share": share(sum(map(is_space, text)), len(text)),
        "uppercase_share": share(sum(has(character, u.UPPERCASE) for character in text), len(letters)),
        "repeated_char_share": share(
            sum(a == b and a > " " for a, b in pairwise(text)),
            len(text),
        ),
        "replacement_share": share(text.count("\ufffd"), len(text)),
        "bullet_line_share": line_share(lambda line: line[0] in "•-" if by_space else has(line[0], u.BULLET)),
        "ellipsis_line_share": line_share(lambda line: line.endswith(("...", "…"))),
        "blank_line_share": share(sum(not line for line in bodies), len(bodies)),
        "terminal_line_share": hard_share(
            lambda line: has(line[-1], u.TERMINAL) if by_space else ends_sentence(strip(line))
        ),
        "short_line_share": hard_share(lambda line: len(line) <= 30),
        "repeated_line_char_share": share(repeats(hard)[1], len(text) - text.count("\n")),
        "dup_line_share": share(dup_lines, len(runs)),
        "dup_line_char_share": share(dup_line_chars, len(text)),
        "dup_paragraph_share": share(dup_paragraphs, len(paragraphs)),
        "dup_paragraph_char_share": share(dup_paragraph_chars, len(text)),
        **{f"top_{size}_gram_share": share(top_gram(found, size), len(text)) for size in (2, 3, 4)},
        **{f"dup_{size}_gram_share": share(repeated_grams(found, size), len(text)) for size in range(5, 11)},
        "numbered_line_share": line_share(lambda line: category(line[0]) == u.DECIMAL),
        "list_line_share": hard_share(list_item),
        "table_line_share": hard_share(table_row),
        "word_entropy": entropy(found),
        "word_novelty": min(1.0, entropy(found) / math.log2(len(found))) if len(found) > 1 else 0.0,
        "compressibility": share(met_pairs(found), len(found)),
        "keyword_share": share(keywords(found), len(found)),
        "cased_word_share": share(
            sum(
                any(has(c, u.UPPERCASE) for c in word)
                or (
                    not all(has(c, u.SYMBOLIC) for c in word)
                    and not any(1 <= category(c) <= u.LAST_LETTER for c in word)
                )
                for word in found
            ),
            len(found),
        )
        if len(found) >= 12
        else 0.0,
        "danger_share": share(len(re.findall(r"[0-9{}+/()>]", text)), len(text)),
        "glued_symbol_ratio": share(glued(text), len(found)),
        "mails": len(re.findall(MAIL, text)),
        "markup": len(re.findall(MARKUP, text)),
        "placeholders": len(re.findall(PLACEHOLDER, text)),
        "verse_marks": len(re.findall(VERSE, text)),
        "note_marks": len(re.findall(NOTE, text)),
        "javascript_lines": sum("javascript" in line for line in small),
        "policy_lines": sum(any(phrase in line for phrase in POLICY) for line in small),
        "c4_lines": ends.count("kept"),
        "c4_sentences": sum(kept_sentences),
        "lorem_ipsum_lines": ends.count("lorem ipsum"),
        "curly_lines": ends.count("curly"),
    }
