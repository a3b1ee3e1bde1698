"""What the shipped limits remove of real documents, script by script, beside what FineWeb2's published ones would.

    python tests/bench/limits.py THRESHOLDS [REMOVED]

THRESHOLDS is FineWeb2's table of limits per language (a TSV file: language_script, then a column a limit). Documents
are held under their true labels to the rules on quality that both have, FineWeb2's with words as our segmentation tells
them: so this compares limits, not tokenisers. REMOVED names a file for the documents that one of the two removes.
"""

import csv
import io
import json
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve()
sys.path.insert(0, str(HERE.parents[1]))

import msgspec  # noqa: E402
import numpy as np  # noqa: E402
import zstandard  # noqa: E402
from shared import SHARED  # noqa: E402

from filters import repair, signals, stopwords  # noqa: E402
from filters.decide import verdicts  # noqa: E402
from filters.rules import Rule, named  # noqa: E402
from manifests import limits  # noqa: E402
from manifests.limits import KNOWN, inert  # noqa: E402

COLUMNS = {
    "dup_line_frac": "max_dup_line_share",
    **{f"top_{n}_gram": f"max_top_{n}_gram_share" for n in (2, 3, 4)},
    **{f"dup_{n}_gram": f"max_dup_{n}_gram_share" for n in range(5, 11)},
    "line_punct_thr": "min_terminal_line_share",
    "new_line_ratio": "max_newline_ratio",
    "min_avg_word_length": "min_word_length",
    "max_avg_word_length": "max_word_length",
    "max_non_alpha_words_ratio": "min_alpha_word_share",
}
"""Columns of FineWeb2's table, with our names of what they limit."""


LENGTH = {"few_words", "many_words"}
"""Rules that both have alike: documents that fail them are left out."""


def published(place: Path) -> tuple[dict[str, dict[str, float | bool]], Counter[str]]:
    """FineWeb2's limits by label; and of how many labels each can never fire."""
    found: dict[str, dict[str, float | bool]] = {}
    never: Counter[str] = Counter()
    with place.open(encoding="utf-8") as stream:
        for row in csv.DictReader(stream, delimiter="\t"):
            of = found.setdefault(row["language_script"], {})
            for column, name in COLUMNS.items():
                try:
                    value = float(row[column])
                except ValueError:
                    continue
                dead = bool(inert(KNOWN[name], value))
                never[name] += dead
                of[name] = False if dead else value
    return found, never


def documents() -> list[dict[str, Any]]:
    if SHARED is None:
        raise SystemExit("needs the data pack: set CORPUS_SHARED_DATA to its folder")
    with (SHARED / "docs" / "docs.jsonl.zst").open("rb") as raw:
        return [
            msgspec.json.decode(line) for line in io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(raw))
        ]


def main() -> None:
    theirs, never = published(Path(sys.argv[1]))
    rows = documents()
    labels = [row["label"] for row in rows]
    texts = repair.repair([row["text"] for row in rows]).texts
    columns = signals.measure(texts, labels, stopwords=stopwords.load())
    enough = (
        verdicts(columns, labels, limits.load(), [rule for rule in named("default") if rule.name in LENGTH]).rule < 0
    )
    rows, labels = ([one for one, asked in zip(of, enough, strict=True) if asked] for of in (rows, labels))
    columns = {name: values[enough] for name, values in columns.items()}

    def held(which: limits.Limits, rules: list[Rule]) -> list[str]:
        return [rules[code].name if code >= 0 else "" for code in verdicts(columns, labels, which, rules).rule]

    ours_rules = [rule for rule in named("default") if rule.kind == "quality" and rule.signal in columns]
    their_rules = [rule for rule in named("fineweb2") if rule.kind == "quality" and rule.name not in LENGTH]
    ours_rules = [rule for rule in ours_rules if rule.name not in LENGTH]
    ours = held(limits.load(), ours_rules)
    told = {label: of for label, of in theirs.items() if label in set(labels)}
    fineweb2 = held(limits.load(rules="fineweb2", told=told), their_rules)

    by_script: defaultdict[str, list[int]] = defaultdict(list)
    for number, label in enumerate(labels):
        by_script[label.rpartition("_")[2]].append(number)
    print(f"{'script':<8}{'documents':>10}{'ours':>8}{'FineWeb2':>10}   most frequent, ours | FineWeb2's")
    for name, mine in sorted(by_script.items(), key=lambda item: (-len(item[1]), item[0])):
        shares = [np.mean([bool(of[number]) for number in mine]) for of in (ours, fineweb2)]
        most = [
            ", ".join(f"{rule} {count}" for rule, count in Counter(of[n] for n in mine if of[n]).most_common(3))
            for of in (ours, fineweb2)
        ]
        print(f"{name:<8}{len(mine):>10,}{shares[0]:>8.3f}{shares[1]:>10.3f}   {' | '.join(most)}")
    every = [np.mean([bool(one) for one in of]) for of in (ours, fineweb2)]
    print(f"{'all':<8}{len(rows):>10,}{every[0]:>8.3f}{every[1]:>10.3f}")
    print("of FineWeb2's limits, never fire:", ", ".join(f"{name} {count}" for name, count in never.items() if count))
    if len(sys.argv) > 2:
        with Path(sys.argv[2]).open("w", encoding="utf-8") as stream:
            for row, one, two in zip(rows, ours, fineweb2, strict=True):
                if one or two:
                    stream.write(json.dumps({**row, "ours": one, "fineweb2": two}, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
