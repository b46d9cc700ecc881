"""The caller's IP address, from the headers that reverse proxies add."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Ip = IPv4Address | IPv6Address
Networks = tuple[IPv4Network | IPv6Network, ...]
X_FORWARDED_FOR, FORWARDED = "x-forwarded-for", "forwarded"
_WITH_PORT = re.compile(r"(\d+\.\d+\.\d+\.\d+)(?::\d+)?|\[([^\]]+)\](?::\d+)?")
_PAIR = re.compile(r"""\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)=("(?:[^"\\]|\\.)*"|[^\s";,]*)\s*(?:;|$)""")


def client_ip(peer: str, lines: Sequence[str], trusted: int | Networks, *, rfc7239: bool = False) -> str:
    """Return the caller's IP address, as far as our own proxies recorded it.

    Each proxy adds one entry at the end of the list, so the list is read from its end. The caller wrote the entries
    before those of our own proxies, and can write anything there (IP spoofing).

    Args:
        peer: the IP address of the connection.
        lines: the lines of the header, in their order. Several lines are one list (RFC 9110, 5.3).
        trusted: the number of our own proxies, or their networks.
        rfc7239: whether the header is `Forwarded` (RFC 7239) instead of `X-Forwarded-For`.

    Returns:
        The IP address in its usual spelling. If one of our proxies wrote none (`unknown`), the address of the nearest
        known proxy: such callers count as one.
    """
    ip, known_ip = _of_peer(peer)
    if not lines:
        return known_ip
    entries = _entries(lines, rfc7239=rfc7239)
    if isinstance(trusted, int):
        own_entries = [entry for entry, _ in zip(entries, range(trusted), strict=False)]
        return known_ip if len(own_entries) < trusted else _last_known(own_entries, known_ip)
    while ip is not None and any(ip in network for network in trusted):
        known_ip, ip = str(ip), parse(next(entries, ""))
    return known_ip if ip is None else str(ip)


@lru_cache(maxsize=1024)  # every request asks; texts of callers, which may be long, are not kept
def _of_peer(peer: str) -> tuple[Ip | None, str]:
    """Return the IP address of a connection, and its usual spelling."""
    ip = parse(peer)
    return ip, peer if ip is None else str(ip)


def parse(text: str) -> Ip | None:
    """Parse an IP address with or without port, brackets, quotes and zone. Returns None if the text has none."""
    bare = text.strip().strip('"').strip()
    if match := _WITH_PORT.fullmatch(bare):
        bare = match[1] or match[2]
    try:
        ip = ip_address(bare.partition("%")[0])  # a zone names an interface of the proxy, which means nothing here
    except ValueError:
        return None
    return getattr(ip, "ipv4_mapped", None) or ip


def _last_known(entries: list[str], known_ip: str) -> str:
    for entry in entries:
        if ip := parse(entry):
            known_ip = str(ip)
    return known_ip


def _entries(lines: Sequence[str], *, rfc7239: bool) -> Iterator[str]:
    """Yield the entries, the last one first. Empty entries do not count (RFC 9110, 5.6.1.2)."""
    for line in reversed(lines):
        for element in _split_from_end(line) if rfc7239 else reversed(line.split(",")):
            if element.strip():
                yield _for(element) if rfc7239 else element


def _split_from_end(line: str) -> Iterator[str]:
    """Split at commas outside of quotes, from the end of the line.

    A quote that a caller left open must not hide the entry that our proxy wrote after it.
    """
    end, in_quotes = len(line), False
    for index in range(len(line) - 1, -1, -1):
        if line[index] == '"' and not _is_escaped(line, index):
            in_quotes = not in_quotes
        elif line[index] == "," and not in_quotes:
            yield line[index + 1 : end]
            end = index
    yield line[:end]


def _is_escaped(line: str, index: int) -> bool:
    first = index
    while first and line[first - 1] == "\\":
        first -= 1
    return (index - first) % 2 == 1


def _for(element: str) -> str:
    """Return the node of the parameter `for`; `unknown` if absent, or the element is malformed."""
    nodes, position = [], 0
    while position < len(element):
        if not (match := _PAIR.match(element, position)):
            return "unknown"
        if match[1].lower() == "for":
            nodes.append(match[2])
        position = match.end()
    return nodes[0] if len(nodes) == 1 else "unknown"
