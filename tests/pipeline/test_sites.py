"""Lists of sites in a build: what is found there is removed, and another list decides anew without reading text."""

import json
from pathlib import Path

import pyarrow.compute as pc
import pytest
from built import digests, rows, rules, sample_build

from manifests.errors import Stop
from pipeline.release import explain, verify
from pipeline.settings import Urls, load
from pipeline.steps import sites
from pipeline.store import Store


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("plain") / "out"
    sample_build(out)
    return out


def _host(out: Path) -> str:
    """The host of some document that is kept."""
    from filters.urls import host

    urls = pc.drop_null(rows(out, "data")["url"]).to_pylist()
    return host(min(urls))


def test_a_list_removes_its_hosts_without_their_text_and_decides_alone(plain: Path, tmp_path: Path) -> None:
    name = _host(plain)
    folder = tmp_path / "ut1" / "adult"
    folder.mkdir(parents=True)
    (folder / "domains").write_text(f"{name}\nother.example\n")
    before, clean = digests(plain), rules(plain)
    report = sample_build(plain, f"urls.lists={tmp_path / 'ut1'}")
    assert not {"text", "count", "notes", "spread"} & set(report.ran)
    removed = rows(plain, "removed").filter(pc.field("rule") == "adult_site")
    assert removed.num_rows
    assert removed["text"].null_count == removed.num_rows
    assert set(removed["value"].to_pylist()) == {1}
    assert not any(f"//{name}" in (url or "") for url in rows(plain, "data")["url"].to_pylist())
    assert verify.run(plain)[1] == []
    (told,) = json.loads((plain / "manifest.json").read_text())["sites"]["lists"]
    assert (told["name"], told["category"], told["entries"]) == ("adult", "adult", 2)
    held = {one.rule: one for one in explain.run(plain, removed["id"][0].as_py()).rules}
    assert held["adult_site"].outcome == "removed"
    assert held["malware_site"].outcome == "abstained"

    (folder / "domains").write_text("other.example\n")
    assert sample_build(plain, f"urls.lists={tmp_path / 'ut1'}").ran.keys() & {"judge", "emit"}
    assert digests(plain) == before
    assert rules(plain) == clean
    sample_build(plain)
    assert digests(plain) == before
    assert not list((plain / "index" / "sites").iterdir())


def test_what_is_allowed_stays_though_listed(plain: Path, tmp_path: Path) -> None:
    name = _host(plain)
    (tmp_path / "listed.txt").write_text(f"{name}\n")
    (tmp_path / "mine.txt").write_text(f"{name}\n")
    sample_build(plain, f"urls.lists={tmp_path / 'listed.txt'}", f"urls.allow={tmp_path / 'mine.txt'}")
    assert "listed_site" not in rules(plain)


def test_a_folder_gives_the_categories_that_are_for_leaving_out_and_a_word_before_says_what_of(tmp_path: Path) -> None:
    for name in ("adult", "press", "phishing"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "domains").write_text("a.example\n")
    assert [(one.name, one.category) for one in sites.found(str(tmp_path))] == [
        ("adult", "adult"),
        ("phishing", "malware"),
    ]
    assert sites.found(str(tmp_path / "press"))[0].category == "listed"
    assert sites.found(f"gambling={tmp_path / 'press'}")[0].category == "gambling"
    assert Urls(lists="a, b").lists == ("a", "b")  # type: ignore[arg-type]


@pytest.mark.parametrize("content", [b"", b"# nothing\n\n", b"\x1f\x8b\0\0", None])
def test_a_list_that_is_none_is_told_before_anything_is_read(tmp_path: Path, content: bytes | None) -> None:
    place = tmp_path / "hosts"
    if content is not None:
        place.write_bytes(content)
    with pytest.raises(Stop) as stopped:
        sites.prepare(Store(tmp_path / "out"), load([], None, [f"urls.lists={place}"]))
    assert str(place) in stopped.value.found
    assert stopped.value.mend
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(Stop, match="no list of sites"):
        sites.found(str(empty))
