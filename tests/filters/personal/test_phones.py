"""Telephone numbers: written as people write them in many scripts, and numbers that are none."""

import re

import pytest
from found import found

from filters.personal.digits import ZEROS

TRUE = """
Call [(202) 555-0138] now
Ring 1 ([202]) is no number, ([202]) 555 neither, but [(202) 555.0138] is
office +[1-202-555-0138], home +[44 20 7946 0018].
+[44 (0)20 7946 0018]
+[44 0207 946 0018]
[(+49) 30 23125 033]
+[(49) 30 23125033]
(+[49 30 23125 033])
+[1 (202) 555-0138] x12
+[7 (495) 123-45-67]
+[254700000013]
+[254 700 000 013] 25 watu
+[33 1 70 18 99 00], le 4 mai
<a href="tel:+[442079460018]">
WhatsApp: +[62 812-3456-7890]
[0049 30 23125 033]
Tel. [030 / 23125-033]
Tel.: [030 23125033], [030 23125034] oder [030 23125035]
Tel./Fax [030/23125033]
call us on [020 7946 0018] or [020 7946 0019]
my phone number is [0712345678].
Phone:
[0712345678]
Phone no. [0712 345678]
T: [020 7946 0018]
tel:[02079460018]
☎ [020 7946 0018]
📞[0712 345 678]
Tél. : [01 70 18 99 00]
Teléfono (móvil): [612 345 678]
Telefone [(11) 91234-5678]
Cel.: [11 91234-5678]
Tel. [06 12345678]
Telefonnummer lautet [030 901820]
tlf. [22 33 44 55]
puh. [040 123 4567]
telefon: [123 456 789]
komórka [600 123 456]
Telefonszám: [06 1 234 5678]
cep telefonu [0532 123 45 67]
Điện thoại: [024 3825 1234]
SĐT: [0912.345.678]
hubungi [0812-3456-7890]
simu: [0712 345 678]
nambari ya simu ni [0712 345 678]
lambar waya: [0803 123 4567]
nọmba foonu: [0803 123 4567]
ucingo: [031 123 4567]
Lakk. bilbilaa [0911 234567]
тел. [8 (495) 123-45-67]
телефон: [8 495 123 45 67]
моб. [067 123 45 67]
утас: [9911 2233]
τηλ. [210 123 4567]
Κινητό: [694 123 4567]
հեռ. [010 52 34 56]
ტელ: [032 212 34 56]
טל' [03-1234567]
טלפון: [050-123-4567]
هاتف: [٠٥٠١٢٣٤٥٦٧]
اتصل على +[٩٦٦ ٥٠ ١٢٣ ٤٥٦٧]
ت: [0501234567]
تلفن: [۰۲۱-۸۸۷۷۶۶۵۵]
شماره تماس [۰۹۱۲۳۴۵۶۷۸۹]
فون نمبر: [0300-1234567]
फ़ोन: [०११-२३४५ ६७८९]
मोबाइल नंबर [९८७६५ ४३२१०]
ফোন: [০১৭১২-৩৪৫৬৭৮]
ਫੋਨ: [੦੧੮੩-੨੩੪੫੬੭]
ફોન: [૦૭૯-૨૩૪૫૬૭૮]
ଫୋନ: [୦୬୭୪-୨୩୪୫୬୭]
தொலைபேசி: [௦௪௪-௨௩௪௫௬௭௮]
ఫోన్: [౦౪౦-౨౩౪౫౬౭౮]
ದೂರವಾಣಿ: [೦೮೦-೨೩೪೫೬೭೮]
ഫോൺ: [൦൪൭൧-൨൩൪൫൬൭]
දුරකථන: [011 2 345678]
โทร. [๐๒-๑๒๓-๔๕๖๗]
โทร [081 234 5678] ครับ
ໂທ: [໐໒໐ ໕໕ ໑໒໓ ໔໕໖]
ဖုန်း [၀၉ ၁၂၃၄၅၆၇၈၉]
ទូរស័ព្ទ [០១២ ៣៤៥ ៦៧៨]
ཁ་པར [༠༢ ༣༢༣༤༥༦]
ስልክ ቁጥር [0911 234567]
电话：[010-6552 9988]
請致電[02-2345-6789]查詢
手机[13812345678]。
電話[03-1234-5678]まで
ＴＥＬ：[０３－１２３４－５６７８]
전화번호 [02-312-3456]
"""
"""One a line; a plus or bracket before [ goes with the number, where it is one."""

FALSE = """
Order no. 0712345678
phone order invoice 0712345678
ISBN 978-3-16-148410-0 and ISSN 2049-3630
2019-05-04 12:30:00 and 04.05.2019 and 4/5/2019
1914-1918 1939-1945
phone in 2019 2020 2021
телефон 2019-2020
เบอร์ ๒๕๖๓-๒๕๖๔
هاتف ١٤٤٠-١٤٤١
phone 4.5.2019
phone of 2019-05-04
wa 01 /01/2020
40.7127753, -74.0059728
phone at 40.7127753
$1 000 000 and 1 234 567 €
call for $ 1234567
phones cost 1234567 €
+100 000 000 people, +50 000 000, +1.234.567 votes, +1,234,567
1+2345678901
UTC+05:30 2019
+999 123 456 789
+44 20 79
+1 123 456 7890
Tel Aviv 1 000 000
phones 12 000 000 sold
We have a phone. 1234567 people do.
We have a phone! 0712345678
Tel. 8.00-16.30
version 10.0.19041.1234
Ps 119:105-112 1-22 3-4
3-1 2-0 1-1 4-3 2-2
(202) 555-01389
(102) 555-0138
5d41402abc4b2a76b9719d911017c592
550e8400-e29b-41d4-a716-446655440000
12345678901234567890
call 123456789012345678
x = 3.14159265358979
Tell 0712345678
the hotel 1234567
12 34 56 78 90
price 1.234.567,89
0712345678
254700000013
0712345678 someone
१९४७-१९५० १९६२ १९७१
٢٠١٩-٢٠٢٠ ٢٠٢١-٢٠٢٢
１２３４５６７８９０
call 555
phone000000000
phone 0000000000
1000/1005/1018/1020
"""


def wanted(line: str) -> tuple[str, list[tuple[str, str]]]:
    """The text of a line, and the numbers marked in it."""
    marked = re.findall(r"(\(?\+?\(?)\[([^\]]{6,})\]", line)
    numbers = [("+" if "+" in before and not number.startswith("(+") else "") + number for before, number in marked]
    return line.replace("[", "").replace("]", ""), [(number, "phone") for number in numbers]


@pytest.mark.parametrize("line", re.sub(r":\n\[", ":\r[", TRUE.strip()).split("\n"))
def test_a_number_is_found_by_its_word_or_its_code(line: str) -> None:
    text, numbers = wanted(line.replace("\r", "\n"))
    assert found(text) == numbers


@pytest.mark.parametrize("text", FALSE.strip().split("\n"))
def test_other_numbers_are_no_telephone_numbers(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize("zero", ZEROS)
def test_digits_of_every_script_are_digits(zero: str) -> None:
    digits = {ord("0") + value: chr(ord(zero) + value) for value in range(10)}
    for number in ("+254 700 000 013", "+44 20-7946-0018", "+1 (202) 555-0138"):
        assert found(f"— {number}, —".translate(digits)) == [(number.translate(digits), "phone")]
    for text in ("2019-2020 1914-1918", "+100 000 000", "12 345 678 901 234"):
        assert found(text.translate(digits)) == []


def test_examples_of_all_numbering_plans_are_found() -> None:
    oracle = pytest.importorskip("phonenumbers", reason="the oracle of telephone numbers is not installed")
    forms = oracle.PhoneNumberFormat
    missed, asked = [], 0
    for region in sorted(oracle.SUPPORTED_REGIONS):
        for kind in (oracle.PhoneNumberType.MOBILE, oracle.PhoneNumberType.FIXED_LINE):
            number = oracle.example_number_for_type(region, kind)
            for form, before in ((forms.INTERNATIONAL, "Habari "), (forms.E164, "simu "), (forms.NATIONAL, "Tel. ")):
                written = oracle.format_number(number, form) if number else ""
                if sum(map(str.isdigit, written)) < 7:
                    continue
                asked += 1
                if found(f"{before}{written} leo") != [(written, "phone")]:
                    missed.append((region, written))
    print(f"{asked - len(missed)} of {asked} found, not {missed}")
    assert asked > 1000
    assert len(missed) <= 0.01 * asked
