"""The pages: looks, and nothing else. Each says who may see it."""

import reflex as rx

import authapp
from authapp import ui
from notes.rules import EDITORS, Shown
from notes.states import NotesState, TeamState, WriteState


@authapp.page(route="/", title="Fieldnotes", allow=authapp.EVERYBODY)
def landing() -> rx.Component:
    """The only page that strangers see, besides the ways in."""
    return ui.frame(
        rx.el.div(
            rx.el.h1("What the team knows, written down.", class_name="hero-heading"),
            ui.paragraph("Short notes that everybody reads and a few people keep good."),
            rx.el.div(
                ui.link("Read the notes", "/notes", as_button=True),
                ui.link("Sign up", authapp.route("sign_up")),
                class_name="hero-ways",
            ),
            class_name="hero",
        )
    )


@authapp.page(route="/notes", title="Notes", allow=authapp.MEMBERS, on_load=NotesState.refresh)
def notes() -> rx.Component:
    """What the team wrote, newest first; what others write meanwhile appears by itself."""
    return ui.frame(
        rx.el.div(rx.el.h1("Notes", class_name="heading"), ui.link("Write a note", "/write"), class_name="title-row"),
        rx.cond(NotesState.drafts.length() > 0, _drafts(), rx.fragment()),
        rx.el.ol(rx.foreach(NotesState.notes, _note), class_name="notes"),
        ui.every(5, NotesState.refresh),
    )


@authapp.page(route="/write", title="Write a note", allow=EDITORS, on_load=WriteState.open)
def write() -> rx.Component:
    """For a new note, or with `?note=` for one that is there."""
    return ui.frame(
        ui.card(
            rx.cond(WriteState.id == "", "Write a note", "Edit the note"),
            ui.form(
                WriteState,
                WriteState.save,
                ui.field(WriteState, "Title", "title", initial=WriteState.title),
                ui.field(WriteState, "Text", "text", type="lines", initial=WriteState.text),
                ui.checkbox("A draft, for editors only", "is_draft"),
                ui.button("Save", type="submit"),
            ),
            narrow=False,
        )
    )


@authapp.page(route="/team", title="Team", allow=EDITORS)
def team() -> rx.Component:
    """Editors invite editors."""
    return ui.frame(
        ui.card(
            "Invite an editor",
            ui.paragraph("Your colleague gets a mail with a link that is good for a week, and once."),
            ui.form(
                TeamState,
                TeamState.invite,
                ui.field(TeamState, "Email", "email", type="email"),
                ui.button("Invite", type="submit"),
            ),
            rx.cond(
                TeamState.invited != "",
                ui.paragraph("We invited ", rx.el.strong(TeamState.invited), ".", role="status"),
                rx.fragment(),
            ),
        )
    )


def _drafts() -> rx.Component:
    return rx.el.section(
        rx.el.h2("Drafts", class_name="subheading"),
        rx.el.ol(rx.foreach(NotesState.drafts, _note), class_name="notes"),
        class_name="drafts",
    )


def _note(note: rx.Var[Shown]) -> rx.Component:
    return rx.el.li(
        rx.el.h2(note["title"], class_name="subheading"),
        rx.el.p(note["text"], class_name="note-text"),
        rx.el.p(note["author"], " · ", ui.time(note["written_at"]), class_name="hint"),
        class_name="card",
        key=note["id"],
    )
