"""HTML to the text of its main content, by the libraries that do it. Each import waits for its first page."""

import re

STAND_INS = {"\u200c": "\ufe08", "\u200d": "\ufe09", "\u180e": "\ufe0a", "\u06dd": "\ufe0b"}
"""Format characters that spelling needs (joiners and non-joiners of Persian, Sinhala, Malayalam and others, the vowel
separator of Mongolian, the end of ayah), and variation selectors without a use, which go through trafilatura in their
place: it drops whatever Python does not call printable."""

_WRITTEN = re.compile(r"&(zwnj|zwj|#820[45]|#x200[cd]);", re.IGNORECASE)
"""Joiners as HTML may spell them."""

_READ = {"zwnj": "\u200c", "#8204": "\u200c", "#x200c": "\u200c"}


def trafilatura_precision(html: str) -> str:
    """trafilatura as FineWeb2 uses it: precision, tables kept, comments left out."""
    return _trafilatura(html, favor_precision=True)


def trafilatura_default(html: str) -> str:
    """trafilatura as it is when nothing is asked for, comments left out."""
    return _trafilatura(html, favor_precision=False)


def trafilatura_alone(html: str) -> str:
    """trafilatura's precision without the two other extractors that it holds its own text against."""
    return _trafilatura(html, favor_precision=True, fast=True)


def _trafilatura(html: str, *, favor_precision: bool, fast: bool = False) -> str:
    """Nothing remembered of earlier pages may change a result, so its cache of duplicates stays off; and no metadata
    is asked for, as a date that it guesses may be today's.
    """
    from trafilatura import extract

    html = _WRITTEN.sub(lambda found: _READ.get(found[1].lower(), "\u200d"), html)
    for character, stand_in in STAND_INS.items():
        html = html.replace(character, stand_in)
    text = (
        extract(
            html,
            output_format="txt",
            fast=fast,
            favor_precision=favor_precision,
            include_comments=False,
            include_tables=True,
            include_formatting=False,
            include_links=False,
            include_images=False,
            deduplicate=False,
            with_metadata=False,
        )
        or ""
    )
    for character, stand_in in STAND_INS.items():
        text = text.replace(stand_in, character)
    return text


def resiliparse_main_content(html: str) -> str:
    """resiliparse's main content, with line breaks and list bullets; no alternative texts, links, forms, comments."""
    from resiliparse.extract.html2text import extract_plain_text

    return str(
        extract_plain_text(
            html,
            preserve_formatting=True,
            main_content=True,
            list_bullets=True,
            alt_texts=False,
            links=False,
            form_fields=False,
            noscript=False,
            comments=False,
        )
    )
