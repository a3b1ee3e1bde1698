"""Repair: what is mended, what is left, and that it is done once and for all."""

import hashlib
import json
import unicodedata
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from shared import SHARED, needs_shared

from filters import mojibake
from filters.needs import needs, table
from filters.repair import CONTROL, MOJIBAKE, NFC, REPAIRS, REPLACEMENT, SPACES, VERSION, repair
from langid.kernel import buffers

CLEAN = {
    "eng_Latn": "The boats came in at dusk — all but one.\n\nNobody spoke of it; “wait”, said the eldest…",
    "fra_Latn": "L’été dernier, où étiez-vous ? « À Sète », dit-elle, « près du cœur de l’île ».",
    "vie_Latn": "Tiếng Việt có sáu thanh điệu; người ta viết dấu ngay trên nguyên âm: ệ, ữ, ẩm.",
    "yor_Latn": "Ọ̀rẹ́ mi ń kọ orin ní ilé ẹ̀kọ́; ó sì ń kọrin dáadáa.",
    "por_Latn": "AMANHÃ À NOITE, A IRMÃ VIRÁ À FEIRA: «PÃO E MAÇû.",
    "sme_Latn": "Sámegiella lea máŋggaid eatnigiella, ja mánát ášše dan dovdet náššuvnnas.",
    "cjp_Latn": "Jáˆ e nɨcaguiáˆ jneaˈ, matáˆ jaléˈˋ ˈnáˋ.",
    "ces_Latn": "„Ještě…“ řekla. „Kdo ví, až přijdeš…“ Příliš žluťoučký kůň úpěl ďábelské ódy.",
    "rus_Cyrl": "Съешь же ещё этих мягких французских булок — да выпей чаю.",
    "ukr_Cyrl": "Різдво, Світ, Рік, Річка, Січ: лінією, станцією віє вітер, а її сім’я — в Європі.",
    "ell_Grek": "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία, είπε ο γέροντας.",
    "arb_Arab": "نصٌّ حكيمٌ له سرٌّ قاطعٌ وذو شأنٍ عظيمٍ.",
    "fas_Arab": "می‌خواهم کتاب‌های تازه را بخوانم.",
    "heb_Hebr": "בְּרֵאשִׁית בָּרָא אֱלֹהִים אֵת הַשָּׁמַיִם.",
    "hin_Deva": "वह क्‍या बोली? विद्यालय में सौ बच्चे थे।",
    "ben_Beng": "আমি বাংলায় গান গাই, আমার সোনার বাংলা।",
    "tam_Taml": "யாதும் ஊரே யாவரும் கேளிர் என்றார் பாவலர்.",
    "mal_Mlym": "കേരളത്തിലെ മഴക്കാലം നീണ്ടതാണ്, പുഴകൾ നിറയും.",
    "tha_Thai": "เป็นมนุษย์สุดประเสริฐเลิศคุณค่า กว่าบรรดาฝูงสัตว์เดรัจฉาน",
    "khm_Khmr": "ភាសា\u200bខ្មែរ\u200bសរសេរ\u200bដោយ\u200bគ្មាន\u200bដកឃ្លា។",
    "mya_Mymr": "မြန်မာစာကို ဘယ်ကညာသို့ ရေးသည်။ ဦးလေးလာပြီ။",
    "bod_Tibt": "བོད་ཡིག་ནི་གངས་ཅན་ལྗོངས་ཀྱི་ཡི་གེ་ཡིན།",
    "amh_Ethi": "ሰላም ለዓለም፤ ውሃ ሲወስድ አሳስቆ ነው።",
    "cmn_Hani": "天地玄黄，宇宙洪荒。日月盈昃，辰宿列张。",
    "jpn_Jpan": "　いろはにほへと、ちりぬるを。ガギグゲゴ。".strip(),
    "kor_Hang": "다람쥐 헌 쳇바퀴에 타고파.",
    "chr_Cher": "ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ ᎠᏂᏴᏫᏯ.",
    "syc_Syrc": "ܐܒܘܢ ܕܒܫܡܝܐ ܢܬܩܕܫ ܫܡܟ.",
    "mixed": "Tokyo (東京) is Токио in Russian, ታጥቦ ጭቃ, and 🇯🇵 👩‍👩‍👧 on a phone.",
}


def mended(text: str) -> tuple[str, int]:
    """One text repaired, and its mask."""
    texts, repairs = repair([text])
    return texts[0].as_py(), int(repairs[0])


@pytest.mark.parametrize("label", CLEAN)
def test_clean_text_of_any_script_is_not_touched(label: str) -> None:
    assert mended(CLEAN[label]) == (CLEAN[label], 0)


def test_clean_texts_are_handed_on_without_a_copy() -> None:
    texts = pa.array(list(CLEAN.values()))
    assert repair(texts).texts is texts


@pytest.mark.parametrize(
    ("text", "wanted", "repairs"),
    [
        ("cafe\u0301", "café", NFC),
        ("Vie\u0323\u0302t", "Việt", NFC),
        ("Vie\u0302\u0323t", "Việt", NFC),
        ("\u1112\u1161\u11ab", "한", NFC),
        ("\u0915\u093c \u0958", "\u0915\u093c \u0915\u093c", NFC),
        ("か\u3099", "が", NFC),
        ("\u212b and \u2126", "Å and Ω", NFC),
        ("\ufefftitle", "title", CONTROL),
        ("co\u00adope\u00adration", "cooperation", CONTROL),
        ("a\x00b\x1bc\x7fd", "abcd", CONTROL),
        ("one\r\ntwo\rthree\x0bfour\x0cfive", "one\ntwo\nthree\nfour\nfive", CONTROL),
        ("one\x85two\u2028three\u2029four", "one\ntwo\nthree\nfour", CONTROL),
        ("\u202bשלום\u202c \u2066x\u2069", "שלום x", CONTROL),
        ("hel\u200blo", "hello", CONTROL),
        ("ab\ufdd0\U0001ffffc", "abc", CONTROL),
        ("a  b   c", "a b c", SPACES),
        ("a \u00a0b\u00a0\u00a0c\u3000\u3000d", "a b\u00a0c\u3000d", SPACES),
        ("one  \ntwo\t\n \nthree", "one\ntwo\n\nthree", SPACES),
        ("one\n\n\n\n\ntwo", "one\n\ntwo", SPACES),
        ("\n \t one \n\n", "one", SPACES),
        ("one\r\n\r\n\r\n  two", "one\n\n two", CONTROL | SPACES),
        (" \n\ufeff\t", "", CONTROL | SPACES),
        ("e\u00ad\u0301", "é", CONTROL | NFC),
    ],
)
def test_repairs(text: str, wanted: str, repairs: int) -> None:
    assert mended(text) == (wanted, repairs)


@pytest.mark.parametrize(
    "text",
    [
        "a\tb\t\tc",
        "one\n\ntwo\n three",
        "10\u00a0000\u202f%",
        "ab\u200ccd\u200d",
        "\u200fשלום\u200e 1\u061c",
        "ᠮᠣᠩᠭᠣᠯ\u180e\u180b",
        "☺\ufe0f",
        "\ufffd?",
    ],
)
def test_tabs_single_spaces_joiners_marks_and_selectors_stay(text: str) -> None:
    assert mended(text) == (text, 0)


def test_lone_surrogates_become_replacement_characters_and_pairs_are_joined() -> None:
    assert mended("a\ud800b \ud83d\ude00") == ("a\ufffdb 😀", REPLACEMENT)


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        (b"caf\xe9", "caf\ufffd"),
        (b"\xe0\xa4", "\ufffd"),
        (b"a\xed\xa0\x80b", "a\ufffd\ufffd\ufffdb"),
        (b"\xf4\x90\x80\x80 \xc0\x80", "\ufffd\ufffd\ufffd\ufffd \ufffd\ufffd"),
        (b"\xff  \xcc\x81", "\ufffd \u0301"),
    ],
)
def test_bytes_that_are_not_utf8_become_replacement_characters(raw: bytes, wanted: str) -> None:
    offsets, data = pa.py_buffer(np.array([0, len(raw)], np.int32)), pa.py_buffer(bytearray(raw))
    texts, repairs = repair(pa.StringArray.from_buffers(1, offsets, data))
    assert texts.to_pylist() == [wanted]
    assert repairs[0] & REPLACEMENT


def test_an_array_is_repaired_row_by_row_whatever_its_offset() -> None:
    texts = pa.array(["skipped", "a  b", "clean", "", "cafÃ© crÃ¨me", "c\r\nd", "skipped"]).slice(1, 5)
    found = repair(texts)
    assert found.texts.to_pylist() == ["a b", "clean", "", "café crème", "c\nd"]
    assert found.repairs.tolist() == [SPACES, 0, 0, MOJIBAKE, CONTROL]
    assert repair([]).texts.to_pylist() == []
    assert repair(["", ""]).repairs.tolist() == [0, 0]


def test_heaps_of_marks_take_time_that_grows_with_their_number() -> None:
    heaped, repairs = mended("e" + "\u0323\u0301" * 100_000)
    assert repairs == NFC
    assert unicodedata.is_normalized("NFC", heaped)
    assert mended(heaped) == (heaped, 0)


def test_the_names_of_repairs_are_bits_of_their_own() -> None:
    assert sorted(REPAIRS.values()) == [1, 2, 4, 8, 16]


def misread(text: str, codec: str) -> str:
    """UTF-8 read as that encoding; bytes that it leaves undefined become C1 controls, as browsers have it."""
    read = (bytes([byte]) for byte in text.encode())
    return "".join(one.decode(codec, "ignore") or one.decode("latin-1") for one in read)


ACCENTED = [label for label in CLEAN if sum(not c.isascii() for c in CLEAN[label]) > 1]


@pytest.mark.parametrize("codec", ["cp1252", "latin-1"])
@pytest.mark.parametrize("label", ACCENTED)
def test_mojibake_is_read_again(label: str, codec: str) -> None:
    assert mended(misread(CLEAN[label], codec)) == (CLEAN[label], MOJIBAKE)


@pytest.mark.parametrize("label", ACCENTED)
def test_mojibake_of_mojibake_is_read_again(label: str) -> None:
    assert mended(misread(misread(CLEAN[label], "cp1252"), "cp1252"))[0] == CLEAN[label]


@pytest.mark.parametrize("label", ACCENTED)
def test_bad_lines_are_mended_among_good_ones(label: str) -> None:
    bad = misread(CLEAN[label], "cp1252")
    good = CLEAN["fra_Latn"]
    assert mended(f"{good}\n{bad}\n{good}")[0] == f"{good}\n{CLEAN[label]}\n{good}"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("He didnâ€™t go.", "He didn’t go."),
        ("РџСЂРёРІРµС‚, РјРёСЂ", "Привет, мир"),
        ("Сказал он вЂ” и ушёл.", "Сказал он — и ушёл."),
        ("nyomtatĂˇskezelĹ‘ rendszer", "nyomtatáskezelő rendszer"),
        ("Beth\x96lechem, \x93so\x94 wait\x85", "Beth–lechem, “so” wait…"),
        ("Ã  la carte, dÃ©jÃ\xa0 vu, voilÃ ", "à la carte, déjà vu, voilà"),
    ],
)
def test_other_ways_of_misreading(text: str, wanted: str) -> None:
    found, repairs = mended(text)
    assert found == wanted
    assert repairs & MOJIBAKE


def test_what_mojibake_repair_alone_would_do_to_entities_quotes_and_ligatures_is_left() -> None:
    text = "cafÃ© &eacute; &amp; “quotes” ﬁne ＡＢＣ"
    assert mended(text)[0] == "café &eacute; &amp; “quotes” ﬁne ＡＢＣ"


def test_one_sequence_in_a_line_of_ukrainian_is_no_sign() -> None:
    assert mojibake.mend(CLEAN["ukr_Cyrl"]) == CLEAN["ukr_Cyrl"]


def test_a_change_of_what_repair_gives_asks_for_a_new_version() -> None:
    given = [
        f"{text}\r\n{misread(text, 'cp1252')}  \u00ad{unicodedata.normalize('NFD', text)}" for text in CLEAN.values()
    ]
    found = repair(given)
    digest = hashlib.blake2b("\0".join(found.texts.to_pylist()).encode() + found.repairs.tobytes(), digest_size=8)
    assert (VERSION, digest.hexdigest()) == (1, "4b0e94e9e4c5a43b")


SCRIPTS = "".join(dict.fromkeys("".join(CLEAN.values())))
MARKS = (
    "\u0301\u0323\u0302\u0300\u031b\u0327\u093c\u09be\u09c7\u0bbe\u0bc6\u0bd7\u102e\u1025\u3099\u1161\u1100\u11a8\uac00"
)
TROUBLE = (
    "\r\n\t \u00a0\u2028\u0085\u0096\u00ad\ufeff\u200b\u200c\u202e\u3000\u2000\u212b\u037e\x00ÃÂâ€™Ð©РСвЂІĹĂšå\u0958"
)
texts_of_all_kinds = st.text(
    st.one_of(st.sampled_from(TROUBLE + MARKS + "aeouÊê"), st.sampled_from(SCRIPTS)), max_size=24
)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.one_of(texts_of_all_kinds, st.text(max_size=12)), min_size=1, max_size=4))
def test_repair_is_done_once_and_each_text_by_itself(texts: list[str]) -> None:
    once = repair(texts)
    again = repair(once.texts)
    assert again.texts.equals(once.texts)
    assert not again.repairs.any()
    assert [mended(text) for text in texts] == list(zip(once.texts.to_pylist(), once.repairs.tolist(), strict=True))
    for text, new, mask in zip(texts, once.texts.to_pylist(), once.repairs.tolist(), strict=True):
        assert (text == new) == (mask == 0)
        assert unicodedata.is_normalized("NFC", new)
        assert new == new.strip(" \t\n")
        assert not any(bad in new for bad in ("  ", " \n", "\t\n", "\n\n\n", "\r", "\ufeff", "\u00ad"))


@settings(max_examples=600, deadline=None)
@given(st.text(st.sampled_from(MARKS + "\u0331\u0304\u0307aeouoÊêọóṩǭợ\u09c7xक "), max_size=8))
def test_text_that_is_not_composed_is_always_suspected(text: str) -> None:
    assert unicodedata.is_normalized("NFC", text) or _suspects([text])[0] & NFC


def test_a_letter_with_a_mark_above_and_another_below_is_composed() -> None:
    assert not _suspects(["J\u00f3\u0331\u02c8 \u00ed\u0331 n\u0268\u0331\u0301"])[0]


def _suspects(texts: list[str]) -> np.ndarray:
    found = np.zeros(len(texts), np.uint8)
    needs(*buffers(pa.array(texts)), *table(), found)
    return found


def test_every_character_and_every_composing_pair_is_judged_as_unicode_says() -> None:
    letters = [chr(code) for code in range(0xA0, 0x30000) if not 0xD800 <= code < 0xE000]
    odd = [c for c, mask in zip(letters, _suspects(letters), strict=True) if mask & NFC]
    wanted = [c for c in letters if not unicodedata.is_normalized("NFC", c)]
    assert set(wanted) <= set(odd)
    assert all(c in wanted or "\u1161" <= c <= "\u11ff" for c in odd)
    pairs = [unicodedata.normalize("NFD", c) for c in letters if unicodedata.is_normalized("NFC", c)]
    pairs = [pair for pair in pairs if len(pair) > 1]
    assert len(pairs) > 10_000
    assert (_suspects(pairs) & NFC).all()


def _rows(name: str) -> Iterator[dict[str, object]]:
    assert SHARED is not None
    with zstandard.open(SHARED / "docs" / name, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


@needs_shared
def test_misread_documents_are_read_again_and_no_good_one_is() -> None:
    rows = [row for row in _rows("noisy.jsonl.zst") if row["noise"] == "mojibake"]
    wanted = {row["origin_id"] for row in rows}
    docs = [row for k, row in enumerate(_rows("docs.jsonl.zst")) if row["id"] in wanted or k % 4 == 0]
    clean = repair([str(doc["text"]) for doc in docs])
    # Two editions were themselves misread: Windows-1252 as Latin-1, and UTF-8 as ISO 8859-2.
    touched = {doc["id"] for doc, mask in zip(docs, clean.repairs, strict=True) if mask & MOJIBAKE}
    assert touched <= {"ddtp/hu/lpr", "osis/en/leeser/Mic.5", "osis/en/leeser/Josh.21"}
    text_of = dict(zip((doc["id"] for doc in docs), clean.texts.to_pylist(), strict=True))
    found = repair([str(row["text"]) for row in rows]).texts.to_pylist()
    right = [text == text_of[row["origin_id"]] for row, text in zip(rows, found, strict=True)]
    assert len(right) == 260
    assert sum(right) >= 0.98 * len(right)
