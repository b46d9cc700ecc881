"""Account of the user: sign-up, recovery, names, language, password, and closing."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from authapp.wire.common import Body, FirstName, LastName, Time, TypedEmail, TypedPassword, TypedPhone

ChosenLanguage = Annotated[str, Field(max_length=35, examples=["fr"])]  # the longest language tag (RFC 5646, 4.4.1)


class EmailBody(Body):
    """Email address for a sign-up, a recovery, or the waitlist."""

    email: TypedEmail


class PhoneBody(Body):
    """Phone number for a recovery code."""

    phone: TypedPhone


class PhoneSignUpBody(Body):
    """Sign-up with a phone number."""

    phone: TypedPhone
    first_name: FirstName
    last_name: LastName = ""
    password: TypedPassword


class NamesBody(Body):
    """New names and language of the user. An absent field stays as it is."""

    first_name: FirstName | None = None
    last_name: LastName | None = None
    language: ChosenLanguage | None = None


class LanguageBody(Body):
    """Language that the user chooses; empty for the one that the browser prefers."""

    language: ChosenLanguage


class PasswordBody(Body):
    """New password, twice."""

    password: TypedPassword
    confirmation: TypedPassword


class Account(BaseModel):
    """Account of the signed-in user."""

    user_id: UUID
    login: Annotated[str, Field(examples=["ann@example.com"])]  # identifier of the login that opened this session
    first_name: Annotated[str, Field(examples=["Ann"])]
    last_name: Annotated[str, Field(examples=["Liddell"])]
    identifiers: Annotated[list[str], Field(examples=[["ann@example.com", "+4915123456789"]])]  # all that log in
    has_password: bool
    avatar: str  # id of the avatar; may be empty
    language: Annotated[str, Field(examples=["fr"])]  # chosen language; empty: as the browser prefers
    method: Annotated[str, Field(examples=["password", "link", "code", "recovery", "foreign"])]
    fresh_until: Time  # from then on, serious changes need a step-up


class Language(BaseModel):
    """Language of the answers to this browser."""

    language: Annotated[str, Field(examples=["fr"])]


class Closed(BaseModel):
    """Closed account. Logging in reopens it until it is purged."""

    until: Time
