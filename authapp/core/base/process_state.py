"""State of this process that must not outlive a test or a product. One call of `reset` clears it."""

from collections.abc import Callable
from typing import TypeVar

from authapp.config import settings, suggest
from authapp.core.base import routes
from authapp.i18n import catalogues

T = TypeVar("T")

# `config`, `i18n` and `routes` are below this module, so they cannot register themselves.
_caches: list[Callable[[], object]] = [settings.cache_clear, catalogues.forget]
_registrations: list[Callable[[], object]] = [suggest, catalogues.forget_own, routes.move_back]


def cache(kept: T) -> T:
    """Register a cache, which `reset` empties: a dict, set or list, or a function with `lru_cache`."""
    _caches.append(_clear_function(kept))
    return kept


def registrations(kept: T) -> T:
    """Register what a product registers, like hooks. `reset` removes it before another product starts."""
    _registrations.append(_clear_function(kept))
    return kept


def on_reset(clear: Callable[[], object], *, product: bool = False) -> None:
    """Register a function that `reset` calls: with the caches, or with what a product registered."""
    (_registrations if product else _caches).append(clear)


def reset(*, product: bool = False) -> None:
    """Clear every cache, as if the process had just started.

    Args:
        product: whether to remove what the product registered, too. Our own action links stay.
    """
    for clear in [*_caches, *(_registrations if product else [])]:
        clear()


def _clear_function(container: object) -> Callable[[], object]:
    clear: Callable[[], object] = getattr(container, "cache_clear", None) or container.clear  # type: ignore[attr-defined]
    return clear
