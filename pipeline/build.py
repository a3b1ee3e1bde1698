"""The build: plan, hand tasks to an engine step by step, do only what is missing, and record what came out."""

import signal
import threading
from collections import Counter
from collections.abc import Container, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from manifests.errors import Stop
from manifests.models import models
from pipeline import asked, budget, sited, snapshots
from pipeline import plan as planning
from pipeline.driver import Aside, Driver, full
from pipeline.engines import choice
from pipeline.engines.choice import Engine
from pipeline.models import locate, verify
from pipeline.plan import Plan, Unit
from pipeline.progress import Reporter, Silent
from pipeline.release import joined, record, takedown
from pipeline.settings import Settings, digest
from pipeline.snapshots import Turn
from pipeline.state import State
from pipeline.steps import (
    captures,
    cluster,
    count,
    crossings,
    decide,
    decontaminate,
    emit,
    exchange,
    hosts,
    notes,
    rehydrate,
    repeats,
    settle,
    sites,
    text,
    trust,
    warm,
    weigh,
)
from pipeline.steps.count import Frame
from pipeline.storage import address
from pipeline.store import Store
from pipeline.tallies import Noted, Settled
from pipeline.task import FULL, Context, Task

FOLDERS = ("data", "removed", "index", "work")
"""What a build keeps in OUT, and sweeps of all that does not belong to it."""


@dataclass(slots=True)
class Report:
    """What a build did."""

    manifest: dict[str, Any]
    aside: list[Aside]
    ran: Counter[str]
    """Tasks run in this call, by step."""
    seconds: dict[str, float]


@contextmanager
def _signals(stopped: threading.Event, told: list[int], reporter: Reporter) -> Iterator[None]:
    """Turn the first INT or TERM into a stop between tasks; a second one has its usual effect."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def hear(number: int, _frame: object) -> None:
        told.append(number)
        stopped.set()
        reporter.say("stopping when the tasks under way are done; once more to stop at once")
        signal.signal(number, before[number])

    before: dict[int, Any] = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, hear)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def run(
    settings: Settings,
    out: Path | str,
    engine: str = "local",
    workers: int | None = None,
    memory: int | None = None,
    reporter: Reporter | None = None,
    afresh: bool = False,
    replace: bool = False,
) -> Report:
    """Build ``out`` from the sources of ``settings``; what an earlier run finished is not done again.

    Sources that ``out`` has not got yet become a further snapshot, unless they are to ``replace`` the last one.
    ``afresh`` forgets in which folder each label was published.
    """
    with _hired(settings, out, engine, workers, memory, reporter or Silent()) as (driver, made, context):
        store = driver.store
        takedown.finish(store)
        turn, made, settings = snapshots.turn(store, made, settings, replace)
        driver.begin = partial(snapshots.begin, store, turn)
        if afresh:
            trust.forget(store)
        return _steps(driver, settings, made, context, turn)


def annotate(
    settings: Settings,
    out: Path | str,
    engine: str = "local",
    workers: int | None = None,
    memory: int | None = None,
    reporter: Reporter | None = None,
) -> tuple[list[str], list[Aside]]:
    """Read and measure the sources of ``settings`` into ``out``, and decide nothing.

    Returns the names of the notes parts and what was set aside; what an earlier run finished is not done again.
    """
    with _hired(settings, out, engine, workers, memory, reporter or Silent()) as (driver, made, context):
        return list(_noted(driver, settings, made, context)[1].parts), driver.aside


@contextmanager
def _hired(
    settings: Settings, out: Path | str, engine: str, workers: int | None, memory: int | None, reporter: Reporter
) -> Iterator[tuple[Driver, Plan, Context]]:
    """A driver with the plan of the sources, alone in ``out``; its engine starts with the first task."""
    made = planning.make(settings)
    decide.rule_names(settings)
    decide.limits_of(settings)
    decide.harmony_of(settings)
    asked.check(settings)
    model = str(verify(settings.lid) if settings.lid in models() else locate(settings.lid))
    store = Store(address.absolute(out))
    asked_for = workers or (1 if engine == "inline" else choice.cores())
    hands, share = budget.cut(memory, asked_for)
    if hands < asked_for:
        workers = hands
        reporter.say(f"{hands} of {asked_for} workers: memory is for all together")
    context = Context(store.name, settings, model, share)
    stopped, told = threading.Event(), []  # type: threading.Event, list[int]
    started: list[Engine] = []

    def hire() -> Engine:
        if not started:
            started.append(choice.start(engine, context, workers))
        return started[0]

    _refuse_folder(store, made)
    with store.lock(reporter.say), _signals(stopped, told, reporter):
        store.sweep_drafts()
        state = State(store, engine)
        ended = "done"
        try:
            yield Driver(store, hire, reporter, stopped, told, state), made, context
        except BaseException as error:
            ended = str(error) or type(error).__name__
            if isinstance(error, OSError) and error.errno in FULL:
                raise full(error) from error
            raise
        finally:
            for hired in started:
                hired.close()
            state.close(ended)


def _refuse_folder(store: Store, made: Plan) -> None:
    """Stop where the result would be read as input, or would take the place of files that no build of ours wrote."""
    for source in {unit.source.path: None for unit in made.units}:
        if _lies_in(store.name, source):
            raise Stop(f"{store.name} lies in the source {source}.", "Choose an --out outside of the sources.")
    for file in made.files.values():
        if _lies_in(file.path, store.name):
            raise Stop(f"The source {file.path} lies in {store.name}.", "Choose an --out outside of the sources.")
    manifest = store.read_json("manifest.json") or {}
    ours = store.exists("work/lock") or "settings_digest" in manifest or store.files(snapshots.FOLDER)
    strange = [] if ours else [name for folder in FOLDERS for name in store.files(folder)]
    if strange:
        raise Stop(
            f"{store.name} holds files that no build wrote: {strange[0]}.", "Choose an --out that is new or empty."
        )


def _lies_in(inner: str, outer: str) -> bool:
    """True where a path or URL lies in a folder, whichever of them it is said with."""
    if address.is_url(inner) != address.is_url(outer):
        return False
    if address.is_url(inner):
        return address.within(inner, outer)
    top = Path(address.place(outer)).expanduser()
    return top.is_dir() and Path(address.place(inner)).resolve().is_relative_to(top.resolve())


def _steps(driver: Driver, settings: Settings, made: Plan, context: Context, turn: Turn) -> Report:
    store = driver.store
    listed, sets = sites.prepare(store, settings, turn.sites), decontaminate.prepare(store, settings)
    units, noted = _noted(driver, settings, made, context)
    parts, known = noted.parts, turn.parts
    clusters = _cluster(driver, settings, known | parts, context)
    asked_of = _overlap(driver, parts, sets) if sets else {}
    caught = turn.captures | sited.captures(units)
    placed = sited.run(driver, settings, parts, known, caught, context)
    settled = _decide(driver, settings, parts, clusters, listed, asked_of, placed, known)
    crossed = _crossings(driver, settled, clusters, known)
    answered = turn.answered + noted.answered
    scored = trust.added([*turn.tallies("scored"), noted.scores.told()])
    stay = trust.added([*turn.tallies("published"), settled.scores.told()])
    trusts = trust.decide(store, settings, Path(context.model), answered, scored, stay, turn.folders)
    roots = {label: one.folder for label, one in trusts.items()}
    weights = rehydrate.decide(store, settings, settled.sizes)
    markers = _emit(driver, settings, parts, settled, roots, weights, turn.name, context)
    _sweep(store, settings, units, parts, set(known), caught, {*markers, *turn.files})
    if not driver.aside:  # what is missing may tell otherwise of labels: then they are decided anew
        trust.remember(store, settings, Path(context.model), trusts, _published(markers, trusts))
    told = record.of(
        store,
        settings,
        made,
        units,
        noted,
        settled,
        markers.values(),
        driver.aside,
        context.model,
        trusts,
        crossed,
        turn.name,
    )
    snapshots.write(store, {**told, "clusters": clusters["clusters"], "captures": caught})
    manifest = joined.write(store, known.keys())
    snapshots.end(store)
    return Report(manifest, driver.aside, driver.ran, driver.seconds)


def _noted(driver: Driver, settings: Settings, made: Plan, context: Context) -> tuple[dict[str, dict[str, Any]], Noted]:
    """Markers of all units, and what is known of all notes parts."""
    _warm(driver, made, settings)
    units = _text(driver, settings, made)
    frames = _count(driver, settings, units, context)
    repeated = _repeats(driver, settings, units, context) if settings.dedup.paragraphs else {}
    return units, _notes(driver, settings, units, frames, repeated, context)


def _warm(driver: Driver, made: Plan, settings: Settings) -> None:
    """Compile the kernels, each once, where several workers would else all compile all of them."""
    if not warm.cold() or all(_unit_done(driver.store, unit, settings) for unit in made.units):
        return
    if driver.engine().workers == 1:
        return
    driver.run("compile", [Task("warm", name, name, seconds) for name, (seconds, _) in warm.KERNELS.items()])
    warm.warmed()


def _text(driver: Driver, settings: Settings, made: Plan) -> dict[str, dict[str, Any]]:
    """Markers of all units that could be read, by key."""
    markers: dict[str, dict[str, Any]] = {}
    tasks = []
    for unit in made.units:
        marker = _unit_done(driver.store, unit, settings)
        if marker is None:
            tasks.append(Task("text", unit.key, unit, unit.cost))
        else:
            markers[unit.key] = marker
    markers |= driver.run("text", tasks, len(markers), may_set_aside=True)
    by_key = {unit.key: unit for unit in made.units}
    for aside in driver.aside:
        unit = by_key[aside.key]
        aside.source, aside.unit = unit.source.name, f"{unit.source.name}/{unit.file.relative}"
    return markers


def _unit_done(store: Store, unit: Unit, settings: Settings) -> dict[str, Any] | None:
    marker: dict[str, Any] | None = store.read_json(f"work/text/{unit.key}.json")
    if marker is None or marker["fingerprint"] != text.fingerprint(unit, settings):
        return None
    there = all(
        store.exists(f"work/text/{part}.parquet") or store.exists(f"work/notes/{part}.json") for part in marker["parts"]
    )
    there = there and all(store.exists(f"work/lines/{part}.parquet") for part, _ in _lines_of(marker))
    there = there and all(store.exists(f"{captures.FOLDER}/{name}.parquet") for name in marker["captures"])
    return marker if there else None


def _count(driver: Driver, settings: Settings, units: dict[str, dict[str, Any]], context: Context) -> dict[str, Frame]:
    """The lines to be cut from each text part that has some."""
    store = driver.store
    found = [(part, lines, unit["fingerprint"]) for unit in units.values() for part, lines in _lines_of(unit)]
    if not settings.boilerplate.enabled or not found:
        return {}
    wanted = count.fingerprint({part: told for part, _, told in found}, settings)
    done = store.read_json(count.DONE)
    of = count.partitions(sum(lines for _, lines, _ in found), context.memory)
    if done is None or done["fingerprint"] != wanted or not count.there(store, done["of"]):
        store.remove(count.DONE)  # it would speak of files that are about to change
        names = sorted(part for part, _, _ in found)
        tasks = [Task("count", f"{number:05d}", (number, of, names)) for number in range(of)]
        done = {"fingerprint": wanted, "of": of, "counted": driver.run("count", tasks)}
        store.write_json(count.DONE, done)
        store.sweep("work/frames", lambda name: name == count.DONE or int(Path(name).stem) < of)
    return count.frames(done["counted"])


def _repeats(
    driver: Driver, settings: Settings, units: dict[str, dict[str, Any]], context: Context
) -> dict[str, Frame]:
    """The paragraphs to be cut from each text part that has some of earlier documents."""
    store = driver.store
    wanted = {
        part: repeats.fingerprint(part + unit["fingerprint"], settings)
        for unit in units.values()
        for part in unit["parts"]
    }
    markers = {part: store.read_json(f"{repeats.LISTED}/{part}.json") or {} for part in sorted(wanted)}
    late = [part for part, marker in markers.items() if marker.get("fingerprint") != wanted[part]]
    _refuse_lost(store, {part: unit["file"] for unit in units.values() for part in unit["parts"] if part in set(late)})
    markers |= driver.run("list", [Task("list", part, (part, wanted[part])) for part in late])
    parts = [part for part, marker in markers.items() if marker["lines"]]
    told = digest("repeats", sorted(wanted.values()))
    of = count.partitions(sum(markers[part]["lines"] for part in parts), context.memory)
    done = store.read_json(repeats.DONE)
    if done is None or done["fingerprint"] != told or not repeats.there(store, done["of"]):
        store.remove(repeats.DONE)  # it would speak of files that are about to change
        tasks = [Task("repeat", f"{number:05d}", (number, of, parts)) for number in range(of)]
        done = {"fingerprint": told, "of": of, "counted": driver.run("repeat", tasks)}
        store.write_json(repeats.DONE, done)
        store.sweep(repeats.FOLDER, lambda name: name == repeats.DONE or int(Path(name).stem) < of)
    return count.frames(done["counted"])


def _refuse_lost(store: Store, files: Mapping[str, str]) -> None:
    """Stop where text parts that are needed again were dropped; ``files`` says where each came from."""
    lost = sorted({file for part, file in files.items() if not store.exists(f"work/text/{part}.parquet")})
    if lost:
        raise Stop(
            f"The text parts of {len(lost)} files are gone (work.keep=notes), and are needed again: {lost[0]}.",
            f"Remove {store.at('work/text')} and run again to read the sources anew.",
        )


def _lines_of(unit: dict[str, Any]) -> list[tuple[str, int]]:
    """The parts of a unit that have lines of a host, with how many."""
    return [(part, lines) for part, lines in zip(unit["parts"], unit["lines"], strict=True) if lines]


def _notes(
    driver: Driver,
    settings: Settings,
    units: dict[str, dict[str, Any]],
    frames: Mapping[str, Frame],
    repeated: Mapping[str, Frame],
    context: Context,
) -> Noted:
    """What is known of all notes parts."""
    store = driver.store
    noted = Noted()
    tasks = []
    needed: dict[str, str] = {}
    for key, unit in units.items():
        for part in unit["parts"]:
            frame, again = frames.get(part, Frame()), repeated.get(part, Frame())
            wanted = notes.fingerprint(part + unit["fingerprint"], settings, context.model, frame, again)
            marker = store.read_json(f"work/notes/{part}.json")
            there = all(store.exists(f"{folder}/{part}.parquet") for folder in notes.FOLDERS)
            if marker is not None and marker["fingerprint"] == wanted and there:
                noted.add(part, notes.state(marker))
            else:
                needed[part] = key
                tasks.append(
                    Task("notes", part, (part, wanted, frame, again), unit["tally"]["bytes"] // len(unit["parts"]) + 1)
                )
    _refuse_lost(store, {part: units[key]["file"] for part, key in needed.items()})
    driver.run("notes", tasks, len(noted.parts), True, lambda part, marker: noted.add(part, notes.state(marker)))
    for aside in driver.aside:
        if aside.step == "notes":
            unit = units[needed[aside.key]]
            aside.source, aside.unit = unit["source"], f"{unit['source']}/{unit['file']}"
    noted.parts = dict(sorted(noted.parts.items()))
    return noted


def _cluster(driver: Driver, settings: Settings, parts: dict[str, dict[str, Any]], context: Context) -> dict[str, Any]:
    """What is told of the clusters once they are found: see ``pipeline.steps.cluster``."""
    store = driver.store
    wanted = cluster.fingerprint([marker["fingerprint"] for marker in parts.values()], settings)
    done: dict[str, Any] | None = store.read_json(cluster.DONE)
    if done is not None and done["fingerprint"] == wanted and cluster.there(store, done):
        return done
    rows = {part: marker["rows"] for part, marker in parts.items()}
    made = cluster.plan(rows, settings, wanted, context.memory, driver.engine().workers)
    cluster.prepare(store, made)

    def run(step: str, works: Mapping[str, Any]) -> dict[str, Any]:
        """Run what has not written its file yet."""
        late = {file: work for file, work in works.items() if not store.exists(file)}
        return driver.run("cluster", [Task(step, file, work) for file, work in late.items()])

    blocks = range(len(made.blocks))
    run("spread", {cluster.file("keys", block): block for block in blocks})
    run("pair", {cluster.file("pairs", number): number for number in range(made.ranges if blocks else 0)})
    run("send", {cluster.file("sent", block): block for block in blocks})
    run("compare", {cluster.file("links", block): block for block in blocks})
    forest = ""
    for level in cluster.joins(made):
        run("join", level)
        forest = list(level)[-1]
    told = store.read_json(f"{forest}.json") if forest else None
    run("members", {cluster.file("members", block): (block, forest) for block in blocks})
    done = cluster.finish(wanted, told or {})
    works = {f"{cluster.CLUSTERS}/{number:05d}.parquet": (number, *span) for number, span in enumerate(done["files"])}
    store.sweep(cluster.CLUSTERS, lambda _: False)  # they belong to other documents
    run("gather", works)
    store.write_json(cluster.DONE, done)
    store.sweep(cluster.WORK, lambda name: name in {cluster.PLAN, cluster.DONE} or "/members/" in name)
    return done


def _missing(store: Store, folder: str, wanted: Mapping[str, str], product: str) -> list[str]:
    """The parts that have no file of ``product`` with a marker of this fingerprint."""
    return [
        part
        for part, fingerprint in wanted.items()
        if (store.read_json(f"work/{folder}/{part}.json") or {}).get("fingerprint") != fingerprint
        or not store.exists(f"{product}/{part}.parquet")
    ]


def _overlap(driver: Driver, parts: dict[str, dict[str, Any]], sets: str) -> dict[str, str]:
    """Of each part, what names the documents that hold something of an evaluation set."""
    wanted = {part: decontaminate.fingerprint(sets, marker["fingerprint"]) for part, marker in parts.items()}
    late = _missing(driver.store, "overlap", wanted, decontaminate.FOLDER)
    driver.run("overlap", [Task("overlap", part, (part, sets, wanted[part]), parts[part]["bytes"]) for part in late])
    return wanted


def _decide(
    driver: Driver,
    settings: Settings,
    parts: dict[str, dict[str, Any]],
    clusters: dict[str, Any],
    listed: str,
    held: Mapping[str, str],
    placed: Mapping[str, str],
    known: Mapping[str, Mapping[str, Any]],
) -> Settled:
    """What is known of the settled parts; ``held`` is what ``_overlap`` gave, and ``placed`` what ``sited.run`` did.

    ``known`` are the parts of snapshots before, of which all is decided.
    """
    store = driver.store
    judging = decide.judging(settings, listed) + (settings.decontaminate.action if held else "")
    of_part = {
        part: marker["fingerprint"] + held.get(part, "") + placed.get(part, "") for part, marker in parts.items()
    }

    if settings.quality.keep_share is not None:
        weighed = {part: weigh.fingerprint(judging, mine) for part, mine in of_part.items()}
        late = _missing(store, "weigh", weighed, "work/weigh")
        driver.run("weigh", [Task("weigh", part, (part, weighed[part]), parts[part]["rows"]) for part in late])
    best = weigh.limits(store, settings, parts)
    judged = {part: digest(judging, best, mine) for part, mine in of_part.items()}
    late = _missing(store, "judge", judged, "work/judge")
    driver.run("judge", [Task("judge", part, (part, judged[part]), parts[part]["rows"]) for part in late])
    earlier = [one["settled"] for one in known.values()]
    elected = decide.elect_fingerprint(settings, [*judged.values(), *earlier], clusters["fingerprint"])
    files = [f"{decide.ELECT}/{number:05d}.parquet" for number in range(len(clusters["files"]))]
    done = (store.read_json(decide.ELECTED) or {}).get("fingerprint") == elected
    if not done or not all(map(store.exists, files)):
        store.remove(decide.ELECT)
        blocks = range(len(cluster.planned(store).blocks) if settings.dedup.enabled else 0)
        driver.run("elect", [Task("stand", f"{block:05d}", (block, len(known))) for block in blocks])
        works = zip(files, enumerate(clusters["files"]), strict=True)
        driver.run("elect", [Task("elect", file, (number, *span)) for file, (number, span) in works])
        store.write_json(decide.ELECTED, {"fingerprint": elected})
        store.remove("work/stand")
    return _settle(driver, parts, known, {part: elected + judged[part] for part in parts}, len(files))


def _settle(
    driver: Driver,
    parts: Mapping[str, Mapping[str, Any]],
    known: Mapping[str, Mapping[str, Any]],
    wanted: dict[str, str],
    elected: int,
) -> Settled:
    """Join rules and clusters; ``wanted`` are the fingerprints of settled parts, ``elected`` counts files."""
    store, settled = driver.store, Settled(wanted)
    numbers = {part: number for number, part in enumerate([*known, *parts])}
    tasks = []
    for number, names in enumerate(settle.blocks({part: marker["rows"] for part, marker in parts.items()})):
        fingerprint = digest("settle", settle.VERSION, [(numbers[part], wanted[part]) for part in names])
        marker = store.read_json(f"{settle.MARKERS}/{number:05d}.json") or {}
        there = all(store.exists(f"{settle.VERDICTS}/{part}.parquet") for part in names)
        if there and marker.get("fingerprint") == fingerprint:
            settled.add(f"{number:05d}", marker)
            continue
        block = tuple(settle.Part(numbers[part], part, parts[part]["fingerprint"]) for part in names)
        work = settle.Work(f"{number:05d}", block, fingerprint, elected)
        tasks.append(Task("settle", work.name, work, sum(parts[part]["rows"] for part in names)))
    driver.run("settle", tasks, take=settled.add)
    return settled


def _crossings(
    driver: Driver,
    settled: Settled,
    clusters: Mapping[str, Any],
    known: Mapping[str, Mapping[str, Any]],
) -> list[dict[str, Any]]:
    """Pages found under two labels, as the manifest tells of them."""
    store = driver.store
    wanted = crossings.fingerprint(settled.fingerprints.values(), clusters["fingerprint"])
    parts = [*known, *settled.fingerprints]
    names = [f"{cluster.CLUSTERS}/{number:05d}.parquet" for number in range(len(clusters["files"]))]
    markers = {name: store.read_json(crossings.marker_of(name)) or {} for name in names}
    late = [name for name, marker in markers.items() if marker.get("fingerprint") != wanted]
    markers |= driver.run("settle", [Task("crossings", name, (name, parts, wanted)) for name in late])
    files = {crossings.marker_of(name) for name in names}
    store.sweep(crossings.FOLDER, files.__contains__)
    return crossings.told(markers.values())


def _published(markers: emit.Markers, trusts: Mapping[str, trust.Trust]) -> set[str]:
    """The labels with documents in their own folder: those that are only set apart are not published yet."""
    there = [(marker["label"], file) for file, marker in markers.items() if marker["rows"]]
    return {label for label, file in there if file.startswith(f"{trusts[label].folder}/{label}/")}


def _emit(
    driver: Driver,
    settings: Settings,
    parts: Mapping[str, Mapping[str, Any]],
    settled: Settled,
    roots: dict[str, str],
    weights: dict[str, dict[int, int]],
    snapshot: str,
    context: Context,
) -> emit.Markers:
    """Markers of all files of the snapshot, in the order planned; some tell that no id falls into them."""
    store = driver.store
    pieces = emit.plan(settled, settings, roots, weights, snapshot)
    done = emit.done(store, pieces)
    late = {piece: size for piece, size in pieces.items() if piece.file not in done}
    if late:
        store.remove("manifest.json")  # it would speak of files that are about to change
        works = emit.works(late, tuple(parts), driver.engine().workers)
        if exchange.many(len(parts), context.memory):
            works = emit.sorted_works(_exchange(driver, parts, late, context), works)
        tasks = [Task("emit", f"{work.pieces[0].file}..{work.pieces[-1].file}", work, size) for work, size in works]
        driver.run("emit", tasks, len(done))
    store.remove(exchange.SORTED)
    return emit.done(store, pieces)


def _exchange(
    driver: Driver, parts: Mapping[str, Mapping[str, Any]], late: Mapping[emit.Piece, int], context: Context
) -> exchange.Plan:
    """Sort the rows of the files that are to be written."""
    store = driver.store
    sizes = {part: (marker["rows"], marker["bytes"]) for part, marker in parts.items()}
    wanted = [(piece.file, piece.fingerprint, piece.target, size) for piece, size in late.items()]
    made = exchange.prepare(store, wanted, sizes, context.memory)
    levels = made.levels()
    there = [all(map(store.exists, level)) for level in levels]
    for number, level in enumerate(levels):
        if any(there[number:]):
            continue
        tasks = [
            Task("sort" if isinstance(work, exchange.Sort) else "merge", file, work)
            for file, work in level.items()
            if not store.exists(file)
        ]
        driver.run("exchange", tasks)
        for file in levels[number - 1] if number else ():
            store.remove(file)  # all of it lies in this level now
    return made


def _sweep(
    store: Store,
    settings: Settings,
    units: dict[str, dict[str, Any]],
    parts: dict[str, dict[str, Any]],
    known: set[str],
    caught: Container[str],
    files: set[str],
) -> None:
    """Remove what no longer belongs to the build: other cuts, other sources, labels that are gone.

    Of the parts ``known`` from snapshots before, only the index is needed.
    """
    names = set(parts)
    if settings.work.keep == "notes":
        for part in names:
            store.remove(f"work/text/{part}.parquet")
    markers = set(units) | {part for unit in units.values() for part in unit["parts"]}
    store.sweep("work/text", lambda name: Path(name).stem in markers)
    store.sweep("work/lines", lambda name: Path(name).stem in markers)
    store.sweep(repeats.LISTED, lambda name: Path(name).stem in markers and settings.dedup.paragraphs is not None)
    if settings.dedup.paragraphs is None:
        store.remove(repeats.FOLDER)
    for folder in ("work/notes", "work/overlap", decontaminate.FOLDER, "work/weigh", "work/judge", "work/place"):
        store.sweep(folder, lambda name: Path(name).stem in names)
    store.sweep(hosts.VISITED, lambda name: Path(name).stem in names or Path(name).stem in known)
    store.sweep(captures.FOLDER, lambda name: Path(name).stem in caught)
    for folder in ("index/signals", "index/signatures", "index/verdicts", hosts.PLACED):
        store.sweep(folder, lambda name: Path(name).stem in names or Path(name).stem in known)
    store.sweep("index/units", lambda name: store.exists(f"{snapshots.FOLDER}/{Path(name).stem}.json"))
    if not files.issuperset([*store.files("data"), *store.files("removed")]):
        store.remove("manifest.json")  # it would speak of files that are about to go
    store.sweep("data", files.__contains__)
    store.sweep("removed", files.__contains__)
