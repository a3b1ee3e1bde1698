"""Documents of two languages are told with both, and those of one are not."""

import json
from functools import cache

import pyarrow as pa
import pytest

from langid.identify import Identifier
from pipeline.models import locate

PARAGRAPHS = {
    "swh_Latn": "Mvua ilinyesha usiku kucha na asubuhi barabara zote za kijiji zilikuwa zimejaa matope. Watoto "
    "walivua viatu vyao na kutembea polepole kuelekea shuleni. Mwalimu aliwangoja mlangoni na taulo na chai moto.",
    "vie_Latn": "Trời mưa suốt đêm và đến sáng thì mọi con đường trong làng đều đầy bùn. Bọn trẻ cởi giày ra và đi "
    "chậm rãi đến trường. Cô giáo đứng đợi ở cửa với khăn khô và trà nóng cho từng em một.",
    "deu_Latn": "Es regnete die ganze Nacht, und am Morgen waren alle Wege des Dorfes voller Schlamm. Die Kinder zogen "
    "ihre Schuhe aus und gingen langsam zur Schule. Die Lehrerin wartete an der Tür mit trockenen Tüchern und Tee.",
    "amh_Ethi": "ሌሊቱን ሙሉ ዝናብ ዘነበ፤ ጠዋት ላይ የመንደሩ መንገዶች ሁሉ በጭቃ ተሞልተው ነበር። ልጆቹ ጫማቸውን አውልቀው ቀስ ብለው ወደ ትምህርት ቤት ሄዱ። "
    "መምህሯ ደረቅ ፎጣና ትኩስ ሻይ ይዛ በር ላይ ጠበቀቻቸው።",
    "tha_Thai": "ฝนตกตลอดทั้งคืน พอถึงเช้าถนนทุกสายในหมู่บ้านก็เต็มไปด้วยโคลน เด็ก ๆ ถอดรองเท้าแล้วเดินช้า ๆ ไปโรงเรียน "
    "ครูยืนรออยู่ที่ประตูพร้อมผ้าแห้งและชาร้อน",
}


@cache
def identifier() -> Identifier:
    return Identifier.load(locate("builtin"))


def identified(text: str) -> dict[str, object]:
    row: dict[str, object] = identifier().identify(pa.array([text], pa.string())).to_pylist()[0]
    return row


def lines(label: str) -> list[str]:
    return [sentence.strip() for sentence in PARAGRAPHS[label].replace("።", "።.").split(".") if sentence.strip()]


PAIRS = [("swh_Latn", "vie_Latn"), ("deu_Latn", "swh_Latn"), ("amh_Ethi", "deu_Latn"), ("vie_Latn", "tha_Thai")]


@pytest.mark.parametrize(("one", "other"), PAIRS)
@pytest.mark.parametrize("repeats", [1, 12])
def test_halves_of_two_languages_are_told_as_both(one: str, other: str, repeats: int) -> None:
    row = identified("\n".join([PARAGRAPHS[one]] * repeats + [PARAGRAPHS[other]] * repeats))
    assert {row["raw_label"], row["mixed_with"]} == {one, other}
    assert 0.2 < row["mixed_share"] < 0.8  # type: ignore[operator]


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_lines_that_alternate_are_told_as_both(one: str, other: str) -> None:
    row = identified("\n".join(f"{a}.\n{b}." for a, b in zip(lines(one), lines(other), strict=False)))
    assert {row["raw_label"], row["mixed_with"]} == {one, other}


@pytest.mark.parametrize("label", PARAGRAPHS)
def test_a_document_of_one_language_is_not_mixed(label: str) -> None:
    for repeats in (1, 12):
        row = identified("\n".join([PARAGRAPHS[label]] * repeats))
        assert (row["raw_label"], row["mixed_with"], row["mixed_share"]) == (label, None, 0.0)


def test_a_quotation_is_told_with_a_small_share() -> None:
    row = identified("\n".join([PARAGRAPHS["deu_Latn"]] * 4 + [PARAGRAPHS["swh_Latn"]]))
    assert row["raw_label"] == "deu_Latn"
    assert row["mixed_share"] < 0.3  # type: ignore[operator]


def test_close_relatives_are_no_second_language() -> None:
    text = (
        "Djeca su jučer išla u školu, a učiteljica je pričala o rijeci. Danas će ponovo padati kiša.\n"
        "Deca su juče išla u školu, a učiteljica je pričala o reci. Danas će ponovo padati kiša.\n"
    )
    row = identified(text * 6)
    assert row["mixed_with"] is None, json.dumps(row, ensure_ascii=False)
