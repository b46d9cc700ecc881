"""What goes over the wire: the bodies and answers of the HTTP API, for the server and for clients in Python alike."""

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

Typed = Annotated[StrictStr, Field(max_length=1000)]  # the rules bound it closer, and say so in words
TypedEmail = Annotated[Typed, Field(examples=["ann@example.com"])]
TypedPhone = Annotated[Typed, Field(examples=["+49 1512 3456789"])]
TypedPassword = Annotated[Typed, Field(repr=False, examples=["correct horse battery staple"])]
FirstName = Annotated[Typed, Field(examples=["Ann"])]
LastName = Annotated[Typed, Field(examples=["Liddell"])]
ChosenLanguage = Annotated[str, Field(max_length=35, examples=["fr"])]  # as long as they get (RFC 5646, 4.4.1)
StepKey = Annotated[StrictStr, Field(max_length=100, repr=False, examples=["4d1gT8yZk0c2bQ7r.x0J3…"])]
LinkKey = Annotated[StrictStr, Field(max_length=1000, repr=False, examples=["Zk0c2bQ7r4d1gT8y.J3x0…"])]
Purpose = Literal["sign_up", "recovery", "add_phone", "step_up"]
Time = Annotated[AwareDatetime, Field(examples=["2026-11-22T12:00:00Z"])]  # ISO 8601 with its zone


class Body(BaseModel):
    """A body of ours: nothing is turned into another type, and what we do not know is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _is_one_of_two(reply: str | None, others: ValidationInfo) -> str | None:
    if (reply is None) == (others.data.get("password") is None):
        raise ValueError("either this or the password")
    return reply


class ConnectBody(Body):
    """Who wants to log in, and SCRAM's client nonce."""

    user: Identifier
    nonce: Annotated[StrictStr, Field(max_length=128, examples=["rOprNGfwEbeRWgbNEkqO"])]
    again: StrictBool = False  # ask even somebody who is signed in: for a step-up


class LoginBody(Body):
    """The answer to a challenge: SCRAM's client-final-message, or the password itself where the challenge is empty."""

    user: Identifier
    challenge_id: ChallengeId
    password: Annotated[StrictStr, Field(max_length=1000)] | None = Field(None, repr=False)
    challenge_reply: Annotated[StrictStr, Field(max_length=1000)] | None = Field(
        None, repr=False, validate_default=True, examples=["c=biws,r=rOprNGfw…,p=dHzbZapW…"]
    )
    keep: StrictBool = False  # stay logged in for weeks

    _is_one_of_two = field_validator("challenge_reply")(_is_one_of_two)


class ForeignBody(Body):
    """What another origin, which we trust, says of somebody: an ID token, or what its verifier reads."""

    auth_origin: Annotated[StrictStr, Field(max_length=60, examples=["google"])]
    token: Annotated[StrictStr, Field(max_length=16_000, repr=False)]
    challenge_id: ChallengeId | None = None  # of `GET /connect`; the ID token's nonce must be that of its challenge
    keep: StrictBool = False


class LinkIdentityBody(Body):
    """What another origin says of somebody, to be linked to the account of whoever asks."""

    auth_origin: Annotated[StrictStr, Field(max_length=60, examples=["google"])]
    token: Annotated[StrictStr, Field(max_length=16_000, repr=False)]
    challenge_id: ChallengeId | None = None


class TicketBody(Body):
    """What a page was handed at the end of a flow, and the tab it was handed to."""

    ticket: Annotated[StrictStr, Field(max_length=100, repr=False)]
    tab: Annotated[StrictStr, Field(max_length=100, repr=False)]


class EmailBody(Body):
    """Where a mail shall go that leads in: to sign up, or to recover; or that says how to get there."""

    email: TypedEmail


class PhoneBody(Body):
    """Where a code shall go that leads back in."""

    phone: TypedPhone


class PhoneSignUpBody(Body):
    """Who signs up with a phone number."""

    phone: TypedPhone
    first_name: FirstName
    last_name: LastName = ""
    password: TypedPassword


class StepBody(Body):
    """A step that waits for a code, as it was told when it began."""

    purpose: Purpose
    step: StepKey


class CodeBody(Body):
    """The code that a person got, and the step that waits for it."""

    step: StepKey
    code: Annotated[Typed, Field(repr=False, examples=["123456"])]


class LinkBody(Body):
    """The key of a mailed link, or its whole URL."""

    key: LinkKey


class NamesBody(Body):
    """How the person shall be called; what is not said stays as it is."""

    first_name: FirstName | None = None
    last_name: LastName | None = None
    language: ChosenLanguage | None = None


class LanguageBody(Body):
    """The language that somebody chooses; empty for that which the browser asks for."""

    language: ChosenLanguage


class PasswordBody(Body):
    """A new password, twice."""

    password: TypedPassword
    confirmation: TypedPassword


class RenewalBody(Body):
    """A new SCRAM record of the password that was proved: its two keys (RFC 5802, 3), each 32 bytes in Base64."""

    token: Annotated[StrictStr, Field(max_length=4000, repr=False)]
    stored_key: Annotated[StrictStr, Field(max_length=44, repr=False)]
    server_key: Annotated[StrictStr, Field(max_length=44, repr=False)]


class StepUpBody(Body):
    """The answer to a challenge of `POST /connect`, asked with `again`; or the password, where that is empty."""

    challenge_id: ChallengeId = ""
    password: Annotated[StrictStr, Field(max_length=1000)] | None = Field(None, repr=False)
    challenge_reply: Annotated[StrictStr, Field(max_length=1000)] | None = Field(
        None, repr=False, validate_default=True, examples=["c=biws,r=rOprNGfw…,p=dHzbZapW…"]
    )

    _is_one_of_two = field_validator("challenge_reply")(_is_one_of_two)


class NewEmailBody(Body):
    """An address that shall become the person's."""

    new_email: TypedEmail


class NewPhoneBody(Body):
    """A number that shall become the person's."""

    new_phone: TypedPhone


class AuthOk(BaseModel):
    """The session is good. `token` is its key; with a cookie, which keeps the key, its public id."""

    login: str
    user_id: str
    token: str = Field(repr=False)
    user_info: dict[str, Any]


class Renewal(BaseModel):
    """What a client needs to derive a new SCRAM record: salt in Base64 and iterations. The token is good for 60 s."""

    token: str = Field(repr=False)
    salt: Annotated[str, Field(examples=["W22ZaJ0SNY7soEsUEjb6gQ=="])]
    iterations: Annotated[int, Field(examples=[600_000])]


class LoginOk(AuthOk):
    """Logged in; `signature` proves that the server knows the password's verifier. Empty after a foreign login."""

    signature: str = ""
    renewal: Renewal | None = None  # the record of this identifier is missing or old: see `POST /renewal`


class LoginWait(BaseModel):
    """The proof was right, and the login waits: for the address to be confirmed, or for an administrator."""

    user_id: str
    reason: Annotated[str, Field(examples=["email", "approval", "disabled"])]


class AuthNeeded(BaseModel):
    """A challenge: SCRAM's server-first-message, or empty when only the plain password will do; a nonce for nobody."""

    challenge_id: str
    challenge: str


class Said(BaseModel):
    """It was taken, and no more is told; the words are for the person."""

    message: Annotated[str, Field(examples=["We sent a mail. Please follow the link in it."])]


class Step(BaseModel):
    """A step that waits for a code. `step` is its key, for whoever asked alone."""

    purpose: Purpose
    step: Annotated[str, Field(examples=["4d1gT8yZk0c2bQ7r.x0J3…"])]
    target: Annotated[str, Field(examples=["+49 1512 3456789"])]  # where the code went, as it is dialled
    guesses: Annotated[int, Field(ge=0, examples=[5])]
    again_at: Time  # when another code may be sent
    sends: Annotated[int, Field(ge=1, examples=[1])]


class Link(BaseModel):
    """What a link would do for whoever asks; nothing is spent."""

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
    email: Annotated[str, Field(examples=["ann@example.com"])]  # where it was sent
    log_in_as: str  # for a link that needs its person: the address that logs them in
    live: bool
    connects: bool  # whether following it opens a session
    repeats: bool  # whether another one can be sent


class Followed(BaseModel):
    """The link was followed. `session` is there when it connects, and takes the place of the one before."""

    path: Annotated[str, Field(examples=["/settings?set=password"])]  # where our own pages go on
    session: LoginOk | LoginWait | None
    ended: bool  # whether the session that followed it is over now, and no other is there
    link: str  # the key of the link that `path` leads on to; empty: none


class PendingLink(BaseModel):
    """The key of the link that this browser opened by an old address; empty where it did not."""

    key: str


class Account(BaseModel):
    """Who is signed in, and with what."""

    user_id: UUID
    login: Annotated[str, Field(examples=["ann@example.com"])]  # what this session was opened with
    first_name: Annotated[str, Field(examples=["Ann"])]
    last_name: Annotated[str, Field(examples=["Liddell"])]
    identifiers: Annotated[list[str], Field(examples=[["ann@example.com", "+4915123456789"]])]  # all that log in
    has_password: bool
    avatar: str  # the id of the picture; empty when there is none
    language: Annotated[str, Field(examples=["fr"])]  # that was chosen; empty: as the browser asks for
    method: Annotated[str, Field(examples=["password", "link", "code", "recovery", "foreign"])]
    fresh_until: Time  # when serious changes need another proof


class Language(BaseModel):
    """The language that is spoken with this browser now."""

    language: Annotated[str, Field(examples=["fr"])]


class Closed(BaseModel):
    """The account is closed; logging in brings it back until it is purged."""

    until: Time


class Fresh(AuthOk):
    """The proof was right; serious changes need no other one until then. `token` is the session's key from now on."""

    fresh_until: Time


class EmailRow(BaseModel):
    """An address of the person."""

    id: UUID
    address: Annotated[str, Field(examples=["ann@example.com"])]
    is_main: bool
    added_at: Time
    confirmed_at: Time | None  # null: the link in the mail waits to be followed


class Emails(BaseModel):
    """The addresses as they are now: the main one, then by age."""

    emails: list[EmailRow]


class IdentityRow(BaseModel):
    """An account elsewhere with which the person can log in."""

    id: UUID
    auth_origin: Annotated[str, Field(examples=["google"])]
    label: str  # empty: that origin is not registered any more
    about: Annotated[str, Field(examples=["ann@example.com"])]
    linked_at: Time
    suspended: bool  # after "this wasn't me": it does not log in until it is linked again


class Identities(BaseModel):
    """The linked accounts as they are now, by age."""

    identities: list[IdentityRow]


class PhoneRow(BaseModel):
    """A number of the person, as it is kept and as it is dialled."""

    id: UUID
    number: Annotated[str, Field(examples=["+4915123456789"])]
    dialled: Annotated[str, Field(examples=["+49 1512 3456789"])]
    is_main: bool
    confirmed_at: Time


class Phones(BaseModel):
    """The numbers as they are now: the main one, then by age."""

    phones: list[PhoneRow]


class SessionRow(BaseModel):
    """An open session of the person."""

    id: Annotated[str, Field(examples=["4d1gT8yZk0c2bQ7r"])]
    browser: Annotated[str, Field(examples=["Firefox on Linux"])]
    address: Annotated[str, Field(examples=["192.0.2.1"])]
    opened_at: Time
    last_seen_at: Time
    is_this: bool  # the one that asks


class Sessions(BaseModel):
    """The open sessions as they are now: the one that asks, then the one that was seen last."""

    sessions: list[SessionRow]


class HistoryEntry(BaseModel):
    """Something that happened to the account."""

    id: UUID
    at: Time
    what: Annotated[str, Field(examples=["password_set"])]
    words: Annotated[str, Field(examples=["Password set"])]
    about: str  # what it was done to
    browser: Annotated[str, Field(examples=["Firefox on Linux"])]
    address: Annotated[str, Field(examples=["192.0.2.1"])]


class History(BaseModel):
    """The newest entries, the newest first."""

    history: list[HistoryEntry]


class Applicant(BaseModel):
    """Somebody whose login waits for an administrator."""

    id: UUID
    name: Annotated[str, Field(examples=["Ann Liddell"])]
    identifier: Annotated[str, Field(examples=["ann@example.com"])]
    since: Time


class Applicants(BaseModel):
    """Who waits now, the first to come first."""

    waiting: list[Applicant]


class No(BaseModel):
    """A refusal: its name, the words for a person, and the field of the form it belongs to."""

    error: str
    message: str
    field: str
    reason: str | None = None  # of `InvalidSession`
    challenge_id: str | None = None  # of `ChallengeNotFoundOrExpired`


class ForeignFlowBody(Body):
    """What a browser is sent elsewhere for: to log in, to link that account, or to prove once more who it is."""

    next: Annotated[StrictStr, Field(max_length=2000)] = "/"
    mode: Literal["login", "link", "prove"] = "login"
    keep: StrictBool = False


class ForeignFlow(BaseModel):
    """Where the browser has to go."""

    url: str
