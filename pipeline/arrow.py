"""Arrow without pandas: it would import pandas, where that is installed, at the first list made into an array."""

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

import pyarrow as pa


class _NoPandas(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname == "pandas":
            raise ModuleNotFoundError("pandas is not for this process", name=fullname)
        return None


def without_pandas() -> None:
    """Let Arrow find no pandas in this process: half a second less of start. For processes that are all ours.

    Others may still import it; where it is imported already nothing changes.
    """
    if "pandas" in sys.modules:
        return
    finder = _NoPandas()
    sys.meta_path.insert(0, finder)
    try:
        pa.array([None])  # Arrow looks for pandas once and keeps what it found
    finally:
        sys.meta_path.remove(finder)
