"""The page: one file of HTML with its style, script, charts and data inside, that asks no other place for anything.

All that comes from documents is data: JSON in which no ``<`` stands, which the script shows as text. The policy lets no
script and no style run but those whose digests it names.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from importlib.resources import files
from string import Template
from typing import Any

from pipeline.release.report import charts
from pipeline.release.report.concentration import KINDS
from pipeline.release.report.facts import Facts, script_names, shown_samples
from pipeline.release.report.parts import text
from pipeline.release.report.scripts import VERTICAL
from pipeline.release.report.sections import SECTIONS

FIELDS = (
    *(
        "label",
        "name",
        "tag",
        "also",
        "script",
        "documents",
        "kept",
        "text",
        "apart",
        "unverified",
        "expected",
        "interval",
    ),
    *("supported", "rules", "limits", "confused", "median", "score", "index", "places", "asked", "hosts", "with_host"),
    *("sources", *KINDS),
)
"""What the page's script is told of a language, in order."""


def render(facts: Facts) -> str:
    """The whole file."""
    pictures = charts.draw(facts)
    style, script = (_shipped(name) for name in ("page.css", "page.js"))
    policy = "; ".join(
        (
            "default-src 'none'",
            f"style-src '{_digest(style)}'",
            f"script-src '{_digest(script)}'",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    return Template(_shipped("page.html")).substitute(
        policy=policy,
        title=text(f"Corpus report: {facts.name}"),
        style=style,
        script=script,
        links="".join(f'<a href="#{name.lower()}">{name}</a>' for name in SECTIONS),
        body="\n".join(
            f'<section id="{name.lower()}">{section(facts, pictures)}</section>' for name, section in SECTIONS.items()
        ),
        facts=as_data(_told(facts)),
        samples=as_data(shown_samples(facts)),
    )


def _shipped(name: str) -> str:
    return (files("pipeline.release.report") / name).read_text(encoding="utf-8")


def _digest(code: str) -> str:
    """As a policy names what it lets run."""
    return f"sha256-{base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()}"


def as_data(value: Any) -> str:
    """JSON that ends no element and begins none, wherever it stands in a page."""
    told = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for sign in "<>&\u2028\u2029":
        told = told.replace(sign, f"\\u{ord(sign):04x}")
    return told.encode("utf-8", "replace").decode()


def _told(facts: Facts) -> Mapping[str, Any]:
    number = {rule["name"]: place for place, rule in enumerate(facts.rules)}
    rows = []
    for label in facts.labels:
        one = {**label, "rules": [told for rule, count in label["rules"].items() for told in (number[rule], count)]}
        rows.append([one.get(name) for name in FIELDS])
    return {
        "fields": FIELDS,
        "labels": rows,
        "rules": [rule["name"] for rule in facts.rules],
        "kinds": {rule["name"]: rule["kind"] for rule in facts.rules},
        "limits": facts.limits,
        "scripts": script_names(facts),
        "vertical": VERTICAL,
        "confusions": any(label["confused"] for label in facts.labels),
    }
