"""The pages: looks, and nothing else. Each says who may see it."""

import reflex as rx

import authapp
from authapp import ui
from notes.rules import EDITORS, Shown
from notes.states import NotesState, TeamState, WriteState


@authapp.page(route="/", title="Fieldnotes", allow=authapp.EVERYBODY)
def landing() -> rx.Component:
    """What strangers see."""
    into = ui.link("Read the notes", "/notes", as_button=True)
    return ui.frame(
        rx.el.div(
            rx.el.h1("What the team knows, written down", class_name="hero-heading"),
            ui.paragraph("Short notes that everybody reads, and that a few people keep good."),
            rx.el.div(into, ui.link("Sign up", authapp.route("sign_up")), class_name="hero-ways"),
            _newest(),
            rx.el.ul(
                _promise("For the team alone", "Whoever has no account sees this page, and nothing else."),
                _promise("Kept by editors", "They write, and invite each other. Drafts are between them."),
                _promise("Always current", "What somebody writes is on every screen in a moment."),
                class_name="promises",
            ),
            class_name="hero",
        )
    )


@authapp.page(route="/notes", title="Notes", allow=authapp.MEMBERS, on_load=NotesState.refresh)
def notes() -> rx.Component:
    """What the team wrote, newest first; what others write meanwhile appears by itself."""
    return ui.frame(
        rx.el.h1("Notes", class_name="heading"),
        rx.cond(NotesState.drafts.length() > 0, _list("Drafts, for editors only", NotesState.drafts), rx.fragment()),
        _list("Published", NotesState.notes),
        ui.every(3, NotesState.refresh),
    )


@authapp.page(route="/write", title="Write", allow=EDITORS, on_load=WriteState.open)
def write() -> rx.Component:
    """For a new note, or with `?note=` for one that is there."""
    return ui.frame(
        ui.card(
            rx.cond(WriteState.id == "", "Write a note", "Change the note"),
            ui.form(
                WriteState,
                WriteState.save,
                ui.field(WriteState, "Title", "title", initial=WriteState.title),
                ui.field(WriteState, "Text", "text", lines=8, initial=WriteState.text),
                ui.checkbox("A draft, for editors only", "is_draft", initial=WriteState.is_draft),
                ui.button("Save", type="submit"),
            ),
            rx.cond(
                WriteState.id == "",
                rx.fragment(),
                ui.action(WriteState, "Delete this note", WriteState.delete, final=True),
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
            rx.el.p(
                rx.cond(TeamState.invited == "", "", f"We invited {TeamState.invited}."),
                role="status",
                class_name="good",
            ),
        )
    )


def login_page() -> rx.Component:
    """Ours in place of authapp's: the form, and all it does, is theirs."""
    return ui.frame(
        rx.el.div(
            rx.el.div(
                rx.el.h1("Welcome back", class_name="hero-heading"),
                ui.paragraph("The notes have gone on without you. Catch up in a minute."),
            ),
            rx.el.div(
                rx.el.h2("Log in", class_name="subheading"),
                ui.login_form(),
                ui.link("Forgot your password?", authapp.route("forgot")),
                ui.paragraph("New here? ", ui.link("Sign up", authapp.route("sign_up"))),
                class_name="card",
            ),
            class_name="two",
        )
    )


def navigation() -> rx.Component:
    """Stands in the header: for members; and for editors, what is theirs."""
    write_and_invite = rx.fragment(ui.link("Write", "/write"), ui.link("Team", "/team"))
    return rx.cond(
        NotesState.may_read,
        rx.el.nav(
            ui.link("Notes", "/notes"),
            rx.cond(NotesState.may_write, write_and_invite, rx.fragment()),
            aria_label="Notes",
            class_name="navigation",
        ),
        rx.fragment(),
    )


def _newest() -> rx.Component:
    """A button that everybody sees, and only members may press: strangers log in on this page, and it goes on."""
    return rx.cond(
        NotesState.notes.length() > 0,
        rx.el.ol(_note(NotesState.notes[0]), aria_label="The newest note", class_name="list newest"),
        rx.el.div(ui.action(NotesState, "Show the newest note", NotesState.refresh), class_name="hero-ways"),
    )


def _promise(heading: str, words: str) -> rx.Component:
    return rx.el.li(rx.el.h2(heading, class_name="subheading"), ui.paragraph(words))


def _list(heading: str, notes: rx.Var[list[Shown]]) -> rx.Component:
    return rx.el.section(
        rx.el.h2(heading, class_name="list-heading"),
        rx.el.ol(rx.foreach(notes, _note), class_name="list"),
        aria_label=heading,
    )


def _note(note: rx.Var[Shown]) -> rx.Component:
    change = ui.link(rx.fragment("Change", rx.el.span(" “", note["title"], "”", class_name="unseen")), note["path"])
    return rx.el.li(
        rx.el.h3(note["title"], class_name="subheading"),
        rx.el.p(note["text"], class_name="note-text"),
        rx.el.p(
            rx.el.span(note["author"], " · ", ui.time(note["written_at"])),
            rx.cond(NotesState.may_write, change, rx.fragment()),
            class_name="note-foot",
        ),
        class_name="card",
        key=note["id"],
    )
