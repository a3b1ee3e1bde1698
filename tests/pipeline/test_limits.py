import json
import random
from pathlib import Path

import pytest
from typer.testing import CliRunner

from filters import stopwords
from filters.derive import DERIVABLE, chain_of
from manifests import limits
from manifests.errors import Stop
from manifests.languages import languages
from pipeline import limits as reading
from pipeline.cli import app

VILLAGE = (
    "Tulipofika kijijini wazee walikuwa wameketi chini ya mti mkubwa wa mwembe na watoto walicheza kando ya mto. "
    "Mwalimu alituambia habari za shule mpya ambayo ingejengwa mwaka huu kwa msaada wa wananchi wote wa kata. "
    "Kila mtu alikubali kuleta mawe, mchanga au fedha kidogo, kwa sababu watoto wao hutembea mbali sana kila siku."
)
ROAD = (
    "L'automne dernier, les gens du village ont réparé ensemble le petit chemin au bord de la rivière. Avant, quand il "
    "pleuvait, les enfants faisaient un long détour pour aller à l'école ; maintenant ils y sont en dix minutes. "
    "L'institutrice dit que le travail de chacun compte plus que l'argent, car on soigne ce qu'on a bâti."
)
WORDS = "moja mbili tatu nne tano sita saba nane tisa kumi"


def _verse(text: str) -> str:
    """The text in lines of three words with a comma behind them, as songs are written."""
    words = text.split()
    return ",\n".join(" ".join(words[start : start + 3]) for start in range(0, len(words), 3))


def _documents(label: str, text: str, count: int) -> list[dict[str, str]]:
    """Documents that differ in their last words."""
    ends = WORDS.split()
    tails = [f"{ends[n % 10]} {ends[n // 10 % 10]} {ends[n // 100 % 10]}" for n in range(count)]
    return [{"text": f"{text} {tail}.", "lang": label} for tail in tails]


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty Swahili documents in prose, as many songs that call themselves Zulu, one told twice, one short."""
    place = tmp_path_factory.mktemp("reference") / "good.jsonl"
    rows = [
        *_documents("sw", VILLAGE, 40),
        *_documents("zul_Latn", "Wimbo wa kijiji\n" + _verse(VILLAGE), 40),
        *_documents("?", ROAD, 30),
        {"text": f"{VILLAGE} moja moja moja.", "lang": "sw"},
        {"text": "Habari.", "lang": "sw"},
    ]
    place.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows))
    return place


def _derive(reference: Path, out: Path, *options: str) -> str:
    told = CliRunner().invoke(
        app, ["limits", "derive", str(reference), "--out", str(out), "--engine", "inline", *options]
    )
    assert told.exit_code == 0, told.output
    return told.output


def test_a_reference_becomes_limits_with_what_they_rest_on(reference: Path, tmp_path: Path) -> None:
    out = tmp_path / "mine.toml"
    said = _derive(reference, out, "--label-field", "lang", "--work", str(tmp_path / "work"))
    assert "default" in said
    assert "111 documents in 3 labels" in out.read_text()
    held = limits.load(str(out))
    assert held.of("zul_Latn")["max_newline_ratio"] > 0.3
    assert held.said("swh_Latn")["max_newline_ratio"].place == str(out)
    assert {one.limit for one in DERIVABLE if "stop" not in one.limit} <= set(held.layers[-1].default)

    again = tmp_path / "again.toml"
    _derive(reference, again, "--label-field", "lang", "--work", str(tmp_path / "work"))
    assert again.read_text().splitlines()[3:] == out.read_text().splitlines()[3:]


def test_the_label_is_the_sources_where_it_names_a_language_and_else_the_one_identified(
    reference: Path, tmp_path: Path
) -> None:
    asked = reading.settings_of([str(reference)], "lang")
    found = reading.read(asked, tmp_path / "work", True, engine="inline")
    assert set(found.labels) == {"swh_Latn", "zul_Latn", "fra_Latn"}
    assert set(found.identified[found.labels == "zul_Latn"]) == {"swh_Latn"}
    assert found.given.tolist() == (found.labels != "fra_Latn").tolist()
    assert (found.labels == "swh_Latn").sum() == 41  # the one told twice counts once, the short one is there


def test_every_limit_of_every_language_is_chosen_or_rests_on_documents_that_are_named() -> None:
    held = limits.load()
    seen = set()
    for language in languages():
        said = held.said(language.label)
        key = tuple((name, one.place, one.table) for name, one in said.items())
        if key in seen:
            continue
        seen.add(key)
        for row in reading.show(language.label):
            if row.place == limits.LEARNT:
                assert row.evidence is not None, (language.label, row.limit)
                assert row.evidence.documents >= 20
                assert row.table in chain_of(language.label)
            else:
                assert row.evidence is None
        assert {one.limit for one in DERIVABLE} <= set(said)
    assert len(seen) > 5


def test_show_prints_what_a_language_is_held_to_and_where_it_backed_off() -> None:
    said = CliRunner().invoke(app, ["limits", "show", "swahili"])
    assert said.exit_code == 0
    assert "swh_Latn" in said.output
    assert "max_top_2_gram_share" in said.output
    assert "derived.toml" in said.output
    told = json.loads(CliRunner().invoke(app, ["limits", "show", "swh_Latn", "--json"]).output)
    (row,) = [row for row in told["swh_Latn"] if row["limit"] == "max_newline_ratio"]
    assert row["table"] in {"default", "words.spaced", "script.Latn", "family.Niger-Congo_Latn", "label.swh_Latn"}
    assert row["evidence"]["documents"] > 1000
    assert row["own"] > 200


def test_a_users_file_shows_as_chosen_where_it_has_no_evidence(tmp_path: Path) -> None:
    place = tmp_path / "mine.toml"
    place.write_text("[family.Turkic_Latn]\nmin_words = 20\n[label.tur_Latn]\nmax_digit_share = false\n")
    rows = {row.limit: row for row in reading.show("tur_Latn", str(place))}
    assert (rows["min_words"].value, rows["min_words"].table) == (20, "family.Turkic_Latn")
    assert rows["max_digit_share"].value is None
    assert rows["max_digit_share"].basis == "chosen"


def test_a_family_that_nobody_has_is_refused_with_the_nearest(tmp_path: Path) -> None:
    place = tmp_path / "mine.toml"
    place.write_text("[family.Turkish_Latn]\nmin_words = 20\n")
    with pytest.raises(Stop, match=r"no label is of the family 'Turkish_Latn'") as stopped:
        limits.load(str(place))
    assert "Turkic_Latn" in stopped.value.mend


def test_stop_words_are_learnt_from_the_reference_and_a_build_can_use_them(tmp_path: Path) -> None:
    """A corpus that says "paka" in every sentence has it as a stop word, and English ones nowhere."""
    draw = random.Random(4)  # noqa: S311 - the same words each time
    common = ["paka", "na", "ya", "kwa", "wa", "ni", "katika", "la"]
    rows = []
    for number in range(60):
        lines = [
            " ".join([*draw.sample(common, 5), *(f"neno{draw.randrange(9000)}x" for _ in range(5))]) for _ in range(9)
        ]
        rows.append({"text": f"{VILLAGE}\n" + "\n".join(lines), "lang": "swh_Latn", "id": str(number)})
    place = tmp_path / "mine.jsonl"
    place.write_text("\n".join(json.dumps(row) for row in rows))
    out = tmp_path / "words.tsv"
    _derive(place, tmp_path / "mine.toml", "--label-field", "lang", "--stop-words", str(out))
    lists = stopwords.parse(out.read_text())
    assert set(lists) == {"swh_Latn"}
    assert set(common) <= set(lists["swh_Latn"])
    assert not {"the", "and", "of", "that"} & set(lists["swh_Latn"])

    def met(*assignments: str) -> list[float]:
        asked = reading.settings_of([str(place)], "lang", assignments)
        found = reading.read(asked, tmp_path / "work", True, engine="inline")
        return sorted(found.columns["stop_words"].tolist())

    assert met(f"stop_words={out}") != met()
    with pytest.raises(Stop, match=r"stop words of .* cannot be read"):
        met("stop_words=/nowhere/words.tsv")
