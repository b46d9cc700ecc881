"""Columns of other systems: the meaning of known names, and the unknown names that stop an import."""

import re
from collections.abc import Iterable
from functools import lru_cache

# Field of a row -> its names in exports. `emailVerified` and `Email-Verified` are `email_verified`.
COLUMNS: dict[str, tuple[str, ...]] = {
    "id": ("local_id", "user_id", "uid", "uuid", "sub"),
    "emails": ("email", "email_address", "mail", "user_email", "primary_email", "primary_email_address"),
    "confirmed_emails": ("verified_email_addresses", "verified_emails"),
    "unconfirmed_emails": ("unverified_email_addresses", "unverified_emails"),
    "phone": ("phone_number", "mobile", "mobile_phone", "primary_phone_number"),
    "confirmed_phones": ("verified_phone_numbers",),
    "unconfirmed_phones": ("unverified_phone_numbers",),
    "first_name": ("given_name", "firstname"),
    "last_name": ("family_name", "lastname", "surname"),
    "name": ("display_name", "full_name", "fullname"),
    "groups": (),
    "confirmed": (
        *("email_verified", "is_verified", "verified", "is_email_verified", "email_confirmed", "is_confirmed"),
        *("confirmed_at", "email_confirmed_at", "email_verified_at", "verified_at", "is_email_confirmed"),
        *("activated", "activated_at", "verified_email"),
    ),
    "phone_confirmed": (
        *("phone_verified", "phone_number_verified", "is_phone_verified", "mobile_verified"),
        *("phone_confirmed_at", "phone_verified_at", "phone_number_verified_at", "phone_number_confirmed"),
    ),
    "active": ("is_active", "enabled", "is_enabled", "account_enabled"),
    "disabled": (
        *("is_disabled", "blocked", "is_blocked", "banned", "is_banned", "suspended", "is_suspended"),
        *("locked", "is_locked", "inactive", "is_inactive", "deactivated", "is_deactivated", "archived", "spam"),
        *("locked_at", "disabled_at", "blocked_at", "banned_at", "suspended_at", "deactivated_at", "archived_at"),
    ),
    "disabled_until": (
        *("banned_until", "suspended_until", "suspended_till", "blocked_until", "locked_until", "ban_expires"),
        *("lockout_end", "ban_expires_at"),
    ),
    "deleted": ("is_deleted", "deleted_at", "removed", "removed_at"),
    "status": ("account_status", "user_status", "cognito:user_status"),
    "created_at": (
        *("date_joined", "created", "created_on", "created_timestamp", "user_registered", "registered_at"),
        *("joined_at", "user_create_date"),
    ),
    "password": (
        *("password_hash", "hashed_password", "encrypted_password", "password_digest", "crypted_password"),
        *("user_pass",),
    ),
    "salt": ("password_salt",),
    "algorithm": ("password_algorithm", "password_hasher"),
}
BECOMES = {
    "id": "id",
    "emails": "email address",
    "confirmed_emails": "which addresses are confirmed",
    "unconfirmed_emails": "which addresses are not confirmed",
    "phone": "phone number",
    "confirmed_phones": "which numbers are confirmed",
    "unconfirmed_phones": "which numbers are not confirmed",
    "first_name": "first name",
    "last_name": "last name",
    "name": "first and last name, where these are empty",
    "groups": "groups",
    "confirmed": "whether the email address is confirmed",
    "phone_confirmed": "whether the phone number is confirmed",
    "active": "disabled, where it is no or empty",
    "disabled": "disabled, where it is yes or a time",
    "disabled_until": "disabled, where it is a time in the future",
    "deleted": "refused, where it is yes or a time",
    "status": "disabled, unconfirmed or refused, by its value",
    "created_at": "time of sign-up",
    "password": "password hash",
    "salt": "part of the password hash",
    "algorithm": "part of the password hash",
}
MANY = {"emails", "confirmed_emails", "unconfirmed_emails", "confirmed_phones", "unconfirmed_phones"}
# Every column of these fields counts, not only the first: one *no* is enough.
FLAGS = {"confirmed", "phone_confirmed", "active", "disabled", "disabled_until", "deleted", "status"}
MEANS = {name: field for field, names in COLUMNS.items() for name in (field, *names)}

_CONFIRMATION = re.compile(r"(?:^|_)(?:verif|confirm|activat|validat|unverif|unconfirm|emailaddress$)")
_BAN = re.compile(
    r"(?:^|_)(?:ban|bans|banned|block|blocked|lock|locked|lockout|suspen\w*|disab\w*|enabled|delet\w*|deactiv\w*|"
    r"inactive|active|archived|frozen|terminated|restricted|approved|status|expired?)(?:_|$)|^state$"
)
_PASSWORD = re.compile(
    r"(?:^|_)(?:pass|passw\w*|passphrase|passhash|pwd|pw|hash|hashed|pwhash|digest|credentials?|secret|crypted|"
    r"encrypted)(?:_|$)|password|passwd"
)
# Names with such a word that mean none of these: mails and their time, second factors, task lists.
_HARMLESS = re.compile(
    r".*_(token|sent_at|code|attempts|attempts_count|key|hint|question|ip)$|"
    r"(last_)?password_(reset|updated|update|changed|change|set|modified|expires)(_at|_on|_date|_time)?$|"
    r"(password_(updated|changed|set)|last_password_(reset|change|update))\w*$|"
    r"(?:.*_)?(mfa|otp|totp|2fa|two_factor|webauthn|passkeys?|newsletter|marketing|notifications?)(_.*)?$|"
    r"last_active(_at)?$|disableable_credential_types$|required_actions$|unconfirmed_email$|"
    r"email_change_confirm_status$|cognito:mfa_enabled$"
)
KINDS = {"password": _PASSWORD, "confirmation": _CONFIRMATION, "ban": _BAN}
SAYS = {
    "password": "contains passwords",
    "confirmation": "says whether an address or number was confirmed",
    "ban": "says whether an account was disabled",
}


@lru_cache(maxsize=10_000)
def spelled(column: str) -> str:
    """Return the name of a column in one spelling: lower case, words joined by underscores."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", column.strip())
    return re.sub(r"[\s_-]+", "_", words).casefold().strip("_")


def suspicious(column: str) -> str:
    """Return why an unknown column must not be skipped, a key of `KINDS`; empty if it may be skipped."""
    name = spelled(column).replace(".", "_")
    if _HARMLESS.fullmatch(name):
        return ""
    return next((kind for kind, form in KINDS.items() if form.search(name)), "")


def why_stopped(unknown: Iterable[str]) -> str:
    """Return the message that stops an import with unknown columns; empty if it may continue."""
    found = [(column, kind) for column in sorted(unknown) if (kind := suspicious(column))]
    if not found:
        return ""
    column, kind = found[0]
    more = ", ".join(f"“{other}”" for other, _ in found[1:])
    also = f" The same goes for {more}." if more else ""
    return (
        f"the column “{column}” looks as if it {SAYS[kind]}, but its name is unknown.{also} Name its field with "
        f"--map {column}=FIELD, or ignore it with --ignore {column}"
    )
