"""Where the large multilingual data lies, for those who have it: tests that need it skip where it is absent."""

import os
from pathlib import Path

import pytest

_PLACE = Path(os.environ.get("CORPUS_SHARED_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))

SHARED: Path | None = _PLACE if (_PLACE / "docs" / "docs.jsonl.zst").is_file() else None
"""The folder of the data pack, or None."""

needs_shared = pytest.mark.skipif(
    SHARED is None, reason="needs the multilingual data pack (set CORPUS_SHARED_DATA to its folder)"
)
