"""Which addresses may be asked: public ones over HTTP, whatever tricks an address is written with.

Names are resolved once for a connection, every answer is held against the table, and the connection is made to the very
address that was checked (fetch.py), so that a second answer of the name server cannot lead elsewhere. Redirects and
robots.txt go the same way as any link.
"""

import ipaddress
import re
import unicodedata
from collections.abc import Iterable
from urllib.parse import SplitResult, unquote, urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

SCHEMES = ("http", "https")

NETWORKS: tuple[tuple[str, str], ...] = (
    ("0.0.0.0/8", "this network"),
    ("10.0.0.0/8", "private"),
    ("100.64.0.0/10", "shared by a provider"),
    ("127.0.0.0/8", "loopback"),
    ("169.254.0.0/16", "link-local"),
    ("172.16.0.0/12", "private"),
    ("192.0.0.0/24", "protocol assignments"),
    ("192.0.2.0/24", "documentation"),
    ("192.31.196.0/24", "AS112"),
    ("192.52.193.0/24", "AMT"),
    ("192.88.99.0/24", "6to4 relays"),
    ("192.168.0.0/16", "private"),
    ("192.175.48.0/24", "AS112"),
    ("198.18.0.0/15", "benchmarks"),
    ("198.51.100.0/24", "documentation"),
    ("203.0.113.0/24", "documentation"),
    ("224.0.0.0/4", "multicast"),
    ("240.0.0.0/4", "reserved"),
    ("::/128", "unspecified"),
    ("::1/128", "loopback"),
    ("100::/64", "discarded"),
    ("2001::/23", "protocol assignments"),
    ("2001:db8::/32", "documentation"),
    ("2620:4f:8000::/48", "AS112"),
    ("3fff::/20", "documentation"),
    ("5f00::/16", "segment routing"),
    ("fc00::/7", "private"),
    ("fe80::/10", "link-local"),
    ("fec0::/10", "site-local"),
    ("ff00::/8", "multicast"),
)
"""Blocks of the special-purpose registries of IANA that no page of the public web has, and what they are for."""

EMBEDDED: tuple[tuple[str, int], ...] = (
    ("::ffff:0:0/96", 96),
    ("::ffff:0:0:0/96", 96),
    ("::/96", 96),
    ("64:ff9b::/96", 96),
    ("2002::/16", 16),
)
"""Blocks of IPv6 that hold an address of IPv4, and at which bit: it is held against the table too."""

LOCAL_NAMES = ("localhost", "local", "localdomain", "internal", "intranet", "home.arpa", "lan", "corp", "private")
"""Names, and ends of names, that are nobody's in public."""

PORTS = frozenset({80, 443, 8000, 8008, 8080, 8081, 8088, 8443, 8888})
"""Below 1024, and those known for something else above, only these are the web's."""

OTHER_SERVICES = frozenset(
    {1433, 1521, 2049, 2375, 2376, 2379, 2380, 3306, 3389, 4190, 5060, 5432, 5672, 5900, 6000, 6379, 6443, 6566, 6665}
    | {6666, 6667, 6668, 6669, 6697, 7001, 9042, 9092, 9200, 9300, 10080, 10250, 11211, 27017}
)
"""Ports above 1024 that databases, mail and management listen on."""

_TABLE = tuple((ipaddress.ip_network(block), what) for block, what in NETWORKS)
_INSIDE = tuple((ipaddress.IPv6Network(block), bit) for block, bit in EMBEDDED)
_TEREDO = ipaddress.IPv6Network("2001::/32")
_GLOBAL = ipaddress.IPv6Network("2000::/3")
_NUMBER = re.compile(r"0[xX][0-9a-fA-F]*|[0-9]+")
_NAME = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*")


def refused_address(address: Address) -> str:
    """Why an address is not public; empty where it is."""
    for network, what in _TABLE:
        if address.version == network.version and address in network:
            return what
    if isinstance(address, ipaddress.IPv6Address):
        for inner in _inside(address):
            if why := refused_address(inner):
                return f"{why}, inside IPv6"
        if address not in _GLOBAL and not _inside(address):
            return "not in use"
    return ""


def _inside(address: ipaddress.IPv6Address) -> list[ipaddress.IPv4Address]:
    found = [
        ipaddress.IPv4Address(int(address) >> (96 - bit) & 0xFFFFFFFF) for network, bit in _INSIDE if address in network
    ]
    if address in _TEREDO:
        found.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF ^ 0xFFFFFFFF))
    return found


def host_of(parts: SplitResult) -> str:
    """The host as resolvers read it: escapes undone, width and case folded, in ASCII; empty where it is none."""
    try:
        name = unquote(parts.hostname or "", errors="strict")
    except UnicodeDecodeError:
        return ""
    name = unicodedata.normalize("NFKC", name).translate(_DOTS).lower().removesuffix(".")
    if not name.isascii():
        try:
            name = name.encode("idna").decode("ascii").lower()
        except UnicodeError:
            return ""
    return name


_DOTS = {0x3002: ".", 0xFF0E: ".", 0xFF61: "."}


def literal(host: str) -> Address | None:
    """The address that a host is itself, in any form that resolvers take: 127.1, 0x7f000001, 017700000001, [::1].

    None for a name. Raises ValueError for what is numeric and no address.
    """
    bare = host.strip("[]")
    if ":" in bare:
        return ipaddress.IPv6Address(bare.partition("%")[0])
    parts = bare.split(".")
    if not parts[-1] or not _NUMBER.fullmatch(parts[-1]):
        return None
    if not 1 <= len(parts) <= 4 or not all(_NUMBER.fullmatch(part) for part in parts):
        raise ValueError(f"{host!r} is neither a name nor an address")
    numbers = [_number(part) for part in parts]
    rest = 256 ** (5 - len(numbers))
    if any(number > 255 for number in numbers[:-1]) or numbers[-1] >= rest:
        raise ValueError(f"{host!r} is no address")
    value = numbers[-1]
    for place, number in enumerate(numbers[:-1]):
        value += number << (24 - 8 * place)
    return ipaddress.IPv4Address(value)


def _number(part: str) -> int:
    if part[:2].lower() == "0x":
        return int(part[2:] or "0", 16)
    return int(part, 8 if len(part) > 1 and part[0] == "0" else 10)


def refused_url(url: str, allow_private: bool = False) -> str:
    """Why a URL is not asked for, as far as it tells itself; empty where only the resolver can tell more.

    ``allow_private`` lifts what is said of addresses, local names and ports, and nothing else.
    """
    if any(character <= " " or character in "\\\x7f" for character in url):
        return "characters that no URL has"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "not a URL"
    if parts.scheme not in SCHEMES:
        return f"scheme {parts.scheme[:20]!r}"
    if "@" in parts.netloc:
        return "a user or password in the URL"
    host = host_of(parts)
    try:
        address = literal(host)
    except ValueError:
        return "not an address"
    if address is None and (not _NAME.fullmatch(host) or len(host) > 253):
        return "not a host name"
    if allow_private:
        return ""
    if address is not None:
        return refused_address(address)
    if "." not in host or any(host == name or host.endswith(f".{name}") for name in LOCAL_NAMES):
        return "a local name"
    if port is not None and (port in OTHER_SERVICES or (port < 1024 and port not in PORTS)):
        return f"port {port}"
    return ""


def choose(answers: Iterable[str], allow_private: bool = False) -> str | None:
    """The address to connect to among those that a name resolves to: the first; None where there is none.

    Raises PermissionError where any of them is not public: a name that mixes both is up to no good.
    """
    chosen = None
    for answer in answers:
        address = ipaddress.ip_address(answer.partition("%")[0])
        if not allow_private and (why := refused_address(address)):
            raise PermissionError(f"resolves to {address} ({why})")
        chosen = chosen or str(address)
    return chosen
