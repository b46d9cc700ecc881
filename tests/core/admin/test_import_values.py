"""Values and column names in the import file of another system, and their meaning."""

from datetime import UTC, datetime

import pytest

from authapp.core.admin.imports import Choices, columns, formats, read, values
from authapp.core.admin.imports.values import Unfit
from authapp.core.sessions import sessions

NOON = datetime(2024, 5, 31, 12, tzinfo=UTC)
LATER, EARLIER = "2999-01-01T00:00:00Z", "2020-01-01T00:00:00Z"


def person(**row):
    return read(1, {"emails": ["ann@example.com"], **row})


@pytest.mark.parametrize(
    "value",
    [
        "2024-05-31T12:00:00Z",
        "2024-05-31 12:00:00",
        "2024-05-31 12:00:00 UTC",
        "2024-05-31 12:00:00 GMT",
        "2024-05-31 12:00:00+00",
        "2024-05-31 14:00:00 +0200",
        "2024-05-31T07:30:00-04:30",
        "2024-05-31 12:00:00.000000+00",
        "2024-05-31T12:00:00.000000000Z",
        "20240531T120000Z",
        1717156800,
        "1717156800",
        1717156800000,
        "1717156800000",
        1717156800000.0,
        1717156800000000,
    ],
)
def test_a_time_is_read_in_many_spellings(value):
    assert values.time("created_at", value) == NOON


@pytest.mark.parametrize("value", ["20240531", 20240531, "2024-05-31"])
def test_a_date_is_its_first_moment(value):
    assert values.time("created_at", value) == datetime(2024, 5, 31, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("31.05.2024 12:00", "more than one way"),
        ("05/31/2024", "more than one way"),
        ("0000-00-00 00:00:00", "zero date"),
        ("0000-00-00", "zero date"),
        (0, "zero date"),
        ("0001-01-01T00:00:00Z", "in the year 1"),
        ("1970-01-01T00:00:00Z", "in the year 1970"),
        ("1710-12-30", "in the year 1710"),
        ("2024", "a number but not a time"),
        (45443.5, "a number but not a time"),
        ("20240531120000", "a number but not a time"),
        ("2024-05-31 12:00:00 CEST", "not a time like"),
        ("yesterday", "not a time like"),
        (True, "not a time like"),
        ({"_seconds": 1717156800}, "not a time like"),
        ("2024-13-31", "not a time like"),
    ],
)
def test_a_time_that_may_be_misread_is_refused_with_the_reason(value, why):
    with pytest.raises(Unfit, match="created_at") as no:
        values.time("created_at", value)

    assert why in str(no.value)


CONFIRMED = columns.COLUMNS["confirmed"]
YES = [True, 1, 1.0, "true", "TRUE", "t", "yes", "Y", "1", "on", "2024-05-31 12:00:00 UTC", 1717156800000]
NO = [False, 0, 0.0, "false", "f", "no", "N", "0", "off", "", " ", None, "null", "NULL", "None", "\\N"]


@pytest.mark.parametrize("value", YES, ids=repr)
def test_yes_or_a_time_confirms_an_address(value):
    assert person(confirmed=[("emailVerified", value)]).emails == ("ann@example.com",)


@pytest.mark.parametrize("value", NO, ids=repr)
def test_no_and_nothing_confirm_no_address(value):
    ann = person(confirmed=[("emailVerified", value)])

    assert (ann.emails, ann.unconfirmed, ann.state) == ((), ("ann@example.com",), values.UNCONFIRMED)


@pytest.mark.parametrize("value", ["maybe", 7, "0000-00-00 00:00:00", "0001-01-01T00:00:00Z", [], {}])
def test_any_other_value_is_refused(value):
    with pytest.raises(Unfit, match="emailVerified"):
        person(confirmed=[("emailVerified", value)])


@pytest.mark.parametrize("name", [*CONFIRMED, "confirmed", "emailVerified", "Email Verified", "EMAIL-VERIFIED"])
def test_every_usual_name_of_a_confirmation_is_known(name):
    assert columns.MEANS[columns.spelled(name)] == "confirmed"


def test_one_negative_flag_is_enough_and_a_flag_of_an_email_concerns_that_email():
    assert person(confirmed=[("confirmed_at", EARLIER), ("email_confirmed_at", "")]).emails == ()
    two = {"emails": ["ann@example.com", "ann@work.example"]}
    assert read(1, {**two, "confirmed": [("email_verified", True)]}).unconfirmed == ("ann@work.example",)
    assert read(1, {**two, "confirmed": True}).unconfirmed == ()


def test_addresses_say_each_for_itself_whether_they_are_confirmed():
    lists = {"confirmed_emails": "ann@example.com", "unconfirmed_emails": "bob@example.com|eve@example.com"}
    ann = read(1, {"emails": ["bob@example.com"], **lists})
    bob = read(1, {"emails": [{"email": "a@x.example", "verified": True}, {"value": "b@x.example", "verified": False}]})

    assert (ann.emails, ann.unconfirmed) == (("ann@example.com",), ("bob@example.com", "eve@example.com"))
    assert (bob.emails, bob.unconfirmed) == (("a@x.example",), ("b@x.example",))


NUMBER = "+4915123456789"


@pytest.mark.parametrize(
    ("row", "kept"),
    [
        ({}, True),
        ({"phone_confirmed": True}, True),
        ({"phone_confirmed": ""}, False),
        ({"phone_confirmed": [("phone_verified", "f"), ("phone_confirmed_at", EARLIER)]}, False),
        ({"confirmed": True}, True),
        ({"confirmed": [("email_verified", True)]}, False),
        ({"confirmed_phones": "+49 1512 3456789"}, True),
        ({"confirmed_phones": ""}, False),
        ({"status": "unconfirmed"}, False),
    ],
)
def test_a_number_is_kept_only_if_it_was_confirmed(row, kept):
    ann = person(phone=NUMBER, **row)

    assert ann.phone == (NUMBER if kept else "")
    assert bool(ann.dropped) is not kept


def test_a_row_whose_only_number_was_not_confirmed_is_refused():
    with pytest.raises(Unfit, match="the number was never confirmed there"):
        read(1, {"phone": NUMBER, "phone_confirmed": False})


@pytest.mark.parametrize(
    "row",
    [
        {"active": False},
        {"active": ""},
        {"active": [("enabled", "f"), ("is_active", True)]},
        {"disabled": True},
        {"disabled": [("blocked", False), ("banned", 1)]},
        {"disabled": [("locked_at", EARLIER)]},
        {"disabled": [("locked_at", LATER)]},
        {"disabled_until": LATER},
        {"disabled_until": "infinity"},
        {"disabled_until": "9999-12-31T00:00:00Z"},
        {"disabled": [("suspended_at", EARLIER)], "disabled_until": [("suspended_till", LATER)]},
        {"disabled": [("suspended_at", EARLIER)], "disabled_until": [("suspended_till", "")]},
        {"disabled": [("locked_at", EARLIER)], "disabled_until": [("suspended_till", EARLIER)]},
        {"disabled": [("banned", True)], "disabled_until": [("banExpires", EARLIER)]},
        *({"status": word} for word in ("disabled", "Suspended", "LOCKED_OUT", "inactive", "0", "compromised")),
    ],
    ids=repr,
)
def test_a_disabled_user_stays_disabled(row):
    assert person(**row).state == values.DISABLED


@pytest.mark.parametrize(
    "row",
    [
        {"active": True},
        {"disabled": False},
        {"disabled": [("locked_at", ""), ("banned", None)]},
        {"disabled_until": EARLIER},
        {"disabled_until": ""},
        {"disabled": [("suspended_at", EARLIER)], "disabled_until": [("suspended_till", EARLIER)]},
        *({"status": word} for word in ("active", "CONFIRMED", "Force change password", "", "1")),
    ],
    ids=repr,
)
def test_an_enabled_user_is_imported_enabled(row):
    assert person(**row).state == values.ACTIVE


@pytest.mark.parametrize("row", [{"deleted": True}, {"deleted": [("deleted_at", LATER)]}, {"status": "deleted"}])
def test_deleted_accounts_are_refused(row):
    with pytest.raises(Unfit, match="deleted there"):
        person(**row)


def test_a_state_that_is_not_known_is_refused():
    with pytest.raises(Unfit, match="status is not a known state"):
        person(status="gold")


def test_a_ban_that_cannot_be_read_is_never_dropped():
    with pytest.raises(Unfit, match="banned_until"):
        read(1, {"emails": ["a@example.com"], "disabled_until": [("banned_until", "31.12.2999")]}, Choices(True))


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        ("email_is_validated", "confirmation"),
        ("confirmedOn", "confirmation"),
        ("account_banned", "ban"),
        ("ban", "ban"),
        ("is_user_active", "ban"),
        ("deletion_status", "ban"),
        ("pwd", "password"),
        ("oldPassword", "password"),
        ("sha1_hash", "password"),
        ("credentials", "password"),
        *((name, "") for name in ("urban_area", "password_changed_at", "reset_password_token", "confirmation_sent_at")),
        *((name, "") for name in ("totp_secret", "mfa_enabled", "cognito:mfa_enabled", "lastActiveAt", "nickname")),
        *((name, "") for name in ("confirmation_token", "unlock_token", "failed_attempts", "user_activation_key")),
    ],
)
def test_columns_that_must_not_be_passed_over_are_told_from_those_that_may(column, kind):
    assert columns.suspicious(column) == kind


@pytest.mark.parametrize(
    ("names", "recognised"),
    [
        (("localId", "email"), "Firebase"),
        (("model", "pk", "fields"), "Django dumpdata"),
        (("username", "credentials", "enabled"), "Keycloak"),
        (("cognito:username", "email"), "Cognito"),
        (("ID", "user_login", "user_email", "user_pass"), "WordPress wp_users"),
        (("email", "encrypted_password", "reset_password_token"), "Devise"),
        (("email", "encrypted_password", "email_confirmed_at"), "Supabase"),
        (("username", "email", "trust_level"), "Discourse"),
        (("email", "password"), "CSV"),
    ],
)
def test_formats_are_recognised_by_their_columns(names, recognised):
    assert formats.recognise(names, "csv").name == recognised


def test_a_login_that_waits_is_named_as_the_pages_name_it():
    assert sessions.UNCONFIRMED == "email"


def test_a_whole_name_is_parted_and_an_address_is_no_name():
    assert (person(name="Ann B C").first_name, person(name="Ann B C").last_name) == ("Ann", "B C")
    assert person(name="ann@example.com").first_name == ""
    assert person(name="Ann B", first_name="Anna").last_name == ""
