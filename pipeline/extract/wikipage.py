"""A page of a wiki as the reader of dumps hands it over to extraction."""

import msgspec

PAGE = "application/x-wiki-page"
"""Media type: JSON of ``WikiPage``."""


class WikiPage(msgspec.Struct):
    """A page's wikitext, and what its wiki calls things."""

    text: str
    title: str = ""
    files: list[str] = []
    """Names of the namespaces of files and media."""
    categories: list[str] = []
    language: str = ""
    """The wiki's code: ``zh``."""
