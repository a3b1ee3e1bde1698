"""Bank accounts and payment cards planted in real documents of twelve scripts: how many are found, and what else is.

Numbers are made here: nobody's. Beside them stand numbers that only look alike, of which none may be found.
"""

import io
import random
import re
from collections import Counter

import msgspec
import pyarrow as pa
import pytest
import zstandard
from shared import SHARED, needs_shared

from filters.privacy import KINDS, find

pytestmark = needs_shared

SCRIPTS = ("Latn", "Cyrl", "Arab", "Deva", "Beng", "Ethi", "Hani", "Jpan", "Hang", "Thai", "Khmr", "Grek")
DOCUMENTS = 20
"""Of each script at most; each is planted four times."""

FORMS = {
    # country: what follows its check digits, d a digit, a a letter
    "NO": "d11",
    "BE": "d12",
    "DK": "d14",
    "NL": "a4d10",
    "FI": "d14",
    "AT": "d16",
    "CH": "d17",
    "LI": "d17",
    "DE": "d18",
    "GB": "a4d14",
    "IE": "a4d14",
    "BG": "a4d14",
    "RS": "d18",
    "ES": "d20",
    "SE": "d20",
    "RO": "a4d16",
    "SA": "d20",
    "AE": "d19",
    "IL": "d19",
    "PT": "d21",
    "TR": "d22",
    "IR": "d22",
    "FR": "d23",
    "IT": "a1d22",
    "GR": "d23",
    "PL": "d24",
    "HU": "d24",
    "AL": "d24",
    "CY": "d24",
    "UA": "d25",
    "EG": "d25",
    "BR": "d23a1d1",
    "QA": "a4d21",
    "KW": "a4d22",
    "JO": "a4d22",
    "MT": "a4d23",
    "LC": "a4d24",
    "PK": "a4d16",
    "KZ": "d16",
    "GE": "a2d16",
    "AZ": "a4d20",
    "TN": "d20",
    "MR": "d23",
    "SN": "a2d22",
    "CI": "a2d22",
    "IQ": "a4d15",
}
DIGITS = {"Arab": "٠", "Deva": "०", "Beng": "০", "Thai": "๐", "Khmr": "០", "Jpan": "０"}
"""The nought of scripts that have digits of their own."""

BRANDS = (
    ("4", 16),
    ("51", 16),
    ("2221", 16),
    ("34", 15),
    ("37", 15),
    ("36", 14),
    ("3530", 16),
    ("6011", 16),
    ("62", 16),
)
BRANDS += (("2200", 16), ("9792", 16), ("62", 19))


def check_digits(country: str, rest: str) -> str:
    number = int("".join(str(int(sign, 36)) for sign in f"{rest}{country}00"))
    return f"{98 - number % 97:02d}"


def iban(draw: random.Random, wrong: bool = False) -> str:
    country, form = draw.choice(sorted(FORMS.items()))
    kinds = re.findall(r"([ad])(\d+)", form)
    rest = "".join(
        draw.choice("0123456789" if kind == "d" else "ABCDEFGHKLMNPRSTUVZ")
        for kind, times in kinds
        for _ in range(int(times))
    )
    checks = check_digits(country, rest)
    if wrong:
        checks = f"{(int(checks) + draw.randrange(1, 90)) % 97 + 2:02d}"
        if checks == check_digits(country, rest):
            checks = "99" if checks != "99" else "02"
    whole = f"{country}{checks}{rest}"
    spaced = " ".join(whole[at : at + 4] for at in range(0, len(whole), 4))
    return draw.choice((whole, spaced, spaced, spaced.replace(" ", "-"), whole.lower()))


def luhn(digits: str) -> str:
    """The last digit that makes the sum right."""
    total = sum(sum(divmod(int(digit) * (2 - at % 2), 10)) for at, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def card(draw: random.Random, wrong: bool = False) -> str:
    first, length = draw.choice(BRANDS)
    digits = first + "".join(draw.choice("0123456789") for _ in range(length - 1 - len(first)))
    last = luhn(digits)
    whole = digits + (str((int(last) + draw.randrange(1, 10)) % 10) if wrong else last)
    if length == 16:
        return draw.choice((whole, *(sign.join(re.findall("....", whole)) for sign in " -.")))
    if length in {14, 15}:
        return draw.choice((whole, f"{whole[:4]} {whole[4:10]} {whole[10:]}"))
    return whole


def alike(draw: random.Random) -> str:
    """A number that is neither, though many of its digits would do."""
    digits = "".join(draw.choice("0123456789") for _ in range(40))
    return draw.choice(
        (
            iban(draw, wrong=True),
            card(draw, wrong=True),
            digits,
            f"{digits[:22]}{card(draw)}".replace(" ", "")[:40],
            f"ISBN 978-{digits[0]}-{digits[1:5]}-{digits[5:9]}-{digits[9]}",
            f"ISBN 978{digits[:10]}",
            f"order {card(draw)}",
            f"invoice no. {card(draw)}",
            f"{digits[:4]}/{digits[4:8]}/{digits[8:12]}/{digits[12:16]}",
            f"0.{digits[:16]}",
            f"{digits[0]}.{digits[1:4]}.{digits[4:7]}.{digits[7:10]},{digits[10:12]}",
            f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:32]}",
        )
    )


def other_digits(number: str, nought: str) -> str:
    return "".join(chr(ord(nought) + int(sign)) if sign.isdecimal() else sign for sign in number)


def planted() -> tuple[list[str], list[list[tuple[int, int, str]]], list[str]]:
    """Texts, the spans in code points of what was planted in each ("" for what only looks alike), and scripts."""
    assert SHARED is not None
    draw = random.Random(7)  # noqa: S311 - the same numbers each time
    with (SHARED / "docs" / "docs.jsonl.zst").open("rb") as raw:
        rows = [
            msgspec.json.decode(line) for line in io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(raw))
        ]
    texts, spans, scripts = [], [], []
    taken: Counter[str] = Counter()
    for row in sorted(rows, key=lambda row: str(row["id"])):
        script = row["label"].rpartition("_")[2]
        words = row["text"][:4000].split(" ")
        if script not in SCRIPTS or taken[script] >= DOCUMENTS or len(words) < 8:
            continue
        taken[script] += 1
        for _ in range(4):
            text, mine = insert(draw, words, script)
            texts.append(text)
            spans.append(mine)
            scripts.append(script)
    return texts, spans, scripts


def insert(draw: random.Random, words: list[str], script: str) -> tuple[str, list[tuple[int, int, str]]]:
    """An account, a card and two numbers that look alike, between words that are no numbers themselves."""
    things = [("iban", iban(draw)), ("card", card(draw)), ("", alike(draw)), ("", alike(draw))]
    draw.shuffle(things)
    free = [at for at in range(1, len(words)) if not re.search(r"\d", words[at - 1][-40:] + words[at][:40])]
    places = sorted(draw.sample(free, min(len(things), len(free))))
    text, spans, before = "", [], 0
    for at, (kind, number) in zip(places, things, strict=False):
        text += "".join(f"{word} " for word in words[before:at])
        if script in DIGITS and draw.random() < 0.5:
            number = other_digits(number, DIGITS[script])
        spans.append((len(text), len(text) + len(number), kind))
        text += f"{number}{draw.choice(('', '', '.', ',', ')', '。'))} "
        before = at
    return text + " ".join(words[before:]), spans


@pytest.mark.parametrize("kind", ["iban", "card"])
def test_planted_accounts_and_cards_are_found_and_what_looks_alike_is_not(kind: str) -> None:
    texts, planted_spans, scripts = planted()
    assert len(set(scripts)) == len(SCRIPTS)
    spans = find(pa.array(texts)).to_pylist()
    hits: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    wrong = []
    for text, mine, told, script in zip(texts, planted_spans, spans, scripts, strict=True):
        raw = text.encode()
        found = {
            (len(raw[:start].decode()), len(raw[:end].decode()))
            for start, end, code in zip(told[::3], told[1::3], told[2::3], strict=True)
            if KINDS[code].name == kind
        }
        there = {(start, end) for start, end, name in mine if name == kind}
        asked[script] += len(there)
        hits[script] += len(there & found)
        wrong += [text[start:end] for start, end in found - there]
    recall, precision = hits.total() / asked.total(), hits.total() / (hits.total() + len(wrong))
    print(f"{kind}: recall {recall:.4f} of {asked.total()}, precision {precision:.4f}, {len(wrong)} wrong")
    assert asked.total() > 500
    assert recall >= 0.98
    assert precision >= 0.98
    assert min(hits[script] / asked[script] for script in SCRIPTS) >= 0.9
