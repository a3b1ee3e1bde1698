"""Simplified and traditional Chinese are told by the characters that only one of them writes."""

from importlib.resources import files

import numpy as np
import pyarrow as pa
import pytest

from langid.han import evidence, variants
from langid.script import HAN

CASES = [
    ("傍晚我们沿着河边走回家，听见树上的鸟儿叫个不停。", "Hans"),
    ("傍晚我們沿著河邊走回家，聽見樹上的鳥兒叫個不停。", "Hant"),
    ("佢哋朝早喺河邊飲茶，個仔話想返屋企瞓覺，響度晒太陽。", "Hant"),  # Cantonese
    ("羣山之間一羣羊在牀前吃草，山峯很高。", "Hant"),
    ("一群人在床前，恒久如山峰。", None),  # both write these so
    ("人之初，性本善。", None),
    ("我们 we went home", None),
    ("我", None),
    ("我们说汉语，我們說漢語。", None),  # both at once
    (
        "夕方、川沿いを歩いて家に帰った。学校で国語を学び、鳥の声を聴いた。",
        None,
    ),  # Japanese has its own simplifications
    ("大韓民國은 民主共和國이다. 모든 國民은 法 앞에 平等하다.", None),
    ("the cat sat on the mat", None),
    ("", None),
]


@pytest.mark.parametrize(("text", "variant"), CASES)
def test_the_variant_is_told_where_there_is_evidence(text: str, variant: str | None) -> None:
    assert variants(pa.array([text], pa.string())).to_pylist() == [variant]


def test_a_text_is_judged_apart_from_its_batch() -> None:
    texts = [text for text, _ in CASES]
    alone = [variants(pa.array([text], pa.string())).to_pylist()[0] for text in texts]
    assert variants(pa.array(texts, pa.string())).to_pylist() == alone
    assert variants(pa.array(["x", *texts], pa.string())[1:]).to_pylist() == alone
    assert variants(pa.array([], pa.string())).to_pylist() == []


def test_one_stray_character_does_not_hide_the_rest() -> None:
    assert evidence(pa.array(["聽說讀寫這個發"])).tolist() == [[0, 7]]
    assert variants(pa.array(["聽說讀寫這個發国"])).to_pylist() == ["Hant"]
    assert variants(pa.array(["聽說讀国发说"])).to_pylist() == [None]


def test_characters_outside_the_first_plane_count() -> None:
    assert evidence(pa.array(["𫍯𬤊汉"])).tolist()[0][0] == 3


def test_only_what_is_mainly_han_is_looked_at() -> None:
    texts = pa.array(["我们说汉语", "我们说汉语"])
    assert variants(texts, np.array([HAN, HAN + 1], np.int32)).to_pylist() == ["Hans", None]


def test_no_character_is_evidence_of_both() -> None:
    hans, hant = ((files("langid") / "han.txt").read_text(encoding="utf-8")).splitlines()
    simplified, traditional = hans.split("\t")[1], hant.split("\t")[1]
    assert set(simplified) & set(traditional) == set()
    assert len(simplified) > 3500
    assert len(traditional) > 3000
