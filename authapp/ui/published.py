"""Publishing of files beside a module of this folder, like `rx.asset`, only faster."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor


def published(asset: Callable[[], str]) -> str:
    """Call `rx.asset` for the module that created the function, in a new thread.

    `rx.asset` inspects every frame of the stack to find its caller. While modules are imported the stack is deep, and
    each call takes 0.1 to 0.3 s. A new thread has a short stack.

    Args:
        asset: a function like `lambda: rx.asset("browser.jsx", shared=True)`.
    """
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asset).result()
