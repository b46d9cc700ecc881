"""Rate limits as the settings change them: exact counts, and the words of the refusals."""

import json
from datetime import timedelta
from uuid import UUID

import pytest

from authapp.core.authentication import challenges, login, recovery, sign_up, waitlist
from authapp.core.authentication.proofs import Credentials
from authapp.core.base import callers, errors, rate_limits
from authapp.core.base.callers import Caller
from authapp.core.base.errors import BadUserOrPassword, TooManyRequests
from authapp.core.base.rate_limits import CodeTarget, RateLimit, memory, table, words
from authapp.guards.sockets import Budget, Owner, shares
from authapp.i18n.texts import into
from tests.kit.rules import do
from tests.kit.users import HOME

NONCE = "anonceoftheclient"
OWNER = UUID(int=7)
NUMBER = "+4915123456789"


def limit(configure, **limits):
    configure(AUTHAPP_LIMITS=json.dumps(limits))


def fail(number=0, *, ip="192.0.2.1", is_known=False):
    do(rate_limits.check_failures, f"{number}@example.com", ip, is_known=is_known)
    return do(rate_limits.count_failure, f"{number}@example.com", ip, is_known=is_known)


def send_code(number):
    return do(rate_limits.count_code, CodeTarget(f"{number}@example.com"), "192.0.2.1")


def guess(_):
    do(rate_limits.count_guess, CodeTarget(NUMBER))


def throttle(row):
    return lambda _: do(rate_limits.throttle, "somebody", row)


def ask_again(clock):
    def send(_):
        clock.advance(timedelta(minutes=2))  # after the pause
        return do(rate_limits.count_code, CodeTarget(NUMBER), "192.0.2.1")

    return send


COUNTED = [
    ("login_per_ip", "3/hour", lambda _: fail, words.LOGINS_FROM_NETWORK, "1 hour"),
    ("challenges_per_ip", "3/minute", lambda _: lambda _: _challenge(HOME), words.CALLS, None),
    ("calls_per_ip", "3/minute", lambda _: lambda _: _call("192.0.2.1"), words.CALLS, None),
    ("reports_per_ip", "3/minute", lambda _: lambda _: _call("192.0.2.1", rate_limits.REPORTS), words.CALLS, None),
    ("requests_per_ip", "3/10 minutes", lambda _: lambda n: _sign_up(n), words.REQUESTS, "10 minutes"),
    ("requests_per_ip_daily", "3/2 days", lambda _: lambda n: _sign_up(n), words.REQUESTS, "2 days"),
    ("codes_per_ip", "3/hour", lambda _: send_code, words.CODES_FROM_NETWORK, "1 hour"),
    ("codes_per_target", "3/day", ask_again, words.CODES, "24 hours"),
    ("guesses_per_target", "3/hour", lambda _: guess, words.GUESSES, "1 hour"),
    ("changes_per_user", "3/hour", lambda _: throttle(rate_limits.CHANGES_PER_USER), words.CHANGES, "1 hour"),
    ("mails_per_address", "3/hour", lambda _: throttle(rate_limits.MAILS_PER_ADDRESS), words.MAILS, "1 hour"),
]


def _challenge(caller):
    do(challenges.challenge, "alice@example.com", NONCE, caller)


def _call(who, row=rate_limits.ANONYMOUS):
    rate_limits.throttle_calls(row, who)


def _sign_up(number):
    do((sign_up.sign_up, recovery.recover, waitlist.join)[number % 3], f"{number}@example.com", HOME)


@pytest.mark.parametrize(("name", "value", "make", "why", "wait"), COUNTED, ids=lambda part: str(part)[:25])
def test_as_many_as_the_setting_says_and_no_more(database, configure, clock, name, value, make, why, wait):
    limit(configure, **{name: value})
    use = make(clock)
    for number in range(3):
        use(number)

    with pytest.raises(TooManyRequests) as refusal:
        use(3)

    assert refusal.value.message.startswith(f"{why} Wait ")
    if wait and name != "codes_per_target":
        assert refusal.value.message == f"{why} Wait {wait} and try again."
    assert into(refusal.value.message, "fr") != refusal.value.message
    assert refusal.value.wait >= 1


def test_a_limit_ends_with_its_period(database, configure, clock):
    limit(configure, login_per_ip="2/3 hours")
    fail(0)
    fail(1)
    with pytest.raises(TooManyRequests):
        fail(2)

    clock.advance(timedelta(hours=3))

    assert not fail(3)


def test_failures_without_delay_and_per_identifier(database, configure, clock):
    limit(configure, failures_without_delay="2", failures_per_identifier="4")
    assert [fail(), fail(), fail()] == [False] * 3
    with pytest.raises(TooManyRequests) as refusal:
        fail()
    assert refusal.value.message == "Too many failed logins. Wait 1 second and try again."

    clock.advance(timedelta(seconds=1))
    assert fail()  # the fourth closes it

    clock.advance(timedelta(days=40))
    with pytest.raises(TooManyRequests) as refusal:
        fail()
    assert refusal.value.message == "Too many failed logins. Use “Forgot your password?” to get back in."


@pytest.mark.parametrize(("name", "is_known"), [("failures_per_user", False), ("failures_per_user_known", True)])
def test_failures_per_user_lock_that_kind_of_browser(database, configure, name, is_known):
    limit(configure, **{name: "3"})

    def locked(kind):
        return do(rate_limits.check_failures, "ann@example.com", "192.0.2.9", OWNER, is_known=kind).too_many

    told = [
        do(rate_limits.count_failure, "ann@example.com", f"192.0.2.{number}", OWNER, is_known=is_known)
        for number in range(4)
    ]

    assert told == [False, False, True, False]  # once for the lock, and not for each try
    assert locked(is_known)
    assert not locked(not is_known)


def test_one_more_password_is_hashed_at_once(configure):
    limit(configure, hashes_per_identifier="3")
    with (
        memory.checked("ann"),
        memory.checked("ann"),
        memory.checked("ann"),
        pytest.raises(TooManyRequests) as refusal,
        memory.checked("ann"),
    ):
        pass

    assert refusal.value.message.startswith(words.LOGINS_AT_ONCE)


def test_sockets_and_messages(configure):
    limit(
        configure,
        sockets_per_session="2",
        sockets_per_user="3",
        sockets_per_ip="4",
        anonymous_sockets_per_ip="5",
        message_burst_per_socket="6",
        messages_per_socket="120/minute",
    )

    assert [share.most for share in shares(Owner("session", ip="192.0.2.1", user="ann"))] == [2, 3, 4]
    assert [share.most for share in shares(Owner(ip="192.0.2.1"))] == [4, 5]
    assert (rate_limits.BURST.most, rate_limits.PER_SECOND.per_second) == (6, 2)
    assert Budget(6, rate_limits.PER_SECOND.per_second)._per_second == 2


def test_people_at_one_address_do_not_lock_out_a_known_browser(alice, configure):
    limit(configure, login_per_ip="2/hour", challenges_per_ip="2/minute", calls_per_ip="2/minute")
    known = callers.with_known_device(HOME, alice.user_id)
    for number in range(2):
        fail(number, ip=HOME.ip)
        _challenge(HOME)
        _call(callers.counted_as(HOME))
    for use in (lambda: fail(2, ip=HOME.ip), lambda: _challenge(HOME), lambda: _call(callers.counted_as(HOME))):
        with pytest.raises(TooManyRequests):
            use()

    _challenge(known)
    _call(callers.counted_as(known))
    failed = login.with_password, Credentials(alice.email, "a wrong password")
    for _ in range(3):
        with pytest.raises(BadUserOrPassword):
            do(*failed, keep=False, tab="tab", caller=known)
    with pytest.raises(TooManyRequests):  # the failures of the known browser changed nothing for others
        do(*failed, keep=False, tab="tab", caller=HOME)


def test_a_forged_device_cookie_counts_by_address():
    assert callers.counted_as(Caller("192.0.2.1", device="forged")) == "192.0.2.1"


def test_strangers_do_not_use_up_the_codes_and_guesses_of_the_owner(database, clock, configure):
    limit(configure, codes_per_target="1/hour", guesses_per_target="1/hour", codes_per_ip="1/hour")
    mine = CodeTarget(NUMBER, OWNER)
    do(rate_limits.count_code, CodeTarget(NUMBER), HOME.ip)
    do(rate_limits.count_guess, CodeTarget(NUMBER))

    assert do(rate_limits.count_code, mine, HOME.ip)
    do(rate_limits.count_guess, mine)
    for use in (lambda: do(rate_limits.count_code, mine, "198.51.100.1"), lambda: do(rate_limits.count_guess, mine)):
        with pytest.raises(TooManyRequests):
            use()


def test_the_table_holds_no_row_that_nothing_counts():
    rows = {row.row for row in vars(table).values() if isinstance(row, table.TableLimit)}
    rows |= {row.row for row in table.REQUESTS_PER_CLIENT}

    assert rows == set(rate_limits.table.DEFAULTS)


def test_a_refusal_without_a_reason_still_has_words():
    assert RateLimit("x", 1, timedelta(minutes=1)).why == errors.TOO_MANY
