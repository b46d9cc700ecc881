"""Security headers of a product: what its pages may load, use and be shown in, beyond the strict default."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from authapp.config import LOOPBACK
from authapp.core.base.process_state import on_reset

A_YEAR = 31_536_000
SELF = "'self'"
# The directive of each argument (CSP Level 3, section 6).
DIRECTIVES = {
    "script": "script-src",
    "style": "style-src",
    "img": "img-src",
    "connect": "connect-src",
    "font": "font-src",
    "media": "media-src",
    "frame": "frame-src",
    "worker": "worker-src",
    "frame_ancestors": "frame-ancestors",
}
# Sources besides origins. `data:` and `blob:` are missing where they would let an attacker run a script.
_KEYWORDS = {
    "script": (SELF, "'wasm-unsafe-eval'"),
    "style": (SELF,),
    "img": (SELF, "data:", "blob:"),
    "connect": (SELF, "data:", "blob:"),
    "font": (SELF, "data:"),
    "media": (SELF, "data:", "blob:"),
    "frame": (SELF, "blob:"),
    "worker": (SELF, "blob:"),  # no origins: browsers start workers of their own origin only
    "frame_ancestors": (SELF,),
}
_MAY_HAVE_SUBDOMAINS = ("img", "connect", "font", "media", "frame")
_LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_ORIGIN = re.compile(rf"(?P<scheme>https?|wss?)://(?P<wild>\*\.)?(?P<host>{_LABEL}(?:\.{_LABEL})*)(?::[0-9]{{1,5}})?")
_HASH = re.compile(r"'sha(?:256-[A-Za-z0-9+/]{43}=|384-[A-Za-z0-9+/]{64}|512-[A-Za-z0-9+/]{86}==)'")
_FEATURE = re.compile(r"[a-z]+(?:-[a-z]+)*")
_CLOSED_FEATURES = ("camera", "microphone", "geolocation", "payment")


@dataclass(frozen=True, kw_only=True, slots=True)
class Headers:
    """Security headers of a product: `install(app, headers=authapp.Headers(img=("https://images.example.com",)))`.

    Every argument adds to the strict default. A source is an origin, like `https://cdn.example.com`. Plain `http://` is
    only for this computer. Origins of `img`, `connect`, `font`, `media` and `frame` may be `https://*.example.com`.

    Args:
        script: origins and hashes of scripts, like `'sha256-…'`, and `'wasm-unsafe-eval'`. These scripts can do
            everything that the user can.
        style: origins of stylesheets.
        img: origins of images; also `blob:`.
        connect: origins for `fetch`, and of websockets (`wss://…`); also `data:` and `blob:`.
        font: origins of fonts; also `data:`.
        media: origins of sound and video; also `data:` and `blob:`.
        frame: origins of pages in frames; also `blob:`.
        worker: `blob:`, for libraries that start workers from text.
        frame_ancestors: origins of sites that may show the pages in a frame; also `'self'`. Nobody may when empty.
        permissions: features of the browser, each with `self` and the origins that may use it, like
            `{"camera": ["self"]}`. An empty list denies the feature.
        hsts_max_age: seconds for which browsers use only https, 0 to end that (RFC 6797).
        hsts_include_subdomains: whether every subdomain uses only https, too.
        hsts_preload: whether browsers may list the domain as https only (hstspreload.org).

    Raises:
        TypeError: sources are not in a tuple or list.
        ValueError: a source, feature or age is not allowed.
    """

    script: Sequence[str] = ()
    style: Sequence[str] = ()
    img: Sequence[str] = ()
    connect: Sequence[str] = ()
    font: Sequence[str] = ()
    media: Sequence[str] = ()
    frame: Sequence[str] = ()
    worker: Sequence[str] = ()
    frame_ancestors: Sequence[str] = ()
    permissions: Mapping[str, Sequence[str]] = field(default_factory=dict)
    hsts_max_age: int = A_YEAR
    hsts_include_subdomains: bool = False
    hsts_preload: bool = False

    def __post_init__(self) -> None:
        for name in DIRECTIVES:
            sources = _listed(name, getattr(self, name))
            for source in sources:
                _check_source(name, source)
            object.__setattr__(self, name, sources)
        object.__setattr__(self, "permissions", _features(self.permissions))
        self._check_hsts()

    def _check_hsts(self) -> None:
        age = self.hsts_max_age
        if not isinstance(age, int) or isinstance(age, bool) or age < 0:
            raise ValueError(f"Headers(hsts_max_age=…) must be a number of seconds, like {A_YEAR}, not {age!r}")
        for name in ("hsts_include_subdomains", "hsts_preload"):
            if not isinstance(getattr(self, name), bool):
                raise ValueError(f"Headers({name}=…) must be True or False, not {getattr(self, name)!r}")
        if self.hsts_preload and not (self.hsts_include_subdomains and age >= A_YEAR):
            raise ValueError(
                "Headers(hsts_preload=True) needs hsts_include_subdomains=True and an hsts_max_age of at least a year"
            )

    @property
    def hsts(self) -> str:
        """Return the value of `Strict-Transport-Security`."""
        parts = (f"max-age={self.hsts_max_age}", "includeSubDomains" * self.hsts_include_subdomains)
        return "; ".join(filter(None, (*parts, "preload" * self.hsts_preload)))

    @property
    def permissions_policy(self) -> str:
        """Return the value of `Permissions-Policy` (W3C Permissions Policy, section 5.2)."""
        features = {**dict.fromkeys(_CLOSED_FEATURES, ()), **self.permissions}
        return ", ".join(_feature(name, allowed) for name, allowed in features.items())

    @property
    def frame_options(self) -> str:
        """Return the value of `X-Frame-Options`; empty if other sites may show the pages, which it cannot say."""
        return {(): "DENY", (SELF,): "SAMEORIGIN"}.get(tuple(self.frame_ancestors), "")

    def opened(self) -> list[str]:
        """Return what is open compared with the default, like `img-src https://images.example.com`."""
        sources = [f"{directive} {source}" for name, directive in DIRECTIVES.items() for source in getattr(self, name)]
        features = [_feature(name, allowed) for name, allowed in self.permissions.items() if allowed]
        is_shorter = self.hsts_max_age < A_YEAR
        return [
            *sources,
            *(f"permissions-policy {feature}" for feature in features),
            *([f"strict-transport-security max-age={self.hsts_max_age}"] if is_shorter else []),
        ]


def _listed(name: str, values: object) -> tuple[str, ...]:
    if not isinstance(values, (tuple, list)) or not all(isinstance(value, str) for value in values):
        raise TypeError(f"Headers({name}=…) must be a tuple or list of texts, not {values!r}")
    return tuple(dict.fromkeys(values))


def _check_source(name: str, source: str) -> None:
    if source in _KEYWORDS[name] or (name == "script" and _HASH.fullmatch(source)):
        return
    if name == "style" and _HASH.fullmatch(source):
        raise ValueError("Headers(style=…) takes no hashes: with one, browsers would ignore the styles of Reflex")
    origin = _ORIGIN.fullmatch(source) if name != "worker" else None
    schemes = ("http", "https", "ws", "wss") if name == "connect" else ("http", "https")
    if origin is None or origin["scheme"] not in schemes or not _is_narrow(name, origin):
        raise ValueError(f"Headers({name}=…) does not allow {source!r}; it allows {_allowed(name)}")
    if origin["scheme"] in ("http", "ws") and origin["host"] not in LOOPBACK:
        raise ValueError(f"Headers({name}=…): {source} is not encrypted; use {origin['scheme']}s://{origin['host']}")


def _is_narrow(name: str, origin: re.Match[str]) -> bool:
    """Return whether an origin has no wildcard, or an allowed one: below a domain, and not below a whole TLD."""
    return not origin["wild"] or (name in _MAY_HAVE_SUBDOMAINS and "." in origin["host"])


def _allowed(name: str) -> str:
    origins = [] if name == "worker" else ["origins like https://cdn.example.com"]
    return ", ".join([*origins, *(["hashes like 'sha256-…'"] if name == "script" else []), *_KEYWORDS[name]])


def _features(permissions: object) -> Mapping[str, tuple[str, ...]]:
    if not isinstance(permissions, Mapping):
        raise TypeError(f'Headers(permissions=…) must be a dict like {{"camera": ["self"]}}, not {permissions!r}')
    features = {}
    for name, values in permissions.items():
        if not isinstance(name, str) or not _FEATURE.fullmatch(name):
            raise ValueError(f"Headers(permissions=…): {name!r} is not the name of a feature, like camera")
        features[name] = _listed("permissions", values)
        for value in features[name]:
            origin = _ORIGIN.fullmatch(value)
            is_secure = origin and not origin["wild"] and (origin["scheme"] == "https" or _is_local(origin))
            if value != "self" and not is_secure:
                raise ValueError(
                    f"Headers(permissions=…) does not allow {value!r} for {name}; "
                    "it allows self, and origins like https://meet.example.com"
                )
    return MappingProxyType(features)


def _is_local(origin: re.Match[str]) -> bool:
    return origin["scheme"] == "http" and origin["host"] in LOOPBACK


def _feature(name: str, allowed: Sequence[str]) -> str:
    quoted = [value if value == "self" else f'"{value}"' for value in allowed]
    return f"{name}=({' '.join(quoted)})"


_used = Headers()


def headers() -> Headers:
    """Return the security headers of this app."""
    return _used


def use_headers(chosen: Headers) -> None:
    """Set the security headers of this app. Called at start-up."""
    global _used
    _used = chosen


on_reset(lambda: use_headers(Headers()), product=True)
