"""How near the expected precision is to the true one, on mixes of held-out sentences at skewed base rates.

    python tests/bench/precision.py [MIXES]

Half of the sentences make the confusion table, the other half is drawn from as languages of rank r are 1 / r as
frequent, in random order. The first column of each block tells for which labels. `noise` is how far off the plain
formula is that knows the true mix and the table's half: what the sentences themselves cannot tell.
"""

import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import numpy.typing as npt

HERE = Path(__file__).resolve()
sys.path.insert(0, str(HERE.parents[1]))

from mixes import UNSEEN, Answers, Mix, halves, identified, mixed  # noqa: E402
from shared import SHARED  # noqa: E402

from langid.evaluate import sentences  # noqa: E402
from langid.precision import Expected, estimate  # noqa: E402


def leaks(mix: Mix) -> tuple[dict[str, float], dict[str, float]]:
    """Of each label: what leaks into it by the raw table and the true mix; how many sentences of the mix that rests
    on, were they all alike (Kish)."""
    told, once, twice = Counter[str](), Counter[str](), Counter[str]()
    for answers, count in ((mix.table, told), (mix.source, once)):
        size = Counter(answers.labels.tolist())
        for label, answer in zip(answers.labels[answers.wrong].tolist(), answers.answers[answers.wrong].tolist()):  # noqa: B905
            share = mix.documents.get(label, 0) / size[label]
            count[answer] += share  # type: ignore[assignment]
            if count is once:
                twice[answer] += share**2  # type: ignore[assignment]
    return dict(told), {label: once[label] ** 2 / twice[label] for label in twice if twice[label]}


def row(name: str, found: list[tuple[float, ...]]) -> None:
    if not found:
        return
    true, told, low, high, noise = np.array(found).T
    off: npt.NDArray[np.float64] = np.abs(true - told)
    print(
        f"  {name:<44}{len(true):>7,}{off.mean():>8.3f}{(told - true).mean():>+8.3f}{(off <= 0.05).mean():>8.2f}"
        f"{((low <= true) & (true <= high)).mean():>8.2f}{(high - low).mean():>8.2f}"
        f"{np.abs(noise - true).mean():>8.3f}{(np.abs(noise - true) <= 0.05).mean():>8.2f}"
    )


def bench(name: str, answers: Answers, mixes: int, strange: float) -> None:
    blocks: dict[str, list[tuple[float, ...]]] = {}
    decades: dict[int, list[tuple[float, ...]]] = {}
    spent = 0.0
    for seed in range(mixes):
        mix = mixed(*halves(answers, seed), seed, strange=strange)
        begun = time.process_time()
        found = estimate(mix.confusions, mix.answered)
        spent += time.process_time() - begun
        raw, distinct = leaks(mix)
        tested = set(mix.tested(true=50, confused=30))
        true_sentences = Counter(mix.table.labels.tolist())

        def figures(label: str, one: Expected, mix: Mix = mix, raw: dict[str, float] = raw) -> tuple[float, ...]:
            noise = 1 - min(1.0, raw.get(label, 0.0) / one.answered)
            return (mix.precision[label], one.precision, *one.interval, noise)

        for label, one in found.labels.items():
            said = figures(label, one)
            into = ["50 true, 30 confused" if label in tested else "the others"]
            if label in tested and distinct.get(label, 0.0) >= 30:
                into.append("  and 30 confused that count in the mix")
            if label not in tested:
                into.append("  never a true label" if not true_sentences[label] else "  with sentences of their own")
            for least, most in ((0.9, 1.01), (0.7, 0.9), (0.3, 0.7), (0.0, 0.3)):
                if least <= one.precision < most:
                    into.append(f"estimate from {least:.1f} to {min(most, 1.0):.1f}")
            for block in into:
                blocks.setdefault(block, []).append(said)
        for exponent, pool in found.decades.items():
            right = sum(mix.precision[label] * mix.answered[label] for label in pool.labels)
            leaked = sum(raw.get(label, 0.0) for label in pool.labels)
            decades.setdefault(exponent, []).append(
                (right / pool.answered, pool.precision, *pool.interval, 1 - min(1.0, leaked / pool.answered))
            )
    print(f"\n{name}: {mixes} mixes, {spent / mixes:.2f} s of CPU each")
    columns = ("labels", "off by", "bias", "in 5", "held", "width", "noise", "in 5")
    print(f"  {'':<44}{columns[0]:>7}" + "".join(f"{column:>8}" for column in columns[1:]))
    for block in sorted(blocks):
        row(block, blocks[block])
    for exponent in sorted(decades, reverse=True):
        row(f"all labels given to 10^{exponent} of the documents", decades[exponent])


def main() -> None:
    if SHARED is None:
        raise SystemExit("needs the data pack: set CORPUS_SHARED_DATA to its folder")
    mixes = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    rows = list(sentences(SHARED / "lid" / "dev.tsv.zst"))
    rows += [one for one in sentences(SHARED / "lid" / "train.tsv.zst") if one.source in UNSEEN]
    every = identified(rows)
    unseen = every.take(np.isin(every.sources, sorted(UNSEEN)))
    for name, answers in (("unseen sources", unseen), ("all sources", every)):
        bench(name, answers, mixes, 0.0)
        bench(f"{name}, 5 % in languages that the model does not know", answers, mixes, 0.05)


if __name__ == "__main__":
    main()
