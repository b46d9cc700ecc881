"""Request bodies and answers of the HTTP API, shared by the server and the Python clients."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictStr,
    ValidationInfo,
    field_validator,
)

TOKEN_HEADER = "X-Csrf-Token"  # noqa: S105 - where a client without cookies puts its session's key

Identifier = Annotated[StrictStr, Field(max_length=254, examples=["ann@example.com", "+49 1512 3456789"])]
ChallengeId = Annotated[StrictStr, Field(max_length=4000)]

Typed = Annotated[StrictStr, Field(max_length=1000)]  # the rules have lower limits, and a message for each
TypedEmail = Annotated[Typed, Field(examples=["ann@example.com"])]
TypedPhone = Annotated[Typed, Field(examples=["+49 1512 3456789"])]
TypedPassword = Annotated[Typed, Field(repr=False, examples=["correct horse battery staple"])]
FirstName = Annotated[Typed, Field(examples=["Ann"])]
LastName = Annotated[Typed, Field(examples=["Liddell"])]
ChosenLanguage = Annotated[str, Field(max_length=35, examples=["fr"])]  # the longest language tag (RFC 5646, 4.4.1)
StepKey = Annotated[StrictStr, Field(max_length=100, repr=False, examples=["4d1gT8yZk0c2bQ7r.x0J3…"])]
LinkKey = Annotated[StrictStr, Field(max_length=1000, repr=False, examples=["Zk0c2bQ7r4d1gT8y.J3x0…"])]
Purpose = Literal["sign_up", "recovery", "add_phone", "step_up"]
Time = Annotated[AwareDatetime, Field(examples=["2026-11-22T12:00:00Z"])]  # ISO 8601 with time zone


class Body(BaseModel):
    """Request body. Types are not converted, and unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _is_one_of_two(reply: str | None, others: ValidationInfo) -> str | None:
    if (reply is None) == (others.data.get("password") is None):
        raise ValueError("either this or the password")
    return reply


class ConnectBody(Body):
    """User that wants to log in, and SCRAM's client nonce."""

    user: Identifier
    nonce: Annotated[StrictStr, Field(max_length=128, examples=["rOprNGfwEbeRWgbNEkqO"])]
    again: StrictBool = False  # give a challenge to a signed-in user too: for a step-up


class LoginBody(Body):
    """Answer to a challenge: SCRAM's client-final-message, or the password itself if the challenge is empty."""

    user: Identifier
    challenge_id: ChallengeId
    password: Annotated[StrictStr, Field(max_length=1000)] | None = Field(None, repr=False)
    challenge_reply: Annotated[StrictStr, Field(max_length=1000)] | None = Field(
        None, repr=False, validate_default=True, examples=["c=biws,r=rOprNGfw…,p=dHzbZapW…"]
    )
    keep: StrictBool = False  # stay logged in for weeks

    _is_one_of_two = field_validator("challenge_reply")(_is_one_of_two)


class ForeignBody(Body):
    """Login with a token of an identity provider: an ID token, or a token that the product's token verifier checks."""

    auth_origin: Annotated[StrictStr, Field(max_length=60, examples=["google"])]
    token: Annotated[StrictStr, Field(max_length=16_000, repr=False)]
    challenge_id: ChallengeId | None = None  # of `GET /connect`; the ID token must have the nonce of its challenge
    keep: StrictBool = False


class LinkIdentityBody(Body):
    """Token of an identity provider, whose account is linked to the signed-in user."""

    auth_origin: Annotated[StrictStr, Field(max_length=60, examples=["google"])]
    token: Annotated[StrictStr, Field(max_length=16_000, repr=False)]
    challenge_id: ChallengeId | None = None


class TicketBody(Body):
    """Ticket that a page got at the end of a flow, and the tab that got it."""

    ticket: Annotated[StrictStr, Field(max_length=100, repr=False)]
    tab: Annotated[StrictStr, Field(max_length=100, repr=False)]


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


class StepBody(Body):
    """Step that waits for a code. Purpose and key are those of the answer that began it."""

    purpose: Purpose
    step: StepKey


class CodeBody(Body):
    """Code that the user received, and the step that waits for it."""

    step: StepKey
    code: Annotated[Typed, Field(repr=False, examples=["123456"])]


class LinkBody(Body):
    """Key of a mailed link, or its whole URL."""

    key: LinkKey


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


class RenewalBody(Body):
    """New SCRAM record of the password of a login: its two keys (RFC 5802, 3), each 32 bytes in Base64."""

    token: Annotated[StrictStr, Field(max_length=4000, repr=False)]
    stored_key: Annotated[StrictStr, Field(max_length=44, repr=False)]
    server_key: Annotated[StrictStr, Field(max_length=44, repr=False)]


class StepUpBody(Body):
    """Answer to a challenge that `POST /connect` gave for `again`, or the password if that challenge is empty."""

    challenge_id: ChallengeId = ""
    password: Annotated[StrictStr, Field(max_length=1000)] | None = Field(None, repr=False)
    challenge_reply: Annotated[StrictStr, Field(max_length=1000)] | None = Field(
        None, repr=False, validate_default=True, examples=["c=biws,r=rOprNGfw…,p=dHzbZapW…"]
    )

    _is_one_of_two = field_validator("challenge_reply")(_is_one_of_two)


class NewEmailBody(Body):
    """New email address of the user."""

    new_email: TypedEmail


class NewPhoneBody(Body):
    """New phone number of the user."""

    new_phone: TypedPhone


class AuthOk(BaseModel):
    """Valid session. `token` is its key; where a cookie holds the key, `token` is the session's public id."""

    login: str
    user_id: str
    token: str = Field(repr=False)
    user_info: dict[str, Any]


class Renewal(BaseModel):
    """Parameters for a new SCRAM record: salt in Base64 and iterations. The token is valid for 60 s."""

    token: str = Field(repr=False)
    salt: Annotated[str, Field(examples=["W22ZaJ0SNY7soEsUEjb6gQ=="])]
    iterations: Annotated[int, Field(examples=[600_000])]


class LoginOk(AuthOk):
    """Successful login. `signature` proves that the server has the SCRAM record; empty if no challenge was answered."""

    signature: str = ""
    renewal: Renewal | None = None  # present if the record of this identifier is missing or old: see `POST /renewal`


class LoginWait(BaseModel):
    """Waiting login. The credentials are right, but the email address is unconfirmed, or an administrator must act."""

    user_id: str
    reason: Annotated[str, Field(examples=["email", "approval", "disabled"])]


class AuthNeeded(BaseModel):
    """Challenge: SCRAM's server-first-message, or empty if the password itself is needed; for a visitor, a nonce."""

    challenge_id: str
    challenge: str


class Said(BaseModel):
    """Accepted request. The message is for the user, and reveals nothing more."""

    message: Annotated[str, Field(examples=["We sent you an email. Follow the link in it."])]


class Step(BaseModel):
    """Step that waits for a code. `step` is its key, which only the caller may know."""

    purpose: Purpose
    step: Annotated[str, Field(examples=["4d1gT8yZk0c2bQ7r.x0J3…"])]
    target: Annotated[str, Field(examples=["+49 1512 3456789"])]  # recipient; a number as it is dialled
    guesses: Annotated[int, Field(ge=0, examples=[5])]
    again_at: Time  # earliest time of another code
    sends: Annotated[int, Field(ge=1, examples=[1])]


class Link(BaseModel):
    """Effect that a link would have for the caller. The link is not used up."""

    outcome: Annotated[
        str,
        Field(
            examples=[
                "good",
                "no_such_resource",
                "invalid_action_key",
                "account_already_activated_unconnected",
                "already_activated_connected",
                "connected_as_another_user",
                "custom_phantom_user",
                "custom_action_link",
            ]
        ),
    ]
    action: Annotated[str, Field(examples=["sign_up"])]
    heading: Annotated[str, Field(examples=["Confirm your email address"])]
    button: Annotated[str, Field(examples=["Confirm and continue"])]
    says: str
    email: Annotated[str, Field(examples=["ann@example.com"])]  # recipient of the link
    log_in_as: str  # if the link requires a login of its recipient: the address to log in with
    live: bool
    connects: bool  # whether following it opens a session
    repeats: bool  # whether another one can be sent


class Followed(BaseModel):
    """Followed link. If the link connects, `session` is the new session, which replaces the previous one."""

    path: Annotated[str, Field(examples=["/settings?set=password"])]  # next page, among our own
    session: LoginOk | LoginWait | None
    ended: bool  # whether the caller's session ended without a new one
    link: str  # key of the link that `path` continues with; may be empty


class PendingLink(BaseModel):
    """Key of the link that this browser opened under its old URL; empty without such a link."""

    key: str


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


class Fresh(AuthOk):
    """Successful step-up. Serious changes need no other one before `fresh_until`. `token` is the new session key."""

    fresh_until: Time


class EmailRow(BaseModel):
    """Email address of the user."""

    id: UUID
    address: Annotated[str, Field(examples=["ann@example.com"])]
    is_main: bool
    added_at: Time
    confirmed_at: Time | None  # null: not confirmed yet


class Emails(BaseModel):
    """Email addresses of the user: the main one, then by age."""

    emails: list[EmailRow]


class IdentityRow(BaseModel):
    """Account at an identity provider that the user can log in with."""

    id: UUID
    auth_origin: Annotated[str, Field(examples=["google"])]
    label: str  # empty: the provider is not configured any more
    about: Annotated[str, Field(examples=["ann@example.com"])]
    linked_at: Time
    suspended: bool  # after "this wasn't me": it cannot log in until it is linked again


class Identities(BaseModel):
    """Linked accounts of the user, by age."""

    identities: list[IdentityRow]


class PhoneRow(BaseModel):
    """Phone number of the user, as it is stored and as it is dialled."""

    id: UUID
    number: Annotated[str, Field(examples=["+4915123456789"])]
    dialled: Annotated[str, Field(examples=["+49 1512 3456789"])]
    is_main: bool
    confirmed_at: Time


class Phones(BaseModel):
    """Phone numbers of the user: the main one, then by age."""

    phones: list[PhoneRow]


class SessionRow(BaseModel):
    """Open session of the user."""

    id: Annotated[str, Field(examples=["4d1gT8yZk0c2bQ7r"])]
    browser: Annotated[str, Field(examples=["Firefox on Linux"])]
    address: Annotated[str, Field(examples=["192.0.2.1"])]
    opened_at: Time
    last_seen_at: Time
    is_this: bool  # the current session


class Sessions(BaseModel):
    """Open sessions of the user: the current one, then the most recently seen."""

    sessions: list[SessionRow]


class HistoryEntry(BaseModel):
    """Event in the audit log of the account."""

    id: UUID
    at: Time
    what: Annotated[str, Field(examples=["password_set"])]
    words: Annotated[str, Field(examples=["Password set"])]
    about: str  # object of the event
    browser: Annotated[str, Field(examples=["Firefox on Linux"])]
    address: Annotated[str, Field(examples=["192.0.2.1"])]


class History(BaseModel):
    """Newest events of the audit log, the newest first."""

    history: list[HistoryEntry]


class Applicant(BaseModel):
    """Pending user, who waits for an administrator."""

    id: UUID
    name: Annotated[str, Field(examples=["Ann Liddell"])]
    identifier: Annotated[str, Field(examples=["ann@example.com"])]
    since: Time


class Applicants(BaseModel):
    """Pending users, the first to sign up first."""

    waiting: list[Applicant]


class No(BaseModel):
    """Refusal: its code, the message for the user, and the form field that it belongs to."""

    error: str
    message: str
    field: str
    reason: str | None = None  # of `InvalidSession`
    challenge_id: str | None = None  # of `ChallengeNotFoundOrExpired`


class ForeignFlowBody(Body):
    """Purpose of a visit to an identity provider: log in, link the account there, or step up (`prove`)."""

    next: Annotated[StrictStr, Field(max_length=2000)] = "/"
    mode: Literal["login", "link", "prove"] = "login"
    keep: StrictBool = False


class ForeignFlow(BaseModel):
    """URL to send the browser to."""

    url: str
