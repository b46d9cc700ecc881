from datetime import UTC, datetime, timedelta

from authapp.core import clock as core_clock


def test_the_time_is_utc_and_knows_it():
    before = datetime.now(UTC)

    now = core_clock.now()

    assert now.utcoffset() == timedelta(0)
    assert before <= now <= datetime.now(UTC)
