"""Who does not want to be learnt from: what sites refuse, what pages do, and who is on a list to leave out.

Which words are heeded, and whose, is asked when documents are decided: other settings read no text.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from filters.urls import host
from pipeline.consent import page
from pipeline.consent.refusals import Refusal
from pipeline.consent.site import FILES, Site
from pipeline.settings import Consent, Settings, digest
from pipeline.steps import captures, count, hosts, sites
from pipeline.store import Store
from pipeline.task import Context

VERSION = 1
RULES: Mapping[str, str] = MappingProxyType(
    {
        "list": "opt_out_list",
        "robots.txt": "opt_out_robots",
        "tdmrep.json": "opt_out_tdmrep",
        "ai.txt": "opt_out_ai_txt",
        "header": "opt_out_header",
        "meta": "opt_out_meta",
    }
)
"""Where a no may stand, in the order asked, and what the ledger calls the rule."""
MEANINGS: Mapping[str, str] = MappingProxyType(
    {
        "opt_out_list": "on a list of who is to be left out",
        "opt_out_robots": "refused to training by the site’s robots.txt",
        "opt_out_tdmrep": "reserved by the site’s tdmrep.json",
        "opt_out_ai_txt": "refused by the site’s ai.txt",
        "opt_out_header": "refused by headers that came with the page",
        "opt_out_meta": "refused by the page itself",
    }
)
"""What each rule says of the documents that it removes."""
NUMBERS = {where: number for number, where in enumerate(RULES, 1)}
COLUMN = "opt_out"
REMEMBERED = 1_000
"""Sites whose files are kept parsed."""
EMPTY = pa.table({"row": pa.array([], pa.uint32()), COLUMN: pa.array([], pa.uint8())})

Numbers = npt.NDArray[np.uint8]
_Sites = Callable[[int], Site]


def asked(settings: Settings) -> bool:
    """Whether the files of sites are to be heeded."""
    return any(where in FILES.values() for where in settings.consent.heed)


def fingerprint(settings: Settings, visited: Mapping[str, object], caught: Mapping[str, object]) -> str:
    """Changes with the documents of parts and with captures, given by name with what names their content."""
    told = settings.consent.model_dump(mode="json", include={"heed", "agents", "crawler"})
    return digest("heed", VERSION, told, sorted(visited.items()), sorted(caught.items()))


def judging(settings: Settings) -> str:
    """Changes with what pages are asked."""
    return digest("said", VERSION, settings.consent.model_dump(mode="json", exclude={"exclude"}))


def run(context: Context, store: Store, work: tuple[int, int, list[str], list[str]]) -> dict[str, list[int]]:
    """Ask the files of sites for the documents of a range of hosts; by part, where those lie that are refused."""
    number, of, parts, files = work
    low, high = count.span(number, of)
    said = captures.latest(store, files, low, high)
    consent = context.settings.consent
    site = lru_cache(REMEMBERED)(lambda name: _site(said.sites.get(name, {}), consent))
    found = {part: _refused(store, part, (low, high), said, site) for part in parts} if said.sites else {}
    return hosts.write(store, hosts.HEEDED, number, found, EMPTY)


def _refused(store: Store, part: str, span: tuple[int, int], said: captures.Said, site: _Sites) -> pa.Table:
    table = store.read_range(f"{hosts.VISITED}/{part}.parquet", "key", *span, ["key", "row", "url"])
    table = table.filter(pa.array(np.isin(table["key"].to_numpy(), said.keys)))
    names = [said.speaking(url) for url in table["url"].to_pylist()]
    where = [
        NUMBERS.get(site(name).refusing(url), 0) if name is not None else 0
        for name, url in zip(names, table["url"].to_pylist(), strict=True)
    ]
    found = pa.table({"row": table["row"], COLUMN: pa.array(where, pa.uint8())})
    return found.filter(pc.field(COLUMN) > 0).sort_by("row")


def _site(files: Mapping[str, bytes], consent: Consent) -> Site:
    heeded: dict[str, bytes] = {name: body for name, body in files.items() if name in consent.heed}
    return Site(heeded, consent.crawler, consent.agents)


def refused(store: Store, settings: Settings, table: pa.Table, by_host: Mapping[str, npt.NDArray[np.uint8]]) -> Numbers:
    """Of each document of a part, given as its table of index/signals, the first no as an index into RULES counted
    from 1; 0 where there is none. ``by_host`` is what ``hosts.columns`` tells of it.
    """
    found = np.zeros(table.num_rows, np.uint8)
    if "consent" in table.column_names:
        found = _by_page(settings.consent, table["consent"].combine_chunks())
    of_site = by_host.get(COLUMN, np.zeros(table.num_rows, np.uint8))
    found = np.where(of_site > 0, of_site, found)
    found[sites.excluded(store, settings, table["url"])] = NUMBERS["list"]
    return found


def _by_page(consent: Consent, column: pa.DictionaryArray) -> Numbers:
    names = [*column.dictionary.to_pylist(), ""]
    first = [min((NUMBERS[one.where] for one in _said(consent, lines)), default=0) for lines in names]
    numbers: Numbers = np.array(first, np.uint8)[
        column.indices.fill_null(len(names) - 1).to_numpy(zero_copy_only=False)
    ]
    return numbers


def _said(consent: Consent, lines: str) -> list[Refusal]:
    said = page.refusals(lines, consent.agents, consent.directives)
    return [one for one in said if one.where in consent.heed]


def words(store: Store, settings: Settings, url: str | None, lines: str | None, files: Iterable[str]) -> list[Refusal]:
    """Every no to one document, in the words in which it was said; ``files`` are those of captures."""
    found = _said(settings.consent, lines or "")
    if url and asked(settings):
        key = captures.key_of(host(url))
        said = captures.latest(store, files, key, key)
        if (name := said.speaking(url)) is not None:
            found = _site(said.sites[name], settings.consent).refusals(url) + found
    return found
