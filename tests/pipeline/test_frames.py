"""Frames of sites are counted over the whole build and cut before anything is measured, however the work is cut."""

import json
from pathlib import Path

import pytest
from built import digests, rows, sample_build

from pipeline.release import verify

PLAIN = ("dedup.enabled=false", "rules=none")
MENU = "Ukurasa wa mwanzo | Habari | Michezo | Wasiliana nasi"
NOTICE = "Tovuti hii hutumia vidakuzi ili kuboresha huduma zake."


def article(number: int) -> str:
    """Sentences of a page's own."""
    words = ["mvua", "shamba", "soko", "barabara", "shule", "mto", "kijiji", "samaki", "mlima", "hospitali", "bandari"]
    turn = [words[(number * 7 + k * (number % 5 + 1)) % len(words)] for k in range(60)]
    begun = [
        f"Habari ya {number} inasema kwamba {turn[k]} na {turn[k + 1]} ziko karibu na {turn[k + 2]}."
        for k in range(0, len(turn), 3)
    ]
    return "\n".join(begun)


def page(number: int, host: str = "habari.example") -> str:
    text = f"{MENU}\n{article(number)}\n{NOTICE}"
    return json.dumps({"text": text, "url": f"https://{host}/{number}", "id": str(number)})


def write(path: Path, numbers: range, host: str = "habari.example") -> str:
    path.write_text("".join(page(number, host) + "\n" for number in numbers))
    return str(path)


def texts(out: Path) -> dict[str, tuple[str, int, int]]:
    return {
        row["source_id"]: (row["text"], row["lines_cut"], row["chars_cut"]) for row in rows(out, "data").to_pylist()
    }


def test_menus_go_and_are_told_of(tmp_path: Path) -> None:
    out, source = tmp_path / "out", write(tmp_path / "site.jsonl", range(4))
    report = sample_build(out, *PLAIN, sources=[source])
    assert texts(out) == {str(n): (article(n), 2, len(MENU + NOTICE)) for n in range(4)}
    told = {"documents": 4, "lines": 8, "chars": 4 * len(MENU + NOTICE)}
    assert report.manifest["boilerplate"] == {"site.jsonl": told}
    assert verify.run(out)[1] == []


def test_they_stay_where_that_is_asked(tmp_path: Path) -> None:
    source = write(tmp_path / "site.jsonl", range(4))
    for asked in ("boilerplate.enabled=false", "boilerplate.min_documents=5"):
        sample_build(tmp_path / asked, *PLAIN, asked, sources=[source])
        assert {lines for _, lines, _ in texts(tmp_path / asked).values()} == {0}


@pytest.mark.parametrize("how", [{"engine": "inline"}, {"engine": "local", "workers": 2}], ids=["inline", "local"])
def test_a_site_in_many_parts_is_one_site(tmp_path: Path, how: dict[str, object]) -> None:
    sources = [write(tmp_path / f"{n}.jsonl", range(n, n + 1)) for n in range(1, 6)]
    sample_build(tmp_path / "out", *PLAIN, sources=sources, **how)
    assert {lines for _, lines, _ in texts(tmp_path / "out").values()} == {2}


def test_only_parts_whose_frame_changed_are_noted_again(tmp_path: Path) -> None:
    out = tmp_path / "out"
    two = write(tmp_path / "two.jsonl", range(2))
    other = write(tmp_path / "other.jsonl", range(10, 13), "nyingine.example")
    sample_build(out, *PLAIN, sources=[two, other])
    assert texts(out)["0"][1] == 0
    third = write(tmp_path / "third.jsonl", range(2, 3))
    report = sample_build(out, *PLAIN, sources=[two, other, third], replace=True)
    assert report.ran["text"] == 1
    assert report.ran["notes"] == 2
    assert texts(out)["0"][1] == 2
    sample_build(tmp_path / "fresh", *PLAIN, sources=[third, other, two])
    assert digests(tmp_path / "fresh") == digests(out)
    again = sample_build(out, *PLAIN, sources=[two, other, third])
    assert again.ran == {}


def test_a_changed_number_of_documents_reads_no_source(tmp_path: Path) -> None:
    out, source = tmp_path / "out", write(tmp_path / "site.jsonl", range(4))
    sample_build(out, *PLAIN, sources=[source])
    report = sample_build(out, *PLAIN, "boilerplate.min_documents=5", sources=[source])
    assert "text" not in report.ran
    assert {lines for _, lines, _ in texts(out).values()} == {0}
