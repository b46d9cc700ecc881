"""The scheduled task of one process: every few minutes it forgets what is over."""

import asyncio
import logging

from authapp.core import housekeeping, scram
from authapp.db import call, survey

log = logging.getLogger(__name__)


async def keep_house() -> None:
    """Run every purge in a transaction of its own, again and again, until cancelled. Any number of processes may."""
    while True:
        for purge in housekeeping.PURGES:
            try:
                await call(housekeeping.tidy, purge)
            except Exception as error:  # the next round tries again
                log.warning("left for the next round: %s (%s)", purge.__module__, type(error).__name__)
        try:
            await count_forms()
        except Exception as error:
            log.warning("left for the next round: %s (%s)", scram.__name__, type(error).__name__)
        await asyncio.sleep(housekeeping.EVERY.total_seconds())


async def count_forms() -> None:
    """Count which parameters known names show in challenges, unless another process did or does."""
    if await call(housekeeping.is_mine, scram.keep_forms):
        await call(scram.keep_forms, await survey(scram.count_forms))
