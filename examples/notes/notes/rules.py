"""Rules of notes: plain functions over tables, each in one transaction."""

from collections.abc import Mapping
from datetime import timedelta
from typing import TypedDict
from uuid import UUID

from sqlmodel import Session, col, select

import authapp
from authapp import t
from notes.models import Note

EDITORS = "editors"
LONGEST_TITLE, LONGEST_TEXT = 80, 4000  # characters


class BadNote(authapp.Refusal):
    """Raised when the typed text is not a valid note; field and message say why."""

    code = "BadNote"
    status = 422


class NoteGone(authapp.Refusal):
    """Raised when the note was deleted in the meantime."""

    code = "NoteGone"
    status = 404
    message = t("This note no longer exists.")


class Shown(TypedDict):
    """A note as a page shows it; the time is ISO 8601."""

    id: str
    title: str
    text: str
    author: str  # empty: the author has not entered a name yet
    written_at: str
    path: str  # path of the page that edits the note


def published(db: Session) -> list[Shown]:
    """Return the published notes, which all members may read, newest first."""
    return _listed(db, is_draft=False)


def drafts(db: Session) -> list[Shown]:
    """Return the drafts, which only editors may read, newest first."""
    return _listed(db, is_draft=True)


def find(db: Session, id: str) -> Note:
    """Return the note with an id.

    Raises:
        NoteGone: no such note exists.
    """
    try:
        found = db.get(Note, UUID(id))
    except ValueError:
        found = None
    if found is None:
        raise NoteGone
    return found


def save(db: Session, me: authapp.Principal, id: str, typed: Mapping[str, object]) -> None:
    """Write a new note, or change the note with an id.

    Raises:
        BadNote: title or text are missing or too long.
        NoteGone: no note has that id.
    """
    note = find(db, id) if id else Note(author_id=me.user_id)
    note.title = _words(typed, "title", LONGEST_TITLE, t("Give the note a title."))
    note.text = _words(typed, "text", LONGEST_TEXT, t("Write some text."))
    note.is_draft = bool(typed.get("is_draft"))
    db.add(note)


def delete(db: Session, id: str) -> None:
    """Delete a note, regardless of its author."""
    db.delete(find(db, id))


def invite(db: Session, me: authapp.Principal, typed: Mapping[str, object]) -> str:
    """Mail a colleague a link that makes them an editor. They need no account yet."""
    address = authapp.email_address(typed.get("email"))
    link = authapp.issue_link(db, "join_editors", email=address, valid_for=timedelta(days=7))
    authapp.mail(db, address, "join_editors", who=me.name, link=link)
    return address


@authapp.action_link(
    "join_editors", heading=t("Join the editors"), button=t("Join"), says=t("You will write and edit notes.")
)
def join(db: Session, link: authapp.ActionLink) -> str:
    """Runs once, for the recipient of the mail, as soon as they are logged in."""
    authapp.groups.add(db, link.user_id, EDITORS)
    return "/notes"


@authapp.on_sign_up
def welcome(db: Session, user: authapp.User) -> None:
    """Write a first note for every new user. The first user becomes an editor, because the team needs one."""
    if db.exec(select(Note.id).limit(1)).first() is None:
        authapp.groups.add(db, user.id, EDITORS)
    db.add(Note(author_id=user.id, title="A new team member", text="I just joined the team. Hello!"))


def _listed(db: Session, *, is_draft: bool) -> list[Shown]:
    rows = select(Note, authapp.User).join(authapp.User).where(Note.is_draft == is_draft)
    return [_shown(note, author) for note, author in db.exec(rows.order_by(col(Note.written_at).desc()))]


def _shown(note: Note, author: authapp.User) -> Shown:
    return Shown(
        id=str(note.id),
        title=note.title,
        text=note.text,
        author=f"{author.first_name} {author.last_name}".strip(),
        written_at=note.written_at.isoformat(),
        path=f"/write?note={note.id}",
    )


def _words(typed: Mapping[str, object], field: str, most: int, missing: str) -> str:
    words = typed.get(field)
    if not isinstance(words, str) or not words.strip() or "\0" in words:  # the socket accepts any value from any client
        raise BadNote(missing, field=field)
    if len(words) > most:
        raise BadNote(t("Use at most {most} characters; this has {count}.", most=most, count=len(words)), field=field)
    return words.strip()
