"""Documents for tests, drawn from everyday words of four scripts, and files of them."""

import json
import random
from pathlib import Path

WORDS = {
    "swh": "wakulima kijiji hukutana kila jumapili sokoni kujadili bei mahindi hali barabara watoto shule mvua ng'ombe "
    "samaki bahari mlima nyumba chakula",
    "yor": "àgbẹ̀ abúlé máa pàdé ọjà ọjọ́ ìsinmi sọ̀rọ̀ nípa iye owó àgbàdo ojú ọ̀nà ọmọdé ilé-ìwé òjò màlúù ẹja òkun",
    "tha": "ชาวนา หมู่บ้าน พบกัน ตลาด ทุกวัน อาทิตย์ พูดคุย ราคา ข้าวโพด ถนน เด็ก โรงเรียน ฝน วัว ปลา ทะเล ภูเขา บ้าน อาหาร น้ำ",
    "amh": "ገበሬዎች መንደር በየሳምንቱ እሁድ ገበያ ተገናኝተው በቆሎ ዋጋ መንገድ ሁኔታ ይወያያሉ ልጆች ትምህርት ዝናብ ላም ዓሣ ባሕር ተራራ ቤት ምግብ",
}
"""Words of everyday life in four scripts: sentences are drawn from them."""
PLAIN = ("rules=none", "boilerplate.enabled=false")


def text(language: str, seed: int, edits: int = 0) -> str:
    """Forty sentences of its own; each edit changes one."""
    chance = random.Random(f"{language} {seed}")  # noqa: S311
    words = WORDS[language].split()
    gap = "" if language == "tha" else " "
    told = [gap.join(chance.choices(words, k=9)) for _ in range(40 + edits)]
    for edit in range(edits):
        told[edit * 7] = told[40 + edit]
    return ". ".join(told[:40]) + "."


def write(place: Path, texts: list[str], **fields: str) -> str:
    place.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps({"text": one, "id": f"{place.stem}-{number}", **fields}) for number, one in enumerate(texts)]
    place.write_text("\n".join(lines) + "\n", "utf-8")
    return str(place)
