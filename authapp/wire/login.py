"""Login and step-up: challenges, their answers, tickets, and the sessions that they open."""

from typing import Annotated, Any

from pydantic import BaseModel, Field, StrictBool, StrictStr, ValidationInfo, field_validator

from authapp.wire.common import Body, Time

Identifier = Annotated[StrictStr, Field(max_length=254, examples=["ann@example.com", "+49 1512 3456789"])]
ChallengeId = Annotated[StrictStr, Field(max_length=4000)]


def _is_one_of_two(reply: str | None, others: ValidationInfo) -> str | None:
    if (reply is None) == (others.data.get("password") is None):
        raise ValueError("either this or the password")
    return reply


class ConnectBody(Body):
    """User that wants to log in, and SCRAM's client nonce."""

    user: Identifier
    nonce: Annotated[StrictStr, Field(max_length=128, examples=["rOprNGfwEbeRWgbNEkqO"])]
    again: StrictBool = False  # give a challenge to a signed-in user too: for a step-up


class AuthNeeded(BaseModel):
    """Challenge: SCRAM's server-first-message, or empty if the password itself is needed; for a visitor, a nonce."""

    challenge_id: str
    challenge: str


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


class ProviderLoginBody(Body):
    """Login with a token of an identity provider: an ID token, or a token that the product's token verifier checks."""

    auth_origin: Annotated[StrictStr, Field(max_length=60, examples=["google"])]
    token: Annotated[StrictStr, Field(max_length=16_000, repr=False)]
    challenge_id: ChallengeId | None = None  # of `GET /connect`; the ID token must have the nonce of its challenge
    keep: StrictBool = False


class TicketBody(Body):
    """Ticket that a page got at the end of a flow, and the tab that got it."""

    ticket: Annotated[StrictStr, Field(max_length=100, repr=False)]
    tab: Annotated[StrictStr, Field(max_length=100, repr=False)]


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


class Fresh(AuthOk):
    """Successful step-up. Serious changes need no other one before `fresh_until`. `token` is the new session key."""

    fresh_until: Time
