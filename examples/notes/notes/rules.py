"""What may be done with notes: plain functions over tables, each in one transaction."""

from datetime import timedelta
from typing import TypedDict
from uuid import UUID

from sqlmodel import Session, col, func, select

import authapp
from notes.models import Note

EDITORS = "editors"
LONGEST_TITLE, LONGEST_TEXT = 80, 4000


class BadNote(authapp.Refusal):
    """What was typed is not a note yet; the field and the words say why."""

    code = "BadNote"
    status = 422


class NoteGone(authapp.Refusal):
    """Somebody deleted the note meanwhile."""

    code = "NoteGone"
    status = 404
    message = "This note is not there any more."


class Shown(TypedDict):
    """A note as a page shows it; the time is ISO 8601."""

    id: str
    title: str
    text: str
    author: str
    written_at: str


def published(db: Session) -> list[Shown]:
    """What everybody of the team may read, newest first."""
    return _listed(db, is_draft=False)


def drafts(db: Session) -> list[Shown]:
    """What only editors may read, newest first."""
    return _listed(db, is_draft=True)


def open(db: Session, id: str) -> Shown:
    """One note, for its editor."""
    return _shown(*_find(db, id))


def save(db: Session, me: authapp.Principal, id: str, title: object, text: object, *, is_draft: bool) -> None:
    """Write a note, or change one."""
    title = _words(title, "title", LONGEST_TITLE, "Please give the note a title.")
    text = _words(text, "text", LONGEST_TEXT, "Please write something.")
    note = _find(db, id)[0] if id else Note(author_id=me.user_id, title="", text="")
    note.title, note.text, note.is_draft = title, text, is_draft
    db.add(note)


def delete(db: Session, id: str) -> None:
    """Delete a note, whoever wrote it."""
    db.delete(_find(db, id)[0])


def invite(db: Session, me: authapp.Principal, email: object) -> str:
    """Mail a colleague, who need not have an account yet, a link that makes an editor of them."""
    address = authapp.email_address(email)
    link = authapp.issue_link(db, "join_editors", email=address, valid_for=timedelta(days=7))
    authapp.mail(db, address, "invitation", who=me.name, link=link)
    return address


@authapp.action_link("join_editors", heading="Join the editors", button="Join", says="You will write and edit notes.")
def join(db: Session, link: authapp.Link) -> str:
    """Runs once, for the person the mail was sent to, when they are signed in."""
    authapp.groups.add(db, link.user_id, EDITORS)
    return "/notes"


@authapp.on_sign_up
def welcome(db: Session, user: authapp.User) -> None:
    """A first note for everybody; and whoever comes first is an editor, for somebody has to be."""
    if db.exec(select(func.count()).select_from(Note)).one() == 0:
        authapp.groups.add(db, user.id, EDITORS)
    text = "Somebody new has joined the team. Say hello!"
    db.add(Note(author_id=user.id, title="Hello from a new colleague", text=text))


def _listed(db: Session, *, is_draft: bool) -> list[Shown]:
    wanted = _notes.where(Note.is_draft == is_draft).order_by(col(Note.written_at).desc())
    return [_shown(note, author) for note, author in db.exec(wanted)]


_notes = select(Note, authapp.User).join(authapp.User, col(authapp.User.id) == col(Note.author_id))


def _find(db: Session, id: str) -> tuple[Note, authapp.User]:
    try:
        found = db.exec(_notes.where(Note.id == UUID(id))).first()
    except (ValueError, AttributeError, TypeError):  # the socket takes anything from anybody
        found = None
    if found is None:
        raise NoteGone
    return found


def _shown(note: Note, author: authapp.User) -> Shown:
    name = f"{author.first_name} {author.last_name}".strip() or "A colleague"
    return Shown(id=str(note.id), title=note.title, text=note.text, author=name, written_at=note.written_at.isoformat())


def _words(typed: object, field: str, most: int, missing: str) -> str:
    if not isinstance(typed, str) or not typed.strip() or "\0" in typed:
        raise BadNote(missing, field=field)
    if len(typed) > most:
        raise BadNote(f"Please use at most {most} characters; these are {len(typed)}.", field=field)
    return typed.strip()
