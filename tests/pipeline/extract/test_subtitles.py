"""Subtitles become what is said, in paragraphs; what is shown and not said goes."""

import re
from itertools import pairwise

import pytest
from archives import SENTENCES

from manifests.errors import Skip
from pipeline.extract.subtitles import text


def srt(*captions: str, step: float = 2.0, long: float = 1.9) -> str:
    """Captions that follow one another."""
    blocks = []
    for n, caption in enumerate(captions):
        times = (f"{int(at // 60):02}:{at % 60:06.3f}".replace(".", ",") for at in (n * step, n * step + long))
        blocks.append(f"{n + 1}\n00:{' --> 00:'.join(times)}\n{caption}\n")
    return "\n".join(blocks)


UNSPACED = re.compile("[\u0e00-\u109f\u1780-\u17ff\u3000-\u9fff]")


def parts(sentence: str) -> list[str]:
    """A sentence over captions and lines, parted where there are no spaces in its script; else at some."""
    if UNSPACED.match(sentence):
        return [sentence[:4] + "\n" + sentence[4:8], sentence[8:]]
    words = sentence.split(" ")
    return [" ".join(words[:2]) + "\n" + words[2], " ".join(words[3:])]


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_sentence_goes_on_over_lines_and_captions(sentence: str) -> None:
    assert text(srt(*parts(sentence))) == sentence
    assert text("\ufeff" + srt(*parts(sentence)).replace("\n", "\r\n")) == sentence
    assert text("WEBVTT\n\n" + re.sub(r"00:(\d\d:\d\d),", r"\1.", srt(*parts(sentence)))) == sentence


@pytest.mark.parametrize(
    ("caption", "wanted"),
    [
        ("<i>Habari</i> <b>za</b> <font color='#fff'>asubuhi</font>?", "Habari za asubuhi?"),
        (r"{\an8}Habari\Nza {\i1}asubuhi{\i0}?", "Habari za asubuhi?"),
        ("<v Amina>Habari <c.yellow>za</c> <00:00:01.500>asubuhi?", "Habari za asubuhi?"),
        ("[MLANGO WAFUNGUKA]\nHabari? [kicheko]", "Habari?"),
        ("(kicheko)\nHabari?", "Habari?"),
        ("♪ Habari, habari ♪", "Habari, habari"),
        (">> Habari &amp; karibu.", "Habari & karibu."),
        ("- Habari?\n- Nzuri.", "Habari?\nNzuri."),
        ("–Habari?\n–Nzuri.", "Habari?\nNzuri."),
        ("<ruby>漢<rt>かん</rt></ruby>字です。", "漢字です。"),
        ("3 < 4 na 5 > 4.", "3 < 4 na 5 > 4."),
    ],
)
def test_what_is_not_said_goes(caption: str, wanted: str) -> None:
    assert text(srt(caption)) == wanted


def test_notes_styles_and_names_of_captions_are_not_said() -> None:
    vtt = (
        "WEBVTT - A title\nKind: captions\n\nSTYLE\n::cue { color: red }\n\nNOTE\nNobody\nsays this\n\n"
        "intro-1\n00:01.000 --> 00:02.000 align:start line:0%\nHabari\n\nNOTE nor this\n\n"
        "2\n00:02.000 --> 00:03.000\nza leo?\n"
    )
    assert text(vtt) == "Habari za leo?"


def test_rolling_captions_are_read_once() -> None:
    lines = ["so this is how we", "mend the nets of the", "boat when they are", "torn by the big fish"]
    rolled = [lines[0]] + [f"{above}\n{below}" for above, below in pairwise(lines)]
    doubled = [one for caption in rolled for one in (caption, caption.rpartition("\n")[2])]
    assert text(srt(*rolled)) == " ".join(lines)
    assert text(srt(*doubled)) == " ".join(lines)
    assert text(srt("No.", "No.", "Not today.", "Come here.", "Why?", "Why?", "Go.", "I see.")).count("No.") == 2


def test_a_pause_ends_a_paragraph_where_a_sentence_ended() -> None:
    assert text(srt("One.", "Two.", "Three.")) == "One. Two. Three."
    assert text(srt("One.", "Two.", step=9.0)) == "One.\nTwo."
    assert text(srt("One", "and two.", step=9.0)) == "One and two."
    assert text(srt("One", "and two.", step=30.0)) == "One\nand two."
    assert text(srt("หนึ่ง", "สอง", step=9.0)) == "หนึ่ง\nสอง"


def test_blank_lines_in_a_caption_do_not_end_it() -> None:
    assert text("1\n00:00:01,000 --> 00:00:02,000\nHabari\n\nza leo?\n\n2\n00:00:02,000 --> 00:00:03,000\nNzuri.") == (
        "Habari za leo? Nzuri."
    )


def test_a_file_without_captions_is_damaged() -> None:
    for body in ("", "WEBVTT\n", "no times here", "1\n00:00 - 00:01\nx"):
        with pytest.raises(Skip, match="damaged"):
            text(body)
