"""Mistakes of users end in a Stop that tells the mend, not in another exception."""

from pathlib import Path

import pytest

from manifests.errors import Stop
from pipeline.release.verify import manifest_of
from pipeline.settings import load
from pipeline.store import Store


def test_a_setting_that_is_unknown_is_named() -> None:
    with pytest.raises(Stop, match=r"no setting 'dedup\.enabledd'"):
        load(assignments=["dedup.enabledd=false"])


def test_an_unknown_extractor_is_refused_before_any_page_is_read() -> None:
    with pytest.raises(Stop, match=r"extract\.engine"):
        load(assignments=["extract.engine=newspaper"])


def test_a_file_in_place_of_a_build(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    with pytest.raises(Stop, match="no manifest"):
        manifest_of(file)
    assert Store(file).read_json("manifest.json") is None


@pytest.mark.parametrize("text", ["[]", "{}", '{"version": 3}'])
def test_a_manifest_of_something_else(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(Stop, match="not the manifest of a build"):
        manifest_of(tmp_path)
