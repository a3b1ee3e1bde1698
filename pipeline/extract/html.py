"""HTML to the text of its main content, by the libraries that do it. Each import waits for its first page."""


def trafilatura_precision(html: str) -> str:
    """trafilatura as FineWeb2 uses it: precision, tables kept, comments left out.

    Nothing remembered of earlier pages may change a result, so its cache of duplicates stays off; and no metadata is
    asked for, as a date that it guesses may be today's.
    """
    from trafilatura import extract

    return (
        extract(
            html,
            output_format="txt",
            fast=False,
            favor_precision=True,
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
