"""One form for all spellings of a URL, so that no page is fetched twice, and the hash by which hosts are shared out."""

import re
from functools import lru_cache
from urllib.parse import SplitResult, quote, urljoin, urlsplit, urlunsplit

import xxhash

from pipeline.crawl.addresses import host_of

LONGEST = 2_000
"""A longer URL is not followed."""

SESSION = frozenset(
    (  # noqa: SIM905
        "__viewstate aspsessionid cfid cftoken jsessionid oscsid phpsessid s_sid sessid session_id sessionid"
        " sesskey sid viewstate zenid"
    ).split()
)
"""Parameters that number visitors."""

TRACKING = frozenset(
    (  # noqa: SIM905
        "fbclid gclid msclkid utm_campaign utm_content utm_id utm_medium utm_source utm_term"
    ).split()
)
"""Parameters that tell where a visitor came from."""

_PORTS = {"http": 80, "https": 443}
_ESCAPE = re.compile("%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_SAFE = "!$&'()*+,;=:@/?%[]"
_PATH_SESSION = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/?#;]*", re.IGNORECASE)


@lru_cache(1 << 16)
def canonical(url: str) -> str:
    """The URL as it is asked for and archived; empty where it is none that could be.

    Scheme and host in lower case and ASCII, default ports, fragments, dot segments and parameters of sessions dropped,
    escapes only where they are needed and in upper case, everything else escaped as UTF-8. The order of parameters is
    kept, for some servers mind it.
    """
    # As browsers do: space around, and line ends and tabs within.
    told = url.strip().replace("\t", "").replace("\n", "").replace("\r", "")
    try:
        parts = urlsplit(told)
        port = parts.port
    except ValueError:
        return ""
    scheme = parts.scheme.lower()
    host = host_of(parts)
    if scheme not in _PORTS or not host or "@" in parts.netloc:
        return ""
    where = f"[{host}]" if ":" in host else host
    if port is not None and port != _PORTS[scheme]:
        where = f"{where}:{port}"
    path = _escaped(_dotless(_PATH_SESSION.sub("", parts.path) or "/"))
    query = "&".join(part for part in parts.query.split("&") if part and not _passing(part))
    found = urlunsplit((scheme, where, path, _escaped(query), ""))
    return found if len(found) <= LONGEST else ""


def joined(base: str, reference: str) -> str:
    """The canonical URL that a reference on the page ``base`` leads to; empty where it is none."""
    if len(reference) > 2 * LONGEST:
        return ""
    try:
        return canonical(urljoin(base, reference.strip()))
    except ValueError:
        return ""


def _passing(part: str) -> bool:
    name = part.partition("=")[0].lower()
    return name in SESSION or name in TRACKING


def _escaped(text: str) -> str:
    def one(found: re.Match[str]) -> str:
        character = chr(int(found[1], 16))
        return character if character in _UNRESERVED else f"%{found[1].upper()}"

    return quote(_ESCAPE.sub(one, text), safe=_SAFE + "~", errors="replace") if text else text


def _dotless(path: str) -> str:
    if "/." not in path:
        return path
    kept: list[str] = []
    *folders, last = path.split("/")[1:]
    for part in folders:
        if part == "..":
            del kept[-1:]
        elif part != ".":
            kept.append(part)
    if last == "..":
        del kept[-1:]
    return "/" + "/".join([*kept, "" if last in (".", "..") else last])


def key(url: str) -> bytes:
    """16 bytes that tell a canonical URL: the same for http and https, and for any order of its parameters."""
    parts = urlsplit(url)
    query = "&".join(sorted(parts.query.split("&")))
    told = f"{parts.netloc}{parts.path}?{query}" if query else f"{parts.netloc}{parts.path}"
    return xxhash.xxh3_128_digest(told.encode())


def origin(parts: SplitResult) -> str:
    """Scheme, host and port: what a robots.txt speaks for."""
    return f"{parts.scheme}://{parts.netloc}"


def host(url: str) -> str:
    """The host of a canonical URL, without its port: what is asked one thing at a time."""
    return urlsplit(url).hostname or ""


def partition(host: str, count: int) -> int:
    """Which of ``count`` partitions a host belongs to."""
    return xxhash.xxh3_64_intdigest(host.encode()) % count
