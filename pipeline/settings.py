"""Everything a build can be told, checked at the door; each step's fingerprint is made of the fields it reads."""

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, get_args

import xxhash
from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator, model_validator

from manifests import licences
from manifests.errors import Stop
from manifests.layouts import layout
from manifests.names import resolve
from pipeline.consent.agents import TRAINING
from pipeline.extract.extractors import Mode
from pipeline.read.record import TextUnit

Heeded = Literal["robots.txt", "tdmrep.json", "ai.txt", "header", "meta"]
"""Where somebody may say that he does not want to be learnt from: files of a site, headers of an answer, a page."""
Directive = Literal["noai", "noml", "notrain", "noarchive", "noindex", "none", "tdm-reservation"]
"""Words by which pages say so."""


def between_commas(told: str) -> tuple[str, ...]:
    """What stands between commas, without blanks around it; nothing where nothing does."""
    return tuple(filter(None, map(str.strip, told.split(","))))


class _Checked(BaseModel):
    """Frozen, and a name that nobody knows is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class FieldNames(_Checked):
    """Where JSON lines and Parquet hold what a document needs; dots reach into nested objects."""

    text: str = Field("text", description="the text of the document")
    id: str = Field("id", description="the record's own id, kept as source_id")
    url: str = Field("url", description="where the text was found")
    date: str = Field("date", description="when it was fetched or written")
    dump: str = Field("dump", description="the crawl or edition it belongs to")
    licence: str = Field("license", description="the licence of this one document")
    group: str = Field("group", description="what ties versions of one document together, such as a talk or chapter")
    language: str = Field("", description="the language as the corpus names it, which is held against what is found")


class Read(_Checked):
    """How sources are read."""

    text: TextUnit = Field(
        "file", description="plain text: a document is the file, a line, or a block between blank lines"
    )
    layout: str | None = Field(None, description="the corpus that all sources are of, such as oscar or cc100")
    aligned: Literal["pairs", "names", "folder"] = Field(
        "pairs",
        description="plain files aligned line by line: BASE.en-sw.en and BASE.en-sw.sw; all named alike but for a "
        "language; all of a folder",
    )
    segments: int = Field(
        20, ge=1, le=10_000, description="parallel text without talks: aligned segments that make one document"
    )
    fields: FieldNames = FieldNames()
    namespaces: tuple[int, ...] = Field(
        (0,), description="of dumps of wikis, the namespaces that are read; 0: articles"
    )
    max_record_bytes: int = Field(64 << 20, ge=1 << 10, description="a larger record is skipped")

    @field_validator("layout")
    @classmethod
    def _known(cls, name: str | None) -> str | None:
        return name and layout(name).name


class Extract(_Checked):
    """How a page becomes text."""

    engine: Literal["trafilatura", "kernel", "resiliparse"] = Field(
        "kernel", description="extractor: kernel (our own), trafilatura (as FineWeb2 sets it) or resiliparse"
    )
    mode: Mode = Field(
        "balanced",
        description="kernel asks trafilatura: fast (never), balanced (where it is unsure), quality (also in doubt)",
    )
    cpu_seconds: float = Field(
        60.0, ge=60.0, description="safety net: CPU a page may take before its process is killed"
    )


class Boilerplate(_Checked):
    """Which lines are the frame of a site and no part of its texts."""

    enabled: bool = Field(True, description="cut lines that documents of one host share")
    min_documents: int = Field(3, ge=2, le=16, description="different documents of a host that have such a line")


class Plan(_Checked):
    """How work is cut."""

    unit_bytes: int = Field(64 << 20, ge=64 << 10, description="most text a part holds, in bytes")


class Dedup(_Checked):
    """When two documents are the same."""

    enabled: bool = Field(True, description="remove all but the canonical of a cluster; false still finds clusters")
    threshold: float | None = Field(
        None, gt=0.0, le=1.0, description="least estimated Jaccard of a duplicate; brings its own bands and rows"
    )
    bands: int | None = Field(None, ge=1, le=128, description="bands of the signature")
    rows: int | None = Field(None, ge=1, le=128, description="values a band holds")
    shingle: int = Field(5, ge=1, le=64, description="words (or characters) a shingle holds")
    unit: Literal["word", "char"] = Field("word", description="what shingles are made of: word or char")
    seed: int = Field(1, ge=0, description="seed of the permutations")
    scope: Literal["global", "source", "dump"] = Field(
        "global", description="documents are compared with all others, those of their source, or of their dump"
    )
    paragraphs: int | None = Field(
        None, ge=5, description="cut paragraphs of so many words from all documents but the first that has them"
    )


class Rehydrate(_Checked):
    """How often documents that had copies are worth repeating."""

    max_repeats: int = Field(10, ge=1, le=100, description="weight of the cluster size that rules remove least of")
    confidence: float = Field(
        0.95, ge=0.0, lt=1.0, description="a size weighs more than 1 where so sure that it is better; 0 asks for none"
    )


class Urls(_Checked):
    """Places whose documents are left out."""

    lists: tuple[str, ...] = Field(
        (), description="lists of hosts: files, UT1 folders, datatrove; malware=FILE says what of (adult, gambling)"
    )
    allow: tuple[str, ...] = Field((), description="lists of hosts that stay though listed")

    @field_validator("lists", "allow", mode="before")
    @classmethod
    def _several(cls, told: Any) -> Any:
        return between_commas(told) if isinstance(told, str) else told


class Consent(_Checked):
    """Who does not want to be learnt from."""

    heed: tuple[Heeded, ...] = Field(get_args(Heeded), description="where a no is looked for; empty for nowhere")
    agents: tuple[str, ...] = Field(
        TRAINING, description="names that stand for training: a no to one of them is one to us"
    )
    crawler: str = Field(
        "*", description="who fetched the archives, as robots.txt may name it; * for anybody, empty for nobody"
    )
    directives: tuple[Directive, ...] = Field(
        ("noai", "noml", "notrain", "noarchive", "tdm-reservation"), description="words of pages that are a no"
    )
    exclude: tuple[str, ...] = Field((), description="lists of hosts and URLs to leave out, as for urls.lists")

    @field_validator("heed", "agents", "directives", "exclude", mode="before")
    @classmethod
    def _several(cls, told: Any) -> Any:
        return between_commas(told) if isinstance(told, str) else told

    @field_validator("agents")
    @classmethod
    def _lower(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name.lower() for name in names)


class Banned(_Checked):
    """Words that a document must not say."""

    files: dict[str, str] = Field(
        default_factory=dict, description="by language, or all: banned.files.swh=FILE, a word or phrase a line"
    )


class Quality(_Checked):
    """A classifier whose answer is a signal."""

    model: str | None = Field(None, description="a fastText classifier; corpus quality train makes one")
    label: str = Field("positive", description="the model's label whose probability is the signal quality")
    keep_share: float | None = Field(
        None, gt=0.0, le=1.0, description="of each label's documents that pass all other rules, the best that stay"
    )

    @model_validator(mode="after")
    def _whole(self) -> "Quality":
        if self.keep_share is not None and self.model is None:
            raise Stop("quality.keep_share asks for a model.", "Name one: --set quality.model=PATH")
        return self


class Work(_Checked):
    """What stays of the intermediate files."""

    keep: Literal["all", "notes"] = Field("all", description="notes: drop text parts once they are noted")


class Output(_Checked):
    """How results are cut."""

    shard_bytes: int = Field(256 << 20, ge=1 << 16, description="text a shard holds at most, about, in bytes")


class Source(_Checked):
    """A declared input."""

    path: str = Field(description="a file, a folder, a glob or a URL")
    name: str = Field("", description="part of every id; the last part of the path unless told")
    licence: str | None = Field(None, description="licence of every document that names none itself")
    terms: str | None = Field(None, description="what else its publisher asks for, in words or as an address")
    fields: FieldNames | None = Field(None, description="field names of this source alone")
    layout: str | None = Field(None, description="the corpus whose files these are, such as oscar or cc100")
    aligned: Literal["pairs", "names", "folder"] | None = Field(
        None, description="which of its plain files are aligned, where read.aligned is not to be asked"
    )
    segments: int | None = Field(
        None, ge=1, le=10_000, description="its aligned segments to a document, where read.segments is not to be asked"
    )

    @field_validator("layout")
    @classmethod
    def _known(cls, name: str | None) -> str | None:
        return name and layout(name).name


class Decontaminate(_Checked):
    """Evaluation sets that are not to be trained on."""

    sources: tuple[Source, ...] = Field((), description="evaluation sets, as sources are told; or paths with commas")
    words: int = Field(13, ge=2, le=64, description="words in a row that tell a text again; of clusters twice as many")
    action: Literal["remove", "flag"] = Field(
        "remove", description="what becomes of documents that hold some: removed, or named in evaluation_set"
    )

    @field_validator("sources", mode="before")
    @classmethod
    def _named(cls, told: Any) -> Any:
        several = between_commas(told) if isinstance(told, str) else told
        return tuple(_declared(one) for one in several) if isinstance(several, list | tuple) else several

    @model_validator(mode="after")
    def _apart(self) -> "Decontaminate":
        names = [source.name for source in self.sources]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise Stop(
                f"Two evaluation sets are named {twice[0]!r}.",
                'Name them apart: [[decontaminate.sources]] name = "..." path = "..."',
            )
        return self


def _declared(one: Any) -> Any:
    """A source from its path, or from a table that need not name it."""
    if isinstance(one, str):
        return source_of(one)
    if isinstance(one, Mapping) and not one.get("name") and isinstance(one.get("path"), str):
        return {**one, "name": source_of(one["path"]).name}
    return one


class Settings(_Checked):
    """One build."""

    sources: tuple[Source, ...] = ()
    langs: tuple[str, ...] = Field(("all",), description="labels, or any other names of languages; all for every one")
    licences: tuple[str, ...] = Field(
        ("all",), description="identifiers of SPDX, or kinds of licences: permissive, share-alike; all for any"
    )
    merge_macro: bool = Field(False, description="publish languages under their macro language: arz_Arab as ara_Arab")
    harmonise: str | None = Field(
        None, description="a TSV file of labels to publish under others, over the shipped one"
    )
    lid: str = Field("builtin", description="identification model: builtin, lid176, glotlid or a fastText file")
    lid_floor: float = Field(
        0.7, ge=0.0, le=1.0, description="a label expected to be right less often goes to data/unverified"
    )
    rules: str = Field("default", description="the set of rules that documents are held to")
    words: Literal["orthographic", "whitespace"] = Field("orthographic", description="what counts as a word")
    limits: str | None = Field(None, description="a TOML file of limits laid over the shipped ones")
    stop_words: str | None = Field(None, description="a TSV file of stop words laid over the shipped ones")
    filters: dict[str, float | bool | dict[str, float | bool]] = Field(
        default_factory=dict, description="single limits: filters.min_words=30, filters.swh_Latn.min_words=20"
    )
    pii: Literal["mask", "annotate", "keep"] = Field(
        "mask",
        description="personal data: a mark in its place, left with its places in the column pii, or left",
    )
    read: Read = Read()
    extract: Extract = Extract()
    boilerplate: Boilerplate = Boilerplate()
    plan: Plan = Plan()
    urls: Urls = Urls()
    consent: Consent = Consent()
    banned: Banned = Banned()
    quality: Quality = Quality()
    dedup: Dedup = Dedup()
    rehydrate: Rehydrate = Rehydrate()
    decontaminate: Decontaminate = Decontaminate()
    work: Work = Work()
    output: Output = Output()

    @field_validator("langs")
    @classmethod
    def _labels(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        """The labels that the names stand for; Stop lists the nearest to a name that nobody has."""
        if "all" in names:
            return ("all",)
        if not names:
            raise Stop("No language is asked for.", "--langs all, or names with commas between: --langs swh,fra")
        return tuple(sorted({label for name in names for label in resolve(name)}))

    @field_validator("decontaminate", mode="before")
    @classmethod
    def _sets(cls, told: Any) -> Any:
        """A path alone names the sets."""
        return {"sources": told} if isinstance(told, str | list | tuple) else told

    @field_validator("licences", mode="before")
    @classmethod
    def _several(cls, told: Any) -> Any:
        return between_commas(told) if isinstance(told, str) else told

    @field_validator("licences")
    @classmethod
    def _licences(cls, names: tuple[str, ...], told: ValidationInfo) -> tuple[str, ...]:
        """Kinds and identifiers that the names stand for; Stop lists the nearest to one that nobody has."""
        if "all" in names:
            return ("all",)
        if not names:
            raise Stop(
                "No licence is asked for.", "--licences all, or names with commas between: --licences permissive"
            )
        borne = [source.licence for source in told.data.get("sources", ()) if source.licence]
        return licences.checked(names, borne)

    @model_validator(mode="after")
    def _distinct(self) -> "Settings":
        names = [source.name for source in self.sources]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise Stop(
                f"Two sources are named {twice[0]!r}: their documents would share ids.",
                'Name them apart in a TOML file: [[sources]] name = "..." path = "...", then --config FILE.',
            )
        return self


def digest(*values: object) -> str:
    """A short name for plain values: equal values give equal names on every machine."""
    text = json.dumps(values, sort_keys=True, ensure_ascii=False, default=str)
    return xxhash.xxh3_128_hexdigest(text.encode())


def source_of(path: str) -> Source:
    """A source as named on the command line: its name is the last part of its path."""
    shown = without_secrets(path)
    trimmed = shown.rstrip("/")
    return Source(path=path, name=trimmed.rsplit("/", 1)[-1] or trimmed)


def without_secrets(path: str) -> str:
    """A path or URL as it may be published: without user, password and query, which is where keys stand."""
    scheme, mark, rest = path.partition("://")
    if not mark:
        return path
    host, slash, place = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2].partition('?')[0]}{slash}{place.partition('?')[0]}"


def scrubbed(text: str) -> str:
    """A message as it may be published: its URLs without secrets."""
    return re.sub(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s'\"<>]+", lambda url: without_secrets(url[0]), text)


def _scalar(text: str) -> Any:
    """A value as TOML reads it; what TOML does not read is a plain string."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _put(tree: dict[str, Any], dotted: str, value: Any) -> None:
    *path, last = dotted.split(".")
    for part in path:
        inner = tree.setdefault(part, {})
        if not isinstance(inner, dict):
            raise Stop(
                f"--set {dotted}: {part} is a value, not a group of settings.", "The README lists every setting."
            )
        tree = inner
    tree[last] = value


def _listed(found: Any) -> list[Any]:
    return found if isinstance(found, list) else [found]


def _said(error: ValidationError) -> str:
    lines = []
    for problem in error.errors():
        place = ".".join(str(part) for part in problem["loc"])
        if problem["type"] == "extra_forbidden":
            lines.append(f"There is no setting {place!r}")
            continue
        lines.append(f"{place or 'settings'}: {problem['msg'].lower()} (found {problem['input']!r})")
    return "; ".join(lines)


def load(
    sources: Iterable[str] = (),
    config: Path | None = None,
    assignments: Iterable[str] = (),
    **told: Any,
) -> Settings:
    """Settings from a TOML file, laid over by ``--set`` assignments and by options; Stop names what is wrong."""
    tree: dict[str, Any] = {}
    if config is not None:
        try:
            tree = tomllib.loads(config.read_text(encoding="utf-8"))
        except OSError as error:
            raise Stop(f"Cannot read {config}: {error.strerror}.", "Check the path given to --config.") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise Stop(f"{config} is not TOML: {error}.", "Mend the file; the README shows an example.") from None
    for assignment in assignments:
        name, sign, value = assignment.partition("=")
        if not sign or not name:
            raise Stop(
                f"--set {assignment}: no value.", "Write it as --set NAME=VALUE, for example --set filters.min_words=30"
            )
        _put(tree, name.strip(), _scalar(value.strip()))
    tree.update({name: value for name, value in told.items() if value is not None})
    if strange := [entry for entry in _listed(tree.get("sources", [])) if not isinstance(entry, Mapping)]:
        raise Stop(f"{strange[0]!r} is not a source.", 'Write each as a table: [[sources]] path = "..."')
    declared = [
        {**entry, "name": entry.get("name") or source_of(str(entry.get("path", ""))).name}
        for entry in _listed(tree.get("sources", []))
    ]
    tree["sources"] = [*declared, *(source_of(path).model_dump() for path in sources)]
    try:
        return Settings.model_validate(tree)
    except ValidationError as error:
        raise Stop(_said(error), "The README lists every setting; --set NAME=VALUE changes one.") from None


_SIZES = {
    "": 1,
    "B": 1,
    "K": 10**3,
    "KB": 10**3,
    "M": 10**6,
    "MB": 10**6,
    "G": 10**9,
    "GB": 10**9,
    "T": 10**12,
    "TB": 10**12,
}


def size(text: str) -> int:
    """Bytes of a size as people write it: 512MB, 8GB, 1.5G."""
    number = text.strip().rstrip("BKMGTbkmgt ")
    unit = text.strip()[len(number) :].strip().upper()
    try:
        return int(float(number) * _SIZES[unit])
    except (ValueError, KeyError, OverflowError):
        raise Stop(f"{text!r} is not a size.", "Write it as 512MB or 8GB.") from None
