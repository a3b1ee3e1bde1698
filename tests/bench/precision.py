"""How near the expected precision is to the true one, on mixes of labelled texts at skewed base rates.

    python tests/bench/precision.py [MIXES] [MODEL...]

Each MODEL is one that was trained without some sources (as `corpus langid train` does for its card); those are the
sources that it is asked about, besides the two that the built-in model has not learnt from. Mixes are drawn from the
answers, a language of rank r as often as 1 / r, in random order. Three questions, from easy to hard:

* the same texts: table and mix are of all texts. What is tested is how well the mix is found.
* halves: the table is of one half of the texts, the mix is drawn from the other. `noise` is how far off the plain
  formula is that knows the true mix and the table: what so few texts can not tell.
* other sources: the table is of all sources but one, the mix is drawn from that one.
"""

import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

HERE = Path(__file__).resolve()
sys.path.insert(0, str(HERE.parents[1]))

from mixes import UNSEEN, Answers, Mix, halves, identified, joined, mixed  # noqa: E402
from shared import SHARED  # noqa: E402

from langid.evaluate import Sentence, sentences  # noqa: E402
from langid.identify import Identifier  # noqa: E402
from langid.precision import APART, estimate  # noqa: E402
from langid.train import APART as GROUPS  # noqa: E402
from pipeline.models import locate  # noqa: E402

Blocks = dict[str, list[tuple[float, ...]]]


def leaks(mix: Mix) -> Counter[str]:
    """What leaks into each label by the raw table and the true mix."""
    told = Counter[str]()
    size = Counter(mix.table.labels.tolist())
    wrong = mix.table.take(mix.table.wrong)
    for label, answer in zip(wrong.labels.tolist(), wrong.answers.tolist(), strict=True):
        told[answer] += mix.documents.get(label, 0) / size[label]  # type: ignore[assignment]
    return told


def row(name: str, found: list[tuple[float, ...]]) -> None:
    true, told, low, high, noise = np.array(found).T
    off: npt.NDArray[np.float64] = np.abs(true - told)
    print(
        f"  {name:<44}{len(true):>7,}{off.mean():>8.3f}{(told - true).mean():>+8.3f}{(off <= 0.05).mean():>8.2f}"
        f"{((low <= true) & (true <= high)).mean():>8.2f}{(high - low).mean():>8.2f}"
        f"{(np.abs(noise - true) <= 0.05).mean():>8.2f}"
    )


def bench(name: str, mixes: Iterator[Mix], apart: float) -> None:
    blocks: Blocks = {}
    spent, count = 0.0, 0
    for mix in mixes:
        count += 1
        begun = time.process_time()
        found = estimate(mix.confusions, mix.answered, seen=mix.seen, apart=apart)
        spent += time.process_time() - begun
        raw = leaks(mix)
        tested = set(mix.tested(true=50, confused=30))
        for label, one in found.labels.items():
            noise = 1 - min(1.0, raw[label] / one.answered)
            said = (mix.precision[label], one.precision, *one.interval, noise)
            blocks.setdefault("50 true, 30 confused" if label in tested else "the others", []).append(said)
        for exponent, pool in found.decades.items():
            right = sum(mix.precision[label] * mix.answered[label] for label in pool.labels)
            noise = 1 - min(1.0, sum(raw[label] for label in pool.labels) / pool.answered)
            pooled = (right / pool.answered, pool.precision, *pool.interval, noise)
            blocks.setdefault(f"all labels given to 10^{exponent} of the documents", []).append(pooled)
    print(f"\n{name}: {count} mixes, {spent / max(count, 1):.2f} s of CPU each")
    columns = ("off by", "bias", "in 5", "held", "width", "noise")
    print(f"  {'':<44}{'labels':>7}" + "".join(f"{column:>8}" for column in columns))
    for block in sorted(blocks):
        row(block, blocks[block])


def others(answers: Answers) -> Iterator[Mix]:
    for seed, source in enumerate(np.unique(answers.sources).tolist()):
        mine = answers.sources == source
        if mine.sum() > 300:
            yield mixed(answers.take(~mine), answers.take(mine), seed)


def asked(model: Path, rows: list[Sentence], learnt: set[str]) -> Answers:
    """Answers to rows of sources that the model has not seen, of labels that it has sentences of."""
    return identified([row for row in rows if row.label in learnt], Identifier.load(model))


def main() -> None:
    if SHARED is None:
        raise SystemExit("needs the data pack: set CORPUS_SHARED_DATA to its folder")
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 4
    rows = [row for name in ("dev", "train") for row in sentences(SHARED / "lid" / f"{name}.tsv.zst")]
    models = [(locate("builtin"), UNSEEN), *zip(map(Path, sys.argv[2:]), map(frozenset, GROUPS), strict=False)]
    found = []
    for model, without in models:
        learnt = {row.label for row in rows if row.source not in UNSEEN | without}
        found.append(asked(model, [row for row in rows if row.source in without], learnt))
    every = joined(found)
    bench("the same texts", (mixed(every, every, seed) for seed in range(count)), 0.0)
    bench("halves", (mixed(*halves(every, seed), seed) for seed in range(count)), 0.0)
    bench("halves, taken for other sources", (mixed(*halves(every, seed), seed) for seed in range(count)), APART)
    bench(
        "halves, 5 % in languages that the model does not know",
        (mixed(*halves(every, seed), seed, strange=0.05) for seed in range(count)),
        APART,
    )
    bench("other sources", others(every), APART)


if __name__ == "__main__":
    main()
