"""Parts that bodies and answers share: types of fields, the accepted request and the refusal."""

from typing import Annotated, Any, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StrictStr, WrapSerializer

PROOF_HEADER = "X-Proof-Of-Work"  # the proof of a challenge of `ProofOfWorkNeeded`

Typed = Annotated[StrictStr, Field(max_length=1000)]  # the rules have lower limits, and a message for each
TypedEmail = Annotated[Typed, Field(examples=["ann@example.com"])]
TypedPhone = Annotated[Typed, Field(examples=["+49 1512 3456789"])]
TypedPassword = Annotated[Typed, Field(repr=False, examples=["correct horse battery staple"])]
FirstName = Annotated[Typed, Field(examples=["Ann"])]
LastName = Annotated[Typed, Field(examples=["Liddell"])]
# For the models of vars, which Reflex dumps in Python mode: it would write a space in place of the T. A function with
# a result type would replace the type in the OpenAPI document.
_iso_8601 = WrapSerializer(lambda at, write, info: write(at) if info.mode == "json" else at.isoformat())
Time = Annotated[AwareDatetime, _iso_8601, Field(examples=["2026-11-22T12:00:00Z"])]  # ISO 8601 with time zone


class Body(BaseModel):
    """Request body. Types are not converted, and unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Row(BaseModel):
    """Row of a list, in an answer of the API or in a var of a page. It names every field that leaves the server."""

    model_config = ConfigDict(frozen=True)

    @classmethod
    def of(cls, source: object, **fields: Any) -> Self:
        """Return the row of what a rule returned.

        Args:
            source: has the fields of the row as attributes; its other attributes are left out.
            fields: the fields that the source lacks, or that are shown in another form.
        """
        shared = {name: getattr(source, name) for name in cls.model_fields if name not in fields}
        return cls(**shared, **fields)


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
    challenge: str | None = None  # of `ProofOfWorkNeeded`
