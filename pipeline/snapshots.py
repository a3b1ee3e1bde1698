"""Snapshots: what each build added to OUT, and whether the sources of this one go on with the last or add another.

index/snapshots/S000.json   what is known of a snapshot once it is finished: its manifest, its parts, its recipe
index/open.json             the snapshot that a build has begun to make or to decide anew

Files decide: sources with files that no snapshot has yet are further ones, and a snapshot of these files is added;
the files of the last snapshot, asked for again, go on with it or decide it anew. Those before it stay as they are.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from dedup.recipe import Recipe
from langid import segment
from manifests.errors import Stop
from pipeline.plan import Plan
from pipeline.settings import Settings, digest, without_secrets
from pipeline.steps.notes import recipe, state
from pipeline.store import Store

FOLDER = "index/snapshots"
OPEN = "index/open.json"
FIRST = "S000"

Record = dict[str, Any]
"""A snapshot as its file has it."""
Caught = tuple[int, int, str]
"""Captures of a file, their bytes, and what names them."""
Named = tuple[str, str]
"""A file of a source: name of the source, path below its root."""


@dataclass(frozen=True, slots=True)
class Turn:
    """The snapshot that a build makes or decides anew, and those before it, which it leaves as they are."""

    name: str = FIRST
    past: tuple[Record, ...] = ()

    @property
    def parts(self) -> dict[str, dict[str, Any]]:
        """Rows and fingerprint of every part of the snapshots before, by part."""
        return {part: state(told) for record in self.past for part, told in record["parts"].items()}

    @property
    def captures(self) -> dict[str, Caught]:
        """Files of captures of the snapshots before."""
        return {name: tuple(told) for record in self.past for name, told in record.get("captures", {}).items()}

    @property
    def files(self) -> set[str]:
        """What the snapshots before have in data/ and removed/."""
        return {shard["file"] for record in self.past for shard in record["shards"]}

    @property
    def folders(self) -> dict[str, str]:
        """Where the snapshots before publish each label of which they have documents that are not in doubt."""
        found = {}
        for record in self.past:
            for label in {shard["label"] for shard in record["shards"]}:
                folder = record["labels"][label]["folder"]
                if any(shard["file"].startswith(f"{folder}/{label}/") for shard in record["shards"]):
                    found[label] = folder
        return found

    @property
    def answered(self) -> Counter[str]:
        """Documents of the snapshots before by what the model answered."""
        return sum((Counter(record["answered"]) for record in self.past), Counter())

    def tallies(self, name: str) -> list[dict[str, list[int]]]:
        """Of each of the snapshots before, its documents (all: ``scored``, or ``published`` in no doubt) by what the
        model answered and by bin of their score.
        """
        return [record[name] for record in self.past]

    @property
    def sites(self) -> set[str]:
        """Digests of the lists of sites that the snapshots before were held to."""
        return {one["digest"] for record in self.past for many in record["sites"].values() for one in many}


def read(store: Store) -> list[Record]:
    """The finished snapshots, the first one first."""
    told = store.read_jsons([name for name in store.files(FOLDER) if name.endswith(".json")])
    return [record or _damaged(store, name) for name, record in told.items()]


def _damaged(store: Store, name: str) -> Record:
    raise Stop(f"{store.at(name)} is damaged.", "Restore it from a copy, or build into a new folder.", 1)


def write(store: Store, record: Record) -> None:
    """Keep what is known of a snapshot; it is finished with that."""
    store.write_json(f"{FOLDER}/{record['name']}.json", record)


def begin(store: Store, turn: Turn) -> None:
    """Note that files of this snapshot are about to change: until it is finished, no other can be built on it."""
    store.write_json(OPEN, {"snapshot": turn.name})


def end(store: Store) -> None:
    """Nothing is half done any more."""
    store.remove(OPEN)


def comparable() -> str:
    """Changes with whatever makes other signatures of the same text under the same recipe."""
    return digest(segment.VERSION)


def recipe_of(settings: Settings) -> dict[str, Any]:
    """As a record has it."""
    return asdict(recipe(settings.dedup))


def turn(store: Store, made: Plan, settings: Settings, replace: bool = False) -> tuple[Turn, Plan, Settings]:
    """To which snapshot these sources belong; the plan and the settings of that snapshot alone.

    With ``replace`` the sources take the place of the last snapshot's. Stop where it cannot be told what is meant, or
    where signatures could not be compared with those of the snapshots before.
    """
    records = read(store)
    if not records:
        return Turn(), made, settings
    asked = {(unit.source.name, unit.file.relative): unit.file.size for unit in made.units}
    *sealed, last = records
    _refuse_namesakes(sealed if replace else records, asked, settings)
    before = {key for record in sealed for key in _files(record)}
    if replace:
        found, wanted = Turn(last["name"], tuple(sealed)), set(asked) - before
    elif wanted := set(asked) - before - set(_files(last)):
        if (store.read_json(OPEN) or {}).get("snapshot") == last["name"]:
            raise Stop(
                f"Snapshot {last['name']} is being built and is not finished: nothing can be added to it.",
                f"Finish it first: build {_shown(last)} again.",
            )
        found = Turn(_next(last["name"]), tuple(records))
    else:
        found, wanted = Turn(last["name"], tuple(sealed)), set(_files(last))
        if lost := sorted(wanted - set(asked)):
            raise Stop(
                f"Nothing here is new, and {'/'.join(lost[0])} of snapshot {last['name']} is not asked for.",
                f"Name further sources to add a snapshot, or those of {last['name']} ({_shown(last)}) to go on with "
                "it; --replace builds it from these sources alone.",
            )
    if not wanted:
        names = ", ".join(record["name"] for record in sealed)
        raise Stop(f"All files of these sources are in {names} already.", "Name others.")
    _refuse_recipe(found.past, settings)
    units = tuple(unit for unit in made.units if (unit.source.name, unit.file.relative) in wanted)
    mine, all_names = {name for name, _ in wanted}, {name for name, _ in asked}
    sources = tuple(one for one in settings.sources if one.name in mine or one.name not in all_names)
    unknown = tuple(sorted({*made.unknown, *_changed(found.past, asked)}))
    return found, Plan(units, unknown), settings.model_copy(update={"sources": sources})


def _changed(past: tuple[Record, ...], asked: Mapping[Named, int]) -> list[tuple[str, str, str]]:
    """Files that are others than those that a snapshot before took, and why they are not read."""
    return [
        (*key, f"it is not as {record['name']} took it; give what is new a name of its own")
        for record in past
        for key, size in _files(record).items()
        if asked.get(key, size) != size
    ]


def _files(record: Record) -> dict[Named, int]:
    """Sizes of the files of a snapshot."""
    return {(one["source"], one["file"]): one["size"] for one in record["inputs"]}


def _shown(record: Record) -> str:
    return " ".join(source["path"] for source in record["settings"]["sources"])


def _next(name: str) -> str:
    return f"S{int(name[1:]) + 1:03d}"


def _refuse_namesakes(records: list[Record], asked: Mapping[Named, int], settings: Settings) -> None:
    """Stop where a source of another place has the name and file names of one that is known, but other files."""
    paths = {source.name: without_secrets(source.path) for source in settings.sources}
    for record in records:
        known = {source["name"]: source["path"] for source in record["settings"]["sources"]}
        for key, size in _files(record).items():
            if size != asked.get(key, size) and paths.get(key[0]) != known.get(key[0]):
                raise Stop(
                    f"{'/'.join(key)} of {paths.get(key[0])} has the name of a file of {known.get(key[0])} in snapshot "
                    f"{record['name']}: their documents would share ids.",
                    'Name it apart in a TOML file: [[sources]] name = "..." path = "...", then --config FILE.',
                )


def _refuse_recipe(past: tuple[Record, ...], settings: Settings) -> None:
    for record in past:
        Recipe(**record["recipe"]).check_same(recipe(settings.dedup))
        if record["comparable"] != comparable():
            raise Stop(
                f"The index of {record['name']} was made by a version whose signatures cannot be compared with ours.",
                "Use that version, or build all sources into a new folder.",
            )
