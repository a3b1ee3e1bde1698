"""Identifies pages as they come: main text by our own kernels, then the language model."""

from typing import NamedTuple

import pyarrow as pa

from langid.identify import Identifier
from manifests.errors import Skip
from pipeline import models
from pipeline.extract.bounds import check_size
from pipeline.extract.content import Reader

LONGEST = 20_000
"""Bytes of a page's text that are looked at: it is its language in question, not its every line."""


class Tongue(NamedTuple):
    """The label of a page, the model's score, and how many characters were judged."""

    label: str
    score: float
    letters: int


class Tongues:
    """Loads the model once; its kernels compile with the first page."""

    def __init__(self, model: str) -> None:
        self._identifier = Identifier.load(models.locate(model))
        self._reader = Reader()

    def of_html(self, html: str) -> Tongue:
        """The language of a page's main text."""
        body = html.encode("utf-8", "replace")
        try:
            check_size(body)
            text = self._reader.read(body).text
        except Skip:
            return Tongue("und_Zzzz", 0.0, 0)
        return self.of_text(text)

    def of_text(self, text: str) -> Tongue:
        """The language of a text."""
        told = text.encode("utf-8", "replace")[:LONGEST].decode("utf-8", "ignore")
        row = self._identifier.identify(pa.array([told], pa.string()))
        return Tongue(row["raw_label"][0].as_py(), float(row["language_score"][0].as_py()), len("".join(told.split())))
