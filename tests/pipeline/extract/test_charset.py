"""A page is read in the encoding its bytes are in, whether it says so, says nothing, or says something else."""

import pytest

from pipeline.extract.charset import decode
from pipeline.extract.labels import COMMON, ENCODINGS, encoding_of

RUSSIAN = "Утром рыбаки вернулись на берег, и дети помогали им разбирать сети. Вода была холодная, но все смеялись."
UKRAINIAN = "Уранці рибалки повернулися на берег, і діти допомагали їм розбирати сіті. Її ґанок стояв біля річки."
GREEK = "Το πρωί οι ψαράδες γύρισαν στην ακτή και τα παιδιά τους βοήθησαν με τα δίχτυα. Το νερό ήταν κρύο."
HEBREW = "בבוקר חזרו הדייגים אל החוף והילדים עזרו להם לפרוש את הרשתות. המים היו קרים אבל כולם צחקו."
ARABIC = "في الصباح عاد الصيادون إلى الشاطئ وساعدهم الأطفال في ترتيب الشباك. كان الماء باردا لكن الجميع ضحكوا."
THAI = "ตอนเช้าชาวประมงกลับเข้าฝั่ง เด็กๆ ช่วยกันแกะแห น้ำเย็นมากแต่ทุกคนหัวเราะอย่างมีความสุข"
JAPANESE = (
    "朝になると漁師たちが浜に戻り、子どもたちは網を広げるのを手伝いました。水は冷たかったけれど、みんな笑っていました。"
)
KOREAN = "아침에 어부들이 바닷가로 돌아오자 아이들이 그물을 정리하는 것을 도와주었다. 물은 차가웠지만 모두 웃었다."
SIMPLIFIED = "早上渔民们回到了岸边，孩子们帮他们整理渔网。水很冷，但是大家都笑了，因为今天的鱼比昨天多。"
TRADITIONAL = "早上漁民們回到了岸邊，孩子們幫他們整理漁網。水很冷，但是大家都笑了，因為今天的魚比昨天多。"
TURKISH = "Sabahleyin balıkçılar kıyıya döndü, çocuklar ağları toplamaya yardım etti. Su soğuktu ama herkes gülüyordu."
POLISH = "Rano rybacy wrócili na brzeg, a dzieci pomogły im rozłożyć sieci. Woda była zimna, lecz wszyscy się śmiali."
CZECH = "Ráno se rybáři vrátili na břeh a děti jim pomáhaly třídit sítě. Voda byla studená, ale všichni se smáli."
HUNGARIAN = (
    "Reggel a halászok visszatértek a partra, a gyerekek segítettek nekik. Hűvös volt a víz, de örültek az őszi időnek."
)
LITHUANIAN = (
    "Ryte žvejai grįžo į krantą, o vaikai padėjo jiems išdėlioti tinklus. Vanduo buvo šaltas, bet visi juokėsi."
)
FRENCH = "Le matin, les pêcheurs sont rentrés à la plage et les élèves les ont aidés. L’eau était glacée, ça va de soi."
GERMAN = (
    "Am Morgen kehrten die Fischer zurück, und die Kinder halfen ihnen früh, die Netze zu prüfen. Es war schön kühl."
)
ICELANDIC = (
    "Um morguninn komu sjómennirnir að landi og börnin hjálpuðu þeim að greiða úr netunum. Vatnið var kalt í vörinni."
)
# windows-1258 writes tones as marks of their own.
VIETNAMESE = "Buô\u0309i sa\u0301ng ngư dân quay vê\u0300 bơ\u0300 va\u0300 tre\u0309 con giu\u0301p ho\u0323 gơ\u0303."

PAGES = [
    ("windows-1251", "cp1251", RUSSIAN),
    ("windows-1251", "cp1251", UKRAINIAN),
    ("koi8-r", "koi8-r", RUSSIAN),
    ("koi8-u", "koi8-u", UKRAINIAN),
    ("iso-8859-5", "iso8859-5", RUSSIAN),
    ("windows-1253", "cp1253", GREEK),
    ("iso-8859-7", "iso8859-7", GREEK),
    ("windows-1255", "cp1255", HEBREW),
    ("windows-1256", "cp1256", ARABIC),
    ("iso-8859-6", "iso8859-6", ARABIC),
    ("windows-874", "cp874", THAI),
    ("shift_jis", "cp932", JAPANESE),
    ("euc-jp", "euc_jp", JAPANESE),
    ("iso-2022-jp", "iso2022_jp", JAPANESE),
    ("euc-kr", "cp949", KOREAN),
    ("gb18030", "gb18030", SIMPLIFIED),
    ("big5", "big5", TRADITIONAL),
    ("windows-1254", "cp1254", TURKISH),
    ("windows-1250", "cp1250", POLISH),
    ("iso-8859-2", "iso8859-2", POLISH),
    ("windows-1250", "cp1250", CZECH),
    ("windows-1250", "cp1250", HUNGARIAN),
    ("windows-1257", "cp1257", LITHUANIAN),
    ("windows-1252", "cp1252", FRENCH),
    ("windows-1252", "cp1252", GERMAN),
    ("windows-1252", "cp1252", ICELANDIC),
    ("windows-1258", "cp1258", VIETNAMESE),
    ("utf-8", "utf-8", JAPANESE),
    ("utf-8", "utf-8", RUSSIAN),
    ("utf-16le", "utf-16-le", JAPANESE),
    ("utf-16be", "utf-16-be", ARABIC),
]
IDS = [f"{name}-{text[:8]}" for name, _, text in PAGES]

BULGARIAN = (
    "Вятърът стихна. Рибарят и синът му вървяха към брега, а Ния и Петър носеха мрежата. Бялата лодка беше тяхна."
)
SERBIAN = "Јутрос су се рибари вратили на обалу, а Петар и Јелена су им помагали да среде мреже. Вода је била хладна."
HUNGARIAN_TOO = (
    HUNGARIAN + " A fűzfák közt gyűjtött gyümölcsöt a fiú, és gyönyörűnek tartotta a tűző nap tükrét a vízen."
)
ESTONIAN = "Jõudsid kalurid tagasi randa ja lapsed aitasid neil võrke šampanjavärvi žiletiga õgvendada. Vesi oli külm"
TIBETAN = "ཞོགས་པ་ཉ་པ་རྣམས་མཚོ་འགྲམ་དུ་ལོག་པ་དང་། ཕྲུ་གུ་ཚོས་དྲ་བ་གྲ་སྒྲིག་བྱེད་པར་རོགས་བྱས། ཆུ་གྲང་མོ་ཡིན་ཡང་ཚང་མས་དགོད་མོ་དགོད།"
BURMESE = "နံနက်ခင်းတွင် တံငါသည်များ ကမ်းခြေသို့ ပြန်လာကြပြီး ကလေးများက ပိုက်များကို ပြင်ဆင်ရန် ကူညီကြသည်။"

RELATIVES = [
    ("x-mac-cyrillic", "mac-cyrillic", BULGARIAN),
    ("x-mac-cyrillic", "mac-cyrillic", SERBIAN),
    ("iso-8859-16", "iso8859-16", HUNGARIAN_TOO),
    ("iso-8859-13", "iso8859-13", ESTONIAN),
    ("utf-16le", "utf-16-le", TIBETAN * 12),
    ("utf-16be", "utf-16-be", BURMESE * 12),
]
"""Pages whose encoding another one resembles: no letter in a hundred tells them apart, or zeros stand on both sides."""


def html(text: str, head: str = "") -> str:
    """A page with enough ASCII around its text to mislead who counts bytes."""
    return (
        f"<!DOCTYPE html>\n<html><head>{head}<title>{text[:12]}</title><style>.a>b {{ color: red }}</style></head>\n"
        f'<body class="page"><script>var a = "{"x" * 200}";</script><p>{text}</p>\n<p>{text}</p></body></html>'
    )


@pytest.mark.parametrize(("name", "codec", "text"), PAGES, ids=IDS)
def test_undeclared(name: str, codec: str, text: str) -> None:
    page = html(text)
    assert decode(page.encode(codec), None)[0::2] == (page, 0)


@pytest.mark.parametrize(("name", "codec", "text"), RELATIVES, ids=[name for name, _, _ in RELATIVES])
@pytest.mark.parametrize("header", [None, "utf-8"])
def test_undeclared_beside_a_relative(name: str, codec: str, text: str, header: str | None) -> None:
    page = html(text)
    assert decode(page.encode(codec), header)[0::2] == (page, 0)


@pytest.mark.parametrize(("name", "codec", "text"), PAGES, ids=IDS)
def test_declared_by_header(name: str, codec: str, text: str) -> None:
    page = html(text)
    assert decode(page.encode(codec), name) == (page, name, 0)


@pytest.mark.parametrize(("name", "codec", "text"), PAGES, ids=IDS)
def test_declared_by_meta(name: str, codec: str, text: str) -> None:
    page = html(text, f"<meta http-equiv='Content-Type' content='text/html; charset={name.upper()}'>")
    assert decode(page.encode(codec), None) == (page, name, 0)


@pytest.mark.parametrize("wrong", ["iso-8859-1", "utf-8"])
@pytest.mark.parametrize(("name", "codec", "text"), PAGES, ids=IDS)
def test_declared_wrongly(name: str, codec: str, text: str, wrong: str) -> None:
    """Servers send latin-1 or UTF-8 for everything; what cannot be true is not believed."""
    page = html(text, f'<meta charset="{wrong}">')
    assert decode(page.encode(codec), wrong)[0::2] == (page, 0)


@pytest.mark.parametrize(
    ("codec", "text", "wrong"),
    [
        ("koi8-r", RUSSIAN, "windows-1251"),
        ("cp1251", RUSSIAN, "koi8-r"),
        ("cp932", JAPANESE, "euc-jp"),
        ("euc_jp", JAPANESE, "shift_jis"),
        ("big5", TRADITIONAL, "gb2312"),
        ("gb18030", SIMPLIFIED, "big5"),
        ("cp949", KOREAN, "shift_jis"),
        ("utf-8", SIMPLIFIED, "gb2312"),
        ("utf-8", KOREAN, "euc-kr"),
        ("utf-8", THAI, "tis-620"),
        ("cp1256", ARABIC, "windows-1251"),
        ("cp1253", GREEK, "windows-1250"),
    ],
)
def test_declared_as_a_relative(codec: str, text: str, wrong: str) -> None:
    page = html(text, f'<meta charset="{wrong}">')
    assert decode(page.encode(codec), wrong)[0::2] == (page, 0)


def test_byte_order_mark_decides() -> None:
    page = html(RUSSIAN, '<meta charset="windows-1251">')
    for mark, codec, name in (
        (b"\xef\xbb\xbf", "utf-8", "utf-8"),
        (b"\xff\xfe", "utf-16-le", "utf-16le"),
        (b"\xfe\xff", "utf-16-be", "utf-16be"),
        (b"\xff\xfe\x00\x00", "utf-32-le", "utf-32le"),
    ):
        assert decode(mark + page.encode(codec), "koi8-r") == (page, name, 0)


def test_header_before_meta_before_xml() -> None:
    """Of declarations that read equally well the first is believed."""
    page = '<?xml version="1.0" encoding="iso-8859-15"?>\n' + html(
        "schön früh geprüft, und für später", '<meta charset="cp1252">'
    )
    body = page.encode("cp1252")
    assert decode(body, "windows-1257")[1] == "windows-1257"
    assert decode(body, None)[1] == "windows-1252"
    assert decode(body.replace(b'<meta charset="cp1252">', b""), None)[1] == "iso-8859-15"


def test_declarations_in_comments_and_unknown_ones_do_not_count() -> None:
    page = html(RUSSIAN, '<!-- <meta charset="big5"> --><meta charset="x-no-such-thing">')
    assert decode(page.encode("cp1251"), "none") == (page, "windows-1251", 0)


def test_latin_1_means_windows_1252() -> None:
    assert decode("“It’s naïve – 5 €”, dit le garçon déçu".encode("cp1252"), "latin1")[0] == (
        "“It’s naïve – 5 €”, dit le garçon déçu"
    )


def test_errors_are_counted() -> None:
    body = html(RUSSIAN).encode() + b" \xff " + "ещё".encode()[:-1]
    text, name, errors = decode(body, None)
    assert (name, errors, text.count("\ufffd")) == ("utf-8", 2, 2)


def test_a_replacement_character_of_the_page_is_no_error() -> None:
    page = html("Вода \ufffd" + RUSSIAN)
    assert decode(page.encode(), "utf-8")[2] == 0
    assert decode(page.encode() + b"\xff", "utf-8")[2] == 1


def test_nothing_and_ascii() -> None:
    assert decode(b"", None) == ("", "utf-8", 0)
    assert decode(b"plain words", "shift_jis") == ("plain words", "utf-8", 0)


def test_one_stray_byte_in_ascii_is_read_as_declared() -> None:
    assert decode(b"caf\xe9", "iso-8859-1")[0] == "café"
    assert decode(b"caf\xe9", None)[0] == "café"


@pytest.mark.parametrize("junk", [b"\xff\xfe", b"\x00" * 100, bytes(range(256)) * 50, b"\x1b$B\xff", b"<" * 1000])
def test_any_bytes_give_some_text(junk: bytes) -> None:
    text, name, errors = decode(junk, "utf-16")
    assert isinstance(text, str)
    assert encoding_of(name) is not None
    assert errors >= 0


def test_every_label_is_unique_and_has_a_codec() -> None:
    labels = [label for encoding in ENCODINGS for label in (encoding.name, *encoding.labels.split())]
    assert len(labels) == len(set(labels))
    assert {encoding.name for encoding in ENCODINGS} >= COMMON
    for encoding in ENCODINGS:
        for codec in encoding.codecs:
            b"".decode(codec)
    assert encoding_of(" 'GBK' ").name == "gb18030"  # type: ignore[union-attr]
