"""Settings are checked at the door, and each error tells what to write instead."""

from pathlib import Path

import pytest

from manifests.errors import Stop
from pipeline.settings import load, size, source_of


def test_assignments_lie_over_the_file_and_options_over_both(tmp_path: Path) -> None:
    config = tmp_path / "corpus.toml"
    config.write_text('lid = "lid176"\n[dedup]\nthreshold = 0.8\n[[sources]]\npath = "a/b"\nlicence = "CC0-1.0"\n')
    settings = load(
        ["c.jsonl"], config, ["dedup.threshold=0.9", "read.text=line", "filters.min_words=30"], lid="builtin"
    )
    assert (settings.lid, settings.dedup.threshold, settings.read.text) == ("builtin", 0.9, "line")
    assert settings.filters == {"min_words": 30}
    assert [(source.name, source.licence) for source in settings.sources] == [("b", "CC0-1.0"), ("c.jsonl", None)]


@pytest.mark.parametrize(
    ("assignment", "found"),
    [
        ("dedup.treshold=0.9", "dedup.treshold"),
        ("dedup.threshold=2", "dedup.threshold"),
        ("read.text=paragraph", "read.text"),
        ("extract.cpu_seconds=1", "extract.cpu_seconds"),
        ("nothing", "no value"),
        ("lid.name=x", "lid"),
    ],
)
def test_a_wrong_setting_is_named(assignment: str, found: str) -> None:
    with pytest.raises(Stop, match=found):
        load(["x"], None, [assignment])


def test_sources_of_one_name_must_be_told_apart() -> None:
    with pytest.raises(Stop, match="Two sources are named 'web'") as caught:
        load(["a/web", "b/web/"])
    assert "[[sources]]" in caught.value.mend


def test_a_file_that_is_no_toml_is_told(tmp_path: Path) -> None:
    config = tmp_path / "corpus.toml"
    config.write_text("lid: builtin")
    with pytest.raises(Stop, match="is not TOML"):
        load([], config)
    with pytest.raises(Stop, match="Cannot read"):
        load([], tmp_path / "absent.toml")


@pytest.mark.parametrize(("text", "value"), [("512MB", 512 * 10**6), ("1.5G", 1.5e9), ("8 GB", 8e9), ("77", 77)])
def test_sizes_are_read_as_people_write_them(text: str, value: float) -> None:
    assert size(text) == value
    with pytest.raises(Stop, match="not a size"):
        size(text + "x")


def test_languages_are_labels_however_they_were_named(tmp_path: Path) -> None:
    config = tmp_path / "corpus.toml"
    config.write_text('langs = ["Swahili", "sr-Latn", "fra"]')
    assert load([], config).langs == ("fra_Latn", "srp_Latn", "swh_Latn")
    assert load([], config, langs=("all",)).langs == ("all",)
    with pytest.raises(Stop, match="'Swahilli'") as caught:
        load([], langs=("Swahilli",))
    assert "swh_Latn" in caught.value.mend
    with pytest.raises(Stop, match="No language"):
        load([], langs=())


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("a/b/", "b"),
        ("https://host.example/x/y.jsonl?sig=key", "y.jsonl"),
        ("https://user:key@host.example", "host.example"),
    ],
)
def test_a_source_is_not_named_by_the_keys_in_its_url(path: str, name: str) -> None:
    assert source_of(path).name == name
    assert source_of(path).path == path


def test_sources_that_are_no_tables_are_told(tmp_path: Path) -> None:
    config = tmp_path / "corpus.toml"
    config.write_text('sources = ["a.jsonl"]')
    with pytest.raises(Stop, match="is not a source"):
        load([], config)
    with pytest.raises(Stop, match="not a size"):
        size("inf")
