"""What is known of hosts and pages, on disk: which page is next, and what became of the others.

One SQLite file a partition, written ahead (WAL): a kill loses nothing that was committed, and a page is committed as
asked for before it is asked for. Memory does not grow with pages.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.crawl import canonical, focus, traps

WAITING, ASKED, FETCHED, REFUSED, FAILED, PUT_OFF = range(6)
"""States of a page. ``PUT_OFF``: expected in no wanted language. Names for reports are in ``STATES``."""

STATES = ("waiting", "asked", "fetched", "refused", "failed", "put off")

_TABLES = """
create table if not exists host (
    id integer primary key, name text unique not null, delay real not null default 0, due real not null default 0,
    failures integer not null default 0, pages integer not null default 0, bytes integer not null default 0,
    closed text not null default '');
create table if not exists page (
    id integer primary key, key blob unique not null, host integer not null, url text not null, depth integer not null,
    via text not null, score real not null, state integer not null, tries integer not null default 0,
    hops integer not null default 0, due real not null default 0, reason text not null default '',
    linked_from text not null default '', tongue text not null default '', words text not null default '');
create index if not exists page_next on page (host, state, score desc, depth, id);
create table if not exists kind (
    host integer not null, name text not null, read integer not null, wanted integer not null,
    primary key (host, name)) without rowid;
create table if not exists shape (
    host integer not null, name text not null, read integer not null, repeated integer not null,
    primary key (host, name)) without rowid;
create table if not exists said (
    host integer not null, digest blob not null, primary key (host, digest)) without rowid;
create table if not exists payload (
    digest text primary key, url text not null, date text not null, record text not null) without rowid;
create table if not exists policy (
    origin text not null, file text not null, status integer not null, body blob not null, url text not null,
    fetched real not null, record text not null, primary key (origin, file)) without rowid;
create table if not exists label (
    host integer not null, name text not null, pages integer not null, primary key (host, name)) without rowid;
create table if not exists tally (name text primary key, count integer not null) without rowid;
create table if not exists outgoing (id integer primary key, partition integer not null, link text not null);
create table if not exists place (name text primary key, number integer not null, bytes integer not null) without rowid;
"""


@dataclass(slots=True)
class Host:
    """A host that has pages waiting. ``due``: when it may be asked, in seconds since 1970; ``closed``: why no more."""

    id: int
    name: str
    delay: float
    due: float
    failures: int
    pages: int
    closed: str
    busy: bool = False
    queued: bool = False


class Found(NamedTuple):
    """A link that is in scope. ``via`` is the page that it was found on, ``linked_from`` what that page was."""

    url: str
    depth: int
    via: str
    hops: int = 0
    linked_from: str = ""
    tongue: str = ""
    words: str = ""


class Page(NamedTuple):
    """A page that was chosen. ``hops``: redirects that led to it; ``tries``: times it was asked for before."""

    id: int
    url: str
    depth: int
    via: str
    hops: int
    tries: int
    linked_from: str
    tongue: str
    words: str


class Policy(NamedTuple):
    """A file that speaks for a site, as fetched: ``status`` 0 where nothing came, ``record`` its WARC-Record-ID."""

    status: int
    body: bytes
    url: str
    fetched: float
    record: str


class Frontier:
    """The frontier at ``path``. What is changed is kept with ``commit``."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path)
        self._db.executescript("pragma journal_mode=wal; pragma synchronous=normal; pragma cache_size=-16000;")
        self._db.executescript(_TABLES)
        self._hosts: dict[str, Host] = {}

    def commit(self) -> None:
        """Keep what was changed."""
        self._db.commit()

    def close(self) -> None:
        """Keep what was changed, and end."""
        self._db.commit()
        self._db.close()

    # hosts

    def host(self, name: str) -> Host:
        """The host of that name; it is made where it is new."""
        found = self._hosts.get(name)
        if found is None:
            self._db.execute("insert or ignore into host (name) values (?)", (name,))
            row = self._db.execute(
                "select id, name, delay, due, failures, pages, closed from host where name = ?", (name,)
            ).fetchone()
            found = self._hosts[name] = Host(*row)
        return found

    def keep_host(self, host: Host, new_bytes: int = 0) -> None:
        """Keep what changed of a host."""
        self._db.execute(
            "update host set delay = ?, due = ?, failures = ?, pages = ?, closed = ?, bytes = bytes + ? where id = ?",
            (host.delay, host.due, host.failures, host.pages, host.closed, new_bytes, host.id),
        )

    def forget_host(self, host: Host) -> None:
        """Drop a host without waiting pages from memory; it is read again when it has some."""
        self._hosts.pop(host.name, None)

    def reopen(self) -> None:
        """A new run tries hosts again that failed in the last one."""
        self._db.execute("update host set closed = '', failures = 0 where closed != ''")

    def open_hosts(self) -> list[Host]:
        """Hosts that have pages waiting or put off."""
        rows = self._db.execute(
            "select name from host where closed = '' and exists"
            " (select 1 from page where host = host.id and state in (?, ?))",
            (WAITING, PUT_OFF),
        ).fetchall()
        return [self.host(name) for (name,) in rows]

    # pages

    def add(self, links: Iterable[Found]) -> list[Host]:
        """Take links that are new, and tell their hosts."""
        touched: dict[str, Host] = {}
        for link in links:
            name = canonical.host(link.url)
            host = touched.get(name) or self.host(name)
            done = self._db.execute(
                "insert or ignore into page (key, host, url, depth, via, score, state, hops, linked_from, tongue,"
                " words) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    canonical.key(link.url),
                    host.id,
                    link.url,
                    link.depth,
                    link.via,
                    0.0,
                    WAITING,
                    link.hops,
                    link.linked_from,
                    link.tongue,
                    link.words[:40],
                ),
            )
            if done.rowcount == 1:
                touched[name] = host
        return list(touched.values())

    def knows(self, url: str) -> bool:
        """Whether a page was taken before."""
        found = self._db.execute("select 1 from page where key = ?", (canonical.key(url),)).fetchone()
        return found is not None

    def chosen(self, host: Host, now: float, state: int = WAITING) -> Iterator[Page]:
        """Pages of a host that are due, the best first."""
        rows = self._db.execute(
            "select id, url, depth, via, hops, tries, linked_from, tongue, words from page"
            " where host = ? and state = ? and due <= ? order by score desc, depth, id limit 100",
            (host.id, state, now),
        ).fetchall()
        return map(Page._make, rows)

    def next_due(self, host: Host) -> float | None:
        """When the first waiting page of a host is due; None where none waits."""
        found = self._db.execute(
            "select min(due) from page where host = ? and state = ?", (host.id, WAITING)
        ).fetchone()
        return None if found[0] is None else float(found[0])

    def mark(
        self, page: Page, state: int, reason: str = "", due: float = 0.0, tried: bool = False, score: float = 0.0
    ) -> None:
        """What became of a page."""
        self._db.execute(
            "update page set state = ?, reason = ?, due = ?, tries = tries + ?, score = ? where id = ?",
            (state, reason, due, tried, score, page.id),
        )
        if state in (REFUSED, FAILED):
            self.count(f"{STATES[state]}: {reason}")

    def moved(self, page: Page, url: str) -> None:
        """A redirect to another spelling of the same page: it is asked for there."""
        self._db.execute("update page set url = ?, state = ?, hops = hops + 1 where id = ?", (url, WAITING, page.id))

    def interrupted(self) -> int:
        """Take back pages that were asked for when the last run was killed, and tell how many."""
        done = self._db.execute("update page set state = ?, tries = tries + 1 where state = ?", (WAITING, ASKED))
        return done.rowcount

    def states(self) -> dict[str, int]:
        """Pages by state."""
        rows = self._db.execute("select state, count(*) from page group by state").fetchall()
        return {STATES[state]: count for state, count in rows}

    def hand_over(self, partition: int, links: Iterable[str]) -> None:
        """Links that belong to another partition."""
        self._db.executemany(
            "insert into outgoing (partition, link) values (?, ?)", [(partition, one) for one in links]
        )

    def handed_over(self) -> list[tuple[int, int, str]]:
        """Some links that wait to be sent: number, partition and link."""
        return self._db.execute("select id, partition, link from outgoing order by id limit 10000").fetchall()

    def sent(self, last: int) -> None:
        """The links up to this number are sent."""
        self._db.execute("delete from outgoing where id <= ?", (last,))

    # what pages say

    def kind(self, host: Host, name: str) -> focus.Tally:
        """What is known of a kind of pages."""
        row = self._db.execute("select read, wanted from kind where host = ? and name = ?", (host.id, name)).fetchone()
        return focus.Tally(*row) if row else focus.Tally()

    def count_kinds(self, host: Host, names: Iterable[str], wanted: bool) -> None:
        """A page of these kinds was read."""
        self._db.executemany(
            "insert into kind values (?, ?, 1, ?)"
            " on conflict do update set read = read + 1, wanted = wanted + excluded.wanted",
            [(host.id, name, wanted) for name in names],
        )

    def shape(self, host: Host, name: str) -> traps.Tally:
        """What is known of a shape of URLs."""
        row = self._db.execute(
            "select read, repeated from shape where host = ? and name = ?", (host.id, name)
        ).fetchone()
        return traps.Tally(*row) if row else traps.Tally()

    def count_shape(self, host: Host, name: str, repeated: bool) -> None:
        """A page of this shape was read."""
        self._db.execute(
            "insert into shape values (?, ?, 1, ?)"
            " on conflict do update set read = read + 1, repeated = repeated + excluded.repeated",
            (host.id, name, repeated),
        )

    def is_new(self, host: Host, digest: bytes) -> bool:
        """Whether a host says this for the first time; from now on it has said it."""
        done = self._db.execute("insert or ignore into said values (?, ?)", (host.id, digest))
        return done.rowcount == 1

    def count_label(self, host: Host, label: str) -> None:
        """A page in this language was read."""
        self._db.execute(
            "insert into label values (?, ?, 1) on conflict do update set pages = pages + 1", (host.id, label)
        )

    # archives and policies

    def payload(self, digest: str) -> tuple[str, str, str] | None:
        """URL, date and record of the response that first had this payload."""
        row: tuple[str, str, str] | None = self._db.execute(
            "select url, date, record from payload where digest = ?", (digest,)
        ).fetchone()
        return row

    def keep_payload(self, digest: str, url: str, date: str, record: str) -> None:
        """A response with a payload that was not there before."""
        self._db.execute("insert or ignore into payload values (?, ?, ?, ?)", (digest, url, date, record))

    def policy(self, origin: str, file: str) -> Policy | None:
        """A file that speaks for a site, as it was fetched last."""
        row = self._db.execute(
            "select status, body, url, fetched, record from policy where origin = ? and file = ?", (origin, file)
        ).fetchone()
        return Policy(*row) if row else None

    def keep_policy(self, origin: str, file: str, policy: Policy) -> None:
        """Keep such a file."""
        self._db.execute("insert or replace into policy values (?, ?, ?, ?, ?, ?, ?)", (origin, file, *policy))

    def place(self, name: str) -> tuple[int, int]:
        """Number and size of the archive that is being written."""
        row = self._db.execute("select number, bytes from place where name = ?", (name,)).fetchone()
        return (int(row[0]), int(row[1])) if row else (0, 0)

    def keep_place(self, name: str, number: int, size: int) -> None:
        """Keep them: what lies beyond was not finished."""
        self._db.execute("insert or replace into place values (?, ?, ?)", (name, number, size))

    # counts

    def count(self, name: str, by: int = 1) -> None:
        """Something happened."""
        self._db.execute(
            "insert into tally values (?, ?) on conflict do update set count = count + excluded.count", (name, by)
        )

    def tallies(self) -> dict[str, int]:
        """How often what happened."""
        return dict(self._db.execute("select name, count from tally order by name").fetchall())

    def hosts(self) -> list[dict[str, Any]]:
        """Every host with its pages, bytes, and the language that most of its pages are in."""
        rows = self._db.execute(
            "select host.name, pages, bytes, delay, closed,"
            " (select name from label where host = host.id order by label.pages desc, name limit 1),"
            " (select max(label.pages) * 1.0 / sum(label.pages) from label where host = host.id),"
            " (select wanted * 1.0 / read from kind where host = host.id and kind.name = '')"
            " from host order by host.name"
        ).fetchall()
        names = ("host", "pages", "bytes", "delay", "closed", "label", "label_share", "wanted_share")
        return [dict(zip(names, row, strict=True)) for row in rows]
