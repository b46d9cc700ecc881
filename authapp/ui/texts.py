"""What pages say: texts that the browser turns into the language of who reads them."""

from typing import Any

import reflex as rx
from reflex.utils.imports import ImportVar
from reflex.vars import VarData

from authapp import texts
from authapp.ui.published import published

_FILE = published(lambda: rx.asset("texts.js", shared=True))
_LIBRARY = f"$/public{_FILE.partition('?')[0]}"  # as the files beside it import it


class Words(rx.Component):
    """A text with components in its places, by their `names`."""

    library = _LIBRARY
    tag = "Words"
    plain: rx.Var[str]
    names: rx.Var[list[str]]
    given: rx.Var[dict[str, Any]]


def say(plain: str, **given: Any) -> Any:
    """A text of a page. Its English words must be written out where this is called, so that catalogues have it.

    Args:
        plain: English, with places like `{minutes}`.
        given: what fills them: values, vars, or components, for words that look different or do something.
    """
    shown = {name: one for name, one in given.items() if isinstance(one, rx.Component)}
    if shown:
        rest = {name: one for name, one in given.items() if name not in shown}
        return Words.create(*shown.values(), plain=plain, names=list(shown), given=rest)
    return _call("say", plain, *([given] if given else []))


def counted(one: str, more: str, count: Any, **given: Any) -> Any:
    """A text of a page that depends on a number: languages have up to six forms.

    Args:
        one: English for one, like `{count} minute`.
        more: English for several, like `{count} minutes`.
        count: how many; a value or a var.
        given: as for `say`.
    """
    return _call("counted", one, more, count, *([given] if given else []))


def languages() -> list[dict[str, str]]:
    """The languages that are offered: `code`, and the `name` that each calls itself."""
    return [{"code": code, "name": name} for code, name in texts.languages().items()]


def _call(function: str, *given: Any) -> Any:
    parts = [rx.Var.create(one) for one in given]
    imported = VarData(imports={_LIBRARY: [ImportVar(tag=function)]})
    words = f"{function}({', '.join(str(part) for part in parts)})"
    return rx.Var(
        words, _var_type=str, _var_data=VarData.merge(imported, *(part._get_all_var_data() for part in parts))
    )
