"""Pages of the product: only markup. Each page declares who may open it."""

import reflex as rx

import authapp
from authapp import ui
from notes.rules import EDITORS, Shown
from notes.states import NotesState, TeamState, WriteState


@authapp.page(route="/", title="Fieldnotes", allow=authapp.PUBLIC)
def landing() -> rx.Component:
    """Show the landing page for visitors."""
    into = ui.link(ui.t("Read the notes"), "/notes", as_button=True)
    return ui.frame(
        rx.el.div(
            rx.el.h1(ui.t("The team’s knowledge, written down"), class_name="hero-heading"),
            ui.paragraph(ui.t("Short notes that everyone can read and a few people maintain.")),
            rx.el.div(into, ui.link(ui.t("Sign up"), authapp.route("sign_up")), class_name="hero-ways"),
            _newest(),
            rx.el.ul(
                _promise(
                    ui.t("Only for the team"),
                    ui.t("Without an account, you see only this page."),
                ),
                _promise(
                    ui.t("Kept by editors"),
                    ui.t("Editors write notes and invite each other. Only they see drafts."),
                ),
                _promise(
                    ui.t("Always current"),
                    ui.t("New notes appear on every screen at once."),
                ),
                class_name="promises",
            ),
            class_name="hero",
        )
    )


@authapp.page(route="/notes", title=ui.t("Notes"), allow=authapp.SIGNED_IN, on_load=NotesState.refresh)
def notes() -> rx.Component:
    """Show the notes of the team, newest first. New notes of others appear by themselves."""
    return ui.frame(
        rx.el.h1(ui.t("Notes"), class_name="heading"),
        rx.cond(
            NotesState.drafts.length() > 0,
            _list(ui.t("Drafts, for editors only"), NotesState.drafts),
            rx.fragment(),
        ),
        _list(ui.t("Published"), NotesState.notes),
        ui.every(3, NotesState.refresh),
    )


@authapp.page(route="/write", title=ui.t("Write"), allow=EDITORS, on_load=WriteState.open)
def write() -> rx.Component:
    """Show the form for a new note, or with `?note=` for an existing one."""
    return ui.frame(
        ui.card(
            rx.cond(WriteState.id == "", ui.t("New note"), ui.t("Edit note")),
            ui.form(
                WriteState,
                WriteState.save,
                ui.field(WriteState, ui.t("Title"), "title", initial=WriteState.title),
                ui.field(WriteState, ui.t("Text"), "text", lines=8, initial=WriteState.text),
                ui.checkbox(ui.t("A draft, for editors only"), "is_draft", initial=WriteState.is_draft),
                ui.button(ui.t("Save"), type="submit"),
                ready=WriteState.loaded,
            ),
            rx.cond(
                WriteState.id == "",
                rx.fragment(),
                ui.action(WriteState, ui.t("Delete this note"), WriteState.delete, final=True),
            ),
            narrow=False,
        )
    )


@authapp.page(route="/team", title=ui.t("Team"), allow=EDITORS)
def team() -> rx.Component:
    """Show the form with which editors invite editors."""
    return ui.frame(
        ui.card(
            ui.t("Invite an editor"),
            ui.paragraph(ui.t("Your colleague gets an email with a link. It is valid for one week and one use.")),
            ui.form(
                TeamState,
                TeamState.invite,
                ui.field(TeamState, ui.t("Email"), "email", type="email"),
                ui.button(ui.t("Invite"), type="submit"),
            ),
            rx.el.p(
                rx.cond(TeamState.invited == "", "", ui.t("We invited {address}.", address=TeamState.invited)),
                role="status",
                class_name="good",
            ),
        )
    )


def login_page() -> rx.Component:
    """Replace authapp's login page. The form and its behaviour are still authapp's."""
    return ui.frame(
        rx.el.div(
            rx.el.div(
                rx.el.h1(ui.t("Welcome back"), class_name="hero-heading"),
                ui.paragraph(ui.t("There are new notes. Catch up in a minute.")),
            ),
            rx.el.div(
                rx.el.h2(ui.t("Log in"), class_name="subheading"),
                ui.login_form(),
                ui.link(ui.t("Forgot your password?"), authapp.route("forgot")),
                ui.paragraph(ui.t("New here?"), " ", ui.link(ui.t("Sign up"), authapp.route("sign_up"))),
                class_name="card",
            ),
            class_name="two",
        )
    )


def navigation() -> rx.Component:
    """Show the links in the header: for members, and additionally for editors."""
    write_and_invite = rx.fragment(ui.link(ui.t("Write"), "/write"), ui.link(ui.t("Team"), "/team"))
    return rx.cond(
        NotesState.may_read,
        rx.el.nav(
            ui.link(ui.t("Notes"), "/notes"),
            rx.cond(NotesState.may_write, write_and_invite, rx.fragment()),
            id="step_up",
            aria_label=ui.t("Notes"),
            class_name="navigation",
        ),
        rx.fragment(),
    )


def _newest() -> rx.Component:
    """Show a button that only members may press. Visitors see it, log in on this page, and the event goes on."""
    return rx.cond(
        NotesState.notes.length() > 0,
        rx.el.ol(_note(NotesState.notes[0]), aria_label=ui.t("The newest note"), class_name="list newest"),
        rx.el.div(
            ui.action(NotesState, ui.t("Show the newest note"), NotesState.refresh),
            id="denied",
            class_name="hero-ways",
        ),
    )


def _promise(heading: rx.Var[str], words: rx.Var[str]) -> rx.Component:
    return rx.el.li(rx.el.h2(heading, class_name="subheading"), ui.paragraph(words))


def _list(heading: rx.Var[str], notes: rx.Var[list[Shown]]) -> rx.Component:
    return rx.el.section(
        rx.el.h2(heading, class_name="list-heading"),
        rx.el.ol(rx.foreach(notes, _note), class_name="list"),
        aria_label=heading,
    )


def _note(note: rx.Var[Shown]) -> rx.Component:
    change = ui.link(rx.fragment(ui.t("Edit"), rx.el.span(" “", note["title"], "”", class_name="unseen")), note["path"])
    return rx.el.li(
        rx.el.h3(note["title"], class_name="subheading"),
        rx.el.p(note["text"], class_name="note-text"),
        rx.el.p(
            rx.el.span(
                rx.cond(note["author"] == "", ui.t("A new colleague"), note["author"]),
                " · ",
                ui.time(note["written_at"]),
            ),
            rx.cond(NotesState.may_write, change, rx.fragment()),
            class_name="note-foot",
        ),
        class_name="card",
        key=note["id"],
    )
