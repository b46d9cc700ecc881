"""Parts that bodies and answers share: types of fields, the accepted request and the refusal."""

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StrictStr

Typed = Annotated[StrictStr, Field(max_length=1000)]  # the rules have lower limits, and a message for each
TypedEmail = Annotated[Typed, Field(examples=["ann@example.com"])]
TypedPhone = Annotated[Typed, Field(examples=["+49 1512 3456789"])]
TypedPassword = Annotated[Typed, Field(repr=False, examples=["correct horse battery staple"])]
FirstName = Annotated[Typed, Field(examples=["Ann"])]
LastName = Annotated[Typed, Field(examples=["Liddell"])]
Time = Annotated[AwareDatetime, Field(examples=["2026-11-22T12:00:00Z"])]  # ISO 8601 with time zone


class Body(BaseModel):
    """Request body. Types are not converted, and unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Answer(BaseModel):
    """Accepted request. The message is for the user, and reveals nothing more."""

    message: Annotated[str, Field(examples=["We sent you an email. Follow the link in it."])]


class Refused(BaseModel):
    """Refusal: its code, the message for the user, and the form field that it belongs to."""

    error: str
    message: str
    field: str
    reason: str | None = None  # of `InvalidSession`
    challenge_id: str | None = None  # of `ChallengeNotFoundOrExpired`
