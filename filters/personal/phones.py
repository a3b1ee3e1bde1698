"""Telephone numbers: international ones by their calling code and length, national ones by the words beside them."""

import re

from filters.personal.calling_codes import LENGTHS
from filters.personal.other_numbers import names_another
from filters.personal.phone_words import marked, stems, words
from filters.personal.place import Place

LEAST, MOST, MOST_ABROAD = 7, 12, 15
"""Digits of a national number with its trunk prefix, and of any number with what is dialled to call abroad."""
LEAST_ALONE = 10
"""Digits of an international number without signs between them, from which on it is none but that."""
GAP = 28
"""Characters between a word and its number at most."""
CHAIN = 8
"""Characters between two numbers that one word goes with."""

_RUN = re.compile(r"[0-9](?:[ \-.()/]{0,3}[0-9])*")
_GROUP = re.compile(r"[0-9]+")
_PART = re.compile(r" {2,}| [-/.(]|[-/] |\. |\) \(")
"""Signs at which a number that has enough digits ends."""
_PLUS = re.compile(r"(?<![0-9A-Za-z_+*^])\(?\+\(?\Z")
_NORTH_AMERICAN = re.compile(r"(?<![0-9])\([2-9][0-9]{2}\)(?: |-| - )?[2-9][0-9]{2}[-. ][0-9]{4}(?![0-9])")
_ATTACHED = re.compile(r"[A-Za-z_@%°]|[,:][0-9]{1,6}(?![0-9])| ?[€$£¥₹₦₽%]")
"""After a number: it goes on, is a price or an amount."""
_ORDINARY = re.compile(
    r"(?:1[5-9]|20)[0-9]{2}( ?[-./] ?)[01]?[0-9]\1[0-3]?[0-9](?![0-9])"  # 2019-05-04
    r"|[0-3]?[0-9] ?([-./]) ?[0-3]?[0-9] ?\2 ?(?:1[5-9]|20)[0-9]{2}(?![0-9])"  # 4.5.2019
    r"|(?:1[5-9]|20)[0-9]{2} ?[-/] ?(?:1[5-9]|20)[0-9]{2}(?![0-9-])"  # 1914-1918
    r"|[0-2]?[0-9]\.[0-5][0-9] ?- ?[0-2]?[0-9]\.[0-5][0-9](?![0-9])"  # 8.00-16.30
    r"|[0-9]{1,3}\.[0-9]{4,}(?![0-9.])(?! ?[-/])"  # 40.7127753
    r"|[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![0-9.])"  # 62.38.170.158
    r"|[1-9][0-9]{0,2}(?:([ .])[0-9]{3})*(?:\3)000(?![0-9])"  # 1 000 000
)
"""Dates, years, hours, coordinates, addresses, amounts."""
_TRUNK = re.compile(r"[0-9]{1,3}\)? ?\(0\)")
_ANY = re.compile("")
_FIRST = {"1": re.compile("[2-9][0-9]{2}[2-9]"), "7": re.compile("[3-9]"), "44": re.compile("0?[1-9]")}
"""How national numbers begin, by calling code, where it tells them from other numbers."""
_MARKED = re.compile(r"(?<!\w)(\w+) ?[:.]{1,2} {0,2}\(?\Z")
_ENDING = re.compile(r"\A[^\W\d_]+")
_SENTENCE = re.compile(r"\w{4,}[.!?]\s|[!?।۔؟。！？]|\n.*\w|[0-9€$£¥₹₦₽=]", re.DOTALL)
"""Between a word and a number: they do not go together."""


def phone(place: Place, follows: bool) -> tuple[int, int]:
    """Where the telephone number at the place begins and ends, in characters from it; (0, 0) for none.

    ``follows`` says that what was found last is a telephone number, and that ``place.before`` begins behind it.
    """
    matched = _RUN.match(place.after)
    if matched is None:
        return 0, 0
    run = matched[0]
    plus = _PLUS.search(place.before)
    if plus:
        end = _international(run)
        start = -len(plus[0])
        if run[:end].isdigit() and end < LEAST_ALONE and not _is_called(place.before[:start]):
            return 0, 0
        if plus[0][0] == "(" and run[:end].count(")") == 0:
            start += 1
        return (start, end) if end and not _ATTACHED.match(place.after, end) else (0, 0)
    start, end = _north_american(place.before, run)
    if not end and run.startswith("00") and len(_GROUP.findall(run[:24])) > 2:
        end = _international(run[2:])
        end += 2 if end else 0
    if not end:
        start, end = _national(place.before, run)
        if end and not ((follows and _goes_on(place.before)) or _is_called(place.before)):
            return 0, 0
    return (start, end) if end and not _ATTACHED.match(place.after, end) else (0, 0)


def _ends(run: str, least: int, most: int) -> int:
    """Characters of the run's longest beginning of whole groups, of so many digits; a part ends it. 0 for none."""
    digits = end = 0
    for group in _GROUP.finditer(run):
        if digits + len(group[0]) > most or (digits >= least and _PART.match(run, end)):
            break
        digits += len(group[0])
        end = group.end()
    return end if digits >= least else 0


def _international(run: str) -> int:
    """Characters of the number whose calling code the run begins with; 0 for none."""
    digits = "".join(_GROUP.findall(run[:8]))
    code = next((digits[:size] for size in (1, 2, 3) if digits[:size] in LENGTHS), None)
    if code is None:
        return 0
    least, most = LENGTHS[code]
    trunk = _TRUNK.match(run, 0)
    more = len(code) + (1 if trunk else 0)
    end = _ends(run, least + more, most + more)
    national = "".join(_GROUP.findall(run[:end]))[more:]
    if not end and not trunk:  # a trunk zero that should have been left out
        end = _ends(run, least + more + 1, most + more + 1)
        national = "".join(_GROUP.findall(run[:end]))[more:]
        if not national.startswith("0"):
            return 0
    if national.endswith("000000") or len(set(national)) < 2 or not _FIRST.get(code, _ANY).match(national):
        return 0
    return end


def _north_american(before: str, run: str) -> tuple[int, int]:
    """Where a number with its area in brackets, as in (202) 555-0138, stands in the run; (0, 0) for none."""
    opened = before[-1:] == "("
    matched = _NORTH_AMERICAN.search("(" + run if opened else run)
    return (matched.start() - opened, matched.end() - opened) if matched else (0, 0)


def _national(before: str, run: str) -> tuple[int, int]:
    """Where the number that a word goes before begins and ends; (0, 0) for none."""
    if _ORDINARY.match(run) or _are_years(_GROUP.findall(run)):
        return 0, 0
    end = _ends(run, LEAST, MOST_ABROAD if run.startswith("0") else MOST)
    opened = before[-1:] == "(" and run[:end].count(")") > run[:end].count("(")
    return (-int(opened), end) if end and len(set(run[:end]) - set(" -.()/")) > 1 else (0, 0)


def _are_years(groups: list[str]) -> bool:
    """Whether all numbers are years of one calendar, Buddhist and Islamic ones included."""
    years = [int(group) for group in groups if len(group) == 4]
    return len(years) == len(groups) and min(years) >= 1300 and max(years) <= 2600 and max(years) - min(years) <= 150


def _goes_on(between: str) -> bool:
    """Whether the text from one number to the next makes them a list."""
    return len(between) <= CHAIN and not _SENTENCE.search(between) and between.count("\n") < 2


def _is_called(before: str) -> bool:
    """Whether a word for a telephone stands before the number, and nothing between that parts them."""
    tail = before[-GAP - 20 :].lower()
    after = short = -1
    for stem in stems(tail.isascii()):
        found = tail.rfind(stem)
        if found >= 0:
            after = max(after, found + len(stem))
    for word in words():
        found = tail.rfind(word)
        if found >= 0 and not tail[found - 1 : found].isalnum() and not tail[found + len(word) :][:1].isalpha():
            short = max(short, found + len(word))
    told = _MARKED.search(tail)
    if told and told[1] in marked():
        short = max(short, told.end(1))
    # A short word may end in the full stop of an abbreviation, a stem in anything.
    gap = tail[short:].removeprefix(".") if short >= after else _ENDING.sub("", tail[after:])
    if max(after, short) < 0 or (gap[:1] == "." and gap[1:2].isspace()):
        return False
    return len(gap) <= GAP and not _SENTENCE.search(gap) and not names_another(gap)
