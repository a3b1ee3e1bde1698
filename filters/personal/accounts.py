"""Bank accounts (IBAN) and payment cards: numbers that prove themselves by their checksum, issuer and length."""

import re

from filters.personal.other_numbers import names_another
from filters.personal.place import Place

IBAN_LENGTHS = {
    code: length
    for length, codes in {
        15: "NO",
        16: "BE",
        18: "DK FI FK FO GL NL SD",
        19: "MK SI",
        20: "AT BA EE KZ LT LU MN XK",
        21: "CH HR LI LV",
        22: "BG BH CR DE GB GE IE ME RS VA",
        23: "AE GI IL IQ OM SO TL",
        24: "AD CZ ES MD PK RO SA SE SK TN VG",
        25: "AO CV GW LY MZ PT ST",
        26: "DZ IR IS TR",
        27: "BI CF CG CM DJ FR GA GQ GR IT KM MC MG MR SM TD",
        28: "AL AZ BF BJ BY CI CY DO GT HN HU LB MA ML NE NI PL SN SV TG",
        29: "BR EG PS QA UA",
        30: "JO KW MU YE",
        31: "MT SC",
        32: "LC",
        33: "RU",
    }.items()
    for code in codes.split()
}
"""Letters and digits of an IBAN by country (SWIFT's registry, and countries that use the form without being in it)."""

ISSUERS = (
    # first digits from, to; lengths
    (2200, 2204, (16, 19)),  # Mir
    (2221, 2720, (16,)),  # Mastercard
    (3000, 3059, (14,)),  # Diners Club
    (3095, 3095, (14,)),
    (3400, 3499, (15,)),  # American Express
    (3528, 3589, (16, 19)),  # JCB
    (3600, 3699, (14,)),  # Diners Club
    (3700, 3799, (15,)),  # American Express
    (3800, 3999, (14,)),  # Diners Club
    (4000, 4999, (16, 19)),  # Visa; of 13 digits are codes of goods
    (5018, 5099, (16, 19)),  # Maestro, Elo, Verve, RuPay
    (5100, 5599, (16,)),  # Mastercard
    (5600, 5899, (16, 19)),  # Maestro
    (6011, 6011, (16, 19)),  # Discover
    (6040, 6049, (16,)),  # UkrCard
    (6062, 6062, (16,)),  # Hipercard
    (6200, 6299, (16, 17, 18, 19)),  # UnionPay
    (6304, 6304, (16, 19)),  # Maestro
    (6362, 6363, (16,)),  # Elo
    (6370, 6399, (16,)),  # InstaPayment, Maestro
    (6440, 6599, (16, 19)),  # Discover, RuPay, Troy
    (6759, 6763, (16, 19)),  # Maestro
    (8171, 8199, (16, 19)),  # UnionPay, RuPay
    (9792, 9792, (16,)),  # Troy
)
"""Payment cards by issuer (ISO/IEC 7812): the first four digits, and how many there may be."""

_CODE = re.compile(r"[A-Za-z0-9](?:[ -]?[A-Za-z0-9])*")
_GROUPED = re.compile(
    r"[0-9]{4}([ .-])(?:[0-9]{4}\1[0-9]{4}\1[0-9]{4}(?:\1[0-9]{3})?|[0-9]{6}\1[0-9]{4,5})"
    r"(?![0-9])(?!\1[0-9]{4}(?![0-9]))"  # four of a longer row of fours
)
_SOLID = re.compile(r"[0-9]{14,19}(?![0-9])")
_ATTACHED = re.compile(r"[A-Za-z_@]|[.,:/-][0-9]")
"""After a number: it goes on, and is not what it looked like."""


def iban(place: Place) -> int:
    """Characters of the IBAN that begins at the place; 0 for none."""
    length = IBAN_LENGTHS.get(place.after[:2].upper())
    matched = _CODE.match(place.after)
    if not length or not matched:
        return 0
    written = matched[0]
    end = signs = 0
    while end < len(written) and end - signs < length:
        signs += not written[end].isalnum()
        end += 1
    code = re.sub("[ -]", "", written[:end])
    if len(code) < length or written[end : end + 1].isalnum() or place.after[end : end + 1] == "_":
        return 0
    if not (code.isupper() or (code.islower() and not signs)) or not code[2:4].isdigit():
        return 0
    value = int("".join(str(int(character, 36)) for character in code[4:] + code[:4]))
    return end if value % 97 == 1 else 0


def _luhn(digits: str) -> bool:
    doubled = sum(sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (doubled + sum(map(int, digits[::-2]))) % 10 == 0


def card(place: Place) -> int:
    """Characters of the payment card number that begins at the place; 0 for none."""
    matched = _GROUPED.match(place.after) or _SOLID.match(place.after)
    if not matched or _ATTACHED.match(place.after, matched.end()):
        return 0
    if place.before[-1:] in "+#_$€£=/\\-.,'" and place.before:
        return 0
    digits = re.sub("[ .-]", "", matched[0])
    issued = any(low <= int(digits[:4]) <= high and len(digits) in lengths for low, high, lengths in ISSUERS)
    if not issued or len(set(digits)) < 2 or not _luhn(digits) or names_another(place.before[-24:]):
        return 0
    return matched.end()
