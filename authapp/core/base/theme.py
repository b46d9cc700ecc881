"""Theme of pages and mails: every design token, light and dark."""

import re
from contextlib import suppress
from dataclasses import dataclass, fields

from authapp.core.base import colours
from authapp.core.base.process_state import on_reset

_LENGTH = re.compile(r"(0|\d*\.?\d+(rem|em|px))")
_PATH = re.compile(r"(/[\w.~-]+)*")
_FAMILIES = re.compile(r"[\w\s,.\"'-]+")

# Foreground, background and their minimum contrast (WCAG 2.2: 1.4.3 for text, 1.4.11 for the border of a field).
_READ = [
    *((ink, ground, 4.5) for ground in ("card", "page") for ink in ("accent", "ink", "soft", "bad", "good")),
    ("bad", "bad_page", 4.5),
    ("edge", "card", 3.0),
]


@dataclass(frozen=True, kw_only=True)
class Theme:
    """Theme of a product: `install(app, theme=authapp.Theme(accent="#0f766e", accent_dark="#5eead4"))`.

    Every token is a CSS custom property of the pages (`bad_page` is `var(--bad-page)`). A name that ends in `_dark` is
    the value in dark mode. A colour is a CSS colour without transparency: `#0f766e`, `teal`, `hsl(175, 77%, 26%)`.

    Args:
        product_name: name on the pages and in mails, used when `AUTHAPP_PRODUCT_NAME` is not set.
        logo: path of an image in `assets/`, shown as a square; our own logo when empty.
        font: font families, best first. Serve a font that is not a system font from your own site with `@font-face`:
            the pages load nothing from other sites.
        radius: radius of round corners: `0.5rem`, `6px`, `0`.
        accent: buttons, links, the focus ring.
        page: background of pages.
        card: background of cards and fields.
        line: separator lines.
        edge: border of fields and secondary buttons.
        ink: text.
        soft: less important text.
        bad: errors and destructive actions.
        bad_page: background of an error notice.
        good: success messages.

    Raises:
        ValueError: a colour, length, path or font is invalid, or the contrast of a text is too low (WCAG 2.2, 1.4.3).
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
            raise ValueError(f"the radius must be a length like 0.5rem or 6px, not {self.radius!r}")
        if not _PATH.fullmatch(self.logo):
            raise ValueError(f"the logo must be the path of a file in assets/, like /logo.svg, not {self.logo!r}")
        if not _FAMILIES.fullmatch(self.font):
            raise ValueError(f"the font must be names of font families, separated by commas, not {self.font!r}")
        for name in [name for pair in _colours() for name in pair]:
            try:
                object.__setattr__(self, name, spelled(getattr(self, name)))
            except ValueError as error:
                raise ValueError(f"{name}: {error}") from None
        for dark in ("", "_dark"):
            for front, ground, least in _READ:
                self._can_be_read(front + dark, ground + dark, least)

    def _can_be_read(self, front: str, ground: str, least: float) -> None:
        ratio = contrast(getattr(self, front), getattr(self, ground))
        if ratio < least:
            raise ValueError(
                f"{front} {getattr(self, front)} is too similar to {ground} {getattr(self, ground)}: their "
                f"contrast is {ratio:.1f} to 1, and must be at least {least} to 1 (WCAG 2.2)"
            )

    @property
    def on_accent(self) -> str:
        """Return the text colour on the accent."""
        return on(self.accent)

    @property
    def on_accent_dark(self) -> str:
        """Return the text colour on the accent in dark mode."""
        return on(self.accent_dark)

    def css(self, logo: str) -> str:
        """Return the tokens as CSS custom properties. `logo` is the path of our own logo."""
        shared_tokens = {"font": self.font, "radius": self.radius, "logo": f'url("{self.logo or logo}")'}
        light, dark = ({pair[0]: getattr(self, pair[i]) for pair in _colours()} for i in (0, 1))
        light["on_accent"], dark["on_accent"] = self.on_accent, self.on_accent_dark
        light["black_logo"], dark["black_logo"] = "none", "invert(1)"  # logos of providers that are black
        # Reflex sets the class `light` or `dark` when the user chose a mode. Without it the system preference applies.
        return (
            _rule("", {**shared_tokens, "color-scheme": "light", **light})
            + "@media (prefers-color-scheme: dark) {\n"
            + _rule("html:not(.light) ", {"color-scheme": "dark", **dark})
            + "}\n"
            + _rule("html.dark ", {"color-scheme": "dark", **dark})
        )


def _colours() -> list[tuple[str, str]]:
    """Return the pairs of colour names: light mode, dark mode."""
    return [(field.name.removesuffix("_dark"), field.name) for field in fields(Theme) if field.name.endswith("_dark")]


def _rule(where: str, tokens: dict[str, str]) -> str:
    lines = (
        f"  {'' if name == 'color-scheme' else '--'}{name.replace('_', '-')}: {value};\n"
        for name, value in tokens.items()
    )
    frame = f"{where.strip() or 'html'}:has(.authapp.frame)"  # the background behind our pages
    return f"{where}.authapp, {frame} {{\n{''.join(lines)}}}\n"


def spelled(colour: str) -> str:
    """Return a colour as `#rrggbb`.

    Raises:
        ValueError: it is not a colour, or it is transparent.
    """
    with suppress(ValueError):
        return "#{:02x}{:02x}{:02x}".format(*colours.rgb(colour))
    raise ValueError(f"{colour!r} is not a colour without transparency, like #0f766e")


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours in the form that `spelled` returns: from 1 to 21 (WCAG 2.2)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [value / 255 for value in bytes.fromhex(colour[1:])]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def on(ground: str) -> str:
    """Return black or white, whichever has more contrast on a background. The better one always has 4.5 to 1."""
    return max(("#ffffff", "#000000"), key=lambda ink: contrast(ink, ground))


_worn = Theme()


def theme() -> Theme:
    """Return the theme of this app."""
    return _worn


def use_theme(chosen: Theme | None = None) -> None:
    """Set the theme of this app, or the default theme. Called at start-up."""
    global _worn
    _worn = chosen or Theme()


on_reset(use_theme, product=True)
