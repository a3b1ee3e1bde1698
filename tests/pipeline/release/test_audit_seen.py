"""The sheet of an audit in a real browser, answered by two people, one by keys and one by clicks, and taken back."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import Browser, browser, needs_chromium
from scipy.stats import binomtest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.release.audit import run, sheet

pytestmark = needs_chromium
SIZES = ((390, 844), (1280, 900))
NASTY = "<script>window.harm = 1</script><img src=x onerror='window.harm = 1'>" + "endless" * 9000


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


def said(window: Browser) -> str:
    return str(window.run("return document.getElementById('done').value"))


def named(window: Browser, name: str) -> None:
    window.run("document.querySelector('details').open = true")
    window.click("#who")
    for sign in name:
        window.press(sign)
    window.run("document.getElementById('who').blur()")


def exported(window: Browser, folder: Path) -> Path:
    before = set(folder.glob("*.csv"))
    window.click("#export")
    for _ in range(100):
        if new := set(folder.glob("*.csv")) - before:
            return new.pop()
        time.sleep(0.1)
    raise AssertionError("nothing was saved")


def test_two_people_answer_and_the_card_tells_what_they_said(window: Browser, mine: Path, tmp_path: Path) -> None:
    folder, count = run.draw(mine, "eng_Latn", 200)
    assert count >= 4
    window.save_to(tmp_path)
    window.size(*SIZES[1])
    window.open(folder / "sheet.html")
    named(window, "Asha")
    assert said(window) == f"0 of {count}", "a name is no answer, whatever letters it has"
    for key in ("y", "j", "ArrowLeft", "u", "k", "Backspace", "n", *"y" * (count - 2)):
        # The second answer is unsure, is taken back, and is no.
        window.press(key)
    assert said(window) == "all answered: export"
    first = exported(window, tmp_path)
    assert first.name == "eng_Latn-Asha.csv"
    window.open(folder / "sheet.html")
    named(window, "Juma")
    assert said(window) == f"0 of {count}", "another person does not see these answers"
    for number in range(count):
        window.click(f"[data-answer={'yes' if number != 3 else 'mixed'}]")
    second = exported(window, tmp_path)
    assert second.name == "eng_Latn-Juma.csv"
    window.open(folder / "sheet.html")
    assert window.run("return document.getElementById('who').value") == "Juma"
    named(window, "Asha")
    assert said(window) == "all answered: export", "answers stay"
    one, other = (list(sheet.answers(path).values()) for path in (first, second))
    assert one == ["yes", "no"] + ["yes"] * (count - 2)
    assert other == ["yes"] * 3 + ["mixed"] + ["yes"] * (count - 4)
    assert window.logged() == []

    command = ["audit", str(mine), "--label", "eng_Latn"]
    done = CliRunner().invoke(app, [*command, "--filled", str(first)])
    assert done.exit_code == 0, done.output
    told = json.loads((mine / "audits/eng_Latn.json").read_text())
    expected = binomtest(count - 1, count).proportion_ci(0.95, method="wilson")
    assert told["interval"] == pytest.approx((expected.low, expected.high), abs=1e-6)
    done = CliRunner().invoke(app, [*command, "--filled", str(first), "--filled", str(second)])
    assert done.exit_code == 0, done.output
    told = json.loads((mine / "audits/eng_Latn.json").read_text())
    assert told["agreement"] == pytest.approx(1 - 2 / count)
    assert told["share"] == pytest.approx(1 - 1 / count)
    low, high = told["interval"]
    line = f"| `eng_Latn` | {count} | 2 | {told['share']:.3f} | {low:.3f} to {high:.3f} | {told['agreement']:.3f} |"
    assert line in (mine / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("dark", [False, True])
def test_nothing_is_wider_than_the_screen_or_does_harm(
    window: Browser, tmp_path: Path, width: int, height: int, dark: bool
) -> None:
    rows = [{"id": f"{number:032x}", "url": "https://example.org/" + "a" * 300, "text": NASTY} for number in range(3)]
    place = tmp_path / "sheet.html"
    place.write_text(sheet.page("arb_Arab", rows), encoding="utf-8")
    window.size(width, height, dark)
    window.open(place)
    assert window.run("return document.documentElement.scrollWidth") <= width
    assert "first 20,000 characters" in window.run("return document.querySelector('.now .cut').textContent")
    right = "return [...document.querySelectorAll('button')].map((one) => one.getBoundingClientRect().right)"
    assert max(window.run(right)) <= width
    assert window.run("return document.querySelector('footer').offsetHeight") < height / 4
    assert window.run("return window.harm ?? null") is None
    assert window.logged() == []
