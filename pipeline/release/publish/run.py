"""Publish a build: send what is not there, look at what came out, remove what an older version left."""

import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from manifests.errors import Interrupted, Stop
from pipeline.progress import Reporter
from pipeline.release.card import page
from pipeline.release.publish import files, journal
from pipeline.release.publish.files import Item
from pipeline.release.publish.folder import Folder
from pipeline.release.publish.hub import Hub
from pipeline.release.publish.place import Found, Place
from pipeline.release.publish.s3 import S3
from pipeline.release.verify import manifest_of
from pipeline.settings import scrubbed, without_secrets
from pipeline.store import Store

SECRETS = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


@dataclass(slots=True)
class Told:
    """What a run did, or would do."""

    place: str
    sent: list[Item] = field(default_factory=list)
    same: list[Item] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)
    """Files there that are neither of this version nor known to be ours: they stay."""


def place_of(to: str, out: Path | str, private: bool) -> Place:
    """The destination that a name means."""
    if to.startswith("hf://"):
        return Hub(to, private)
    if private:
        raise Stop("--private is for the hub.", "A bucket or folder is as private as it was made.")
    if to.startswith("s3://"):
        return S3(without_secrets(to))
    if "://" in to:
        raise Stop(
            f"Nothing is published to {without_secrets(to)}.",
            "Give hf://datasets/ORG/NAME, s3://BUCKET/PREFIX or a folder.",
        )
    return Folder(Path(to), Path(out))


def run(
    out: Path | str,
    to: str,
    told: Reporter,
    with_removed: bool = False,
    with_index: bool = False,
    private: bool = False,
    dry: bool = False,
) -> Told:
    """Publish ``out``; an error holds no secret, whatever library raised it."""
    try:
        return _run(out, to, told, with_removed, with_index, private, dry)
    except Stop as stop:
        raise Stop(hidden(stop.found), hidden(stop.mend), stop.code) from None
    except (Interrupted, AssertionError):
        raise
    except Exception as error:
        raise Stop(f"Publishing failed: {type(error).__name__}: {hidden(str(error))}", "Run it again.", 1) from None


def hidden(text: str, environment: Mapping[str, str] = os.environ) -> str:
    """A text without tokens, and its URLs without what signs them."""
    for name in SECRETS:
        if value := environment.get(name):
            text = text.replace(value, "***")
    return scrubbed(text)


def _run(
    out: Path | str, to: str, told: Reporter, with_removed: bool, with_index: bool, private: bool, dry: bool
) -> Told:
    manifest, store = manifest_of(out), Store(out)
    store.path("")  # what is sent has to be a file of this machine
    with contextlib.closing(place_of(to, out, private)) as place:
        if dry:
            known = journal.seen(store, place.name)
            place.open(known, dry)
            items = files.chosen(store, manifest, with_removed, with_index)
            return _compared(place, items, place.there({item.name for item in items} | known.begun), known)
        page.write(store, manifest, place.name.rpartition("/")[2], place.loads, with_removed)
        items = files.chosen(store, manifest, with_removed, with_index)
        with journal.held(store, place.name) as known:
            place.open(known, dry)
            return _sent(place, items, known, told)


def _sent(place: Place, items: list[Item], known: journal.Journal, told: Reporter) -> Told:
    names = {item.name for item in items}
    made = _compared(place, items, place.there(names | known.begun), known)
    told.start("publish", len(made.sent), sum(item.size for item in made.sent), len(made.same))
    place.put(made.sent, known, lambda item: told.advance(item.size))
    found = place.there(names | known.begun)
    wrong = [item.name for item in items if item.name not in found or not place.same(item, found[item.name])]
    if wrong:
        raise Stop(
            f"{len(wrong)} files are not at {place.name} as they are here: {wrong[0]}.",
            "Run the same command again; it sends them anew.",
            1,
        )
    place.remove(made.removed, known)
    place.tidy(known)
    return made


def _compared(place: Place, items: list[Item], found: Mapping[str, Found], known: journal.Journal) -> Told:
    made = Told(place.name)
    for item in items:
        there = found.get(item.name)
        noted = known.put.get(item.name)
        # What we sent and know by the place's own name for it was compared before: its bytes are not read again.
        alike = there and there.size == item.size and noted == (item.sha256, there.mark)
        if there and (alike or place.same(item, there)):
            made.same.append(item)
            if noted is None:  # a killed run sent it, and had no time to say so
                known.sent(item.name, item.sha256, there.mark)
        else:
            made.sent.append(item)
    names = {item.name for item in items}
    made.removed = sorted(name for name in known.begun - names if name in found)
    made.strange = sorted(set(found) - names - known.begun)
    return made
