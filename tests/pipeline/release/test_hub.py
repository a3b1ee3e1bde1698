"""Publishing to the hub, through its own library and a server that speaks like it."""

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hub import TOKEN, Hub
from published import files_with, made, publish

SMALL = {f"data/{label}/S000-00000.parquet": 3000 for label in ("swh_Latn", "yor_Latn", "tam_Taml")}
TO = "hf://datasets/people/corpus"


@pytest.fixture
def hub() -> Iterator[Hub]:
    with Hub().running() as running:
        yield running


def told(out: Path, hub: Hub, *options: str, token: str = TOKEN, code: int = 0) -> str:
    """What the command prints."""
    home = out.parent / "home"
    run = publish(
        out, TO, {"HF_ENDPOINT": hub.url, "HF_TOKEN": token, "HF_HOME": str(home), "HF_HUB_DISABLE_XET": "1"}, *options
    )
    said: str = run.communicate(timeout=120)[0]
    assert run.returncode == code, said
    return said


def test_the_hub_has_all_and_a_second_run_sends_what_changed(hub: Hub, tmp_path: Path) -> None:
    out = made(tmp_path / "out", SMALL)
    hub.faults = [("/create", 503), ("/tree/", 429), ("/commit/", 503)]
    said = told(out, hub, "--private")
    assert hub.repos == {"people/corpus": True}
    assert hub.faults == []
    assert set(hub.files) == {*SMALL, "README.md", "manifest.json"}
    for name, (content, large) in hub.files.items():
        assert content == (out / name).read_bytes()
        assert large == name.endswith(".parquet")
    assert len(hub.commits) == 1
    assert set(hub.took.values()) == {1}
    assert 'load_dataset("people/corpus", "' in (out / "README.md").read_text()
    assert " 0 files, 0.0 MB, sent" in told(out, hub)
    assert len(hub.commits) == 1
    hub.files["theirs.txt"] = b"not ours", False
    shutil.rmtree(out / "data/tam_Taml")
    made(out, {name: size for name, size in SMALL.items() if "tam" not in name})
    said += told(out, hub)
    assert set(hub.files) == {*SMALL, "README.md", "manifest.json", "theirs.txt"} - {"data/tam_Taml/S000-00000.parquet"}
    assert hub.commits[-1] == "Remove 1 files of an older version"
    assert set(hub.took.values()) == {1}
    assert hub.strangers == 0
    assert TOKEN not in said
    assert files_with(tmp_path, TOKEN) == []


def test_what_another_run_sent_and_did_not_commit_is_not_sent_again(hub: Hub, tmp_path: Path) -> None:
    out = made(tmp_path / "out", SMALL)
    for name in SMALL:
        content = (out / name).read_bytes()
        hub.large[hashlib.sha256(content).hexdigest()] = content
    told(out, hub)
    assert not hub.took
    assert set(SMALL) <= set(hub.files)


def test_a_dry_run_makes_nothing_and_a_refusal_is_told_without_the_token(hub: Hub, tmp_path: Path) -> None:
    out = made(tmp_path / "out", SMALL)
    assert "would be sent" in told(out, hub, "--dry-run")
    assert hub.repos == {}
    hub.faults = [("/create", 403)]
    said = told(out, hub, code=1)
    assert "The hub refuses hf://datasets/people/corpus: 403" in said
    assert TOKEN not in said
