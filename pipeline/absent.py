"""Packages that libraries import wherever they are installed, kept out of processes that have no use for them."""

import contextlib
import sys
from collections.abc import Iterator, Sequence
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

import pyarrow as pa


class _Absent(MetaPathFinder):
    def __init__(self, name: str) -> None:
        self._name = name

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if f"{fullname}.".startswith(f"{self._name}."):
            raise ModuleNotFoundError(f"{fullname} is not for this process", name=fullname)
        return None


@contextlib.contextmanager
def _absent(name: str) -> Iterator[None]:
    """Meanwhile a package is not found; others may import it afterwards, and one that was imported before stays."""
    finder = _Absent(name)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


def without_pandas() -> None:
    """Let Arrow find no pandas in this process: half a second less of start. For processes that are all ours."""
    if "pandas" not in sys.modules:
        with _absent("pandas"):
            pa.array([None])  # Arrow looks for pandas once and keeps what it found


def without_scipy() -> None:
    """Let Numba find no SciPy in this process, of which it wants linear algebra that no kernel of ours has: half of
    what its first kernel waits for. For processes that are all ours and run kernels."""
    if "numba.np.arraymath" not in sys.modules:
        with _absent("scipy"), contextlib.suppress(ImportError):
            import_module("numba.np.arraymath")  # it looks for SciPy once and keeps what it found
