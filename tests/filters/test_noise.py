# ruff: noqa: E501 - wide scripts count double
"""Each kind of noise is removed by a rule that speaks of it, and what is clean stays, in every script."""

import functools
import io
from collections import Counter, defaultdict
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
import zstandard
from shared import SHARED, needs_shared

from filters import repair
from filters.decide import verdicts
from filters.rules import RULES, named
from filters.signals import measure
from filters.stopwords import load as stop_words
from langid.identify import Identifier
from manifests import limits
from pipeline.models import locate

Row = dict[str, Any]
Columns = dict[str, npt.NDArray[Any]]

REPETITION = (
    *("dup_lines", "repeated_lines", "top_2_gram", "top_3_gram", "top_4_gram", "compressible", "keyword_runs"),
    *(f"dup_{size}_gram" for size in range(5, 11)),
)
ACCEPTED = {
    "keyword_spam": (*REPETITION, "few_different_words", "few_stop_words"),
    "symbol_junk": ("symbols", "glued_symbols", "danger_chars", "few_alpha_words", "undetermined_language"),
    "nav_list": ("list_lines", "many_lines", "short_lines", "unended_lines", "few_words"),
    "repeated_lines": REPETITION,
    "tabular": ("table_lines", "digits", "danger_chars", "few_alpha_words", "undetermined_language"),
    "replacement_chars": ("replacement_chars", "symbols"),
}
"""The rules that may remove a document of each kind of noise. That it is no language at all may be said of
tables and of text cut up by signs; that its label is uncertain says nothing."""

GOOD = {
    "swh_Latn": "Tulipofika kijijini, wazee walikuwa wameketi chini ya mti mkubwa na watoto walicheza kando ya mto. "
    "Mwalimu alituambia habari za shule mpya ambayo ingejengwa mwaka huu kwa msaada wa wananchi wote wa kata. "
    "Kila mtu alikubali kuleta mawe, mchanga au fedha kidogo, kwa sababu watoto wao hutembea mbali sana kila siku. "
    "Jioni tulirudi nyumbani tukiwa na furaha, tukizungumza juu ya kazi iliyo mbele yetu na namna ya kuimaliza.",
    "vie_Latn": "Sáng sớm, sương còn phủ trên cánh đồng, mẹ đã gánh rau ra chợ huyện. Tôi theo sau, tay xách chiếc làn nhỏ "
    "đựng trứng gà. Chợ họp bên bờ sông, người mua kẻ bán nói cười rộn rã. Một bà cụ hỏi giá mớ cải, rồi kể chuyện con "
    "trai đang đi lính ngoài đảo xa. Đến trưa, rau bán hết, mẹ mua cho tôi cái bánh đa và quyển vở mới.",
    "arb_Arab": "وصلنا إلى القرية قبل غروب الشمس بقليل، وكان الأطفال يلعبون قرب النهر بينما جلس الشيوخ تحت شجرة كبيرة. "
    "حدثنا المعلم عن المدرسة الجديدة التي ستبنى هذا العام بمساعدة أهل المنطقة. وافق كل واحد على أن يحضر حجارة أو رملا أو "
    "قليلا من المال، لأن أبناءهم يمشون مسافة طويلة كل يوم. وفي المساء عدنا إلى بيوتنا فرحين نتحدث عن العمل الذي ينتظرنا.",
    "hin_Deva": "जब हम गाँव पहुँचे तब बूढ़े लोग बड़े पेड़ के नीचे बैठे थे और बच्चे नदी के किनारे खेल रहे थे। मास्टर जी ने हमें उस नए "
    "विद्यालय की बात बताई जो इस साल सबकी मदद से बनेगा। हर किसी ने पत्थर, रेत या थोड़ा पैसा लाने की हामी भरी, क्योंकि उनके बच्चे रोज़ बहुत "
    "दूर पैदल चलते हैं। शाम को हम खुशी से घर लौटे और रास्ते भर आगे के काम पर चर्चा करते रहे।",
    "amh_Ethi": "ወደ መንደሩ ስንደርስ ሽማግሌዎች በትልቁ ዛፍ ሥር ተቀምጠው ነበር፤ ልጆችም በወንዙ ዳር ይጫወቱ ነበር። መምህሩ በዚህ ዓመት በሕዝቡ እርዳታ ስለሚሠራው "
    "አዲስ ትምህርት ቤት ነገረን። እያንዳንዱ ሰው ድንጋይ፣ አሸዋ ወይም ጥቂት ገንዘብ ለማምጣት ተስማማ፤ ምክንያቱም ልጆቻቸው በየቀኑ ረጅም መንገድ ይሄዳሉ። ማታ በደስታ ወደ "
    "ቤታችን ተመለስን፤ በመንገድም ስለሚጠብቀን ሥራና እንዴት እንደምንጨርሰው እየተነጋገርን ሄድን። በሚቀጥለው ሳምንት ሥራው ይጀመራል፤ እኛም ቀደም ብለን እንመጣለን።",
    "tam_Taml": "நாங்கள் ஊருக்கு வந்தபோது பெரியவர்கள் ஆலமரத்தின் கீழ் அமர்ந்திருந்தார்கள், குழந்தைகள் ஆற்றங்கரையில் விளையாடினார்கள். "
    "இந்த ஆண்டு மக்களின் உதவியுடன் கட்டப்படவிருக்கும் புதிய பள்ளியைப் பற்றி ஆசிரியர் சொன்னார். கல், மணல் அல்லது கொஞ்சம் பணம் கொண்டு வர "
    "எல்லோரும் ஒப்புக்கொண்டார்கள், ஏனென்றால் அவர்கள் பிள்ளைகள் தினமும் வெகுதூரம் நடக்கிறார்கள். மாலையில் மகிழ்ச்சியுடன் வீடு திரும்பினோம். "
    "வழியெல்லாம் அடுத்த வாரம் தொடங்கும் வேலையைப் பற்றியும் அதை எப்படி முடிப்பது என்பதைப் பற்றியும் பேசிக்கொண்டே நடந்தோம். வானம் தெளிவாக இருந்தது. "
    "அம்மா எங்களுக்காக சூடான சோறும் குழம்பும் செய்து வைத்திருந்தார்.",
    "kor_Hang": "우리가 마을에 닿았을 때 어른들은 큰 나무 아래 앉아 계셨고 아이들은 강가에서 놀고 있었다. 선생님은 올해 주민들의 도움으로 새로 지을 "
    "학교 이야기를 들려주셨다. 모두가 돌이나 모래, 또는 적은 돈이라도 가져오기로 했다. 아이들이 날마다 먼 길을 걸어 다니기 때문이다. 저녁에 우리는 "
    "기쁜 마음으로 집에 돌아오며 앞으로 할 일과 그것을 어떻게 끝낼지 이야기했다. 다음 주 월요일부터 일이 시작된다고 한다.",
    "cmn_Hani": "去年秋天，我们村里的人一起修好了河边的小路。以前下雨的时候，孩子们上学要绕很远，现在十分钟就能走到学校。老师说，大家出力比出钱更要紧，"
    "因为路是自己修的，才会用心爱护。今年春天我们又在路旁种了两排柳树，等它们长高，夏天就有树荫了。",
    "jpn_Jpan": "村に着いたとき、お年寄りは大きな木の下に座り、子どもたちは川のそばで遊んでいた。先生は、今年みんなの力で建てる新しい学校の話を"
    "してくれた。誰もが石や砂、あるいは少しのお金を持ってくると約束した。子どもたちは毎日とても遠い道を歩いているからだ。夕方、私たちは喜んで家に帰り、"
    "これからの仕事について話し合った。",
    "tha_Thai": "เมื่อวานนี้ชาวบ้านช่วยกันซ่อมสะพานไม้ที่ข้ามคลองหลังโรงเรียน เด็ก ๆ ยกน้ำดื่มมาให้ผู้ใหญ่ ส่วนครูใหญ่จดรายชื่อคนที่มาช่วยงาน "
    "ตอนเย็นทุกคนนั่งกินข้าวด้วยกันใต้ต้นมะม่วง แล้วตกลงกันว่าเดือนหน้าจะทาสีห้องสมุดใหม่",
    "khm_Khmr": "កាលដែលយើងទៅដល់ភូមិ ចាស់ៗកំពុងអង្គុយក្រោមដើមឈើធំ ហើយក្មេងៗលេងនៅក្បែរមាត់ទន្លេ។ លោកគ្រូបានប្រាប់យើងអំពីសាលារៀនថ្មី "
    "ដែលនឹងត្រូវសាងសង់នៅឆ្នាំនេះ ដោយមានជំនួយពីប្រជាជន។ មនុស្សគ្រប់គ្នាយល់ព្រមយកថ្ម ខ្សាច់ ឬប្រាក់បន្តិចបន្តួចមក។ ពេលល្ងាចយើងត្រឡប់ទៅផ្ទះវិញដោយរីករាយ។",
    "mya_Mymr": "ရွာကိုရောက်တော့ လူကြီးတွေက သစ်ပင်ကြီးအောက်မှာ ထိုင်နေကြပြီး ကလေးတွေက မြစ်ကမ်းနားမှာ ကစားနေကြတယ်။ ဆရာက ဒီနှစ် ရွာသားတွေရဲ့ "
    "အကူအညီနဲ့ ဆောက်မယ့် ကျောင်းသစ်အကြောင်း ပြောပြတယ်။ လူတိုင်းက ကျောက်တုံး၊ သဲ ဒါမှမဟုတ် ငွေနည်းနည်း ယူလာဖို့ သဘောတူကြတယ်။ ညနေမှာ ဝမ်းသာအားရ အိမ်ပြန်ခဲ့ကြတယ်။",
}
"""A text of a few sentences for each kind of script."""


def parts(text: str) -> list[str]:
    """Words, or where they are not spaced some signs at a time."""
    cut = [word.strip(",.。，、។။፤፣") for word in text.split()]
    return cut if len(cut) > 30 else [text[at : at + 4].strip() for at in range(0, len(text), 4)]


def keyword_spam(text: str) -> str:
    chosen = sorted(parts(text), key=len)[-3:]
    order = "012021120102201121020211002120121020112021" * 2
    return f"{text}\n{' '.join(chosen[int(number)] for number in order)}"


def symbol_junk(text: str) -> str:
    return "".join(sign + "★→%🔥"[at % 4] * (at % 3 == 0) for at, sign in enumerate(text))


def nav_list(text: str) -> str:
    pieces = [part for part in parts(text) if part and part[-1].isalpha()]
    return "\n".join(f"{a} {b}" for a, b in zip(pieces[::2], pieces[1::2], strict=False))


def repeated_lines(text: str) -> str:
    line = text[:40]
    return "\n".join([text, *[line] * 12])


def tabular(text: str) -> str:
    return "\n".join(f"{part}\t{at * 7919 % 9973}\t{at}.50\t€" for at, part in enumerate(parts(text)))


def replacement_chars(text: str) -> str:
    return "".join("\ufffd" if at % 20 == 7 else sign for at, sign in enumerate(text))


MADE = {noise: globals()[noise] for noise in ACCEPTED}


def judged(texts: pa.StringArray, labels: list[str], identity: Columns) -> dict[str, npt.NDArray[np.bool_]]:
    """Which documents each rule removes, whether or not another one does before."""
    columns = {**measure(texts, labels, stopwords=stop_words()), **identity}
    held = limits.load()
    return {rule.name: verdicts(columns, labels, held, [rule]).rule >= 0 for rule in named("default")}


def test_the_rules_that_are_accepted_exist() -> None:
    assert {rule for rules in ACCEPTED.values() for rule in rules} <= {rule.name for rule in RULES}


@pytest.mark.parametrize("label", GOOD)
def test_made_noise_is_removed_in_every_script_and_the_text_itself_is_kept(label: str) -> None:
    identity = {name: np.ones(len(MADE) + 1) for name in ("language_score", "script_share", "purity")}
    identity["mixed_share"] = np.zeros(len(MADE) + 1)
    texts = pa.array([GOOD[label], *(make(GOOD[label]) for make in MADE.values())])
    found = judged(texts, [label] * len(texts), identity)
    removing = [{rule for rule, rows in found.items() if rows[row]} for row in range(len(texts))]
    assert removing[0] == set()
    assert [noise for noise, by in zip(MADE, removing[1:], strict=True) if not by & set(ACCEPTED[noise])] == []


@functools.cache
def noisy() -> tuple[list[Row], dict[str, npt.NDArray[np.bool_]]]:
    """Documents of known noise, and which each rule removes."""
    assert SHARED is not None
    with (SHARED / "docs" / "noisy.jsonl.zst").open("rb") as raw:
        stream = io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(raw))
        rows = [row for row in map(msgspec.json.decode, stream) if row["noise"] in {*ACCEPTED, "clean"}]
    texts = repair.repair([row["text"] for row in rows]).texts
    told = Identifier.load(locate("builtin")).identify(texts)
    identity = {name: told[name].to_numpy() for name in ("language_score", "script_share", "purity", "mixed_share")}
    return rows, judged(texts, told["raw_label"].to_pylist(), identity)


@needs_shared
@pytest.mark.parametrize("noise", ACCEPTED)
def test_noise_is_removed_by_a_rule_that_speaks_of_it(noise: str) -> None:
    rows, found = noisy()
    asked = np.array([row["noise"] == noise for row in rows])
    removed = np.any([found[rule] for rule in ACCEPTED[noise]], axis=0)[asked]
    print(f"{noise}: {removed.mean():.4f} of {asked.sum()}")
    assert len(removed) > 50
    assert removed.mean() >= 0.95


@needs_shared
def test_clean_documents_are_kept_in_every_script() -> None:
    """Of rules that judge text. Identity is told beside: most of what it refuses is in languages that the model cannot
    name, and three in four of these have a wrong label."""
    rows, found = noisy()
    clean = np.array([row["noise"] == "clean" for row in rows])
    families = {rule.name: rule.family for rule in RULES}
    identity = np.any([found[name] for name in found if families[name] == "identity"], axis=0)[clean]
    text = np.any([found[name] for name in found if families[name] != "identity"], axis=0)[clean]
    scripts = [row["label"].rpartition("_")[2] for row in rows if row["noise"] == "clean"]
    sizes = Counter(scripts)
    pools = defaultdict(list)
    for script, gone in zip(scripts, text, strict=True):
        pools[script if sizes[script] >= 30 else "smaller"].append(gone)
    shares = {script: float(np.mean(gone)) for script, gone in pools.items()}
    both = (text | identity).mean()
    print(f"clean: {text.mean():.4f} by text, {identity.mean():.4f} by identity, {both:.4f} by either; {shares}")
    assert len(text) > 1000
    assert text.mean() <= 0.03
    assert max(shares.values()) <= 0.10
    assert identity.mean() <= 0.08
