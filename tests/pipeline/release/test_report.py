"""The report of the sample's build: its numbers are the ledger's, its page is whole, and no text does harm in it."""

import base64
import hashlib
import json
import re
import sys
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from built import rows, rules, sample_build
from reports import gathered, large, render
from typer.testing import CliRunner

from manifests.errors import Stop
from pipeline.cli import app
from pipeline.progress import Silent
from pipeline.release import origins
from pipeline.release.report import charts, samples
from pipeline.release.report.facts import Facts
from pipeline.release.report.page import as_data
from pipeline.release.verify import manifest_of
from pipeline.store import Store

NASTY = (
    "<script>window.harm = 1</script><img src=x onerror='window.harm = 1'></script><!--<style>*{display:none}</style>"
    "\u202e\u2028 & &lt; \\u003c \"' ‮ "
) + "long" * 100_000


class Parsed(HTMLParser):
    """The elements of a page with their attributes, and what stands in scripts and styles."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.inside: dict[str, list[str]] = {"script": [], "style": []}
        self._open = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag in self.inside:
            self._open = tag
            self.inside[tag].append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == self._open:
            self._open = ""

    def handle_data(self, data: str) -> None:
        if self._open:
            self.inside[self._open][-1] += data

    def data(self, place: int) -> Any:
        return json.loads(self.inside["script"][place])


@pytest.fixture(scope="module")
def facts(built: Path) -> Facts:
    return gathered(built)


@pytest.fixture(scope="module")
def page(facts: Facts) -> str:
    return render(facts)


@pytest.fixture(scope="module")
def parsed(page: str) -> Parsed:
    return Parsed(page)


def test_the_numbers_are_those_of_the_files(built: Path, facts: Facts) -> None:
    data, removed = rows(built, "data"), rules(built)
    assert facts.totals["kept"] == data.num_rows
    masked = pc.sum(pc.binary_length(data["text"])).as_py()
    assert facts.totals["text"] == pytest.approx(masked, rel=0.01)  # shards tell the size before masking
    assert {rule["name"]: rule["removed"] for rule in facts.rules if rule["removed"]} == dict(removed)
    labels = Counter(
        f"{language}_{script}"
        for language, script in zip(data["language"].to_pylist(), data["language_script"].to_pylist(), strict=True)
    )
    assert {one["label"]: one["kept"] for one in facts.labels if one["kept"]} == dict(labels)
    left = [step["left"] for step in facts.steps]
    assert left == sorted(left, reverse=True)
    assert all(
        before["left"] - after["gone"] == after["left"]
        for before, after in zip(facts.steps, facts.steps[1:], strict=False)
    )
    assert data.num_rows in left


def test_the_columns_count_every_document_once(built: Path, facts: Facts) -> None:
    found = facts.columns
    assert found is not None
    data, removed = rows(built, "data"), rows(built, "removed")
    assert found.scores.sum(axis=1).tolist() == [data.num_rows, removed.num_rows]
    assert found.lengths.sum(axis=1).tolist() == [data.num_rows, removed.num_rows]
    assert found.in_clusters.sum() == data.num_rows + removed.num_rows
    by_label = {label: int(lengths.sum()) for label, lengths in found.label_lengths.items()}
    assert by_label == {one["label"]: one["kept"] for one in facts.labels if one["kept"]}
    text = sum(sum(sizes.values()) for sizes in found.label_sources.values())
    assert text == pytest.approx(sum(origins.text for origins in found.origins.values()))


def test_shares_of_places_add_up(facts: Facts) -> None:
    kept = [one for one in facts.labels if one["kept"]]
    assert kept
    for one in kept:
        assert 0 < one["index"] <= 1
        assert sum(part for _, part in one["sources"]) == pytest.approx(1, abs=0.01)
        assert sum(part for _, part in one["hosts"]) <= one["with_host"] + 0.01


def test_a_host_is_told_with_the_language_that_most_of_it_is_in(facts: Facts) -> None:
    assert facts.hosts
    known = {one["label"] for one in facts.labels}
    for host in facts.hosts:
        assert host["label"] in known
        assert 1 / host["labels"] <= host["share"] <= 1
        assert (host["labels"] == 1) == (host["share"] == 1)


def test_of_each_language_some_are_kept_and_of_each_rule_one_is_shown(built: Path, facts: Facts) -> None:
    drawn = Counter((one.label, one.rule) for one in facts.samples)
    for one in facts.labels:
        assert drawn[one["label"], "kept"] == min(one["kept"] - one["apart"], samples.KEPT)
        assert drawn[one["label"], "unverified"] == min(one["apart"], samples.KEPT)
        assert all(drawn[one["label"], rule] == 1 for rule in one["rules"])
    assert {rule for _, rule in drawn} - {"kept", "unverified"} == set(rules(built))
    assert gathered(built).samples == facts.samples


def test_the_page_is_one_file_that_asks_nothing_of_others(page: str, parsed: Parsed) -> None:
    for tag, attributes in parsed.elements:
        assert tag not in {"link", "img", "iframe", "object", "embed", "base", "form"}
        assert not any(name.startswith("on") or name in {"style", "src", "srcset"} for name in attributes), (
            tag,
            attributes,
        )
        assert (attributes.get("href") or "#").startswith("#")
        assert (attributes.get("xlink:href") or "#").startswith("#")
    assert not re.search(r"url\((?!#)|@import", page)
    ids = [attributes["id"] for _, attributes in parsed.elements if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_only_its_own_style_and_script_may_run(parsed: Parsed) -> None:
    policy = next(a["content"] for _, a in parsed.elements if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    told = [a.get("type") for tag, a in parsed.elements if tag == "script"]
    assert told == ["application/json", "application/json", None]
    for code in (parsed.inside["style"][0], parsed.inside["script"][2]):
        digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy


def test_the_page_has_a_row_and_samples_for_every_language(facts: Facts, parsed: Parsed) -> None:
    told = parsed.data(0)
    assert [row[0] for row in told["labels"]] == [one["label"] for one in facts.labels]
    assert all(len(row) == len(told["fields"]) for row in told["labels"])
    assert [row[7] for row in parsed.data(1)] == [one.text for one in facts.samples]
    sections = {attributes.get("id") for tag, attributes in parsed.elements if tag == "section"}
    linked = {attributes["href"] for tag, attributes in parsed.elements if tag == "a"}
    assert linked == {f"#{name}" for name in sections}


def test_markup_and_endless_lines_in_documents_do_no_harm(mine: Path) -> None:
    place = next((mine / "data" / "eng_Latn").glob("*.parquet"))
    table = pq.read_table(place)
    texts = pa.array([NASTY] * table.num_rows, table.schema.field("text").type)
    table = table.set_column(0, table.schema.field("text"), texts)
    pq.write_table(table, place)
    found = gathered(mine)
    harmed = [one for one in found.samples if one.label == "eng_Latn" and one.rule == "kept"]
    assert harmed
    assert all(one.length == len(NASTY) and len(one.text or "") <= samples.LONGEST for one in harmed)
    label = next(one for one in found.labels if one["label"] == "eng_Latn")
    label |= {"name": NASTY[:200], "hosts": [(NASTY[:100], 1.0)]}
    sources = [{**one, "name": NASTY[:200], "licence": NASTY[:200]} for one in found.sources]
    steps = [{**one, "name": NASTY[:200]} for one in found.steps]
    page = render(replace(found, name=NASTY[:200], sources=sources, steps=steps))
    parsed = Parsed(page)
    tags = Counter(tag for tag, _ in parsed.elements)
    assert (tags["script"], tags["style"], tags["img"]) == (3, 1, 0)
    assert page.count("<script") == page.count("</script") == 3
    assert "window.harm" in parsed.inside["script"][1]
    assert any(row[7] == harmed[0].text for row in parsed.data(1))


def test_data_ends_no_element() -> None:
    value = {"a": "</script><!-- \u2028 & \ud800", "b": [1.5, None, "שלום"]}
    told = as_data(value)
    assert not set("<>&\u2028\u2029") & set(told)
    assert json.loads(told) == {**value, "a": "</script><!-- \u2028 & ?"}


def test_samples_are_masked_where_the_corpus_is_not(mine: Path) -> None:
    place = next((mine / "data" / "eng_Latn").glob("*.parquet"))
    table = pq.read_table(place)
    texts = pa.array(["Write to jane.doe@mail-house.org today."] * table.num_rows, pa.string())
    pq.write_table(table.set_column(0, table.schema.field("text"), texts), place)
    manifest = json.loads((mine / "manifest.json").read_bytes())
    drawn = samples.draw(Store(mine), manifest["shards"], False, Silent())
    shown = [one.text for one in drawn if one.label == "eng_Latn" and one.rule == "kept"]
    assert set(shown) == {"Write to <email> today."}


def test_without_the_index_what_it_held_is_left_out(mine: Path) -> None:
    for place in (mine / "index" / "verdicts").iterdir():
        place.unlink()
    (mine / "index" / "times.jsonl").unlink()
    found = gathered(mine)
    assert found.columns is None
    page = render(found)
    assert "index is gone" in page
    assert "did not record how long" in page


def test_what_was_taken_down_is_counted_and_measured_no_more(mine: Path) -> None:
    before = gathered(mine)
    assert before.columns is not None
    name = next(one.id for one in before.samples if one.rule == "kept")
    listed = mine.parent / "ids.txt"
    listed.write_text(name, encoding="utf-8")
    done = CliRunner().invoke(app, ["takedown", str(mine), "--ids", str(listed)])
    assert done.exit_code == 0, done.output
    found = gathered(mine)
    assert found.columns is not None
    assert found.columns.scores.sum() == before.columns.scores.sum() - 1
    assert found.totals["kept"] == before.totals["kept"] - 1
    gone = next(one for one in found.samples if one.id == name)
    assert (gone.rule, gone.text) == ("takedown", None)


def test_a_build_of_two_thousand_languages_makes_rows_as_they_are_seen() -> None:
    page = render(large())
    parsed = Parsed(page)
    assert len(parsed.data(0)["labels"]) == 2000
    assert len(page.encode()) < 12e6
    assert len(parsed.elements) < 12_000


def test_without_its_library_the_command_says_what_to_install(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(Stop) as stopped:
        charts.library()
    assert "corpus-build[report]" in stopped.value.mend
    assert "vl_convert" in stopped.value.found


def test_the_command_writes_the_file_and_tells_the_card_where_text_is_from(mine: Path) -> None:
    done = CliRunner().invoke(app, ["report", str(mine)])
    assert done.exit_code == 0, done.output
    assert "report.html" in done.output
    assert (mine / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    card = (mine / "README.md").read_text(encoding="utf-8")
    found = next(one for one in gathered(mine).labels if one["label"] == "eng_Latn")
    name, share = found["largest"]
    line = next(line for line in card.split("### Concentration")[1].splitlines() if line.startswith("| `eng_Latn`"))
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    assert cells[1] == str(found["places"])
    assert name.strip(":") in cells[3]
    assert cells[4:] == [f"{100 * part:.1f}%" for part in (share, found["religious"], found["encyclopaedic"])]
    manifest = manifest_of(mine)
    manifest["shards"][0]["row_digest"] = "another"
    assert origins.read(Store(mine), manifest) == {}


def test_where_copies_stay_nothing_says_that_they_went(mine: Path) -> None:
    sample_build(mine, "dedup.enabled=false")
    found = gathered(mine)
    assert [step["name"] for step in found.steps][-2:].count("kept, copies too") == 1
    assert "copies removed" not in render(found)


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("one two three", "one two"),
        ("   blank\n\n\n\nlines", "blank"),
        ("unbroken" * 9, "unbrokenun"),
        ("ทำความสะอาดบ้าน", "ทำความสะอา"),
    ],
)
def test_a_text_is_cut_between_words_where_it_has_some(text: str, begins: str) -> None:
    assert samples.beginning(text, 10) == begins
