"""Every table. Rows hold facts and one-line questions about themselves; they never query."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import JSON, Index, text
from sqlmodel import Field, SQLModel


class User(SQLModel, table=True):
    """A person with an account."""

    __tablename__ = "auth_user"
    __table_args__ = (
        Index("ix_auth_user_created_at", "created_at", "id"),
        Index("ix_auth_user_waits_created_at", "waits", "created_at", "id"),
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
    password_record: bytes | None = None  # passlib's record, sealed; None until a password is set
    password_form: str = ""  # iterations and length of the salt of that record, like `600000:16`; empty: not SCRAM
    imported: bool = Field(
        default=False, index=True
    )  # the password is that of elsewhere, if any, until one is set here
    avatar: str = ""  # the id of the picture in `auth_avatar`; empty when there is none
    waits: str = Field(
        default="", index=True
    )  # what a login waits for: `email`, `approval`, `disabled`; empty: nothing
    language: str = ""  # in which we write to them, like `fr`; `~fr` where they did not choose it
    created_at: datetime
    closes_at: datetime | None = Field(default=None, index=True)  # the account is closed; purged then


class ScramRecord(SQLModel, table=True):
    """The SCRAM record of one identifier; its salt depends on the identifier and a key of this database alone."""

    __tablename__ = "auth_scram_record"

    user_id: UUID = Field(foreign_key="auth_user.id", primary_key=True, ondelete="CASCADE")
    identifier: str = Field(primary_key=True)
    form: str  # iterations and length of the salt, like `600000:16`
    record: bytes  # passlib's record, sealed


class LastingKey(SQLModel, table=True):
    """A key of this database that stays the same when the server key is rotated."""

    __tablename__ = "auth_lasting_key"

    name: str = Field(primary_key=True)
    sealed: bytes


class ChallengeForm(SQLModel, table=True):
    """How many known names show which parameters in a challenge: unknown names show them in the same share."""

    __tablename__ = "auth_challenge_form"

    form: str = Field(primary_key=True)  # like `own 600000:16`
    count: int


class Email(SQLModel, table=True):
    """An e-mail address of a user; confirmed by following a link that was sent to it."""

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
    address: str = Field(index=True)  # as `identifiers.email` spells it
    is_main: bool = False
    added_at: datetime
    confirmed_at: datetime | None = None


class Phone(SQLModel, table=True):
    """A phone number of a user, confirmed by a code that was sent to it."""

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
    number: str = Field(unique=True, index=True)  # as `identifiers.phone` spells it
    is_main: bool = False
    confirmed_at: datetime


class Identity(SQLModel, table=True):
    """Who a user is elsewhere: what an origin that we trust calls them. Never their e-mail address."""

    __tablename__ = "auth_identity"
    __table_args__ = (Index("ux_auth_identity_subject", "origin", "subject", unique=True),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    user_id: UUID = Field(foreign_key="auth_user.id", index=True, ondelete="CASCADE")
    origin: str  # the issuer (OpenID Connect), else the name the origin is registered under
    subject: str  # what the origin calls them; never given to anybody else
    name: str  # the name the origin was registered under when it was linked
    about: str = ""  # how the person knows this account: an address or a name, as the origin said it then
    linked_at: datetime
    suspended_at: datetime | None = None  # after "this wasn't me": it logs nobody in until it is linked again


class Group(SQLModel, table=True):
    """A named set of users, for guards."""

    __tablename__ = "auth_group"

    name: str = Field(primary_key=True)
    about: str = ""  # what it is for, in words
    created_at: datetime


class Membership(SQLModel, table=True):
    """A user in a group."""

    __tablename__ = "auth_membership"

    user_id: UUID = Field(foreign_key="auth_user.id", primary_key=True, ondelete="CASCADE")
    name: str = Field(primary_key=True, index=True)  # of the group


class Word(SQLModel, table=True):
    """A word that a user is found by: what people typed into a search field begins it."""

    __tablename__ = "auth_word"
    __table_args__ = (Index("ix_auth_word_user_id", "user_id", "word"),)

    word: str = Field(primary_key=True)  # as `words.of` spells it; in the order of its bytes, whatever the language
    user_id: UUID = Field(foreign_key="auth_user.id", primary_key=True, ondelete="CASCADE")


class Applicant(SQLModel, table=True):
    """An address on the waiting list: somebody who wants an account, and has none yet."""

    __tablename__ = "auth_applicant"
    __table_args__ = (Index("ix_auth_applicant_asked_at", "asked_at", "id"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    address: str = Field(unique=True, index=True)  # as `identifiers.email` spells it
    language: str = ""  # what their browser spoke when they joined
    asked_at: datetime
    invited_at: datetime | None = None


class Code(SQLModel, table=True):
    """A step of a flow that waits for a one-time code, and the code that was sent last."""

    __tablename__ = "auth_code"

    id: str = Field(primary_key=True)  # the public half of the step's key, which only the waiting page has
    verifier: bytes  # digest of the secret half
    purpose: str
    target: str = Field(index=True)  # the number or address it was sent to
    user_id: UUID | None = Field(default=None, foreign_key="auth_user.id", index=True, ondelete="CASCADE")
    data: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)  # what the step needs when it goes on
    record: bytes | None = None  # a sealed password record, for a user who is still to be
    digest: bytes  # keyed digest of the code; of no code at all where none was sent
    sends: int = 1
    uses_left: int  # guesses
    again_at: datetime  # when another code may be sent
    expires_at: datetime  # of the code
    ends_at: datetime = Field(index=True)  # of the step


class Avatar(SQLModel, table=True):
    """The picture of a user: square, re-encoded by us."""

    __tablename__ = "auth_avatar"

    user_id: UUID = Field(foreign_key="auth_user.id", primary_key=True, ondelete="CASCADE")
    image: bytes  # WebP


class Session(SQLModel, table=True):
    """One signed-in browser or API client. Ending it deletes the row."""

    __tablename__ = "auth_session"

    id: str = Field(primary_key=True)  # the public half of the key in the cookie
    verifier: bytes | None  # digest of the secret half; None while a new key waits to be claimed
    user_id: UUID = Field(foreign_key="auth_user.id", index=True, ondelete="CASCADE")
    identifier: str
    method: str  # password, link, code, recovery, foreign
    keep: bool
    address: str = ""
    browser: str = ""
    opened_at: datetime
    proved_at: datetime  # when the person last showed a credential
    last_seen_at: datetime
    expires_at: datetime = Field(index=True)


class Ticket(SQLModel, table=True):
    """A key that can only be claimed, once, by one tab, for a session."""

    __tablename__ = "auth_ticket"

    id: str = Field(primary_key=True)
    verifier: bytes
    tab: bytes  # digest of the tab's identity
    user_id: UUID = Field(foreign_key="auth_user.id", index=True, ondelete="CASCADE")
    session_id: str | None = None  # set: a new key for this session, not a new session
    key_digest: bytes | None = None  # of the key it was issued under, where it is for a new one
    proved_at: datetime | None = None  # when a credential was shown for it; the new key has that proof
    identifier: str
    method: str
    keep: bool
    uses_left: int = 1
    expires_at: datetime = Field(index=True)


class ActionLink(SQLModel, table=True):
    """A mailed URL that does one thing, a limited number of times."""

    __tablename__ = "auth_action_link"

    id: str = Field(primary_key=True)
    verifier: bytes
    action: str  # a name registered with `links.action`
    email: str = Field(index=True)  # the address it was sent to
    user_id: UUID | None = Field(default=None, foreign_key="auth_user.id", index=True, ondelete="CASCADE")
    data: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    connects: bool = False
    uses_left: int = 1
    issued_at: datetime
    expires_at: datetime = Field(index=True)

    def is_live(self, at: datetime) -> bool:
        """Whether it can still be followed."""
        return self.uses_left > 0 and at < self.expires_at


class Entry(SQLModel, table=True):
    """One line of the security history of a user."""

    __tablename__ = "auth_entry"
    __table_args__ = (Index("ix_auth_entry_user_id_at", "user_id", "at"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    user_id: UUID = Field(foreign_key="auth_user.id", ondelete="CASCADE")
    at: datetime = Field(index=True)
    what: str  # a name in `history.WORDS`
    about: str = ""  # what it was done to: an e-mail address, a browser
    address: str = ""  # of the client that did it
    browser: str = ""  # of that client, in words


class Spent(SQLModel, table=True):
    """A challenge that was answered, right or wrong; kept until it would have expired anyway."""

    __tablename__ = "auth_spent"

    digest: bytes = Field(primary_key=True)
    expires_at: datetime = Field(index=True)


class Tally(SQLModel, table=True):
    """How often something was tried in the current window of one line in the table of limits."""

    __tablename__ = "auth_tally"

    digest: bytes = Field(primary_key=True)  # keyed digest of the limit and who it counts for
    count: int
    blocked_until: datetime | None = None
    ends_at: datetime = Field(index=True)


class Message(SQLModel, table=True):
    """A mail or a text on its way. Written in a rule's transaction, sent after commit by the worker."""

    __tablename__ = "auth_message"
    __table_args__ = (Index("ix_auth_message_due", "state", "due_at"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)  # also the provider's idempotency key
    recipient: str = Field(index=True)  # an e-mail address, or a phone number in E.164
    subject: str  # of a mail; like `html` it is empty in a text
    text: str
    html: str
    state: str = "waiting"  # waiting, kept, delivered, dead; unsent: made for its time, to be told from none
    attempts: int = 0
    due_at: datetime  # when it may be tried next; a worker that takes it moves this ahead
    written_at: datetime
    sent_at: datetime | None = None
    problem: str = ""  # why the last try failed, in words without secrets
    useless_at: datetime | None = None  # not sent any more then: a code that came too late helps nobody

    @property
    def is_text(self) -> bool:
        """Whether it goes to a phone. Not told by the plus alone: `+ann@example.com` is an address."""
        return "@" not in self.recipient
