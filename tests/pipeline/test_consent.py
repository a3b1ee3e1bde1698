"""Who does not want to be learnt from: captures, headers and pages are heeded when documents are decided."""

import json
import shutil
from pathlib import Path

import pytest
from archives import http, warc
from built import digests, rows, sample_build

from manifests.errors import Stop
from pipeline.plan import make
from pipeline.release import explain, verify
from pipeline.settings import load

TEXTS = sorted((Path(__file__).resolve().parents[2] / "pipeline" / "sample" / "texts").glob("*_Latn.txt"))
PAGES = {
    "http://open.test/1": "",
    "http://named.test/no/1": "",
    "http://named.test/yes": "",
    "https://withdrawn.test/": "",
    "http://allowed-since.test/": "",
    "http://www.bare.test/": "",
    "http://busy.test/": "",
    "http://port.test:8080/": "",
    "http://signal.test/": "",
    "http://tdm.test/reserved/1": "",
    "http://tdm.test/free": "",
    "http://aitxt.test/story": "",
    "http://meta.test/": "<meta name=robots content='index, noai'>",
    "http://agent.test/": "<meta name=GPTBot content=noarchive>",
    "http://indexed.test/": "<meta name=robots content=noindex>",
    "http://header.test/": "",
    "http://others.test/": "",
}
HEADERS = {
    "http://header.test/": ("X-Robots-Tag: nofollow", "X-Robots-Tag: noai", "TDM-Reservation: 1"),
    "http://others.test/": ("X-Robots-Tag: googlebot: noai", "TDM-Reservation: 0"),
}
NO = b"User-agent: *\nDisallow: /\n"
CAPTURES = [
    ("http://named.test/robots.txt", 5, "200 OK", b"Sitemap: http://x/\nUser-agent: GPTBot\nDisallow: /no/ # never\n"),
    ("https://withdrawn.test/robots.txt", 1, "200 OK", b"User-agent: *\nDisallow:\n"),
    ("http://withdrawn.test/robots.txt", 9, "200 OK", NO),
    ("http://allowed-since.test/robots.txt", 1, "200 OK", NO),
    ("http://allowed-since.test/robots.txt", 9, "404 Not Found", b"<html>no such page"),
    ("http://bare.test/robots.txt", 5, "200 OK", b"User-agent: CCBot\nDisallow: /\n"),
    ("http://busy.test/robots.txt", 1, "200 OK", NO),
    ("http://busy.test/robots.txt", 9, "503 Busy", b"User-agent: *\nDisallow:\n"),
    ("http://port.test/robots.txt", 5, "200 OK", NO),
    ("http://signal.test/robots.txt", 5, "200 OK", b"User-agent: *\nContent-Signal: search=yes, ai-train=no\n"),
    ("http://tdm.test/.well-known/tdmrep.json", 5, "200 OK", b'[{"location": "/reserved", "tdm-reservation": 1}]'),
    ("http://aitxt.test/ai.txt", 5, "200 OK", b"User-Agent: *\nDisallow: /story\n"),
    ("http://open.test/robots.txt", 5, "200 OK", b"<html><p>User-agent: *\nDisallow: /\n"),
]
GONE = {
    "http://named.test/no/1": "opt_out_robots",
    "https://withdrawn.test/": "opt_out_robots",
    "http://www.bare.test/": "opt_out_robots",
    "http://busy.test/": "opt_out_robots",
    "http://signal.test/": "opt_out_robots",
    "http://tdm.test/reserved/1": "opt_out_tdmrep",
    "http://aitxt.test/story": "opt_out_ai_txt",
    "http://header.test/": "opt_out_header",
    "http://meta.test/": "opt_out_meta",
    "http://agent.test/": "opt_out_meta",
}
PLAIN = ("rules=none", "boilerplate.enabled=false")


def pages() -> bytes:
    records = []
    for number, (url, head) in enumerate(PAGES.items()):
        lines = TEXTS[number].read_text("utf-8").splitlines()
        body = f"<html><head>{head}</head><body><article>{''.join(f'<p>{line}' for line in lines)}</article>"
        block = http(body.encode(), "200 OK", "text/html; charset=utf-8", *HEADERS.get(url, ()))
        records.append(warc("response", block, number, warc_target_uri=url))
    return b"".join(records)


def policies() -> bytes:
    return b"".join(
        warc("response", http(body, status, "text/plain"), 100 + number, warc_target_uri=url).replace(
            b"Date: 2024-02-29", b"Date: 2024-03-0%d" % day
        )
        for number, (url, day, status, body) in enumerate(CAPTURES)
    )


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pages and captures in two archives, built; what the tests change they change back."""
    folder = tmp_path_factory.mktemp("consent")
    (folder / "in").mkdir()
    (folder / "in" / "pages.warc").write_bytes(pages())
    (folder / "in" / "policies.warc").write_bytes(policies())
    build(folder / "out")
    return folder / "out"


def build(out: Path, *assignments: str) -> set[str]:
    """The steps that were run."""
    ran = set(sample_build(out, *PLAIN, *assignments, sources=[str(out.parent / "in")]).ran)
    assert verify.run(out)[1] == []
    return ran


def gone(out: Path) -> dict[str, str]:
    """Removed documents: their URLs with the rule."""
    table = rows(out, "removed").to_pylist() if any((out / "removed").rglob("*.parquet")) else []
    assert not [row["url"] for row in table if row["text"] is not None]
    return {row["url"]: row["rule"] for row in table}


def work(out: Path) -> dict[str, int]:
    """Files that hold text, with when they were written."""
    return {
        str(path): path.stat().st_mtime_ns for path in (out / "work").glob("*/*.parquet") if "hosts" not in str(path)
    }


def test_what_archives_say_is_heeded_and_leaves_no_text(out: Path) -> None:
    assert gone(out) == GONE
    kept = set(rows(out, "data")["url"].to_pylist())
    assert kept == PAGES.keys() - GONE.keys()
    told = json.loads((out / "manifest.json").read_text("utf-8"))
    reading = told["reading"]["in"]["skipped"]
    assert reading == {"ai.txt": 1, "not_200": 1, "robots.txt": 10, "tdmrep.json": 1}
    assert {told["rules"][name] for name in GONE.values()} == {"consent"}
    captured = b"".join(path.read_bytes() for path in (out / "index" / "captures").iterdir())
    assert captured
    assert b"named.test" not in captured


def test_explain_says_who_refused_in_which_words(out: Path) -> None:
    ids = {row["url"]: row["id"] for row in rows(out, "removed").to_pylist()}
    said = explain.run(out, ids["http://named.test/no/1"])
    assert (said.verdict, said.refusals) == ("opt_out_robots", ["robots.txt: disallow: /no/ (line 3), for gptbot"])
    assert explain.run(out, ids["http://header.test/"]).refusals == ["header: noai", "header: tdm-reservation: 1"]
    (kept,) = (row["id"] for row in rows(out, "data").to_pylist() if row["url"] == "http://named.test/yes")
    assert explain.run(out, kept).refusals == []


def test_other_settings_and_lists_decide_anew_without_reading_text(out: Path, tmp_path: Path) -> None:
    before, first = work(out), digests(out)
    text = {"text", "count", "notes", "visit"}
    ran = build(out, "consent.heed=meta")
    assert not ran & text
    assert gone(out) == {url: rule for url, rule in GONE.items() if rule == "opt_out_meta"}
    build(out, "consent.heed=", "consent.agents=")
    assert gone(out) == {}
    build(out, "consent.crawler=", "consent.agents=ccbot", "consent.directives=noindex")
    assert gone(out) == {
        "http://www.bare.test/": "opt_out_robots",
        "http://tdm.test/reserved/1": "opt_out_tdmrep",
        "http://aitxt.test/story": "opt_out_ai_txt",
        "http://indexed.test/": "opt_out_meta",
    }
    (tmp_path / "hosts").write_text("open.test\nhttp://tdm.test/free\nother.test\n")
    ran = build(out, f"consent.exclude={tmp_path / 'hosts'}", f"urls.allow={tmp_path / 'hosts'}")
    assert not ran & text
    listed = {"http://open.test/1": "opt_out_list", "http://tdm.test/free": "opt_out_list"}
    assert gone(out) == GONE | listed
    build(out)
    assert digests(out) == first
    assert {name: at for name, at in work(out).items() if "/text/" in name or "/notes/" in name} == {
        name: at for name, at in before.items() if "/text/" in name or "/notes/" in name
    }


def test_captures_count_for_pages_of_other_snapshots_and_however_work_is_cut(out: Path, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    first = out.parent / "in"
    shutil.copy(first / "policies.warc", tmp_path / "in")
    sample_build(tmp_path / "out", *PLAIN, sources=[str(tmp_path / "in"), *_text(tmp_path)])
    shutil.copy(first / "pages.warc", tmp_path / "in")
    sample_build(tmp_path / "out", *PLAIN, "plan.unit_bytes=65536", sources=[str(tmp_path / "in")])
    assert gone(tmp_path / "out") == GONE


def _text(place: Path) -> list[str]:
    (place / "one.jsonl").write_text(json.dumps({"text": TEXTS[-1].read_text("utf-8")}), "utf-8")
    return [str(place / "one.jsonl")]


def test_a_folder_of_a_crawl_is_its_archives(tmp_path: Path) -> None:
    for name, content in {
        "crawl.json": b"{}",
        "hosts.tsv": b"host\n",
        "state/frontier-000.sqlite": b"SQLite",
        "warc/a.warc": pages(),
        "evidence/a.warc": policies() + warc("response", http(b"<p>a feed"), 7, warc_target_uri="http://x.test/feed"),
    }.items():
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_bytes(content)
    made = make(load([str(tmp_path / "in")]))
    assert made.unknown == ()
    assert [(unit.file.relative, unit.kind) for unit in made.units] == [
        ("evidence/a.warc", "evidence"),
        ("warc/a.warc", "warc"),
    ]
    build(tmp_path / "out")
    assert gone(tmp_path / "out") == GONE
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())["reading"]["in"]["skipped"]["evidence"] == 1


def test_a_place_or_word_that_nobody_heeds_is_refused() -> None:
    with pytest.raises(Stop, match=r"consent\.heed"):
        load([], None, ["consent.heed=humans.txt"])
    with pytest.raises(Stop, match=r"consent\.directives"):
        load([], None, ["consent.directives=nosnippet"])
    assert load([], None, ["consent.agents=MyBot"]).consent.agents == ("mybot",)
