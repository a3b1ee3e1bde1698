"""The lists of sites that a build is told of: read once, kept in OUT as keys, and asked when documents are judged.

index/sites/DIGEST.npy   the entries of one list as sorted keys
index/sites/lists.json   which lists there are, in order, and what of: for the workers, ``explain`` and the manifest

Documents are known by the column ``url`` of index/signals, so that another list decides anew without reading text.
"""

import functools
import importlib.util
import tarfile
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from filters import urls
from filters.urls import NAMES, Category, Keys, List
from manifests.errors import Stop
from pipeline.files import file_digest
from pipeline.settings import Settings, digest
from pipeline.store import Store

FOLDER = "index/sites"
TOLD = f"{FOLDER}/lists.json"
DATATROVE = "datatrove"
"""The lists that the installed package datatrove brings for its own filter: several of UT1 in one."""
CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class Found:
    """A list on this machine: its files are read one after another."""

    name: str
    category: Category
    files: tuple[Path, ...]

    @property
    def digest(self) -> str:
        """Changes with the entries."""
        return digest("sites", urls.VERSION, [file_digest(file) for file in self.files])


def found(told: str) -> list[Found]:
    """The lists that one word of ``urls.lists`` stands for: a file, a category, or a folder of categories as at UT1."""
    before, sign, after = told.partition("=")
    named = before if sign and before in get_args(Category) else None
    path = Path(after if named else told).expanduser()
    if told == DATATROVE and not path.exists():
        return [Found(DATATROVE, "listed", (_datatrove(),))]
    if path.is_file():
        return [Found(path.name, _category(named or NAMES.get(path.stem, "listed")), (path,))]
    if not path.is_dir():
        raise Stop(
            f"No list of sites at {path}.",
            "Name a file of hosts, a folder with domains and urls in it, or datatrove: --set urls.lists=PATH,PATH",
        )
    if files := _files(path):
        return [Found(path.name, _category(named or NAMES.get(path.name, "listed")), files)]
    below = [one for one in sorted(path.iterdir()) if one.name in NAMES and _files(one)]
    if not below:
        raise Stop(
            f"The folder {path} holds no list of sites: no domains or urls, nor a folder such as adult with them.",
            "Name the category's own folder: --set urls.lists=PATH/adult,PATH/gambling",
        )
    return [Found(one.name, _category(named or NAMES[one.name]), _files(one)) for one in below]


def _category(name: str) -> Category:
    (category,) = (one for one in get_args(Category) if one == name)
    told: Category = category
    return told


def _files(folder: Path) -> tuple[Path, ...]:
    return tuple(place for name in ("domains", "urls") if (place := folder / name).is_file())


def _datatrove() -> Path:
    package = importlib.util.find_spec(DATATROVE)
    for folder in package.submodule_search_locations or () if package else ():
        for place in sorted(Path(folder, "assets").glob("url_filterblacklists*.tar.gz")):
            return place
    raise Stop("The package datatrove, which brings lists of sites, is not installed.", "pip install datatrove")


def _lines(path: Path) -> Iterator[bytes]:
    """The lines of a list; Stop where it is no text."""
    try:
        if path.name.endswith(".tar.gz"):
            with tarfile.open(path) as bundle:
                for name in ("domains", "urls"):
                    yield from bundle.extractfile(name) or ()
            return
        with path.open("rb") as stream:
            if b"\0" in stream.read(CHUNK) or path.suffix in {".gz", ".zst", ".xz", ".zip"}:
                raise Stop(f"The list of sites {path} is no text.", "Give it unpacked: a host a line.")
            stream.seek(0)
            yield from stream
    except (OSError, tarfile.TarError, KeyError) as error:
        raise Stop(f"The list of sites {path} cannot be read: {error}.", "Mend the file or leave it out.") from None


def prepare(store: Store, settings: Settings, needed: Collection[str] = ()) -> str:
    """Read the lists that are not here as keys yet, and forget the others but those ``needed``, told by their digests.

    What is given changes with any list of these settings.
    """
    told: dict[str, list[dict[str, Any]]] = {}
    for name, paths in asked(settings).items():
        told[name] = [_kept(store, one) for path in paths for one in found(path)]
    wanted = {f"{FOLDER}/{one['digest']}.npy" for many in told.values() for one in many}
    kept = wanted | {f"{FOLDER}/{one}.npy" for one in needed}
    store.sweep(FOLDER, kept.__contains__)
    if not wanted:
        return ""
    store.write_json(TOLD, told, indent=1)
    return digest(told)


def _kept(store: Store, one: Found) -> dict[str, Any]:
    name = f"{FOLDER}/{one.digest}.npy"
    if not store.exists(name):
        keys = urls.keys(line for file in one.files for line in _lines(file))
        if not len(keys):
            shown = ", ".join(map(str, one.files))
            raise Stop(f"The list of sites {shown} has no entry.", "Write a host a line, or leave the list out.")
        with store.aside(name) as draft, draft.open("wb") as stream:
            np.save(stream, keys)
    entries = len(np.load(store.at_hand(name), mmap_mode="r"))
    return {"name": one.name, "category": one.category, "entries": entries, "digest": one.digest}


def asked(settings: Settings) -> dict[str, tuple[str, ...]]:
    """What lists are named, by what for."""
    named = {"lists": settings.urls.lists, "allow": settings.urls.allow, "exclude": settings.consent.exclude}
    return {name: paths for name, paths in named.items() if paths or name != "exclude"}


def told_of(store: Store, settings: Settings) -> dict[str, Any]:
    """The lists of a build, as its manifest tells of them."""
    return (store.read_json(TOLD) or {}) if any(asked(settings).values()) else {}


def columns(
    store: Store, settings: Settings, places: pa.ChunkedArray | pa.Array, told: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Which lists have the places of documents: the columns of ``filters.urls.SIGNALS`` that there are lists for.

    The lists are those of this build, or as ``told`` by the manifest of another snapshot.
    """
    told = (told_of(store, settings) if told is None else told) if settings.urls.lists else {}
    lists = [List(one["category"], _keys_of(store, one)) for one in told.get("lists", ())]
    allowed = [_keys_of(store, one) for one in told.get("allow", ())]
    every = np.unique(np.concatenate(allowed)) if allowed else np.zeros(0, np.uint64)
    return dict(urls.listed(places.to_pylist() if lists else (), lists, every))


def excluded(store: Store, settings: Settings, places: pa.ChunkedArray | pa.Array) -> npt.NDArray[np.bool_]:
    """Which places of documents are on a list of those who are to be left out; no exception is made."""
    told = told_of(store, settings) if settings.consent.exclude else {}
    lists = [List("listed", _keys_of(store, one)) for one in told.get("exclude", ())]
    if not lists:
        return np.zeros(len(places), np.bool_)
    found = urls.listed(places.to_pylist(), lists, np.zeros(0, np.uint64))
    listed: npt.NDArray[np.bool_] = found[urls.SIGNALS["listed"]] > 0
    return listed


def _keys_of(store: Store, one: Mapping[str, Any]) -> Keys:
    return _keys(store.at_hand(f"{FOLDER}/{one['digest']}.npy"))


@functools.cache
def _keys(path: Path) -> Keys:
    """Mapped, so that the workers of a machine share them."""
    keys: Keys = np.load(path, mmap_mode="r")
    return keys
