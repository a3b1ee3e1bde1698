from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import langid
from langid.arbitrate import RELATIVES, Arbiter, read
from langid.arbitrate_build import GROUPS, latin, yat
from langid.evaluate import Sentence
from langid.identify import Identifier
from manifests.errors import Stop

ANSWERS = sorted({label for members in GROUPS.values() for label in members} | {"ast_Latn", "jpn_Jpan"})
BUILTIN = Path(langid.__file__).parent / "builtin"


def _settle(text: str, said: str, sure: float = 0.95) -> str:
    """What becomes of a text that a model called ``said``, with the built-in lists."""
    arbiter = read(BUILTIN / RELATIVES, ANSWERS)
    assert arbiter is not None
    best = np.array([ANSWERS.index(said)], np.int32)
    top = np.array([[best[0], -1]], np.int32)
    return ANSWERS[arbiter.settle(pa.array([text], pa.string()), best, top, np.array([[sure, 0]], np.float32))[0]]


@pytest.mark.parametrize(
    ("said", "truth", "text"),
    [
        (
            "por_Latn",
            "glg_Latn",
            "Os veciños da vila acadaron un acordo, e as nosas abellas volveron a unha casa que xa non existe",
        ),
        (
            "glg_Latn",
            "por_Latn",
            "Não sabia que as crianças já estavam na escola; então fui também à reunião com uma amiga",
        ),
        (
            "glg_Latn",
            "spa_Latn",
            "Los niños también estaban en la escuela, y entonces hablé con ellos sobre los libros",
        ),
        ("hrv_Latn", "srp_Latn", "Mleko i hleb su na stolu, a posle jela svi su hteli da vide belu reku i lepo mesto"),
        ("cmn_Hani", "yue_Hani", "佢哋喺屋企食緊飯，唔知你嚟唔嚟呀？我哋等咗好耐嘅喇。"),
        ("yue_Hani", "cmn_Hani", "他们在家里吃饭，不知道你来不来？我们已经等了很久了，这是什么？"),
        ("srp_Cyrl", "bul_Cyrl", "Това са хората, които вече работят тук, защото искат да знаят какво се случва"),
        ("zul_Latn", "xho_Latn", "Abahlobo ababini bebekho izolo, kodwa andikwazi ukuthetha nabo namhlanje"),
    ],
)
def test_words_of_its_own_win_against_a_model_that_is_sure(said: str, truth: str, text: str) -> None:
    assert _settle(text, said) == truth
    assert _settle(text, truth) == truth


@pytest.mark.parametrize("said", ["por_Latn", "spa_Latn", "glg_Latn", "hrv_Latn", "zul_Latn", "cmn_Hani"])
def test_a_text_without_listed_words_keeps_its_label(said: str) -> None:
    assert _settle("Xqz 123 Wvkk", said, 0.4) == said


def test_a_tie_of_words_is_the_models_to_settle() -> None:
    text = "Mlijeko je bijelo, a poslije jela djeca su htjela vidjeti rijeku i lijepo mjesto"
    assert [_settle(text, said) for said in ("hrv_Latn", "bos_Latn")] == ["hrv_Latn", "bos_Latn"]
    assert _settle(text, "srp_Latn") != "srp_Latn"


def test_a_label_without_rivals_is_left_alone() -> None:
    assert _settle("Unha das portas da vila estaba aberta, foron ata alí", "ast_Latn") == "ast_Latn"


def _lists(place: Path, *rows: str) -> Path:
    place.write_text("\n".join(["group\tlabel\twords", *rows]) + "\n", "utf-8")
    return place


def _small(place: Path) -> Arbiter:
    arbiter = read(_lists(place, "a\tglg_Latn\tunha\ta b c", "a\tpor_Latn\tuma\t"), ["glg_Latn", "por_Latn"])
    assert arbiter is not None
    return arbiter


def test_one_word_is_weighed_against_the_models_opinion(tmp_path: Path) -> None:
    group = _small(tmp_path / "lists.tsv").groups[0]
    assert group.settle({1: 0.6, 0: 0.4}, "unha") == 0
    assert group.settle({1: 0.9, 0: 0.1}, "unha") == 1
    assert group.settle({1: 0.6, 0: 0.4}, "unha uma") == 1
    assert group.settle({1: 0.9, 0: 0.1}, "unha unha unha") == 1  # a word says so once


def test_a_model_that_knows_one_of_a_group_has_no_rivals(tmp_path: Path) -> None:
    arbiter = read(_lists(tmp_path / "lists.tsv", "a\tglg_Latn\tunha", "a\tpor_Latn\tuma"), ["por_Latn"])
    assert arbiter is not None
    assert not arbiter.groups
    assert arbiter.group_of.tolist() == [-1]


def test_damaged_lists_are_told(tmp_path: Path) -> None:
    assert read(tmp_path / "absent.tsv", ANSWERS) is None
    (tmp_path / "lists.tsv").write_text("group\tname\na\tglg_Latn\n", "utf-8")
    with pytest.raises(Stop, match=r"lists\.tsv"):
        read(tmp_path / "lists.tsv", ANSWERS)


def test_yat_is_a_pair_of_forms_each_seen_on_its_own_side() -> None:
    rows = [
        Sentence("srp_Cyrl", "a", "Млеко и место су ту, а поље је далеко од њега и реке"),
        Sentence("hrv_Latn", "a", "Mlijeko i mjesto su tu, a polje je daleko od njega i rijeke"),
    ]
    assert yat({}, rows) == ({"mleko", "mesto", "reke"}, {"mlijeko", "mjesto", "rijeke"})
    assert latin("њихов џеп") == "njihov džep"


def test_the_builtin_model_is_arbitrated() -> None:
    identifier = Identifier.load(BUILTIN / "model.ftz")
    texts = ["佢哋喺屋企食緊飯，唔知你嚟唔嚟呀？我哋等咗好耐嘅喇。", "The children walked to school along the river."]
    found = identifier.identify(pa.array(texts, pa.string()))
    assert found[0].to_pylist() == ["yue_Hani", "eng_Latn"]
