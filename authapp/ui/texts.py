"""Texts of pages, which the browser translates into the language of the reader."""

from typing import Any

import reflex as rx

from authapp.i18n import catalogues
from authapp.installation.reflex_seams import call_in_page
from authapp.ui.browser.shared import FILES

_LIBRARY = FILES["texts.js"]


class Words(rx.Component):
    """Text with components in its placeholders, by their `names`."""

    library = _LIBRARY
    tag = "Words"
    plain: rx.Var[str]
    names: rx.Var[list[str]]
    given: rx.Var[dict[str, Any]]


def t(plain: str, **given: Any) -> Any:
    """Return a text of a page. The call must contain the English text literally, so that catalogues include it.

    Args:
        plain: English, with placeholders like `{minutes}`.
        given: values of the placeholders: values, vars, or components, for parts with their own style or behaviour.
    """
    components = {name: value for name, value in given.items() if isinstance(value, rx.Component)}
    if components:
        values = {name: value for name, value in given.items() if name not in components}
        return Words.create(*components.values(), plain=plain, names=list(components), given=values)
    return call_in_page(_LIBRARY, "t", plain, *([given] if given else []))


def tn(one: str, more: str, count: Any, **given: Any) -> Any:
    """Return a text of a page with a plural. Languages have up to six plural forms.

    Args:
        one: English singular, like `{count} minute`.
        more: English plural, like `{count} minutes`.
        count: the number; a value or a var.
        given: as for `t`.
    """
    return call_in_page(_LIBRARY, "tn", one, more, count, *([given] if given else []))


def languages() -> list[dict[str, str]]:
    """Return the offered languages: `code`, and `name` in the language itself."""
    return [{"code": code, "name": name} for code, name in catalogues.languages().items()]
