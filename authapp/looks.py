"""How everything looks: the tokens of pages and mails, light and dark, each in this one place."""

import re
from contextlib import suppress
from dataclasses import dataclass, fields

from PIL import ImageColor

_LENGTH = re.compile(r"(0|\d*\.?\d+(rem|em|px))")
_PATH = re.compile(r"(/[\w.~-]+)*")
_FAMILIES = re.compile(r"[\w\s,.\"'-]+")

# What is read on what, and the least contrast of the two (WCAG 2.2: 1.4.3 for text, 1.4.11 for the edge of a field).
_READ = [
    *((ink, ground, 4.5) for ground in ("card", "page") for ink in ("accent", "ink", "soft", "bad", "good")),
    ("bad", "bad_page", 4.5),
    ("edge", "card", 3.0),
]


@dataclass(frozen=True, kw_only=True)
class Looks:
    """The looks of a product: `install(app, looks=authapp.Looks(accent="#0f766e", accent_dark="#5eead4"))`.

    Every token is a CSS custom property of the pages (`bad_page` is `var(--bad-page)`); what ends in `_dark` is its
    value where it is dark. A colour is one of CSS, without transparency: `#0f766e`, `teal`, `hsl(175, 77%, 26%)`.

    Args:
        product_name: the name on the pages and in mails, where `AUTHAPP_PRODUCT_NAME` is not set.
        logo: the path of a picture in `assets/`, shown as a square; ours when empty.
        font: font families, best first. What is none of the system's comes from your own site, by `@font-face`: the
            pages load nothing from elsewhere.
        radius: how round corners are: `0.5rem`, `6px`, `0`.
        accent: buttons, links, the focus.
        page: the ground of pages.
        card: the ground of cards and fields.
        line: lines between things.
        edge: the edge of fields and quiet buttons.
        ink: text.
        soft: text of less weight.
        bad: refusals, and what goes far.
        bad_page: the ground of a notice that something is wrong.
        good: what went well.

    Raises:
        ValueError: a colour, length, path or font is none, or a text could not be read (WCAG 2.2, 1.4.3).
    """

    product_name: str = ""
    logo: str = ""
    font: str = 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif'
    radius: str = "0.625rem"
    accent: str = "#4338ca"
    accent_dark: str = "#a5b4fc"
    page: str = "#f6f6f9"
    page_dark: str = "#101014"
    card: str = "#ffffff"
    card_dark: str = "#1a1a20"
    line: str = "#dcdce4"
    line_dark: str = "#33333d"
    edge: str = "#85858f"
    edge_dark: str = "#81818d"
    ink: str = "#18181b"
    ink_dark: str = "#f4f4f5"
    soft: str = "#52525b"
    soft_dark: str = "#b4b4bf"
    bad: str = "#b91c1c"
    bad_dark: str = "#fca5a5"
    bad_page: str = "#fef2f2"
    bad_page_dark: str = "#3a1618"
    good: str = "#15803d"
    good_dark: str = "#86efac"

    def __post_init__(self) -> None:
        if not _LENGTH.fullmatch(self.radius):
            raise ValueError(f"the radius must be a length like 0.5rem or 6px, and not {self.radius!r}")
        if not _PATH.fullmatch(self.logo):
            raise ValueError(f"the logo must be the path of a file in assets/, like /logo.svg, and not {self.logo!r}")
        if not _FAMILIES.fullmatch(self.font):
            raise ValueError(f"the font must be names of font families, separated by commas, and not {self.font!r}")
        for name in [name for pair in _colours() for name in pair]:
            try:
                object.__setattr__(self, name, spelled(getattr(self, name)))
            except ValueError as no:
                raise ValueError(f"{name}: {no}") from None
        for dark in ("", "_dark"):
            for front, ground, least in _READ:
                self._can_be_read(front + dark, ground + dark, least)

    def _can_be_read(self, front: str, ground: str, least: float) -> None:
        found = contrast(getattr(self, front), getattr(self, ground))
        if found < least:
            raise ValueError(
                f"{front} {getattr(self, front)} cannot be told well enough from {ground} {getattr(self, ground)}: "
                f"their contrast is {found:.1f} to 1, and must be {least} to 1 (WCAG 2.2)"
            )

    @property
    def on_accent(self) -> str:
        """What is written on the accent."""
        return on(self.accent)

    def css(self, logo: str) -> str:
        """The tokens as CSS custom properties; `logo` is where ours is."""
        wherever = {"font": self.font, "radius": self.radius, "logo": f'url("{self.logo or logo}")'}
        light, dark = ({pair[0]: getattr(self, pair[i]) for pair in _colours()} for i in (0, 1))
        light["on_accent"], dark["on_accent"] = on(self.accent), on(self.accent_dark)
        # Reflex puts the class of the mode that a person chose on the page; else the system says.
        return (
            _rule("", {**wherever, "color-scheme": "light", **light})
            + "@media (prefers-color-scheme: dark) {\n"
            + _rule("html:not(.light) ", {"color-scheme": "dark", **dark})
            + "}\n"
            + _rule("html.dark ", {"color-scheme": "dark", **dark})
        )


def _colours() -> list[tuple[str, str]]:
    """The names of the colours: in the light, in the dark."""
    return [(one.name.removesuffix("_dark"), one.name) for one in fields(Looks) if one.name.endswith("_dark")]


def _rule(where: str, tokens: dict[str, str]) -> str:
    lines = (
        f"  {'' if name == 'color-scheme' else '--'}{name.replace('_', '-')}: {is_};\n" for name, is_ in tokens.items()
    )
    whole = f"{where.strip() or 'html'}:has(.authapp.frame)"  # the ground behind a page of ours
    return f"{where}.authapp, {whole} {{\n{''.join(lines)}}}\n"


def spelled(colour: str) -> str:
    """A colour as `#rrggbb`.

    Raises:
        ValueError: it is none, or it is transparent.
    """
    with suppress(ValueError):
        found = ImageColor.getrgb(colour)
        if len(found) == 3:
            return "#{:02x}{:02x}{:02x}".format(*found)
    raise ValueError(f"{colour!r} is not a colour like #0f766e, without transparency")


def contrast(one: str, other: str) -> float:
    """How well two colours, as `spelled`, are told apart: from 1 to 21 (WCAG 2.2, contrast ratio)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [value / 255 for value in bytes.fromhex(colour[1:])]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def on(ground: str) -> str:
    """Black or white: what is read better on a colour. One of them always has 4.5 to 1."""
    return max(("#ffffff", "#000000"), key=lambda ink: contrast(ink, ground))


_worn = Looks()


def looks() -> Looks:
    """The looks of this app."""
    return _worn


def wear(chosen: Looks) -> None:
    """Let everything look like this; at start-up."""
    global _worn
    _worn = chosen
