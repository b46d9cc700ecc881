"""Publishing of files beside a module, so that the build of the pages finds them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any


def published(asset: Callable[[str], Any], *names: str) -> dict[str, str]:
    """Publish files beside the module that created the function, and return the path that imports each of them.

    `rx.asset` inspects every frame of the stack to find its caller. While modules are imported the stack is deep, and
    each call takes 0.1 to 0.3 s. A new thread has a short stack. The paths have no version, like the imports between
    the files: a file with two paths would be two modules in the page, each with its own state.

    Args:
        asset: `lambda name: rx.asset(name, shared=True)`, written in the module beside the files.
        names: names of the files.
    """
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: {name: asset(name).importable_path for name in names}).result()


def scripts(module: str, asset: Callable[[str], Any]) -> dict[str, str]:
    """Publish all scripts beside a module, like `published`; `module` is its `__file__`."""
    files = sorted(Path(module).parent.iterdir())
    return published(asset, *(file.name for file in files if file.suffix in (".js", ".jsx")))
