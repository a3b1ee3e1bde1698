"""The plain top-level names belong to this project alone, and importing them does nothing."""

import ast
import importlib
import importlib.metadata
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("pipeline", "langid", "filters", "dedup", "manifests")


@pytest.mark.parametrize("name", PACKAGES)
def test_the_import_name_comes_from_this_project(name: str) -> None:
    module = importlib.import_module(name)
    assert module.__doc__
    owners = set(importlib.metadata.packages_distributions().get(name, ()))
    assert owners <= {"corpus-build"}, f"another installed package also provides {name}: {owners}"
    distribution = importlib.metadata.distribution("corpus-build")
    assert distribution.read_text("METADATA") is not None
    places = [Path(place) for place in module.__path__]
    assert places == [ROOT / name] or all("site-packages" in str(place) for place in places)


@pytest.mark.parametrize("place", sorted(ROOT.glob("*/**/__init__.py")), ids=lambda path: str(path.parent.name))
def test_an_init_is_a_docstring(place: Path) -> None:
    if place.relative_to(ROOT).parts[0] not in PACKAGES:
        pytest.skip("not ours")
    body = ast.parse(place.read_text(encoding="utf-8")).body
    assert len(body) == 1
    assert isinstance(body[0], ast.Expr)


def test_the_command_line_answers_without_loading_what_it_does_not_need() -> None:
    heavy = ("ray", "numba", "trafilatura", "pyarrow")
    program = f"import sys, pipeline.cli; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
