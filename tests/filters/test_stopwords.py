import random

import pytest

from filters.stopwords import FEW, HEADER, MANY, SOURCES, StopWords, derive, laid_over, load, parse, render, split
from manifests.errors import Stop
from manifests.languages import word_kind

FUNCTION_WORDS = [
    "na",
    "ya",
    "kwa",
    "wa",
    "ni",
    "katika",
    "za",
    "la",
    "cha",
    "yake",
    "kama",
    "kila",
    "watu",
    "hii",
]
TOPIC = ["samaki", "mvua", "shamba", "barua", "daraja", "kisima", "mlango", "nyumba"]


def _speech(
    source: str, topic: list[str], label: str = "swh_Latn", lines: int = 300
) -> list[tuple[str, str, list[str]]]:
    """Sentences in which every second word is a function word, and one is the source's own topic."""
    draw = random.Random(source)  # noqa: S311
    rare = [f"neno{draw.randrange(4000)}" for _ in range(lines * 4)]
    return [
        (label, source, [*draw.sample(FUNCTION_WORDS, 5), draw.choice(topic), *rare[4 * at : 4 * at + 4]])
        for at in range(lines)
    ]


def test_words_common_to_all_sources_are_stop_words_and_the_topic_of_one_is_not() -> None:
    found = derive(_speech("udhr", ["haki"]) + _speech("pratham", ["paka"]))["swh_Latn"]
    assert set(found.words) == set(FUNCTION_WORDS)
    assert found.sources == ("pratham", "udhr")


def test_too_little_text_gives_no_list_rather_than_a_poor_one() -> None:
    assert derive(_speech("udhr", TOPIC, lines=20)) == {}


def test_a_language_without_frequent_words_gets_no_list() -> None:
    draw = random.Random(5)  # noqa: S311
    lines = [("kal_Latn", "bible-corpus", [f"oqaaseq{draw.randrange(5000)}" for _ in range(10)]) for _ in range(500)]
    assert derive(lines) == {}


def test_sources_whose_terms_forbid_it_have_no_say() -> None:
    assert derive(_speech("masakhane-news", TOPIC)) == {}


def test_any_source_of_ones_own_has_a_say() -> None:
    found = derive(_speech("letters", TOPIC), None)["swh_Latn"]
    assert set(FUNCTION_WORDS) <= set(found.words)
    assert found.sources == ("letters",)


def test_a_list_of_ones_own_takes_the_place_of_the_shipped_one_of_its_label_alone() -> None:
    mine = render({"swh_Latn": StopWords(("na", "ya"), ("letters",), 900)}, "# Ours.\n")
    lists = laid_over(mine)
    assert lists["swh_Latn"] == ("na", "ya")
    assert {label: words for label, words in lists.items() if label != "swh_Latn"} == {
        label: words for label, words in load().items() if label != "swh_Latn"
    }


@pytest.mark.parametrize("text", ["", "label\twords\nswh_Latn\tna ya\n", "na\nya\n"])
def test_what_is_no_table_of_stop_words_is_refused_with_the_mend(text: str) -> None:
    with pytest.raises(Stop, match="Stop words are a table of label, sources, evidence, words") as stopped:
        parse(text)
    assert "--stop-words" in stopped.value.mend


def test_clustered_scripts_get_none() -> None:
    assert derive(_speech("udhr", TOPIC, label="tha_Thai")) == {}


def test_embedded_latin_words_are_not_stop_words_of_another_script() -> None:
    lines = [(label, source, ["file", *words]) for label, source, words in _speech("udhr", TOPIC, label="amh_Ethi")]
    assert (
        "file"
        not in derive([(a, b, [w.replace("a", "አ").replace("i", "እ") for w in c]) for a, b, c in lines])[
            "amh_Ethi"
        ].words
    )


def test_words_keep_their_apostrophes_and_marks() -> None:
    assert split("Oʻzbekiston, ‘Wiki’ L'été kò dára! हिन्दी") == [
        "oʻzbekiston",
        "wiki",
        "l'été",
        "kò",
        "dára",
        "हिन्दी",
    ]


def test_what_is_rendered_is_read_back() -> None:
    lists = derive(_speech("udhr", TOPIC))
    assert parse(render(lists)) == {label: stop.words for label, stop in lists.items()}


def test_shipped_lists_name_their_sources_and_hold_the_function_words() -> None:
    lists = load()
    assert len(lists) > 300
    assert all(source in HEADER for source in SOURCES)
    assert {"the", "and", "of"} <= set(lists["eng_Latn"])
    assert {"na", "ya", "kwa"} <= set(lists["swh_Latn"])
    assert {"و", "از"} & set(lists.get("pes_Arab", lists.get("fas_Arab", ())))


def test_every_shipped_list_is_usable() -> None:
    for label, words in load().items():
        assert FEW <= len(words) <= MANY, label
        assert len(set(words)) == len(words), label
        assert all(word == word.lower() and split(word) == [word] for word in words), label
        assert word_kind(label) == "spaced", label
