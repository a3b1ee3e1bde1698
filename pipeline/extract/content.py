"""HTML to the text of its main content by our own kernels: bytes to blocks, blocks to probabilities, those to text."""

import re
from typing import NamedTuple

from manifests.errors import Skip
from pipeline.extract import rows
from pipeline.extract.bounds import MAX_BYTES
from pipeline.extract.model import Model, load
from pipeline.extract.workspace import Workspace

_TAG = re.compile(r"</?(?:p|br|div|span|a|b|i|em|strong|h[1-6]|ul|ol|li|img|figure|blockquote)\b[^<>]*>", re.IGNORECASE)


class Content(NamedTuple):
    """Text, and confidence in it: 0 to 1, from the share of the text of which the model is not sure."""

    text: str
    confidence: float


class Reader:
    """Reads pages one after the other in memory of its own, so from one thread at a time."""

    def __init__(self, model: Model | None = None) -> None:
        self.model = load() if model is None else model
        self.work = Workspace()

    def probabilities(self, page: bytes) -> None:
        """Leave each block's probability of being main text in ``work.p``; ``Skip`` where a page exceeds a cap."""
        work = self.work
        work.scan(page)
        if work.full:
            raise Skip("too_many_nodes", f"over {rows.MAX_NODES} elements or {rows.MAX_BLOCKS} blocks of text")
        work.first()
        work.answer(self.model.first)
        work.second()
        work.answer(self.model.second)

    def read(self, page: bytes) -> Content:
        """The main content of a page in UTF-8, of at most ``bounds.MAX_BYTES``."""
        return self.read_at(page)[0]

    def read_at(self, page: bytes) -> tuple[Content, float]:
        """The same, and the probability that its blocks had to reach."""
        self.probabilities(page)
        text, confidence, cut = self.work.text()
        return Content(text, confidence), cut

    def plain(self, text: str) -> str:
        """All text of a piece of a page; as it is where there is no markup in it."""
        if not _TAG.search(text):
            return text
        self.work.scan(text.encode("utf-8", "replace")[:MAX_BYTES])
        return "\n".join(self.work.texts())
