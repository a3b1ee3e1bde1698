"""The extractors that a page can go through: one row each."""

from typing import Literal, NamedTuple

from manifests.errors import Stop


class Extractor(NamedTuple):
    """``function`` is ``module:name`` of a ``Callable[[str], str]`` from HTML to text, imported in the child alone.

    A page of more start tags than ``max_nodes``, or nested deeper than ``max_depth``, does not reach it. Where
    ``kernel`` is set, our own kernels read each page first (content.py), and only those of which they are not sure
    reach it.
    """

    name: str
    function: str
    max_nodes: int
    max_depth: int
    kernel: bool = False


Mode = Literal["fast", "balanced", "quality"]

SURE: dict[Mode, float] = {"fast": 0.0, "balanced": 0.45, "quality": 0.84}
"""The confidence below which a page goes on from our kernels to trafilatura, by what matters more."""

EXTRACTORS = (
    # trafilatura takes time quadratic in the siblings it keeps: 150,000 take 90 s of CPU, 60,000 under 20. The parser
    # below it (libxml2) ends a page silently at 256 open elements; of 7,753 real pages the deepest has 51.
    Extractor("trafilatura", "pipeline.extract.html:trafilatura_precision", max_nodes=60_000, max_depth=200),
    Extractor("kernel", "pipeline.extract.html:trafilatura_alone", max_nodes=60_000, max_depth=200, kernel=True),
    Extractor("resiliparse", "pipeline.extract.html:resiliparse_main_content", max_nodes=300_000, max_depth=1023),
)


def extractor(name: str, mode: Mode = "balanced") -> Extractor:
    """The row of this name; ``Stop`` lists those there are.

    Of the many pages that quality asks about, trafilatura with its two rescuers finds more (F1 of articles .965, alone
    .963); of the few that balanced does, as much in half the time without them.
    """
    for row in EXTRACTORS:
        if row.name == name:
            whole = row.kernel and mode == "quality"
            return row._replace(function="pipeline.extract.html:trafilatura_precision") if whole else row
    known = ", ".join(row.name for row in EXTRACTORS)
    raise Stop(f"No extractor is called {name!r}.", mend=f"Set extract.engine to one of: {known}")
