"""All database tables. Rows have columns and small predicates about themselves; they never query."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import JSON, Index, text
from sqlmodel import Field, SQLModel


class User(SQLModel, table=True):
    """A user account."""

    __tablename__ = "auth_user"
    __table_args__ = (
        Index("ix_auth_user_created_at", "created_at", "id"),
        Index("ix_auth_user_blocked_by_created_at", "blocked_by", "created_at", "id"),
        Index(
            "ix_auth_user_closed",
            "created_at",
            "id",
            sqlite_where=text("closes_at IS NOT NULL"),
            postgresql_where=text("closes_at IS NOT NULL"),
        ),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    first_name: str = ""
    last_name: str = ""
    password_record: bytes | None = None  # encrypted passlib record; None until a password is set
    password_parameters: str = ""  # iterations and salt length of that record, like `600000:16`; empty: not SCRAM
    imported: bool = Field(
        default=False, index=True
    )  # the password, if any, comes from another system, until the user sets a new one
    avatar: str = ""  # the id of the picture in `auth_avatar`; empty if absent
    blocked_by: str = Field(
        default="", index=True
    )  # why the user cannot log in yet: `email`, `approval`, `disabled`; empty: no reason
    language: str = ""  # language of mails and pages, like `fr`; `~fr` when guessed, not chosen
    created_at: datetime
    closes_at: datetime | None = Field(default=None, index=True)  # set: the account is closed, and purged at this time


class ScramRecord(SQLModel, table=True):
    """A SCRAM record of one identifier. Its salt is derived from the identifier and a key of this database only."""

    __tablename__ = "auth_scram_record"

    user_id: UUID = Field(foreign_key="auth_user.id", primary_key=True, ondelete="CASCADE")
    identifier: str = Field(primary_key=True)
    parameters: str  # iterations and salt length, like `600000:16`
    record: bytes  # encrypted passlib record


class DatabaseKey(SQLModel, table=True):
    """A key of this database that stays the same when the server key is rotated."""

    __tablename__ = "auth_database_key"

    name: str = Field(primary_key=True)
    sealed: bytes


class ScramParameterCount(SQLModel, table=True):
    """A count of how many known identifiers show which SCRAM parameters in a challenge.

    Unknown identifiers show them in the same proportion, so that a challenge does not reveal who has an account.
    """

    __tablename__ = "auth_scram_parameter_count"

    parameters: str = Field(primary_key=True)  # like `own 600000:16`
    count: int


class Email(SQLModel, table=True):
    """An email address of a user. A mailed link, an identity provider, an administrator or an import confirms it."""

    __tablename__ = "auth_email"
    __table_args__ = (
        Index(
            "ux_auth_email_confirmed",
            "address",
            unique=True,
            sqlite_where=text("confirmed_at IS NOT NULL"),
            postgresql_where=text("confirmed_at IS NOT NULL"),
        ),
        Index(
            "ux_auth_email_main",
            "user_id",
            unique=True,
            sqlite_where=text("is_main"),
            postgresql_where=text("is_main"),
        ),
        Index("ux_auth_email_claim", "user_id", "address", unique=True),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    user_id: UUID = Field(foreign_key="auth_user.id", ondelete="CASCADE")
    address: str = Field(index=True)  # in the form of `identifiers.email`
    is_main: bool = False
    added_at: datetime
    confirmed_at: datetime | None = None
    undelivered: str = ""  # `bounced`: gets no mails until it is confirmed again; `complained`: its owner reported spam


class Phone(SQLModel, table=True):
    """A phone number of a user, confirmed by a one-time code that was texted to it, or by an import."""

    __tablename__ = "auth_phone"
    __table_args__ = (
        Index(
            "ux_auth_phone_main",
            "user_id",
            unique=True,
            sqlite_where=text("is_main"),
            postgresql_where=text("is_main"),
        ),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    user_id: UUID = Field(foreign_key="auth_user.id", index=True, ondelete="CASCADE")
    number: str = Field(unique=True, index=True)  # in the form of `identifiers.phone`
    is_main: bool = False
    confirmed_at: datetime
    undelivered: str = ""  # `bounced` when the last text did not arrive because of the number


class Identity(SQLModel, table=True):
    """An identity (linked account) of a user at an identity provider.

    `issuer` and `subject` identify it, never an email address.
    """

    __tablename__ = "auth_identity"
    __table_args__ = (Index("ux_auth_identity_subject", "issuer", "subject", unique=True),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    user_id: UUID = Field(foreign_key="auth_user.id", index=True, ondelete="CASCADE")
    issuer: str  # the issuer (OpenID Connect), else the registered name of the provider
    subject: str  # the provider's id of the user, never reused for another user
    provider: str  # the registered name of the provider when the identity was linked
    about: str = ""  # an email address or name by which the user recognizes it, as the provider sent it then
    linked_at: datetime
    suspended_at: datetime | None = None  # after "this wasn't me": no login with it until it is linked again


class Group(SQLModel, table=True):
    """A named set of users, for access rules."""

    __tablename__ = "auth_group"

    name: str = Field(primary_key=True)
    about: str = ""  # description
    created_at: datetime


class Membership(SQLModel, table=True):
    """A membership of a user in a group."""

    __tablename__ = "auth_membership"

    user_id: UUID = Field(foreign_key="auth_user.id", primary_key=True, ondelete="CASCADE")
    name: str = Field(primary_key=True, index=True)  # name of the group


class SearchWord(SQLModel, table=True):
    """A search word of a user. User search matches the beginning of words."""

    __tablename__ = "auth_search_word"
    __table_args__ = (Index("ix_auth_search_word_user_id", "user_id", "word"),)

    word: str = Field(primary_key=True)  # in the form of `search_words.of`; sorted by bytes, not by language rules
    user_id: UUID = Field(foreign_key="auth_user.id", primary_key=True, ondelete="CASCADE")


class WaitlistEntry(SQLModel, table=True):
    """An email address on the waitlist, which has no account yet."""

    __tablename__ = "auth_waitlist_entry"
    __table_args__ = (Index("ix_auth_waitlist_entry_asked_at", "asked_at", "id"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    address: str = Field(unique=True, index=True)  # in the form of `identifiers.email`
    language: str = ""  # the language of the browser that joined the waitlist
    asked_at: datetime
    invited_at: datetime | None = None


class Code(SQLModel, table=True):
    """A step of a flow that waits for a one-time code, with the last code that was sent."""

    __tablename__ = "auth_code"

    id: str = Field(primary_key=True)  # the public half of the step's key; only the waiting page has the whole key
    secret_digest: bytes  # digest of the secret half
    purpose: str
    target: str = Field(index=True)  # the phone number or email address that the code was sent to
    user_id: UUID | None = Field(default=None, foreign_key="auth_user.id", index=True, ondelete="CASCADE")
    data: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)  # values for the rule that continues the flow
    record: bytes | None = None  # encrypted password record of a user who does not exist yet
    code_digest: bytes  # keyed digest of the code; matches no code when none was sent
    sends: int = 1
    uses_left: int  # guesses left
    again_at: datetime  # when another code may be sent
    expires_at: datetime  # when the code expires
    ends_at: datetime = Field(index=True)  # when the step expires


class Avatar(SQLModel, table=True):
    """A profile picture of a user: square, and re-encoded by the server."""

    __tablename__ = "auth_avatar"

    user_id: UUID = Field(foreign_key="auth_user.id", primary_key=True, ondelete="CASCADE")
    image: bytes  # WebP


class Session(SQLModel, table=True):
    """A session of a browser or API client. Its end deletes the row, with `session_ends.expire` a little later."""

    __tablename__ = "auth_session"

    id: str = Field(primary_key=True)  # the public half of the key in the cookie
    secret_digest: bytes | None  # digest of the secret half; None while a new key awaits its claim, and when expired
    user_id: UUID = Field(foreign_key="auth_user.id", index=True, ondelete="CASCADE")
    identifier: str
    method: str  # password, link, code, recovery, foreign
    keep: bool
    ip: str = ""
    browser: str = ""
    opened_at: datetime
    proved_at: datetime  # when the user last authenticated with a credential
    last_seen_at: datetime
    expires_at: datetime = Field(index=True)


class Ticket(SQLModel, table=True):
    """A ticket: a key that one tab can exchange once for a session, or for a new key of its session."""

    __tablename__ = "auth_ticket"

    id: str = Field(primary_key=True)
    secret_digest: bytes
    tab: bytes  # digest of the tab's identity; empty for a login that is blocked (see `BlockedLogin`)
    user_id: UUID = Field(foreign_key="auth_user.id", index=True, ondelete="CASCADE")
    session_id: str | None = None  # set: it is for a new key of this session, not for a new session
    key_digest: bytes | None = None  # digest of the session's key when it was issued, if it is for a new key
    proved_at: datetime | None = None  # when the user authenticated for it; the session gets this with its new key
    identifier: str
    method: str
    keep: bool
    uses_left: int = 1
    expires_at: datetime = Field(index=True)


class ActionLink(SQLModel, table=True):
    """An action link: a mailed URL that runs one action, a limited number of times."""

    __tablename__ = "auth_action_link"

    id: str = Field(primary_key=True)
    secret_digest: bytes
    action: str  # a name registered with `link_actions.action`
    email: str = Field(index=True)  # the email address or phone number it was sent to
    user_id: UUID | None = Field(default=None, foreign_key="auth_user.id", index=True, ondelete="CASCADE")
    data: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    connects: bool = False
    uses_left: int = 1
    issued_at: datetime
    expires_at: datetime = Field(index=True)

    def is_live(self, at: datetime) -> bool:
        """Return whether the link can still be followed at this time."""
        return self.uses_left > 0 and at < self.expires_at


class AuditEvent(SQLModel, table=True):
    """An entry in the audit log of a user."""

    __tablename__ = "auth_audit_event"
    __table_args__ = (Index("ix_auth_audit_event_user_id_at", "user_id", "at"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    user_id: UUID = Field(foreign_key="auth_user.id", ondelete="CASCADE")
    at: datetime = Field(index=True)
    what: str  # a key of `audit.LABELS`
    about: str = ""  # the object of the event, like an email address or a browser
    ip: str = ""  # IP address of the client
    browser: str = ""  # browser of the client, like `Firefox on Linux`


class Spent(SQLModel, table=True):
    """A digest of something that was used and works only once, like an answered challenge.

    It is kept until an hour after that expires.
    """

    __tablename__ = "auth_spent"

    digest: bytes = Field(primary_key=True)
    expires_at: datetime = Field(index=True)


class RateCounter(SQLModel, table=True):
    """A rate limit counter: the tries in the current window of one limit (see `core/base/rate_limits/`)."""

    __tablename__ = "auth_rate_counter"

    digest: bytes = Field(primary_key=True)  # keyed digest of the limit and the counted client, user or target
    count: int
    blocked_until: datetime | None = None
    ends_at: datetime = Field(index=True)


class Message(SQLModel, table=True):
    """A mail or text in the outbox. A rule writes it in its transaction; the worker sends it after the commit."""

    __tablename__ = "auth_message"
    __table_args__ = (Index("ix_auth_message_due", "state", "due_at"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)  # also the idempotency key for the mail or text service
    recipient: str = Field(index=True)  # an email address, or a phone number in E.164
    subject: str  # subject of a mail; empty for a text, like `html`
    text: str
    html: str
    state: str = "waiting"  # waiting, held, kept, delivered, dead, refused, unsent: see `core/messages/queue.py`
    attempts: int = 0
    due_at: datetime  # when it may be tried next; a worker that takes it sets this to the end of its lease
    written_at: datetime
    sent_at: datetime | None = None
    problem: str = ""  # why the last attempt failed, without secrets
    useless_at: datetime | None = None  # not sent after this time: a code that arrives too late is useless
    provider_id: str = Field(default="", index=True)  # the id that the mail or text service gave it

    @property
    def is_text(self) -> bool:
        """Whether the message is a text. The plus alone does not tell: `+ann@example.com` is an email address."""
        return "@" not in self.recipient
