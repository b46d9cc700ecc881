"""Linked accounts at identity providers, and visits to a provider."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StrictBool, StrictStr

from authapp.wire.common import Body, Row, Time
from authapp.wire.login import ChallengeId


class ProviderRow(Row):
    """Identity provider with a login page."""

    name: str
    label: str
    preset: str  # has a logo; empty for other providers


class LinkIdentityBody(Body):
    """Token of an identity provider, whose account is linked to the signed-in user."""

    auth_origin: Annotated[StrictStr, Field(max_length=60, examples=["google"])]
    token: Annotated[StrictStr, Field(max_length=16_000, repr=False)]
    challenge_id: ChallengeId | None = None


class LinkedAccount(Row):
    """Account at an identity provider, as pages show it."""

    id: UUID
    auth_origin: Annotated[str, Field(examples=["google"])]
    label: str  # empty: the provider is not configured any more
    about: Annotated[str, Field(examples=["ann@example.com"])]
    suspended: bool  # after "this wasn't me": it cannot log in until it is linked again


class IdentityRow(LinkedAccount):
    """Account at an identity provider that the user can log in with."""

    linked_at: Time


class Identities(BaseModel):
    """Linked accounts of the user, by age."""

    identities: list[IdentityRow]


class ProviderFlowBody(Body):
    """Purpose of a visit to an identity provider: log in, link the account there, or step up (`prove`)."""

    next: Annotated[StrictStr, Field(max_length=2000)] = "/"
    mode: Literal["login", "link", "prove"] = "login"
    keep: StrictBool = False


class ProviderFlow(BaseModel):
    """URL to send the browser to."""

    url: str
