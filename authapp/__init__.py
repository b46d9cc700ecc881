"""Account system for Reflex. Every name in `authapp/public.py` can be imported from here."""

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from authapp.public import *  # noqa: F403  # for editors and type checkers; `public.py` lists the names
else:

    def __getattr__(name: str) -> Any:
        """Return a public name. The first access loads Reflex, which takes seconds: commands and client avoid it."""
        if (name.startswith("_") and name != "__all__") or find_spec(f"{__name__}.{name}"):
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from authapp import public

        if not hasattr(public, name):
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has {', '.join(public.__all__)}")
        return getattr(public, name)
