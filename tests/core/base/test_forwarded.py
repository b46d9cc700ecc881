"""The client's IP address, read from the headers of proxies, whatever the client wrote in front of them."""

from ipaddress import ip_network

import pytest

from authapp.core.base.forwarded import client_ip, parse

PEER = "10.0.0.9"
INSIDE = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


@pytest.mark.parametrize(
    ("text", "ip"),
    [
        ("203.0.113.7", "203.0.113.7"),
        (" 203.0.113.7:4711 ", "203.0.113.7"),
        ('"203.0.113.7:4711"', "203.0.113.7"),
        ("2001:DB8:0:0::7", "2001:db8::7"),
        ("[2001:db8::7]", "2001:db8::7"),
        ('"[2001:db8::7]:4711"', "2001:db8::7"),
        ("fe80::7%eth0", "fe80::7"),
        ("[fe80::7%25eth0]:80", "fe80::7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("[::ffff:203.0.113.7]:80", "203.0.113.7"),
    ],
)
def test_an_address_is_read_in_every_spelling(text, ip):
    assert str(parse(text)) == ip


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        '""',
        "unknown",
        "_hidden",
        "unix:",
        "shop.example",
        "203.0.113",
        "203.0.113.07",
        "203.0.113.7:",
        "[",
        "1",
    ],
)
def test_a_malformed_ip_is_ignored(text):
    assert parse(text) is None


@pytest.mark.parametrize(
    ("lines", "trusted", "ip"),
    [
        (["203.0.113.7"], 0, PEER),
        (["203.0.113.7"], 1, "203.0.113.7"),
        (["6.6.6.6, 203.0.113.7"], 1, "203.0.113.7"),
        (["6.6.6.6", "203.0.113.7"], 1, "203.0.113.7"),
        (["6.6.6.6", "203.0.113.7, 10.0.0.8"], 2, "203.0.113.7"),
        (["6.6.6.6, 203.0.113.7", "10.0.0.8"], 2, "203.0.113.7"),
        (["6.6.6.6", "203.0.113.7", ""], 1, "203.0.113.7"),
        (["6.6.6.6, , 203.0.113.7, ,"], 1, "203.0.113.7"),
        (["6.6.6.6, unknown"], 1, PEER),
        (["6.6.6.6, unknown, 10.0.0.8"], 2, "10.0.0.8"),
        (["203.0.113.7"], 2, PEER),
        ([], 1, PEER),
        ([" , "], 1, PEER),
    ],
)
def test_proxies_that_are_counted_are_counted_from_the_end(lines, trusted, ip):
    assert client_ip(PEER, lines, trusted) == ip


@pytest.mark.parametrize(
    ("peer", "lines", "ip"),
    [
        (PEER, ["203.0.113.7"], "203.0.113.7"),
        (PEER, ["6.6.6.6", "203.0.113.7, 10.0.0.8"], "203.0.113.7"),
        (PEER, ["6.6.6.6, 203.0.113.7:4711", "[fd00::8]:443"], "203.0.113.7"),
        ("::ffff:10.0.0.9", ["203.0.113.7"], "203.0.113.7"),
        ("203.0.113.7", ["6.6.6.6"], "203.0.113.7"),  # a direct client, whose headers are not trusted
        ("203.0.113.7", ["6.6.6.6, 10.0.0.8"], "203.0.113.7"),
        (PEER, ["10.1.1.1"], "10.1.1.1"),
        (PEER, ["6.6.6.6, unknown"], PEER),
        (PEER, ["6.6.6.6, unknown, 10.0.0.8"], "10.0.0.8"),
        (PEER, [], PEER),
        ("", ["6.6.6.6"], ""),
    ],
)
def test_proxies_in_networks_are_followed_to_the_first_address_outside(peer, lines, ip):
    assert client_ip(peer, lines, INSIDE) == ip


@pytest.mark.parametrize(
    "lines",
    [
        ["for=203.0.113.7"],
        ["For=203.0.113.7;proto=http;by=10.0.0.9"],
        ['for="203.0.113.7:4711"'],
        ['host="a, for=6.6.6.6;for=6.6.6.6"; for=203.0.113.7'],
        ['for=203.0.113.7;host="a, for=6.6.6.6"'],
        ['for=203.0.113.7;host="a\\", for=6.6.6.6, \\""'],
        ["for=6.6.6.6", "for=203.0.113.7"],
        ["for=6.6.6.6, for=203.0.113.7, "],
        ['for=6.6.6.6;x="', "for=203.0.113.7"],
        ['for=6.6.6.6;x=", for=203.0.113.7;host="h"'],
        ['for=6.6.6.6;x=", for=203.0.113.7;host="a\\"b"'],
        ['for=6.6.6.6;x="\\, for=203.0.113.7;host="h"'],
    ],
)
def test_forwarded_is_read_from_its_end_whatever_the_client_left_open(lines):
    assert client_ip(PEER, lines, 1, rfc7239=True) == "203.0.113.7"
    assert client_ip(PEER, lines, INSIDE, rfc7239=True) == "203.0.113.7"


@pytest.mark.parametrize(
    "line",
    [
        "for=unknown",
        "for=_secret",
        "proto=http",
        "for=203.0.113.7;for=6.6.6.6",
        "for=203.0.113.7 6.6.6.6",
        "for = 203.0.113.7",
        'for="203.0.113.7',
        "203.0.113.7",
    ],
)
def test_forwarded_without_one_clear_address_leaves_the_proxy_as_the_client(line):
    assert client_ip(PEER, [line], 1, rfc7239=True) == PEER


def test_ipv6_in_forwarded_is_in_brackets_and_quotes():
    line = 'for=192.0.2.43, for="[2001:db8:cafe::17]:4711"'
    assert client_ip(PEER, [line], 1, rfc7239=True) == "2001:db8:cafe::17"


def test_a_long_header_is_read_in_a_moment():
    """Parsing takes one step per character, because a client decides how long the header is."""
    for line in ('"\\' * 30_000, ',"' * 30_000, "," * 60_000, "\\" * 60_000 + '"', '"' * 60_000):
        assert client_ip(PEER, [line], 1, rfc7239=True) == PEER
        assert client_ip(PEER, [line], 1) == PEER
