"""Cleanup task of one process: deletes expired rows every few minutes."""

import asyncio
import logging

from authapp.core.admin import cleanup
from authapp.core.credentials import scram
from authapp.db import read_slow, run

log = logging.getLogger(__name__)

FORMS = "scram forms"  # the name of the count among the cleanup functions


async def clean_up() -> None:
    """Run every purge periodically, each in its own transaction, until cancelled. Any number of processes may run."""
    while True:
        for name, purge in cleanup.PURGES.items():
            try:
                await run(cleanup.tidy, name, purge)
            except Exception as error:  # the next round tries again
                log.warning("skipped until the next run: %s (%s)", name, type(error).__name__)
        try:
            await count_forms()
        except Exception as error:
            log.warning("skipped until the next run: %s (%s)", FORMS, type(error).__name__)
        await asyncio.sleep(cleanup.EVERY.total_seconds())


async def count_forms() -> None:
    """Count the SCRAM parameters that challenges of existing accounts show, unless another process has done it.

    Made-up challenges for unknown names follow these counts, against user enumeration.
    """
    if await run(cleanup.is_mine, FORMS):
        await run(scram.keep_forms, await read_slow(scram.count_forms))
