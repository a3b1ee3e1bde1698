"""Puts the tests' own modules (shared.py) on the path, and writes to disk no faster than the disk likes."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(autouse=True, scope="session")
def unhurried() -> Iterator[None]:
    """Nothing waits for the disk: builds are killed here, machines are not."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda handle: None)
        yield
