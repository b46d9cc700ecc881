"""Action links: preview, use, and what follows."""

from typing import Annotated

from pydantic import BaseModel, Field, StrictStr

from authapp.wire.common import Body
from authapp.wire.login import LoginOk, LoginWait

LinkKey = Annotated[StrictStr, Field(max_length=1000, repr=False, examples=["Zk0c2bQ7r4d1gT8y.J3x0…"])]


class LinkBody(Body):
    """Key of a mailed link, or its whole URL."""

    key: LinkKey


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
