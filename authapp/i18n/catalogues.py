"""Catalogues of translations: found, parsed and compiled, for each language.

A catalogue is a gettext file: `languages/fr.po` is ours. A product can have its own folder. Its files add languages,
and add to or replace our translations.
"""

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from gettext import GNUTranslations, c2py
from pathlib import Path
from typing import TYPE_CHECKING, Any

from authapp.extras import lazy
from authapp.i18n.locales import ENGLISH, locale

if TYPE_CHECKING:
    import babel
    from babel.messages import catalog, mofile, pofile

    from authapp import config
else:
    config = lazy("authapp.config")  # a client translates nothing, so it needs no settings
    babel = lazy("babel")
    catalog = lazy("babel.messages.catalog")
    mofile = lazy("babel.messages.mofile")
    pofile = lazy("babel.messages.pofile")

OURS = Path(__file__).parent / "languages"
PLACEHOLDER = re.compile(r"\{(\w+)\}")
# Sources whose texts are translated on the server only.
_SERVERS = re.compile(r"authapp/(?!pages/|ui/|install|guards/screen)")
_given: list[Path] = []  # the folder that the product passed to `install`


@dataclass(frozen=True, eq=False)  # compared by identity: results are cached by it
class Translations:
    """Compiled catalogues of one language."""

    language: str
    messages: "list[catalog.Message]"
    compiled: GNUTranslations
    rules: dict[str, str]  # by plural message: the expression that selects the form for n, in C and JavaScript syntax
    patterns: "list[tuple[re.Pattern[str], catalog.Message]]"  # texts with placeholders, the longest first

    def say(self, plain: str, more: str, args: Mapping[str, Any]) -> str:
        """Return the translation of a text, with its placeholders."""
        return self.compiled.ngettext(plain, more, int(args["count"])) if more else self.compiled.gettext(plain)


def use(folder: str | Path) -> None:
    """Add the catalogues in the folder of a product.

    Raises:
        ValueError: it is not a folder.
    """
    if not Path(folder).is_dir():
        raise ValueError(f"folder {str(folder)!r} for languages does not exist")
    _given[:] = [Path(folder)]
    forget()


def forget_own() -> None:
    """Remove the catalogues of the product."""
    _given.clear()
    forget()


def forget() -> None:
    """Clear the caches, so that the catalogues are read again on next use."""
    _read.cache_clear()
    languages.cache_clear()


@lru_cache(maxsize=1)
def languages() -> Mapping[str, str]:
    """Return the offered languages by code, with their own names: English, and every language with a file."""
    names = {code: locale(code).get_display_name() or code for code in sorted({ENGLISH, *_read()})}
    return {code: name[:1].upper() + name[1:] for code, name in names.items()}


def translations(language: str) -> Translations | None:
    """Return the translations of a language, or None without a catalogue."""
    return _read().get(language)


def has_own() -> bool:
    """Return whether the product has its own catalogues. Its own pages are then translated too."""
    return bool(_given or config.settings().languages)


def is_said(language: str) -> bool:
    """Return whether there is a catalogue for a language."""
    return language in _read()


def is_for_pages(message: "catalog.Message") -> bool:
    """Return whether a page can show a text."""
    return not message.locations or any(not _SERVERS.match(source) for source, _ in message.locations)


def singular(message: "catalog.Message") -> str:
    """Return the English text of a message; of a plural message, its singular."""
    return str(message.id[0] if isinstance(message.id, list | tuple) else message.id)


@lru_cache(maxsize=1)
def _read() -> dict[str, Translations]:
    setting = config.settings().languages
    folders = [OURS, *([Path(setting)] if setting else []), *_given]
    files = [file for folder in folders for file in sorted(folder.glob("*.po"))]
    by_language: dict[str, list[tuple[str, bytes]]] = {}
    for file in files:
        by_language.setdefault(file.stem.replace("_", "-"), []).append((file.name, file.read_bytes()))
    return {code: _merged(code, tuple(contents)) for code, contents in by_language.items()}


@lru_cache(maxsize=10)
def _merged(code: str, files: tuple[tuple[str, bytes], ...]) -> Translations:
    """Parse the files of one language; the same content is parsed once."""
    return _compiled(code, [_parsed(name, code, content) for name, content in files])


def _parsed(name: str, code: str, content: bytes) -> "catalog.Catalog":
    try:
        catalogue = pofile.read_po(
            io.BytesIO(content), locale=str(babel.Locale.parse(code, sep="-")), abort_invalid=True
        )
        c2py(catalogue.plural_expr)  # validated, because it becomes part of a script of the page
    except (babel.UnknownLocaleError, ValueError, pofile.PoFileError) as error:
        raise ValueError(f"{name} is not a gettext catalogue: {error}") from None
    return catalogue


def _compiled(code: str, catalogues: "list[catalog.Catalog]") -> Translations:
    """Merge the files of one language. A later file wins, and each keeps the plural rule of its own header."""
    by_text: dict[str, catalog.Message] = {}
    rules: dict[str, str] = {}
    merged: GNUTranslations | None = None
    for catalogue in catalogues:
        entries = [message for message in catalogue if message.id and _is_translated(message)]
        by_text |= {singular(message): message for message in entries}
        rules |= {singular(message): catalogue.plural_expr for message in entries if message.pluralizable}
        compiled = _gettext(catalogue, entries)
        if merged:
            compiled.add_fallback(merged)
        merged = compiled
    assert merged is not None
    messages = list(by_text.values())
    return Translations(code, messages, merged, rules, _patterns(messages))


def _gettext(catalogue: "catalog.Catalog", messages: "list[catalog.Message]") -> GNUTranslations:
    """Compile messages with the plural rule of the catalogue's header; Babel's rule where the header has none."""
    forms = f"nplurals={catalogue.num_plurals}; plural={catalogue.plural_expr};"
    compiled, buffer = catalog.Catalog(locale=catalogue.locale, header_comment=""), io.BytesIO()
    compiled.mime_headers = [("Content-Type", "text/plain; charset=utf-8"), ("Plural-Forms", forms)]
    for message in messages:
        compiled.add(message.id, message.string)
    mofile.write_mo(buffer, compiled)
    buffer.seek(0)
    return GNUTranslations(buffer)


def _is_translated(message: "catalog.Message") -> bool:
    forms = message.string if isinstance(message.string, list | tuple) else [message.string]
    return all(forms) and not message.fuzzy


def _patterns(messages: "list[catalog.Message]") -> "list[tuple[re.Pattern[str], catalog.Message]]":
    """Return the patterns that recognise filled texts, the longest first."""
    patterns = [
        (_pattern(plain), message)
        for message in messages
        for plain in (message.id if isinstance(message.id, list | tuple) else (message.id,))
        if PLACEHOLDER.search(plain) and PLACEHOLDER.sub("", plain).strip()
    ]
    return sorted(patterns, key=lambda pair: -len(pair[0].pattern))


def _pattern(plain: str) -> re.Pattern[str]:
    names: set[str] = set()
    parts = []
    for number, part in enumerate(PLACEHOLDER.split(plain)):  # texts and placeholder names alternate
        if number % 2 == 0:
            parts.append(re.escape(part))
        else:
            parts.append(f"(?P={part})" if part in names else f"(?P<{part}>.+?)")
            names.add(part)
    return re.compile("".join(parts), re.DOTALL)
