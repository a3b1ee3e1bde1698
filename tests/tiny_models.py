"""Small fastText models of every kind, trained on a handful of sentences in many scripts."""

import random
from pathlib import Path

import fasttext

SENTENCES = {
    "eng_Latn": ["the cat sat on the mat and looked at the rain", "we walked home along the river in the evening"],
    "vie_Latn": ["con mèo ngồi trên chiếu và nhìn mưa rơi", "chúng tôi đi bộ về nhà dọc theo bờ sông"],
    "yor_Latn": ["ológbò náà jókòó lórí ẹní ó sì ń wo òjò", "a rìn lọ sílé lẹ́bàá odò ní ìrọ̀lẹ́"],
    "arb_Arab": ["جلست القطة على الحصير ونظرت إلى المطر", "مشينا إلى البيت بجانب النهر في المساء"],
    "hin_Deva": ["बिल्ली चटाई पर बैठी और बारिश देखती रही", "हम शाम को नदी के किनारे घर चले गए"],
    "tam_Taml": ["பூனை பாயில் அமர்ந்து மழையைப் பார்த்தது", "நாங்கள் மாலையில் ஆற்றங்கரை வழியாக வீட்டுக்கு நடந்தோம்"],
    "tha_Thai": ["แมวนั่งบนเสื่อและมองดูสายฝน", "เราเดินกลับบ้านริมแม่น้ำในตอนเย็น"],
    "khm_Khmr": ["ឆ្មាអង្គុយលើកន្ទេលហើយមើលភ្លៀង", "យើងដើរទៅផ្ទះតាមមាត់ទន្លេនៅពេលល្ងាច"],
    "mya_Mymr": ["ကြောင်က ဖျာပေါ်မှာ ထိုင်ပြီး မိုးကို ကြည့်နေတယ်", "ညနေမှာ မြစ်ကမ်းတစ်လျှောက် အိမ်ပြန်ခဲ့ကြတယ်"],
    "bod_Tibt": ["ཞི་མི་གདན་སྟེང་དུ་བསྡད་ནས་ཆར་པར་བལྟས།", "ང་ཚོ་དགོང་མོ་གཙང་པོའི་འགྲམ་ནས་ནང་ལ་ལོག"],
    "amh_Ethi": ["ድመቷ ምንጣፉ ላይ ተቀምጣ ዝናቡን አየች", "በምሽት በወንዙ ዳር ወደ ቤት ሄድን"],
    "cmn_Hani": ["猫坐在垫子上看着雨", "傍晚我们沿着河边走回家"],
    "jpn_Jpan": ["猫はマットの上に座って雨を見ていた", "夕方、川沿いを歩いて家に帰った"],
    "kor_Hang": ["고양이가 돗자리에 앉아 비를 바라보았다", "우리는 저녁에 강을 따라 집으로 걸어갔다"],
    "rus_Cyrl": ["кошка сидела на коврике и смотрела на дождь", "вечером мы шли домой вдоль реки"],
    "srp_Cyrl": ["мачка је седела на простирци и гледала кишу", "увече смо ишли кући поред реке"],
}

ODD = [
    "",
    " ",
    "a",
    "  two   spaces\tand a tab ",
    "line\u2028separator",
    "x" * 300,
    "猫" * 200,
    "mixed 猫 кошка cat قطة __label__eng_Latn tail",
    "emoji 😀😀 and \U0001f1eb\U0001f1f7",
    "nul\x00inside",
    "combining e\u0301e\u0301 marks",
]
"""Texts that a tokeniser may stumble on; none has a line feed, which fastText's own predict refuses."""

TEXTS = [sentence for sentences in SENTENCES.values() for sentence in sentences] + ODD


def train(
    folder: Path, *, quantised: bool = False, cutoff: int = 0, qout: bool = False, labels: int = 0, **settings: object
) -> Path:
    """A model of SENTENCES (and of ``labels`` more of drawn syllables), saved as .bin or .ftz."""
    draw = random.Random(1)  # noqa: S311
    # Often enough for a model of many labels to be sure of these.
    lines = [(label, text) for label, texts in SENTENCES.items() for text in texts] * (20 if labels else 8)
    for extra in range(labels):
        syllables = ["".join(draw.choice("aeioubdgklmnprstz") for _ in range(3)) for _ in range(8)]
        lines.append((f"x{extra:04d}_Latn", " ".join(draw.choice(syllables) for _ in range(12))))
    data = folder / "data.txt"
    data.write_text("".join(f"__label__{label} {text}\n" for label, text in lines), "utf-8")
    options = {"dim": 12, "bucket": 3000, "minn": 2, "maxn": 5, "epoch": 4, "lr": 0.8, "minCount": 1} | settings
    model = fasttext.train_supervised(str(data), thread=1, verbose=0, **options)
    if quantised:
        model.quantize(input=str(data) if cutoff else None, cutoff=cutoff, retrain=False, qnorm=True, qout=qout, dsub=2)
    path = folder / ("model.ftz" if quantised else "model.bin")
    model.save_model(str(path))
    return path
