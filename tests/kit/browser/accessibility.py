"""Accessibility checks of a page: for users with low vision, screen readers and touch screens."""

from collections.abc import Iterator
from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice", "experimental"]
OPTIONS = {"runOnly": RULES, "resultTypes": ["violations"]}  # without elements that pass, which take long to send
SIZES = {1280: 900, 320: 640}  # pixels
Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, Scheme] = ("light", "dark")

# WCAG 2.2, 2.5.8: a target is at least 24 pixels wide and high. The label of a checkbox belongs to the checkbox.
TOO_SMALL = """() => [...document.querySelectorAll("a, button, input:not([type=hidden])")]
  .map((one) => one.closest("label") ?? one)
  .filter((one) => one.checkVisibility({ visibilityProperty: true }))
  .filter((one) => { const box = one.getBoundingClientRect(); return box.width < 24 || box.height < 24; })
  .map((one) => one.outerHTML)"""
CUT_OFF = """() => [...document.querySelectorAll("main *, header *, dialog *")]
  .filter((one) => one.checkVisibility() && !one.closest(".visually-hidden"))
  .filter((one) => !one.closest("[role=tablist]")?.matches(".tabs")) // a bar that scrolls by itself
  .filter((one) => { const box = one.getBoundingClientRect(); return box.right > innerWidth + 1 || box.left < -1; })
  .map((one) => one.outerHTML)"""


def faults(page: Page) -> list[str]:
    """Return all accessibility faults, in light and dark, on a wide screen and on a narrow one."""
    page.add_style_tag(content="* { transition: none !important }")  # colours in mid-transition belong to no design
    looks = [(scheme, *size) for scheme in SCHEMES for size in SIZES.items()]
    return [
        f"{scheme}, {width}: {fault}" for scheme, width, height in looks for fault in _at(page, scheme, width, height)
    ]


def _at(page: Page, scheme: Scheme, width: int, height: int) -> Iterator[str]:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": height})
    for rule in Axe().run(page, options=OPTIONS).response["violations"]:
        yield f"{rule['id']}: {[node['html'] for node in rule['nodes']]}"
    yield from (f"too small to press: {one}" for one in page.evaluate(TOO_SMALL))
    yield from (f"cut off: {one}" for one in page.evaluate(CUT_OFF))
    if page.evaluate("document.documentElement.scrollWidth") > width:
        yield "scrolls sideways"
