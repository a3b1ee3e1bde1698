"""Bank accounts and cards prove themselves by their checksum; one digit wrong, and it is another number."""

import random

import pytest
from found import found

from filters.personal.accounts import IBAN_LENGTHS, ISSUERS
from filters.personal.digits import ZEROS

LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def an_iban(country: str, length: int, chance: random.Random) -> str:
    account = "".join(chance.choice(LETTERS[:10]) for _ in range(length - 4))
    value = int("".join(str(LETTERS.index(letter)) for letter in f"{account}{country}00"))
    return f"{country}{98 - value % 97:02}{account}"


def a_card(first: int, length: int, chance: random.Random) -> str:
    digits = [*map(int, str(first)), *(chance.randrange(10) for _ in range(length - 5))]
    total = sum(sum(divmod(digit * 2, 10)) if k % 2 == 0 else digit for k, digit in enumerate(reversed(digits)))
    return "".join(map(str, [*digits, -total % 10]))


def in_fours(number: str, sign: str = " ") -> str:
    return sign.join(number[k : k + 4] for k in range(0, len(number), 4))


def wrong(number: str) -> str:
    return number[:-1] + str((int(number[-1]) + 1) % 10)


@pytest.mark.parametrize(
    ("text", "account"),
    [
        ("IBAN GB82 WEST 1234 5698 7654 32.", "GB82 WEST 1234 5698 7654 32"),
        ("IBAN: DE89370400440532013000", "DE89370400440532013000"),
        ("de89370400440532013000", "de89370400440532013000"),
        ("NO93 8601 1117 947 BIC", "NO93 8601 1117 947"),
        ("NL91-ABNA-0417-1643-00, Bank", "NL91-ABNA-0417-1643-00"),
        ("MT84MALT011000012345MTLCAST001S", "MT84MALT011000012345MTLCAST001S"),
        ("شبا: IR۸۲۰۵۴۰۱۰۲۶۸۰۰۲۰۸۱۷۹۰۹۰۰۲", "IR۸۲۰۵۴۰۱۰۲۶۸۰۰۲۰۸۱۷۹۰۹۰۰۲"),
        ("账号DE89370400440532013000。", "DE89370400440532013000"),
    ],
)
def test_an_account_is_found(text: str, account: str) -> None:
    assert found(text) == [(account, "iban")]


@pytest.mark.parametrize(
    "text",
    [
        "GB82 WEST 1234 5698 7654 33",
        "DE893704004405320130001",
        "xDE89370400440532013000",
        "DE89370400440532013000_1",
        "ZZ89370400440532013000",
        "De89370400440532013000",
        "de89 3704 0044 0532 0130 00",
        "DE89 3704",
        "AB12 cdef 1234 5678 9012",
        "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "MD5 d41d8cd98f00b204e9800998ecf8427e",
    ],
)
def test_what_looks_like_an_account_is_none(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(("country", "length"), sorted(IBAN_LENGTHS.items()))
def test_accounts_of_every_country_prove_themselves(country: str, length: int) -> None:
    chance = random.Random(country)  # noqa: S311
    for _ in range(10):
        number = an_iban(country, length, chance)
        assert found(f"IBAN {number}.") == [(number, "iban")]
        assert found(f"({in_fours(number)}) BIC") == [(in_fours(number), "iban")]
        assert found(wrong(number)) == []
        assert found(in_fours(number[:4] + number[5] + number[4] + number[6:])) == [] or number[4] == number[5]


@pytest.mark.parametrize(
    ("text", "card"),
    [
        ("4111 1111 1111 1111", "4111 1111 1111 1111"),
        ("card 5500-0000-0000-0004 12/27", "5500-0000-0000-0004"),
        ("(3782 822463 10005)", "3782 822463 10005"),
        ("3056 930902 5904,", "3056 930902 5904"),
        ("Carte : 6011111111111117, merci", "6011111111111117"),
        ("٤١١١ ١١١١ ١١١١ ١١١١", "٤١١١ ١١١١ ١١١١ ١١١١"),
        ("कार्ड ४१११ ११११ ११११ ११११", "४१११ ११११ ११११ ११११"),
        ("卡号4111111111111111。", "4111111111111111"),
        ("カード４１１１－１１１１－１１１１－１１１１", "４１１１－１１１１－１１１１－１１１１"),
    ],
)
def test_a_card_is_found(text: str, card: str) -> None:
    assert found(text) == [(card, "card")]


@pytest.mark.parametrize(
    "text",
    [
        "4111 1111 1111 1112",
        "4111 1111-1111 1111",
        "4111 111 1111 11111",
        "4111 1111 1111 1111 1111",
        "x4111111111111111",
        "4111111111111111x",
        "41111111111111111",
        "0.4111111111111111",
        "4111111111111111.5",
        "$4111111111111111",
        "/4111111111111111",
        "Order no. 4111111111111111",
        "注文番号4111111111111111",
        "ISBN 4111111111111111",
        "0000 0000 0000 0000",
        "EAN 4006381333931",
        "IMEI 490154203237518",
        "1609459200000000",
        "9999 9999 9999 9995",
        "1234567812345670",
    ],
)
def test_what_looks_like_a_card_is_none(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize("issuer", ISSUERS, ids=lambda issuer: str(issuer[0]))
def test_cards_of_every_issuer_prove_themselves(issuer: tuple[int, int, tuple[int, ...]]) -> None:
    low, high, lengths = issuer
    chance = random.Random(low)  # noqa: S311
    for length in lengths:
        for first in {low, (low + high) // 2, high}:
            for _ in range(5):
                number = a_card(first, length, chance)
                assert found(f"Card: {number}") == [(number, "card")]
                assert found(f"Card: {wrong(number)}") == []
                if length == 16:
                    assert found(f"{in_fours(number, '-')}, x") == [(in_fours(number, "-"), "card")]
                    assert found(f"{in_fours(wrong(number))}, x") == []


@pytest.mark.parametrize("zero", ZEROS)
def test_digits_of_every_script_are_digits(zero: str) -> None:
    digits = {ord("0") + value: chr(ord(zero) + value) for value in range(10)}
    card, account = "4111 1111 1111 1111", "GB82 WEST 1234 5698 7654 32"
    assert found(f"— {card}".translate(digits)) == [(card.translate(digits), "card")]
    assert found(f"— {account}".translate(digits)) == [(account.translate(digits), "iban")]
    assert found("— 4111 1111 1111 1112 GB82 WEST 1234 5698 7654 33".translate(digits)) == []


def test_few_numbers_by_chance_are_taken_for_cards_or_accounts() -> None:
    chance = random.Random(5)  # noqa: S311
    numbers = ["".join(chance.choice(LETTERS[:10]) for _ in range(16)) for _ in range(5000)]
    assert len(found(" ; ".join(numbers))) < 0.04 * len(numbers)
    hashes = ["".join(chance.choice("0123456789abcdef") for _ in range(40)) for _ in range(5000)]
    assert found("\n".join(hashes)) == []
