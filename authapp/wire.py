"""What goes over the wire: the bodies and answers of the HTTP API, for the server and for clients in Python alike."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictStr, ValidationInfo, field_validator

TOKEN_HEADER = "X-Csrf-Token"  # noqa: S105 - where a client without cookies puts its session's key

Identifier = Annotated[StrictStr, Field(max_length=254, examples=["ann@example.com", "+49 1512 3456789"])]
ChallengeId = Annotated[StrictStr, Field(max_length=4000)]


class Body(BaseModel):
    """A body of ours: nothing is turned into another type, and what we do not know is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


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

    @field_validator("challenge_reply")
    @classmethod
    def _is_one_of_two(cls, reply: str | None, others: ValidationInfo) -> str | None:
        if (reply is None) == (others.data.get("password") is None):
            raise ValueError("either this or the password")
        return reply


class ForeignBody(Body):
    """What another origin, which we trust, says of somebody: an ID token, or what its verifier reads."""

    auth_origin: Annotated[StrictStr, Field(max_length=60, examples=["google"])]
    token: Annotated[StrictStr, Field(max_length=16_000, repr=False)]
    challenge_id: ChallengeId | None = None  # of `GET /connect`; the ID token's nonce must be that of its challenge
    keep: StrictBool = False


class TicketBody(Body):
    """What a page was handed at the end of a flow, and the tab it was handed to."""

    ticket: Annotated[StrictStr, Field(max_length=100, repr=False)]
    tab: Annotated[StrictStr, Field(max_length=100, repr=False)]


class AuthOk(BaseModel):
    """The session is good. `token` is its key; with a cookie, which keeps the key, its public id."""

    login: str
    user_id: str
    token: str = Field(repr=False)
    user_info: dict[str, Any]


class LoginOk(AuthOk):
    """Logged in; `signature` proves that the server knows the password's verifier. Empty after a foreign login."""

    signature: str = ""


class LoginWait(BaseModel):
    """The proof was right, and the login waits: for the address to be confirmed, or for an administrator."""

    user_id: str
    reason: Annotated[str, Field(examples=["email", "approval", "second_factor"])]


class AuthNeeded(BaseModel):
    """A challenge: SCRAM's server-first-message, or empty when only the plain password will do; a nonce for nobody."""

    challenge_id: str
    challenge: str


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
