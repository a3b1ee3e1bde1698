"""The text of a card, for people, and its writing."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from filters.rules import RULES
from manifests import licences
from manifests.limits import KNOWN
from pipeline.release.card.facts import Facts, Published, gather
from pipeline.release.card.front import front, yaml
from pipeline.release.record import removes_copies
from pipeline.steps import heed
from pipeline.store import Store

PLACE = "README.md"
SHOWN = 25
"""Rows of tables that do not have to be whole."""
_MEANINGS = {
    **{rule.name: KNOWN[rule.limit].meaning for rule in RULES},
    "not_in_langs": "in a language that was not asked for",
    "takedown": "taken down",
    "licence": "under a licence that was not asked for",
    **heed.MEANINGS,
    "exact_duplicate": "the same normal form as a document that stays",
    "near_duplicate": "estimated Jaccard similarity with a document that stays",
}
_SIZES = ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"))
_PRIVATE = {
    "mask": "e-mail addresses, telephone numbers, IP addresses and account numbers were replaced by marks",
    "annotate": "personal data was found and left in the text; the column `pii` has its places",
    "keep": "personal data was left in the text",
}


def write(
    store: Store, manifest: Mapping[str, Any], name: str = "", place: str = "", with_removed: bool = False
) -> Facts:
    """Write OUT/README.md, and give what it was made of."""
    facts = gather(store, manifest, name, place, with_removed)
    with store.aside(PLACE) as draft:
        draft.write_text(text(facts), encoding="utf-8")
    return facts


def text(facts: Facts) -> str:
    """The whole card."""
    sections = (_about, _loading, _made, _languages, _audits, _sources, _private, _mixture, _limits, _citing)
    told = [block for section in sections for block in section(facts)]
    return f"---\n{yaml(front(facts))}---\n\n" + "\n\n".join(told) + "\n"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; heads that end in a colon are of numbers."""
    marks = ["---:" if head.endswith(":") else "---" for head in heads]
    lines = [[head.removesuffix(":") for head in heads], marks, *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _safe(text: str) -> str:
    """Foreign words that mean nothing to Markdown or HTML."""
    for sign, told in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("|", "&#124;"), ("`", "&#96;"), ("[", "&#91;")):
        text = text.replace(sign, told)
    return "".join(f"\\{sign}" if sign in "*_" else sign for sign in " ".join(text.split()))


def _size(number: float) -> str:
    for unit, name in _SIZES:
        if number >= unit:
            return f"{number / unit:,.1f} {name}"
    return f"{number:,.0f} B"


def _of(part: float, whole: float) -> str:
    return f"{part / whole:.1%}" if whole else ""


def _total(facts: Facts) -> tuple[int, int, int]:
    """Records, documents, kept."""
    reading = facts.manifest["reading"].values()
    return sum(one["records"] for one in reading), sum(one["documents"] for one in reading), facts.documents


_DUPLICATES = {
    True: "near-duplicates were removed",
    False: "near-duplicates are left in: those that share a `cluster_id` are alike",
}
"""What became of them, by the setting."""


def _about(facts: Facts) -> Iterator[str]:
    yield f"# {_safe(facts.name)}"
    verified = [one for one in facts.published if one.folder == "data"]
    apart = [one for one in facts.published if one.folder != "data"]
    size = _size(sum(one.text_bytes for one in facts.published))
    told = (
        f"Text for training language models: {facts.documents:,} documents, {size} in UTF-8, in {len(facts.published)} "
        "labels, each a language in a script. Language was identified, what is not worth keeping was removed by rules "
        f"whose limits depend on the language, and {_DUPLICATES[removes_copies(facts.manifest)]}."
    )
    if apart:
        count = sum(one.documents for one in apart)
        told += (
            f" {len(verified)} labels are published as they are; {len(apart)} ({count:,} documents) are "
            "**unverified**: expected to be wrong often. Look at some before you train on them."
        )
    yield told
    if facts.report:
        yield "`report.html` beside this page shows it all in charts, with examples of what was kept and removed."


def _loading(facts: Facts) -> Iterator[str]:
    first = max(facts.published, key=lambda one: (one.folder == "data", one.documents), default=None)
    if first is None:
        return
    yield "## How to load it"
    lines = ["from datasets import load_dataset", ""]
    lines.append(f'load_dataset("{facts.place}", "{first.config}", split="train")  # {first.language.name}')
    if any(one.folder == "data" for one in facts.published):
        lines.append(f'load_dataset("{facts.place}", split="train", streaming=True)  # all but the unverified')
    for one in [one for one in facts.published if one.folder != "data"][:1]:
        lines.append(f'load_dataset("{facts.place}", "{one.config}", split="train")  # an unverified label')
    for one in facts.removed[:1]:
        lines.append(f'load_dataset("{facts.place}", "{one.config}", split="train")  # what was removed, and why')
    yield "\n".join(["```python", *lines, "```"])
    yield (
        "Each config is a label. Columns are named as in FineWeb2: `text`, `id` (32 hexadecimal digits), `url`, "
        "`date`, `language`, `language_script`, `language_score`, `minhash_cluster_size`, `licence` and others. "
        "Documents lie in the order of their ids, which are hashes: any piece of a file is a random sample of it."
    )


def _made(facts: Facts) -> Iterator[str]:
    manifest = facts.manifest
    settings, model = manifest["settings"], manifest["model"]
    records, documents, kept = _total(facts)
    rules: Counter[str] = Counter()
    for labels in manifest["counts"].values():
        for counts in labels.values():
            rules.update(counts)
    rules.pop("kept", None)
    skipped: Counter[str] = Counter()
    for told in manifest["reading"].values():
        skipped.update(told["skipped"])
    yield "## How it was made"
    yield (
        f"{records:,} records were read. {sum(skipped.values()):,} gave no document, {sum(rules.values()):,} documents "
        f"were removed, {kept:,} are kept ({_of(kept, documents)} of {documents:,})."
    )
    rows = [[f"`{name}`", "skipped when read", f"{count:,}", ""] for name, count in skipped.most_common()]
    rows += [
        [f"`{name}`", _safe(_MEANINGS.get(name, "")), f"{count:,}", _of(count, documents)]
        for name, count in sorted(rules.items(), key=lambda item: (-item[1], item[0]))
    ]
    yield _table(["rule", "what is measured", "records:", "of documents:"], rows)
    yield (
        f"Rules: the set `{settings['rules']}`, limits {manifest['limits_digest'][:12]}. "
        f"Identification: `{_safe(model['name'])}` ({_safe(model['licence'])}, sha256 {model['sha256'][:12]}). "
        f"Settings {manifest['settings_digest'][:12]}. `manifest.json` has all of them, each file with its checksums, "
        f"and the versions of what made them: {', '.join(f'{n} {v}' for n, v in manifest['versions'].items())}."
    )


def _languages(facts: Facts) -> Iterator[str]:
    yield "## Languages"
    yield (
        "The expected precision is an estimate of which share of a label's documents is truly in it, with an interval "
        "that should hold the truth 9 times in 10. Supported is what the card of the model says of the label."
    )
    heads = ["label", "name", "documents:", "text:", "expected precision:", "interval:", "supported", "config"]
    yield _table(heads, map(_row, facts.published, [facts.manifest.get("labels", {})] * len(facts.published)))


def _row(one: Published, labels: Mapping[str, Any]) -> list[str]:
    trust = labels.get(one.label) or {}
    precision, interval = trust.get("expected_precision"), trust.get("precision_interval")
    return [
        f"`{one.label}`",
        _safe(one.language.name),
        f"{one.documents:,}",
        _size(one.text_bytes),
        "" if precision is None else f"{precision:.3f}",
        "" if not interval else f"{interval[0]:.2f} to {interval[1]:.2f}",
        {True: "yes", False: "no", None: ""}[trust.get("supported")],
        f"`{one.config}`",
    ]


def _audits(facts: Facts) -> Iterator[str]:
    if not facts.audits:
        return
    yield "## Audits"
    yield "People read a random sample of these labels and said of each document whether it is in the language."
    rows = [
        [
            f"`{one['label']}`",
            f"{one['documents']:,}",
            f"{one['people']}",
            f"{one['share']:.3f}",
            f"{one['interval'][0]:.3f} to {one['interval'][1]:.3f}",
            "" if one["agreement"] is None else f"{one['agreement']:.3f}",
            "" if one["kappa"] is None else f"{one['kappa']:.3f}",
        ]
        for one in sorted(facts.audits, key=lambda told: str(told["label"]))
    ]
    heads = ["label", "documents:", "people:", "in the language:", "95 % interval:", "agreement:", "kappa:"]
    yield _table(heads, rows)


def _sources(facts: Facts) -> Iterator[str]:
    manifest = facts.manifest
    snapshots = manifest.get("snapshots", [manifest])
    declared = {one["name"]: one for told in snapshots for one in told["settings"]["sources"]}
    kept = {
        name: sum(rules.get("kept", 0) for rules in manifest["counts"].get(name, {}).values())
        for name in manifest["reading"]
    }
    total = sum(kept.values())
    yield "## Sources and licences"
    rows = [
        [
            _safe(name),
            _safe(licences.called(declared.get(name, {}).get("licence")) or "not told"),
            _safe(declared.get(name, {}).get("terms") or ""),
            f"{count:,}",
            _of(count, total),
        ]
        for name, count in sorted(kept.items(), key=lambda item: (-item[1], item[0]))
    ]
    yield _table(["source", "declared licence", "terms", "documents:", "share:"], rows)
    counted = facts.licences
    yield (
        "Each document bears its licence, where one is known, in the column `licence`; its author's rights are not "
        "changed by this collection. The kinds below are ours and no legal advice."
    )
    rows = [
        [_safe(name or "none told"), licences.kind_of(name), f"{count:,}", _of(count, sum(counted.values()))]
        for name, count in counted.items()
    ]
    yield _table(["licence", "kind", "documents:", "share:"], rows[:SHOWN])
    if len(rows) > SHOWN:
        yield f"and {len(rows) - SHOWN:,} more in `manifest.json`."
    yield "### Concentration"
    yield from _by_place(facts) if facts.origins else _by_source(facts)


def _by_place(facts: Facts) -> Iterator[str]:
    """As the report told it: hosts, and kinds of text that small languages have much of."""
    alone = sum(one["largest"][1] > 0.9 for one in facts.origins.values())
    yield (
        f"{alone:,} of {len(facts.origins):,} labels have more than nine tenths of their text from one place: a host, "
        "or a source where documents name none. The table tells with how many equal places a label would be as "
        "concentrated (1 / sum of squared shares). Shares are of bytes of text, of large labels told from a sample. "
        "Religious and encyclopaedic text is told by names of hosts and sources, or by verse and note numbers all "
        "over a text: much of it bears neither, so both are lower bounds."
    )
    rows = []
    for label, told in sorted(facts.origins.items()):
        name, share = told["largest"]
        place = f"{name[1:]} (source)" if name.startswith(":") else name
        kinds = [f"{told[kind]:.1%}" for kind in ("religious", "encyclopaedic")]
        rows.append([f"`{label}`", f"{told['places']:,}", f"{1 / told['index']:.1f}", _safe(place), f"{share:.1%}"])
        rows[-1] += kinds
    heads = ["label", "places:", "as many as:", "largest place", "its share:", "religious:", "encyclopaedic:"]
    yield _table(heads, rows)


def _by_source(facts: Facts) -> Iterator[str]:
    sources = facts.by_source()
    alone = [label for label, counts in sources.items() if max(counts.values()) > 0.9 * counts.total()]
    yield (
        f"{len(alone):,} of {len(sources):,} labels have more than nine tenths of their documents from one source. "
        "Of the largest labels, with how many equal sources would be as concentrated (1 / sum of squared shares). "
        "`corpus report` looks at hosts too, and at religious and encyclopaedic text."
    )
    largest = sorted(sources.items(), key=lambda item: (-item[1].total(), item[0]))[:SHOWN]
    rows = []
    for label, counts in largest:
        (name, count), whole = counts.most_common(1)[0], counts.total()
        effective = whole**2 / sum(part**2 for part in counts.values())
        rows.append([f"`{label}`", f"{len(counts)}", f"{effective:.1f}", _safe(name), _of(count, whole)])
    yield _table(["label", "sources:", "as many as:", "largest source", "its share:"], rows)


def _private(facts: Facts) -> Iterator[str]:
    told = facts.manifest["settings"].get("pii", "mask")
    kinds: Counter[str] = Counter()
    for counts in facts.manifest.get("personal_data", {}).values():
        kinds.update(counts)
    yield "## Personal data"
    found = ", ".join(f"{name} {count:,}" for name, count in kinds.most_common()) or "none"
    yield (
        f"By patterns and check digits, {_PRIVATE[told]}; what was found in all documents that were read: {found}. "
        "Names, addresses and what people tell of themselves are not looked for and will be in the text."
    )


def _mixture(facts: Facts) -> Iterator[str]:
    if not facts.mixture:
        return
    recipe, labels = facts.mixture["recipe"], facts.mixture["labels"]
    yield "## Mixture"
    yield (
        f"`sample/mixture.json` tells a trainer how often to draw each document: strategy {_safe(recipe['strategy'])}, "
        f"sizes in {_safe(recipe['unit'])}, seed {recipe['seed']}. The largest shares:"
    )
    largest = sorted(labels.items(), key=lambda item: (-item[1]["share"], item[0]))[:SHOWN]
    rows = [[f"`{name}`", f"{one['share']:.2%}", f"{one['epochs']:.2f}", f"{one['draws']:,}"] for name, one in largest]
    yield _table(["label", "share:", "epochs:", "documents drawn:"], rows)


def _limits(facts: Facts) -> Iterator[str]:
    labels: Mapping[str, Any] = facts.manifest.get("labels", {})
    doubted = sorted(
        (one for one in facts.published if (labels.get(one.label) or {}).get("expected_precision") is not None),
        key=lambda one: (labels[one.label]["expected_precision"], one.label),
    )
    yield "## Known limits"
    points = [
        "Languages are told by a model. Close relatives are taken for each other, and rare ones have documents of "
        "common ones among them: see the expected precision above.",
        "Rules judge form, not truth: what is wrong, hateful or out of date is not removed by them.",
        "Near-duplicates are told by shingles of words: translations and retellings are none.",
        "Small languages come from few sources, often scripture, encyclopaedias and software.",
    ]
    if doubted and labels[doubted[0].label]["expected_precision"] < 0.9:
        worst = ", ".join(f"`{one.label}` ({labels[one.label]['expected_precision']:.2f})" for one in doubted[:10])
        points.append(f"The labels most likely to be wrong: {worst}.")
    points += [_safe(str(warning)) for warning in facts.manifest.get("warnings", [])[:SHOWN]]
    if aside := facts.manifest.get("set_aside"):
        points.append(
            f"{len(aside):,} pieces of the sources could not be read and are missing; the manifest names them."
        )
    yield "\n".join(f"- {point}" for point in points)


def _citing(facts: Facts) -> Iterator[str]:
    yield "## Removal, and citing"
    yield "Ask for the removal of a document with its `id` or `url`, where this dataset is published."
    key = "".join(sign for sign in facts.name.casefold() if sign.isascii() and sign.isalnum()) or "corpus"
    title = facts.name.replace("{", "").replace("}", "")
    lines = [f"@misc{{{key},", f"  title = {{{title}}},", f"  note = {{settings {facts.manifest['settings_digest']}}},"]
    yield "\n".join(["```bibtex", *lines, "}", "```"])
