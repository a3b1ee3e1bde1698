"""The front matter of a card: what the hub and the library datasets read of it, as YAML."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from manifests import licences
from pipeline.release.card.facts import Facts, Published

SIZES = ("n<1K", "1K<n<10K", "10K<n<100K", "100K<n<1M", "1M<n<10M", "10M<n<100M", "100M<n<1B", "1B<n<10B")
"""What the hub calls numbers of documents, each ten times the one before; larger ones follow."""
LARGE_SIZES = ("10B<n<100B", "100B<n<1T", "n>1T")
NAMED = 3
"""Licences that the name of a mix names."""
NO_LANGUAGE = frozenset({"und", "zxx", "mis", "mul"})
"""Codes of ISO 639-3 that stand for no language, which the hub does not want."""
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./*+<>-]*")
_WORDS_OF_YAML = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})


def front(facts: Facts) -> dict[str, Any]:
    """The metadata, in the order shown."""
    codes = sorted({code for one in facts.published if (code := _code(one))})
    return {
        "pretty_name": facts.name,
        "language": codes,
        "language_bcp47": sorted({one.language.bcp47 for one in facts.published if _code(one)}),
        **_licence(facts.licences),
        "multilinguality": ["multilingual" if len(codes) > 1 else "monolingual"],
        "size_categories": [_size(facts.documents)],
        "task_categories": ["text-generation", "fill-mask"],
        "annotations_creators": ["machine-generated"],
        "language_creators": ["found"],
        "tags": ["corpus", "pretraining", "multilingual", "deduplicated", "language-identification"],
        "configs": list(_configs(facts)),
    }


def _code(one: Published) -> str:
    """What the hub calls the language: the two letters where there are such, else three; empty where it is none."""
    code = one.language.iso639_1 or one.language.code
    return code if re.fullmatch(r"[a-z]{2,3}", code) and code not in NO_LANGUAGE else ""


def _size(documents: int) -> str:
    names = (*SIZES, *LARGE_SIZES)
    return names[min(max(0, len(str(documents)) - 3), len(names) - 1)]


def _licence(found: Mapping[str, int]) -> dict[str, str]:
    names = [name for name in found if name]
    if not names:
        return {"license": "unknown"}
    known = [licences.licences().get(name) for name in names]
    if len(found) == 1 and known[0] and known[0].hub:
        return {"license": known[0].hub}
    short = [re.sub(r"[^a-z0-9.]+", "-", name.casefold()).strip("-.") for name in names]
    more = ["others"] if len(found) > NAMED else []
    return {"license": "other", "license_name": "-and-".join([*short[:NAMED], *more]) or "several"}


def _configs(facts: Facts) -> Iterator[dict[str, Any]]:
    if any(one.folder == "data" for one in facts.published):
        yield {"config_name": "default", "default": True, "data_files": _files("data/*/*.parquet")}
    for one in (*facts.published, *facts.removed):
        yield {"config_name": one.config, "data_files": _files(one.pattern)}


def _files(pattern: str) -> list[dict[str, str]]:
    return [{"split": "train", "path": pattern}]


def yaml(values: Mapping[str, Any]) -> str:
    """Plain values as YAML, of which this writes what a card needs: mappings, lists, strings, numbers, yes and no."""
    return "".join(line + "\n" for name, value in values.items() for line in _lines(name, value))


def _lines(name: str, value: Any) -> Iterator[str]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        yield f"{name}: {_scalar(value)}"
        return
    yield f"{name}:" if value else f"{name}: []"
    for entry in value:
        if isinstance(entry, Mapping):
            inner = [line for key, one in entry.items() for line in _lines(key, one)]
            yield f"- {inner[0]}"
            yield from (f"  {line}" for line in inner[1:])
        else:
            yield f"- {_scalar(entry)}"


def _scalar(value: Any) -> str:
    """As it stands where YAML would read it so, else as JSON writes it, which YAML reads too."""
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.casefold() not in _WORDS_OF_YAML:
        return value
    return json.dumps(value, ensure_ascii=False)
