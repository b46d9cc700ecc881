"""Security headers of a product: what may be opened, and what is refused in one sentence."""

import dataclasses
import re

import pytest

from authapp.core.base.headers import DIRECTIVES, Headers

HASH = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
INJECTIONS = [
    "https://a.example; script-src *",
    "https://a.example;script-src *",
    "https://a.example, https://b.example",
    "https://a.example,https://b.example",
    "https://a.example https://b.example",
    "https://a.example\r\nSet-Cookie: a=b",
    "https://a.example\n",
    "\nhttps://a.example",
    "https://a.example\t",
    "https://a.example\x00",
    "https://a.example\u2028",
    "https://user@a.example",
    "https://a.example/path",
    "https://a.example?a=b",
    "https://a.example#a",
    "https://[::1]:3000",
    "https://ä.example",
    "https://\u212a.example",  # the Kelvin sign, which a lenient pattern takes for a k
    'https://a.example")',
    "https://a.example'",
    "https://",
    "https://*",
    "https://*.com",
    "https://a.*.example",
    "https:",
    "http:",
    "*",
    "",
    " ",
    "'none'",
    "'unsafe-inline'",
    "'unsafe-eval'",
    "'unsafe-hashes'",
    "'strict-dynamic'",
    "'nonce-abc'",
    "'report-sample'",
    "'sha256-abc='",
    f"{HASH} *",
    "javascript:",
    "filesystem:",
    "mediastream:",
    "ftp://a.example",
    "a.example",
    "//a.example",
]


@pytest.mark.parametrize("value", INJECTIONS)
def test_no_value_can_add_a_header_a_rule_or_a_wide_source(value):
    for name in DIRECTIVES:
        with pytest.raises(ValueError, match=re.escape(f"Headers({name}=…)")) as refused:
            Headers(**{name: (value,)})
        assert "\n" not in str(refused.value)
    with pytest.raises(ValueError, match=r"Headers\(permissions=…\) does not allow"):
        Headers(permissions={"camera": [value]})
    with pytest.raises(ValueError, match="is not the name of a feature"):
        Headers(permissions={value: ["self"]})


GOOD = {
    "script": ("https://cdn.example.com", "https://cdn.example.com:8443", HASH, "'wasm-unsafe-eval'", "'self'"),
    "style": ("https://cdn.example.com", "http://localhost:9000"),
    "img": ("https://*.tiles.example.com", "data:", "blob:", "http://127.0.0.1:9000"),
    "connect": ("wss://live.example.com", "ws://localhost:9000", "https://api.example.com", "blob:", "data:"),
    "font": ("https://fonts.example.com", "data:"),
    "media": ("https://media.example.com", "data:", "blob:"),
    "frame": ("https://video.example.com", "blob:"),
    "worker": ("blob:", "'self'"),
    "frame_ancestors": ("'self'", "https://portal.example.com"),
}


def test_origins_schemes_and_hashes_are_accepted_where_they_are_harmless():
    opened = Headers(**GOOD)

    assert {name: getattr(opened, name) for name in GOOD} == GOOD
    assert set(GOOD) == set(DIRECTIVES)
    assert opened.opened() == [f"{DIRECTIVES[name]} {source}" for name in DIRECTIVES for source in GOOD[name]]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((name, "data:") for name in ("script", "style", "frame", "worker", "frame_ancestors")),
        *((name, "blob:") for name in ("script", "style", "font", "frame_ancestors")),
        *((name, "https://*.example.com") for name in ("script", "style", "worker", "frame_ancestors")),
        *((name, HASH) for name in DIRECTIVES if name != "script"),
        *((name, "wss://a.example.com") for name in DIRECTIVES if name != "connect"),
        *((name, "'wasm-unsafe-eval'") for name in DIRECTIVES if name != "script"),
        *((name, "http://cdn.example.com") for name in DIRECTIVES),
        ("connect", "ws://live.example.com"),
        ("worker", "https://cdn.example.com"),
    ],
)
def test_a_source_that_is_harmless_elsewhere_is_refused(name, value):
    with pytest.raises(ValueError, match=re.escape(f"Headers({name}=…)")):
        Headers(**{name: (value,)})


def test_the_sentence_says_what_to_write_instead():
    with pytest.raises(ValueError, match=r"Headers\(img=…\): http://a.example is not encrypted; use https://a.example"):
        Headers(img=("http://a.example",))
    with pytest.raises(
        ValueError, match=r"does not allow '\*'; it allows origins like https://cdn.example.com, hashes"
    ):
        Headers(script=("*",))
    with pytest.raises(ValueError, match="takes no hashes: with one, browsers would ignore the styles of Reflex"):
        Headers(style=(HASH,))


@pytest.mark.parametrize(
    "values", ["https://a.example", None, 7, {"https://a.example"}, (b"https://a.example",), (None,)]
)
def test_sources_are_a_tuple_or_list_of_texts(values):
    for name in DIRECTIVES:
        with pytest.raises(TypeError, match=re.escape(f"Headers({name}=…) must be a tuple or list of texts")):
            Headers(**{name: values})
    with pytest.raises(TypeError):
        Headers(permissions={"camera": values})


def test_the_values_cannot_change_after_the_check():
    sources, features = ["https://a.example"], {"camera": ["self"]}
    opened = Headers(img=sources, permissions=features)
    sources.append("*")
    features["camera"].append("*")
    features["usb"] = ["*"]

    assert opened.opened() == ["img-src https://a.example", "permissions-policy camera=(self)"]
    with pytest.raises(dataclasses.FrozenInstanceError):
        opened.img = ("*",)
    with pytest.raises(TypeError):
        opened.permissions["usb"] = ("*",)


def test_features_are_opened_one_by_one():
    assert Headers().permissions_policy == "camera=(), microphone=(), geolocation=(), payment=()"
    opened = Headers(permissions={"microphone": ["self", "https://meet.example.com"], "usb": []})

    assert opened.permissions_policy == (
        'camera=(), microphone=(self "https://meet.example.com"), geolocation=(), payment=(), usb=()'
    )
    assert opened.opened() == ['permissions-policy microphone=(self "https://meet.example.com")']
    for origin in ("http://meet.example.com", "https://*.example.com", "wss://meet.example.com", "'self'"):
        with pytest.raises(ValueError, match="it allows self, and origins like"):
            Headers(permissions={"camera": [origin]})
    with pytest.raises(TypeError, match=r"must be a dict like"):
        Headers(permissions=["camera"])


def test_the_sites_that_may_show_the_pages_decide_the_old_header_too():
    assert Headers().frame_options == "DENY"
    assert Headers(frame_ancestors=["'self'"]).frame_options == "SAMEORIGIN"
    assert Headers(frame_ancestors=("https://portal.example.com",)).frame_options == ""


def test_https_only_is_for_this_host_and_a_year_unless_the_product_says_more():
    assert Headers().hsts == "max-age=31536000"
    assert Headers(hsts_include_subdomains=True).hsts == "max-age=31536000; includeSubDomains"
    whole = Headers(hsts_max_age=63_072_000, hsts_include_subdomains=True, hsts_preload=True)
    assert whole.hsts == "max-age=63072000; includeSubDomains; preload"
    assert whole.opened() == Headers().opened() == []
    assert Headers(hsts_max_age=0).opened() == ["strict-transport-security max-age=0"]


@pytest.mark.parametrize(
    "values",
    [
        {"hsts_max_age": -1},
        {"hsts_max_age": True},
        {"hsts_max_age": "1; preload"},
        {"hsts_max_age": 1.5},
        {"hsts_preload": True},
        {"hsts_preload": True, "hsts_include_subdomains": True, "hsts_max_age": 86_400},
        {"hsts_include_subdomains": "yes"},
        {"hsts_preload": 1},
    ],
)
def test_an_impossible_rule_for_https_is_refused(values):
    with pytest.raises(ValueError, match=r"Headers\(hsts_"):
        Headers(**values)
