"""authapp: the account system for Reflex. Everything a product may import is here, from `authapp/public.py`."""

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from authapp.public import *  # noqa: F403  # for whoever reads types; the list is there


def __getattr__(name: str) -> Any:
    """A public name. With the first, Reflex is loaded, which takes seconds: the commands and the client need none."""
    if (name.startswith("_") and name != "__all__") or find_spec(f"{__name__}.{name}"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from authapp import public

    if not hasattr(public, name):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has {', '.join(public.__all__)}")
    return getattr(public, name)
