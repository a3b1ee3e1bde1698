"""The charts, drawn by Vega-Altair when the report is written: static pictures in the page, which needs no library.

Colours are the page's own variables, so that charts follow its light and dark form. Each mark carries a description,
which the page shows where it is pointed at and which screen readers say.
"""

import html
import io
import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from manifests.errors import Stop
from pipeline.release.report.columns import CLUSTERS, DECADE, LENGTHS, SCORES, Columns, Counts
from pipeline.release.report.facts import Facts
from pipeline.release.report.scripts import name_of

MEND = "pip install 'corpus-build[report]'"
NARROW, WIDE = 318, 510
"""Widths of the plots, without what stands beside them on the left: for phones, and for those with more room."""
KINDS = ("quality", "duplicate", "identity", "evaluation", "safety", "takedown", "consent", "scope")
_COLOURS = {
    "quality": "var(--amber)",
    "duplicate": "var(--violet)",
    "identity": "var(--blue)",
    "evaluation": "var(--pink)",
    "safety": "var(--red)",
    "takedown": "var(--red)",
    "consent": "var(--red)",
    "scope": "var(--grey)",
}
_CONFIG = {
    "background": "transparent",
    "font": "sans-serif",
    "view": {"stroke": None},
    "axis": {
        "labelColor": "var(--soft)",
        "titleColor": "var(--soft)",
        "gridColor": "var(--line)",
        "domainColor": "var(--line)",
        "tickColor": "var(--line)",
        "labelFontSize": 11.5,
        "titleFontSize": 11.5,
        "titleFontWeight": "normal",
        "labelLimit": 150,
    },
    "legend": {"labelColor": "var(--soft)", "titleColor": "var(--soft)", "labelFontSize": 11.5, "orient": "top"},
}

TITLES = {
    "funnel": "Bars of the documents left after each step",
    "rules": "Bars of the documents that each rule removed",
    "ranks": "Languages by the documents kept of them, on a log scale",
    "scripts": "Bars of the documents kept in each script, on a log scale",
    "precision": "Languages by size and expected precision",
    "scores": "Histogram of the confidence of labels",
    "lengths": "Histogram of the lengths of documents",
    "clusters": "Bars of the documents in clusters of each size",
    "concentration": "Languages by size and concentration",
    "hosts": "Bars of the text that each host gave",
    "times": "Bars of the seconds that each step took",
}
"""What a chart shows, for those who do not see it."""

Rows = Sequence[Mapping[str, Any]]


def library() -> Any:
    """Altair, with what turns its charts into pictures; Stop where either is not installed."""
    try:
        import altair
        import vl_convert  # noqa: F401 (what altair saves with)
    except ModuleNotFoundError as error:
        raise Stop(f"The report's charts need the package {error.name}, which is not installed.", MEND) from None
    return altair


def draw(facts: Facts) -> dict[str, str]:
    """Every chart as HTML, by name; those that have nothing to show are left out."""
    alt = library()
    made: dict[str, Callable[[int], Any]] = {}
    made["funnel"] = lambda width: _funnel(alt, facts, width)
    if any(rule["removed"] for rule in facts.rules):
        made["rules"] = lambda width: _rules(alt, facts, width)
    if any(label["kept"] for label in facts.labels):
        made["ranks"] = lambda width: _ranks(alt, facts, width)
        made["scripts"] = lambda width: _scripts(alt, facts, width)
    if any(label["expected"] is not None and label["kept"] for label in facts.labels):
        made["precision"] = lambda width: _precision(alt, facts, width)
    if (found := facts.columns) is not None:
        made |= {
            "scores": lambda width: _scores(alt, found, width),
            "lengths": lambda width: _lengths(alt, found, width),
            "clusters": lambda width: _clusters(alt, found, width),
        }
        if any(label.get("index") for label in facts.labels):
            made["concentration"] = lambda width: _concentration(alt, facts, width)
    if facts.hosts:
        made["hosts"] = lambda width: _hosts(alt, facts, width)
    if facts.times:
        made["times"] = lambda width: _times(alt, facts, width)
    both = {"funnel", "rules", "ranks", "scripts", "precision", "concentration", "hosts", "times"}
    return {
        name: "".join(
            _picture(chart(width), f"{name}-{kind}", f"picture {kind}")
            for width, kind in (((NARROW, "narrow"), (WIDE, "wide")) if name in both else ((NARROW, "any"),))
        )
        for name, chart in made.items()
    }


def _picture(chart: Any, name: str, classes: str) -> str:
    """SVG that may stand in a page with others: its ids are its own, and it scales down."""
    told = io.StringIO()
    chart.configure(**_CONFIG).save(told, format="svg")
    svg = told.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r' xmlns(:xlink)?="[^"]*"', "", svg)
    svg = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', svg)
    svg = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", svg)
    svg = re.sub(r' font-family="[^"]*"| aria-roledescription="[^"]*"| role="[^"]*"| aria-hidden="[^"]*"', "", svg)
    svg = re.sub(r'<path aria-label=("[^"]*")', r"<path data-told=\1", svg)
    svg = re.sub(r' aria-label="[^"]*"', "", svg)
    about = html.escape(TITLES[name.partition("-")[0]])
    return svg.replace('class="marks"', f'class="{html.escape(classes)}" role="img" aria-label="{about}"', 1)


def _count(number: float) -> str:
    return f"{number:,.0f}"


def _who(label: Mapping[str, Any]) -> str:
    return f"{label['name']} ({label['label']})"


def _at(edge: int) -> str:
    """The length at the edge of a bin."""
    return f"{10 ** (edge / DECADE):,.0f}"


def _funnel(alt: Any, facts: Facts, width: int) -> Any:
    top = max(1, facts.steps[0]["left"])
    rows = [
        {
            "step": step["name"],
            "left": step["left"],
            "text": _count(step["left"]),
            "told": f"{step['name']}: {_count(step['left'])} ({step['left'] / top:.1%})",
        }
        for step in facts.steps
    ]
    inside = width - 150
    base = alt.Chart(alt.Data(values=rows)).encode(
        y=alt.Y("step:N", sort=None, title=None, axis=alt.Axis(domain=False, ticks=False, labelPadding=8)),
        x=alt.X("left:Q", title=None, axis=None, scale=alt.Scale(domain=[0, top * 1.18])),
        description="told:N",
    )
    bars = base.mark_bar(color="var(--accent)", cornerRadiusEnd=3, height={"band": 0.72})
    words = base.mark_text(align="left", dx=6, color="var(--ink)", fontSize=11.5).encode(text="text:N")
    return (bars + words).properties(width=inside, height=32 * len(rows))


def _rules(alt: Any, facts: Facts, width: int) -> Any:
    rows = [
        {
            "rule": rule["name"],
            "removed": rule["removed"],
            "kind": rule["kind"],
            "told": f"{rule['name']} removed {_count(rule['removed'])} in {_count(rule['labels'])} languages",
        }
        for rule in facts.rules
        if rule["removed"]
    ][:18]
    shown = [kind for kind in KINDS if any(row["kind"] == kind for row in rows)]
    return (
        alt.Chart(alt.Data(values=rows))
        .mark_bar(cornerRadiusEnd=3, height={"band": 0.72})
        .encode(
            y=alt.Y("rule:N", sort=None, title=None, axis=alt.Axis(domain=False, ticks=False, labelPadding=8)),
            x=alt.X(
                "removed:Q",
                title="documents removed",
                axis=alt.Axis(labelExpr="format(datum.value, '~s')", tickCount=5),
            ),
            color=alt.Color(
                "kind:N",
                scale=alt.Scale(domain=shown, range=[_COLOURS[kind] for kind in shown]),
                legend=alt.Legend(title=None),
            ),
            description="told:N",
        )
        .properties(width=width - 160, height=22 * len(rows))
    )


def _ranks(alt: Any, facts: Facts, width: int) -> Any:
    kept = [label for label in facts.labels if label["kept"]]
    every = max(1, len(kept) // 200)  # so many dots stand beside one another at most
    rows = [
        {
            "rank": rank + 1,
            "kept": label["kept"],
            "what": "unverified" if label["unverified"] else "published",
            "told": f"{_who(label)}: {_count(label['kept'])} documents, rank {rank + 1}",
        }
        for rank, label in enumerate(kept)
        if rank % every == 0 or rank < 20
    ]
    return (
        alt.Chart(alt.Data(values=rows))
        .mark_circle(size=34, opacity=0.9)
        .encode(
            x=alt.X(
                "rank:Q",
                title="languages, by size",
                axis=alt.Axis(grid=False, tickCount=6),
                scale=alt.Scale(nice=False),
            ),
            y=alt.Y(
                "kept:Q",
                title="documents kept",
                scale=alt.Scale(type="log"),
                axis=_powers(alt, [row["kept"] for row in rows]),
            ),
            color=alt.Color(
                "what:N",
                scale=alt.Scale(domain=["published", "unverified"], range=["var(--accent)", "var(--amber)"]),
                legend=alt.Legend(title=None),
            ),
            description="told:N",
        )
        .properties(width=width - 62, height=230)
    )


def _powers(alt: Any, values: Sequence[float]) -> Any:
    """An axis with a line at each power of ten."""
    most = max(1, math.ceil(math.log10(max([1, *values]))))
    step = -(-most // 7)
    return alt.Axis(values=[10**power for power in range(0, most + 1, step)], labelExpr="format(datum.value, '~s')")


def _scripts(alt: Any, facts: Facts, width: int) -> Any:
    documents: Counter[str] = Counter()
    languages: Counter[str] = Counter()
    for label in facts.labels:
        if label["kept"]:
            documents[label["script"]] += label["kept"]
            languages[label["script"]] += 1
    rows = [
        {
            "script": name_of(code),
            "kept": count,
            "one": 1,
            "told": f"{name_of(code)}: {_count(count)} documents in {_count(languages[code])} languages",
        }
        for code, count in documents.most_common(24)
    ]
    return (
        alt.Chart(alt.Data(values=rows))
        .mark_bar(color="var(--accent)", cornerRadiusEnd=3, height={"band": 0.72})
        .encode(
            y=alt.Y(
                "script:N",
                sort=None,
                title=None,
                axis=alt.Axis(domain=False, ticks=False, labelPadding=8, labelLimit=104),
            ),
            x=alt.X(
                "kept:Q",
                title="documents kept, log scale",
                scale=_log(alt, documents.values()),
                axis=_powers(alt, list(documents.values())),
            ),
            x2=alt.X2("one:Q"),
            description="told:N",
        )
        .properties(width=width - 118, height=max(60, 20 * len(rows)))
    )


def _log(alt: Any, values: Any) -> Any:
    """A logarithmic scale from a bit under 1, so that a single document is a bar too."""
    return alt.Scale(type="log", domain=[0.8, max([10, *values])], nice=False, clamp=True)


def _precision(alt: Any, facts: Facts, width: int) -> Any:
    labels = [label for label in facts.labels if label["expected"] is not None and label["kept"]]
    every = max(1, len(labels) // 200)
    rows = [
        {
            "kept": label["kept"],
            "expected": label["expected"],
            "what": "unverified" if label["unverified"] else "published",
            "told": f"{_who(label)}: {label['expected']:.0%} expected to be right, {_count(label['kept'])} documents",
        }
        for number, label in enumerate(labels)
        if number % every == 0 or label["expected"] < 0.5
    ]
    floor = facts.manifest["settings"].get("lid_floor")
    dots = (
        alt.Chart(alt.Data(values=rows))
        .mark_circle(size=34, opacity=0.75)
        .encode(
            x=alt.X(
                "kept:Q",
                title="documents kept, log scale",
                scale=_log(alt, [row["kept"] for row in rows]),
                axis=_powers(alt, [row["kept"] for row in rows]),
            ),
            y=alt.Y(
                "expected:Q",
                title="expected precision",
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(format="%", tickCount=5),
            ),
            color=alt.Color(
                "what:N",
                scale=alt.Scale(domain=["published", "unverified"], range=["var(--accent)", "var(--amber)"]),
                legend=alt.Legend(title=None),
            ),
            description="told:N",
        )
    )
    if floor:
        line = alt.Chart(alt.Data(values=[{"floor": floor, "told": f"lid_floor: {floor:.0%}"}])).mark_rule(
            color="var(--red)", strokeDash=[4, 4]
        )
        dots = line.encode(y="floor:Q", description="told:N") + dots
    return dots.properties(width=width - 62, height=230)


def _stacked(alt: Any, rows: Rows, x: Any, width: int, title: str) -> Any:
    return (
        alt.Chart(alt.Data(values=list(rows)))
        .mark_bar()
        .encode(
            x=x,
            y=alt.Y("documents:Q", title=title, axis=alt.Axis(labelExpr="format(datum.value, '~s')", tickCount=5)),
            color=alt.Color(
                "what:N",
                scale=alt.Scale(domain=["kept", "removed"], range=["var(--accent)", "var(--amber)"]),
                legend=alt.Legend(title=None),
            ),
            description="told:N",
        )
        .properties(width=width - 62, height=190)
    )


def _binned(counts: Counts, a_unit: int, named: Callable[[int], str]) -> list[dict[str, Any]]:
    """A row for each bin of the documents kept and of those removed, of which ``a_unit`` make 1 of the scale."""
    return [
        {
            "from": low / a_unit,
            "to": (low + 1) / a_unit,
            "documents": count,
            "what": what,
            "told": f"{named(low)}: {_count(count)} {what}",
        }
        for what, of_bins in zip(("kept", "removed"), counts.tolist(), strict=True)
        for low, count in enumerate(of_bins)
        if count
    ]


def _scores(alt: Any, found: Columns, width: int) -> Any:
    rows = _binned(found.scores, SCORES, lambda low: f"score {low / SCORES:.2f} to {(low + 1) / SCORES:.2f}")
    x = alt.X(
        "from:Q",
        bin="binned",
        title="confidence of the label",
        axis=alt.Axis(format=".1f", tickCount=6, grid=False),
        scale=alt.Scale(domain=[0, 1]),
    )
    return _stacked(alt, rows, x, width, "documents").encode(x2="to:Q")


def _lengths(alt: Any, found: Columns, width: int) -> Any:
    rows = _binned(found.lengths, DECADE, lambda low: f"{_at(low)} to {_at(low + 1)} characters")
    there = found.lengths.sum(axis=0).nonzero()[0]
    low, high = (int(there[0]), int(there[-1]) + 1) if len(there) else (0, LENGTHS)
    low, high = low // DECADE, -(-high // DECADE)
    x = alt.X(
        "from:Q",
        bin="binned",
        title="characters of a document, log scale",
        scale=alt.Scale(domain=[low, high]),
        axis=alt.Axis(values=list(range(low, high + 1)), labelExpr="format(pow(10, datum.value), '~s')", grid=False),
    )
    return _stacked(alt, rows, x, width, "documents").encode(x2="to:Q")


def _clusters(alt: Any, found: Columns, width: int) -> Any:
    ends = [*(first - 1 for first in CLUSTERS[1:]), None]
    rows = []
    for first, end, clusters, documents in zip(
        CLUSTERS, ends, found.clusters.tolist(), found.in_clusters.tolist(), strict=True
    ):
        if first == 1 or not documents:
            continue
        name = f"{first:,}" if end == first else f"{first:,} or more" if end is None else f"{first:,}–{end:,}"
        told = f"{_count(clusters)} clusters of {name} documents, {_count(documents)} in all"
        rows.append({"size": name, "documents": documents, "text": _count(round(clusters)), "told": told})
    if not rows:
        rows = [{"size": "2", "documents": 0, "text": "none", "told": "no near-duplicates were found"}]
    base = alt.Chart(alt.Data(values=rows)).encode(
        y=alt.Y("size:N", sort=None, title=None, axis=alt.Axis(domain=False, ticks=False, labelPadding=8)),
        x=alt.X(
            "documents:Q",
            title="documents in such clusters",
            axis=alt.Axis(labelExpr="format(datum.value, '~s')", tickCount=4),
        ),
        description="told:N",
    )
    return base.mark_bar(color="var(--violet)", cornerRadiusEnd=3, height={"band": 0.72}).properties(
        width=width - 100, height=max(60, 26 * len(rows))
    )


def _concentration(alt: Any, facts: Facts, width: int) -> Any:
    labels = [label for label in facts.labels if label.get("index")]
    every = max(1, len(labels) // 200)
    rows = [
        {
            "kept": label["kept"],
            "index": label["index"],
            "told": f"{_who(label)}: {label['index']:.2f}, as if from {1 / label['index']:.1f} equal places",
        }
        for number, label in enumerate(labels)
        if number % every == 0
    ]
    return (
        alt.Chart(alt.Data(values=rows))
        .mark_circle(size=34, opacity=0.75, color="var(--violet)")
        .encode(
            x=alt.X(
                "kept:Q",
                title="documents kept, log scale",
                scale=_log(alt, [row["kept"] for row in rows]),
                axis=_powers(alt, [row["kept"] for row in rows]),
            ),
            y=alt.Y("index:Q", title="concentration index", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(tickCount=5)),
            description="told:N",
        )
        .properties(width=width - 62, height=230)
    )


def _hosts(alt: Any, facts: Facts, width: int) -> Any:
    rows = [
        {
            "host": host["name"],
            "text": host["text"],
            "told": f"{host['name']}: {host['text'] / 1e6:,.2f} MB of text in {_count(host['labels'])} languages",
        }
        for host in facts.hosts[:15]
    ]
    return (
        alt.Chart(alt.Data(values=rows))
        .mark_bar(color="var(--accent)", cornerRadiusEnd=3, height={"band": 0.72})
        .encode(
            y=alt.Y(
                "host:N",
                sort=None,
                title=None,
                axis=alt.Axis(domain=False, ticks=False, labelPadding=8, labelLimit=140),
            ),
            x=alt.X(
                "text:Q", title="kept text", axis=alt.Axis(tickCount=4, labelExpr="format(datum.value, '~s') + 'B'")
            ),
            description="told:N",
        )
        .properties(width=width - 152, height=max(60, 20 * len(rows)))
    )


def _times(alt: Any, facts: Facts, width: int) -> Any:
    rows = [
        {"step": one["name"], "seconds": one["seconds"], "told": f"{one['name']}: {one['seconds']:,.1f} s"}
        for one in facts.times
    ]
    return (
        alt.Chart(alt.Data(values=rows))
        .mark_bar(color="var(--accent)", cornerRadiusEnd=3, height={"band": 0.72})
        .encode(
            y=alt.Y("step:N", sort=None, title=None, axis=alt.Axis(domain=False, ticks=False, labelPadding=8)),
            x=alt.X("seconds:Q", title="seconds", axis=alt.Axis(tickCount=5, labelExpr="format(datum.value, '~s')")),
            description="told:N",
        )
        .properties(width=width - 80, height=max(60, 24 * len(rows)))
    )
