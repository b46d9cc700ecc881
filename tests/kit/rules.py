"""Running rules of the package: one transaction each, after their work is done, or eight at the same moment."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from authapp.core.base.errors import Refusal
from authapp.db import _threads, transaction
from authapp.db.engines import engine


def do(rule: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Run one rule in one transaction, as pages, API and commands do."""
    with transaction() as db:
        return rule(db, *args, **kwargs)


def refused(rule: Callable[..., Any], *args: Any, **kwargs: Any) -> Refusal:
    """Return the refusal of a call that must be refused."""
    with pytest.raises(Refusal) as refusal:
        rule(*args, **kwargs)
    return refusal.value


def settled() -> None:
    """Wait until all work that rules left for after their transaction is done."""
    _threads().shutdown()
    _threads.cache_clear()


def race(count: int, action: Callable[[int], Any]) -> list[Any]:
    """Call a function in so many threads at the same moment. Returns each thread's value or exception."""
    results: list[Any] = [None] * count
    start = threading.Barrier(count)
    engine()  # created before the threads start, as at the start of a process

    def run(number: int) -> None:
        start.wait()
        try:
            results[number] = action(number)
        except BaseException as problem:
            results[number] = problem

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def winners(results: list[Any], refused: Any = ()) -> list[Any]:
    """Return the results of the calls that were not refused. Any exception but a refusal is a bug."""
    problems = [result for result in results if isinstance(result, BaseException)]
    assert all(isinstance(problem, refused or Refusal) for problem in problems), problems
    return [result for result in results if not isinstance(result, BaseException)]
