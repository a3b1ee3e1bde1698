"""The sections of the page, in order: what each says and shows."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy.typing as npt

from manifests import schema
from pipeline.release.record import removes_copies
from pipeline.release.report.columns import CLUSTERS, DECADE, LENGTHS, SCORES
from pipeline.release.report.concentration import MARKS
from pipeline.release.report.facts import Facts
from pipeline.release.report.parts import Html, amount, card, code, figure, mono, number, share, table, text

Pictures = Mapping[str, str]

_HEADS = (
    ("name", "Language", ""),
    ("kept", "Kept, log scale", "size"),
    ("text", "Text", "n less"),
    ("removed", "Removed", "n"),
    ("expected", "Precision", "n less"),
    ("script", "Script", "less"),
    ("index", "Concentration", "n less"),
    ("religious", "Religious", "n less"),
    ("encyclopaedic", "Encyclop.", "n less"),
)


def overview(facts: Facts, _pictures: Pictures) -> str:
    totals = facts.totals
    tiles = [
        (f"{totals['kept']:,}", "documents kept"),
        (f"{totals['labels']:,}", f"languages in {totals['scripts']:,} scripts"),
        (amount(totals["text"]), f"of text, {amount(totals['bytes'])} on disk"),
        (share(totals["kept"], totals["documents"]), f"kept of {totals['documents']:,} documents"),
        (f"{totals['unverified']:,}", "kept, but set apart as unverified"),
        (f"{totals['personal']:,}", "mail addresses, numbers and accounts found"),
    ]
    shown = "".join(
        f'<div class="tile{" first" if place == 0 else ""}"><b>{text(number)}</b><span>{text(about)}</span></div>'
        for place, (number, about) in enumerate(tiles)
    )
    warned = "".join(f"<li>{text(warning)}</li>" for warning in facts.manifest.get("warnings", [])[:20])
    model = facts.manifest["model"]["name"]
    copies = "removed" if removes_copies(facts.manifest) else "told and left in"
    return (
        f"<h1>{text(facts.name)}</h1>"
        f'<p class="lead">What {totals["sources"]:,} {"source" if totals["sources"] == 1 else "sources"} came to: '
        f"languages told by the model <b>{text(model)}</b>, documents judged by "
        f"{sum(1 for rule in facts.rules if rule['limit']):,} rules, copies {copies}. Every number below comes from "
        "the build’s own columns.</p>"
        f'<div class="tiles">{shown}</div>'
        + (card("Warnings", "", f"<ul>{warned}</ul>", "card below") if warned else "")
    )


def funnel(facts: Facts, pictures: Pictures) -> str:
    steps = table(
        ["step", "documents", "left out"],
        [[step["name"], f"{step['left']:,}", f"{step['gone']:,}"] for step in facts.steps],
        (1, 2),
    )
    removed = sum(rule["removed"] for rule in facts.rules)
    rows = [
        [
            Html(f'<button type="button" class="link" data-rule="{text(rule["name"])}">{text(rule["name"])}</button>'),
            Html(f'<span class="badge {text(rule["kind"])}">{text(rule["kind"])}</span>'),
            f"{rule['removed']:,}",
            share(rule["removed"], removed),
            f"{rule['labels']:,}",
            f"{rule['doubted']:,}" if rule["doubted"] else "–",
            rule["meaning"],
        ]
        for rule in facts.rules
        if rule["removed"] or rule["doubted"]
    ]
    skipped = table(["why", "records"], [[mono(why), f"{count:,}"] for why, count in facts.skipped.items()], (1,))
    silent = sum(1 for rule in facts.rules if not rule["removed"])
    by_rule = (
        table(
            ["rule", "kind", "removed", "of all removed", "languages", "in doubt", "what is measured"],
            rows,
            (2, 3, 4, 5),
            tall=True,
        )
        if rows
        else '<p class="empty">No rule removed anything.</p>'
    )
    return (
        "<h2>From what was read to what is kept</h2>"
        '<p class="about">Documents are judged in this order; the first rule that fails is the verdict.</p>'
        '<div class="stack"><div class="grid two"><div class="stack">'
        + card("Documents left after each step", "", figure(pictures, "funnel", steps))
        + (card("Records without a document", "Skipped when read, by reason.", skipped) if facts.skipped else "")
        + "</div>"
        + card("What rules removed", "", figure(pictures, "rules"))
        + "</div>"
        + card(
            "Every rule",
            f"{silent:,} further rules removed nothing. A rule’s name leads to documents that it removed; what it "
            "puts in doubt is kept, but set apart.",
            by_rule,
        )
        + "</div>"
    )


def languages(facts: Facts, pictures: Pictures) -> str:
    heads = "".join(
        f'<th scope="col" data-key="{key}" class="{classes}"><button type="button">{title}</button></th>'
        for key, title, classes in _HEADS
    )
    return (
        "<h2>Languages</h2>"
        '<p class="about">Choose a language for its rules, limits, origins, confusions and documents. '
        "Press <kbd>/</kbd> to search.</p>"
        '<div class="tools"><input id="search" type="search" placeholder="Name, code or script" '
        'aria-label="Search languages" autocomplete="off" spellcheck="false">'
        '<select id="only" aria-label="Which languages"><option value="all">all</option>'
        '<option value="kept">with documents kept</option><option value="unverified">unverified</option>'
        '<option value="none">with none kept</option></select>'
        '<span class="soft" id="found" role="status"></span></div>'
        '<div class="scroll tall" id="languages-box" tabindex="0" role="region" aria-label="Table of languages">'
        f'<table id="languages-table"><thead><tr>{heads}</tr></thead><tbody></tbody></table>'
        '<p class="empty" id="none" hidden>No language is called that.</p></div>'
        "<noscript><p>The table of languages needs JavaScript.</p></noscript>"
        '<div class="grid two below">'
        + card("Sizes by rank", "Each dot is a language.", figure(pictures, "ranks"))
        + card("Scripts", "", figure(pictures, "scripts"))
        + "</div>"
    )


def documents(facts: Facts, _pictures: Pictures) -> str:
    rules = [rule["name"] for rule in facts.rules if rule["removed"]]
    options = "".join(f'<option value="{text(rule)}">removed by {text(rule)}</option>' for rule in rules)
    return (
        "<h2>Read some</h2>"
        '<p class="about">The beginnings of documents drawn by chance: of each language some that are kept, and one '
        "for each rule that removed some. Personal data is masked.</p>"
        '<div class="tools"><select id="of-language" aria-label="Language">'
        '<option value="">all languages</option></select>'
        '<select id="of-verdict" aria-label="Verdict"><option value="">kept and removed</option>'
        '<option value="kept">kept</option><option value="unverified">kept, but set apart</option>'
        f'<option value="removed">removed</option>{options}</select>'
        '<button type="button" class="plain" id="further">Others</button>'
        '<span class="soft" id="dealt" role="status"></span></div>'
        '<div class="samples" id="cards"></div>'
        '<p class="empty" id="no-cards" hidden>No document of this kind was drawn.</p>'
    )


def measures(facts: Facts, pictures: Pictures) -> str:
    head = '<h2>Scores, lengths and copies</h2><p class="about">Of all documents, kept and removed.</p>'
    found = facts.columns
    if found is None:
        return f'{head}<p class="card empty">The build’s index is gone, which holds what was measured.</p>'
    scores = [f"{low / SCORES:.2f} to {(low + 1) / SCORES:.2f}" for low in range(SCORES)]
    lengths = [f"{10 ** (low / DECADE):,.0f} to {10 ** ((low + 1) / DECADE):,.0f}" for low in range(LENGTHS)]
    clusters = table(
        ["least size", "clusters", "documents"],
        [
            [f"{least:,}", f"{round(many):,}", f"{documents:,}"]
            for least, many, documents in zip(CLUSTERS, found.clusters, found.in_clusters, strict=True)
            if documents
        ],
        (0, 1, 2),
    )
    return (
        f'{head}<div class="grid">'
        + card("Confidence of the language", "", figure(pictures, "scores", _counted("score", scores, found.scores)))
        + card("Length", "", figure(pictures, "lengths", _counted("characters", lengths, found.lengths)))
        + card("Near-duplicates", "Documents, by how many their cluster has.", figure(pictures, "clusters", clusters))
        + "</div>"
    )


def _counted(what: str, bins: Sequence[str], counts: npt.NDArray[Any]) -> str:
    """Kept and removed documents by bin."""
    rows = [
        [name, f"{kept:,}", f"{removed:,}"]
        for name, kept, removed in zip(bins, *counts.tolist(), strict=True)
        if kept or removed
    ]
    return table([what, "kept", "removed"], rows, (1, 2))


def origins(facts: Facts, pictures: Pictures) -> str:
    sources = table(
        ["source", "licence", "records", "documents", "kept", "languages", "kept text"],
        [
            [
                one["name"],
                one["licence"] or "not declared",
                *(f"{one[key]:,}" for key in ("records", "documents", "kept", "labels")),
                amount(one["text"]) if one["text"] else "–",
            ]
            for one in facts.sources
        ],
        (2, 3, 4, 5, 6),
        tall=True,
    )
    marks = "; ".join(
        f"{kind}: {least} {signal.replace('_', ' ')} and one in {1 / a_word:.0f} words"
        for kind, (signal, least, a_word) in MARKS.items()
    )
    about = (
        "The concentration index is Herfindahl’s: the sum of squared shares of kept text, over hosts (or sources, "
        "where a document names no host), <code>H = Σ sᵢ²</code>. One place alone gives 1, n equal places give 1/n, so "
        "1/H is the number of equal places that would be as concentrated. Large languages are told from a sample. "
        "Religious and encyclopaedic text is told by the names of hosts and sources, or by citations "
        f"({text(marks)}); much of it bears neither, so these are lower bounds."
    )
    hosts = table(
        ["host", "kept text", "languages", "most of it in", "which is"],
        [
            [one["name"], amount(one["text"]), f"{one['labels']:,}", one["label"], f"{one['share']:.0%}"]
            for one in facts.hosts
        ],
        (1, 2, 4),
        tall=True,
    )
    return (
        "<h2>Where the text is from</h2>"
        f'<p class="about">{about}</p>'
        '<div class="grid two"><div class="stack">'
        + card("Concentration by size", "", figure(pictures, "concentration"))
        + card("Top hosts", "", figure(pictures, "hosts", hosts if facts.hosts else ""))
        + "</div>"
        + card("Most concentrated", "Languages of 20 documents and more, by their index.", _most(facts))
        + "</div>"
        + card("Sources", "", sources, "card below")
        + "</div>"
    )


def _most(facts: Facts) -> str:
    rows = sorted(
        (one for one in facts.labels if one.get("index") and one["kept"] >= 20),
        key=lambda one: (-one["index"], -one["kept"]),
    )[:12]
    if not rows:
        return '<p class="empty">Nothing to show.</p>'
    return table(
        ["language", "index", "largest place", "share"],
        [
            [one["name"], f"{one['index']:.2f}", one["largest"][0].removeprefix(":"), share(one["largest"][1], 1)]
            for one in rows
        ],
        (1, 3),
    )


def precision(facts: Facts, pictures: Pictures) -> str:
    lowest = sorted(
        (one for one in facts.labels if one["expected"] is not None and one["kept"]),
        key=lambda one: ((1 - one["expected"]) * one["kept"], one["label"]),
        reverse=True,
    )[:15]
    rows = [
        [
            one["name"],
            mono(one["label"]),
            f"{one['kept']:,}",
            share(one["expected"], 1),
            f"{(1 - one['expected']) * one['kept']:,.1f}",
            ", ".join(name for _, name, *_ in one["confused"][:3]) or "–",
        ]
        for one in lowest
    ]
    floor = facts.manifest["settings"].get("lid_floor")
    about = (
        "How often the documents of a language are expected to be in it, told from the confusions that were counted in "
        f"the model’s tests and from the mix here. Below {floor or 0:.0%} a language is set apart as unverified."
    )
    mistakes = table(
        ["language", "label", "kept", "expected precision", "wrong, about", "taken for it most often"], rows, (2, 3, 4)
    )
    return (
        f'<h2>Expected precision</h2><p class="about">{about}</p><div class="stack"><div class="grid two">'
        + card("Precision by size", "", figure(pictures, "precision"))
        + _crossings(facts)
        + "</div>"
        + (card("Where most mistakes are expected", "", mistakes) if rows else "")
        + "</div>"
    )


def _crossings(facts: Facts) -> str:
    """Pairs of languages that have the same text, where the build looked for them."""
    names = {one["label"]: one["name"] for one in facts.labels}
    rows = [
        [
            " and ".join(names.get(label, label) for label in pair["labels"]),
            pair["kind"],
            f"{pair['clusters']:,}",
            " and ".join(f"{count:,}" for count in pair["documents"]),
        ]
        for pair in facts.manifest.get("crossings", [])[:15]
    ]
    if not rows:
        return ""
    return card(
        "The same text in two languages",
        "Clusters of copies that have documents in both.",
        table(["languages", "copies", "clusters", "documents"], rows, (2, 3)),
    )


def _evaluations(facts: Facts) -> str:
    """Evaluation sets that were sought, and what was found of them."""
    rows = [
        [
            one["name"],
            f"{one['found']:,}",
            *(f"{sum(label[key] for label in one['labels'].values()):,}" for key in ("documents", "removed")),
        ]
        for one in facts.manifest.get("evaluations", {}).get("sets", [])
    ]
    if not rows:
        return ""
    return card("Evaluation sets", "", table(["set", "texts found", "documents", "removed"], rows, (1, 2, 3)))


def limits(facts: Facts, _pictures: Pictures) -> str:
    rows = [
        [
            code(rule["limit"]),
            rule["meaning"],
            number(rule["spaced"]) or "off",
            number(rule["clustered"]) or "off",
            f"{rule['removed']:,}",
            rule["source"],
        ]
        for rule in facts.rules
        if rule["limit"] and (rule["spaced"] is not None or rule["clustered"] is not None)
    ]
    learnt = sum(
        1 for _, _, _, table, basis in facts.limits["entries"] if table.startswith("label.") and basis != "chosen"
    )
    return (
        '<h2>Limits</h2><p class="about">What documents are held to where nothing closer to their language is known: '
        "in scripts that part words by spaces, and in those that do not. Scripts, families and languages have limits "
        f"of their own ({learnt:,} of single languages here), which rest on good documents: see each language.</p>"
        + table(["limit", "what is measured", "spaced", "clustered", "removed", "after"], rows, (2, 3, 4), tall=True)
    )


def build(facts: Facts, pictures: Pictures) -> str:
    manifest = facts.manifest
    if facts.times:
        rows = [
            [
                one["name"],
                f"{one['seconds']:,.1f}",
                f"{one['tasks']:,}",
                _rate(one),
                f"{one['workers']:,}",
            ]
            for one in facts.times
        ]
        rates = table(["step", "seconds", "tasks", "a second", "workers"], rows, (1, 2, 3, 4))
        times = card("Time by step", "On the clock, of all runs of this build.", figure(pictures, "times")) + card(
            "Throughput", "", rates
        )
    else:
        times = card("Time by step", "", '<p class="empty">This build did not record how long it took.</p>')
    model = manifest["model"]
    told = [
        ["model", model["name"]],
        ["its sha256", mono(model["sha256"])],
        ["its licence", model["licence"]],
        ["settings", mono(manifest["settings_digest"])],
        ["limits", mono(manifest["limits_digest"])],
        ["schema", f"version {manifest['schema_version']}, this program's is {schema.VERSION}"],
        *([name, version] for name, version in manifest["versions"].items()),
    ]
    found: dict[str, int] = {}
    for kinds in manifest.get("personal_data", {}).values():
        for kind, count in kinds.items():
            found[kind] = found.get(kind, 0) + count
    personal = table(["kind", "found"], [[kind, f"{count:,}"] for kind, count in sorted(found.items())], (1,))
    settings = json.dumps(manifest["settings"], indent=1, ensure_ascii=False)
    return (
        '<h2>The build</h2><p class="about">Time, versions and settings.</p><div class="grid two">'
        + times
        + card("Made with", "", f'<div class="keys">{table(["what", "which"], told, ())}</div>')
        + (
            card("Personal data", f"Treated as <code>{text(manifest['settings'].get('pii'))}</code>.", personal)
            if found
            else ""
        )
        + _evaluations(facts)
        + "</div>"
        + '<details class="card below"><summary>Settings</summary>'
        + f'<pre class="scroll tall small" tabindex="0">{text(settings)}</pre></details>'
    )


def _rate(one: Mapping[str, Any]) -> str:
    if not one["unit"] or not one["seconds"]:
        return "–"
    rate = one["cost"] / one["seconds"]
    return (
        f"{rate:,.0f} documents"
        if one["unit"] == "documents"
        else f"{amount(rate)} {one['unit'].removeprefix('bytes ')}"
    )


SECTIONS: Mapping[str, Callable[[Facts, Pictures], str]] = {
    "Overview": overview,
    "Funnel": funnel,
    "Languages": languages,
    "Documents": documents,
    "Measures": measures,
    "Origins": origins,
    "Precision": precision,
    "Limits": limits,
    "Build": build,
}
"""By what the page calls them; the anchor of each is its name in small letters."""
