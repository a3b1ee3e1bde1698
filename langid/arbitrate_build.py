"""Makes builtin/relatives.tsv: the words by which close relatives are told apart.

    python -m langid.arbitrate_build FOLDER

From FOLDER/words.tsv.zst (the lists of distinctive words that FineWeb2 was filtered with, Apache-2.0) and, for Serbian
in Latin letters, from sentences of FOLDER/train.tsv.zst. Groups are those inside which more texts of sources that were
not trained on are answered rightly than without (tests/langid/relatives.tsv); they were chosen on that very text, and
single texts are lost. Left to the model, as their words told them no better or worse: Danish and the two Norwegians,
the Sotho languages, Dutch and Afrikaans, English and its pidgins, Kuanyama and Ndonga, and Greek and Hebrew of old.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from langid.arbitrate import COLUMNS, RELATIVES
from langid.evaluate import Sentence, sentences
from langid.lessons import distinctive, written
from langid.train import SOURCES

GROUPS: dict[str, tuple[str, ...]] = {
    "bcms": ("bos_Latn", "hrv_Latn", "srp_Latn"),
    "bulgarian": ("bul_Cyrl", "mkd_Cyrl", "srp_Cyrl"),
    "chinese": ("cmn_Hani", "yue_Hani"),
    "galician": ("cat_Latn", "glg_Latn", "por_Latn", "spa_Latn"),
    "malay": ("ind_Latn", "zsm_Latn"),
    "nguni": ("nbl_Latn", "nde_Latn", "ssw_Latn", "xho_Latn", "zul_Latn"),
    "rwanda": ("kin_Latn", "run_Latn"),
}

LONGEST_HAN = 1
"""Chinese is not cut into words: only characters are looked up, of which 唔, 嘅 and 哋 say enough."""

RARER = 3
"""A form belongs to one pronunciation where the other's text has it less than a third as often."""

LATIN = dict(
    zip(
        "абвгдђежзијклљмнњопрстћуфхцчџш",
        "a b v g d đ e ž z i j k l lj m n nj o p r s t ć u f h c č dž š".split(),  # noqa: SIM905
        strict=True,
    )
)


def lists(words: Mapping[str, Iterable[str]], rows: Iterable[Sentence]) -> list[tuple[str, str, list[str]]]:
    """Rows of the file (group, label, words in order), from distinctive words and sentences of each label."""
    made = {label: set(words.get(label, ())) for of in GROUPS.values() for label in of}
    serbian, western = yat(words, rows)
    made["srp_Latn"] = made["srp_Latn"] - western | serbian
    for label in ("bos_Latn", "hrv_Latn"):
        made[label] = made[label] - serbian | western
    for label in GROUPS["chinese"]:
        made[label] = {word for word in made[label] if len(word) <= LONGEST_HAN}
    return [(group, label, sorted(made[label])) for group, of in GROUPS.items() for label in of]


def yat(words: Mapping[str, Iterable[str]], rows: Iterable[Sentence]) -> tuple[set[str], set[str]]:
    """Words that Serbian says with e and its relatives with je or ije (``mleko``, ``mlijeko``): both are seen, each on
    its side alone. Serbian is mostly read in Cyrillic letters, of which there is more."""
    ours = [row for row in rows if row.label in ("bos_Latn", "hrv_Latn", "srp_Latn", "srp_Cyrl")]
    east: Counter[str] = Counter()
    west: Counter[str] = Counter()
    for row, text in zip(ours, written([row.text for row in ours]), strict=True):
        (east if row.label.startswith("srp") else west).update(latin(text).split())
    known = {*east, *words.get("srp_Latn", ()), *map(latin, words.get("srp_Cyrl", ()))}
    serbian, western = set(), set()
    for word in {*west, *words.get("hrv_Latn", ())}:
        if word in known and east[word] * RARER > west[word]:
            continue
        for sound in ("ije", "je"):
            at = word.find(sound)
            while at >= 0:
                other = word[:at] + "e" + word[at + len(sound) :]
                if len(other) > 2 and other in known and west[other] * RARER <= east[other] + 1:
                    serbian.add(other)
                    western.add(word)
                at = word.find(sound, at + 1)
    return serbian, western


def latin(text: str) -> str:
    """Serbian in small Cyrillic letters, in Latin ones."""
    return "".join(LATIN.get(character, character) for character in text)


def main(folder: Path) -> None:
    rows = [row for row in sentences(folder / "train.tsv.zst") if row.source in SOURCES]
    made = lists(distinctive(folder / "words.tsv.zst"), rows)
    text = "".join(f"{group}\t{label}\t{' '.join(words)}\n" for group, label, words in made)
    (Path(__file__).parent / "builtin" / RELATIVES).write_text("\t".join(COLUMNS) + "\n" + text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
