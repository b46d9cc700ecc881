"""Export formats of well-known systems: how to recognise them, and how to convert their rows to one shape."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from authapp.core.admin.imports.columns import MEANS, spelled
from authapp.core.credentials import hashes
from authapp.core.credentials.hashes import Firebase

Row = dict[str, Any]
ALLAUTH = "account.emailaddress"  # a Django site with allauth stores here which address was confirmed
NEEDS_PARAMETERS = (
    "Firebase passwords can be checked only with the parameters of the project. The Firebase console shows them "
    "under “Password hash parameters”. Pass --firebase-signer-key (and --firebase-salt-separator, "
    "--firebase-rounds, --firebase-mem-cost where they differ), or ignore the passwords with --ignore passwordHash"
)


class Format(NamedTuple):
    """Export format of another system."""

    name: str
    says_confirmed: bool = False  # it always says whether an address is confirmed; a missing value means no
    has_confirmed_phones: bool = False  # it contains only confirmed numbers


def unpacked(row: Row) -> Row | None:
    """Return an object of a file as a row with its own columns; None if it is not a user."""
    if "model" in row and isinstance(row.get("fields"), dict):
        return _django(row)
    credentials = row.get("credentials")
    if _are_keycloak(credentials) or (credentials is None and "createdTimestamp" in row):
        return _keycloak(row)
    return row


def columns_of(row: Row) -> Iterable[str]:
    """Return the columns of an object of a file, also of one that is not a user but describes users."""
    if str(row.get("model")).casefold() == ALLAUTH:
        return [ALLAUTH]
    found = unpacked(row)
    return [] if found is None else [name for name, _ in flat(found)]


def flat(row: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the columns of a row; an object in a column that is not known yields columns like `name.inner`."""
    for name, value in row.items():
        if isinstance(value, dict) and spelled(name) not in MEANS:
            for inner, part in value.items():
                yield f"{name}.{inner}", part
        else:
            yield name, value


def _are_keycloak(credentials: Any) -> bool:
    return isinstance(credentials, list) and all(
        isinstance(one, dict) and ({"secretData", "hashedSaltedValue"} & one.keys()) for one in credentials
    )


def _django(row: Row) -> Row | None:
    fields, model = row["fields"], str(row["model"]).casefold()
    if not model.endswith("user") and not ("password" in fields and "email" in fields):
        return None
    names = fields.get("groups") or []  # ids of groups mean nothing here; natural keys are lists of one name
    named = [name for one in names for name in (one if isinstance(one, list) else [one]) if isinstance(name, str)]
    rest = {name: value for name, value in fields.items() if name not in ("groups", "user_permissions")}
    return {"id": row.get("pk"), **rest, **({"groups": named} if named else {})}


def _keycloak(row: Row) -> Row:
    """Convert a user of Keycloak: the password is JSON text in a list of credentials, and groups are paths."""
    rest = {name: value for name, value in row.items() if name != "credentials"}
    credentials = [one for one in row.get("credentials") or [] if isinstance(one, dict)]
    found = [_keycloak_hash(one) for one in credentials if one.get("type") == "password"]
    if found:
        rest["password"] = found[0]
    if isinstance(groups := row.get("groups"), list):
        rest["groups"] = [str(one).strip("/").replace("/", "-") for one in groups]
    return rest


def _keycloak_hash(credential: Row) -> str:
    secret, facts = (_object(credential.get(name)) for name in ("secretData", "credentialData"))
    if not secret and "hashedSaltedValue" in credential:  # before Keycloak 8
        secret = {"value": credential["hashedSaltedValue"], "salt": credential.get("salt")}
        facts = credential
    return hashes.keycloak(secret, facts) if secret or facts else "{unknown}"


def _object(value: Any) -> Row:
    try:
        found = json.loads(value) if isinstance(value, str) else value
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


PLAIN_CSV, PLAIN_JSON = Format("CSV"), Format("JSON")
FIREBASE = Format("Firebase", says_confirmed=True, has_confirmed_phones=True)
KEYCLOAK = Format("Keycloak", says_confirmed=True)
DJANGO = Format("Django dumpdata")
AUTH0 = Format("Auth0", says_confirmed=True)
CLERK = Format("Clerk", says_confirmed=True)
SUPABASE = Format("Supabase", says_confirmed=True)
COGNITO = Format("Cognito", says_confirmed=True)
WORDPRESS = Format("WordPress wp_users")
DISCOURSE = Format("Discourse")
DEVISE = Format("Devise")
# The columns that identify each format: all of one set. The first match wins.
SIGNS: list[tuple[Format, tuple[set[str], ...]]] = [
    (DJANGO, ({"model", "fields"},)),
    (FIREBASE, ({"local_id"},)),
    (KEYCLOAK, ({"credentials", "enabled"}, {"created_timestamp", "enabled"}, {"credentials", "created_timestamp"})),
    (CLERK, ({"primary_email_address"}, {"verified_email_addresses"})),
    (SUPABASE, ({"encrypted_password", "email_confirmed_at"}, {"raw_user_meta_data"}, {"instance_id", "aud"})),
    (COGNITO, ({"cognito:username"}, {"cognito:mfa_enabled"}, {"email_verified", "phone_number_verified"})),
    (WORDPRESS, ({"user_pass", "user_email"}, {"user_login", "user_email"})),
    (DISCOURSE, ({"trust_level"}, {"password_algorithm", "salt"})),
    (DEVISE, ({"encrypted_password"},)),
    (AUTH0, ({"email_verified", "blocked"}, {"email_verified", "user_id"}, {"email_verified", "identities"})),
    (AUTH0, ({"email_verified", "phone_verified"}, {"email_verified", "custom_password_hash"})),
]


def recognise(columns: Iterable[str], form: str, *, realm: bool = False) -> Format:
    """Return the format of a file from the names of its columns.

    Args:
        columns: every name in the file, as written there.
        form: `csv` or `json`.
        realm: whether the object around the rows has a `realm`, as in Keycloak's exports.
    """
    names = {spelled(column) for column in columns}
    if realm:
        return KEYCLOAK
    found = next((one for one, signs in SIGNS if any(sign <= names for sign in signs)), None)
    return found or (PLAIN_CSV if form == "csv" else PLAIN_JSON)


def silent_flags(format: Format, fields: set[str | None]) -> list[str]:
    """Return the flags that mean *no* in a row without them: those of the file, and those of its format."""
    flags: list[str] = [name for name in ("confirmed", "phone_confirmed", "active") if name in fields]
    if format.says_confirmed and "confirmed" not in fields and "confirmed_emails" not in fields:
        flags.append("confirmed")
    if format.says_confirmed and not {"phone_confirmed", "confirmed_phones"} & fields:
        flags.append("phone_confirmed")
    return flags


def password(format: Format, row: Mapping[str, Any], firebase: Firebase | None) -> Any:
    """Return the password hash of a row as one text, joined with salt and algorithm from other columns."""
    hash, salt, algorithm = (row.get(name) for name in ("password", "salt", "algorithm"))
    if not hash or not isinstance(hash, str):
        return hash
    if format is FIREBASE and firebase and not hash.startswith(("$", "{")):
        return hashes.firebase(hash, str(salt or ""), firebase)
    if format is DISCOURSE:
        return hashes.discourse(hash, str(salt or ""), str(algorithm or ""))
    return hash
