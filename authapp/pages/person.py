"""Part of the admin page that shows one user."""

from typing import Any

import reflex as rx

from authapp.config import settings
from authapp.pages.settings import audit_line, undelivered_badge
from authapp.states.admin import AdminState
from authapp.states.person import PersonState
from authapp.ui.browser import PersonLink, Time
from authapp.ui.form import action, button, form
from authapp.ui.layout import paragraph, section
from authapp.ui.texts import t, tn
from authapp.wire.contacts import Contact
from authapp.wire.sessions import SessionRow


def person_part() -> rx.Component:
    """Return the details of the chosen user."""
    not_found = section(
        t("Account not found"),
        paragraph(t("This account does not exist, or was deleted.")),
        _back(),
    )
    details = rx.el.div(_state(), _groups(), _ways(), _sessions(), _history(), class_name="stack")
    return rx.cond(PersonState.gone, not_found, details)


def state_badge(state: rx.Var[str]) -> rx.Component:
    """Return a badge with the state of an account; an active account has none."""
    return rx.match(
        state,
        ("waiting", rx.el.span(t("Waiting"), class_name="badge badge-waits")),
        ("disabled", rx.el.span(t("Disabled"), class_name="badge badge-off")),
        ("closed", rx.el.span(t("Closed"), class_name="badge badge-off")),
        rx.el.span(t("Active"), class_name="badge badge-good"),
    )


def _back() -> rx.Component:
    return rx.el.p(PersonLink.create(t("Back to the list"), person="", on_choose=PersonState.choose, class_name="link"))


def _state() -> rx.Component:
    id = PersonState.id
    is_closing = PersonState.status == "closed"
    return rx.el.section(
        _back(),
        rx.el.h2(rx.el.bdi(PersonState.name), class_name="subheading", tab_index=-1),
        rx.el.p(
            state_badge(PersonState.status),
            rx.cond(PersonState.is_me, rx.el.span(t("You"), class_name="badge"), rx.fragment()),
            class_name="facts",
        ),
        rx.el.p(t("Member since"), " ", Time.create(at=PersonState.since), class_name="hint"),
        rx.match(
            PersonState.blocked_by,
            ("approval", paragraph(t("Login is blocked until an administrator approves the account."))),
            ("email", paragraph(t("Login is blocked until the address is confirmed."))),
            ("disabled", paragraph(t("Login is blocked until the account is enabled."))),
            rx.fragment(),
        ),
        rx.cond(
            is_closing,
            paragraph(
                t("Scheduled for deletion unless they log in by:"),
                " ",
                Time.create(at=PersonState.until),
            ),
            rx.fragment(),
        ),
        *_answer("account"),
        rx.match(
            PersonState.asking,
            (
                "disable",
                _confirmation(
                    t("They’re logged out on every device at once, and can’t log in until you enable the account."),
                    t("Yes, disable it"),
                    PersonState.disable(id),
                ),
            ),
            (
                "close",
                _confirmation(
                    tn(
                        "They’re logged out on every device at once. They can reopen the account by logging in "
                        "within {count} day. After that, everything is deleted for good.",
                        "They’re logged out on every device at once. They can reopen the account by logging in "
                        "within {count} days. After that, everything is deleted for good.",
                        settings().closing_days,
                    ),
                    t("Yes, close it"),
                    PersonState.close(id),
                ),
            ),
            rx.el.div(
                rx.cond(
                    PersonState.blocked_by == "approval",
                    action(PersonState, t("Approve"), PersonState.approve(id)),
                    rx.fragment(),
                ),
                rx.cond(
                    PersonState.blocked_by == "disabled",
                    action(PersonState, t("Enable"), PersonState.enable(id)),
                    action(PersonState, t("Disable"), PersonState.ask("disable")),
                ),
                rx.cond(is_closing, rx.fragment(), action(PersonState, t("Close account"), PersonState.ask("close"))),
                class_name="actions",
            ),
        ),
        class_name="card",
    )


def _confirmation(message: Any, label: Any, event: Any) -> rx.Component:
    return rx.fragment(
        paragraph(message, role="status"),
        rx.el.div(
            action(PersonState, label, event, final=True),
            action(PersonState, t("Cancel"), PersonState.keep),
            class_name="choices",
        ),
    )


def _groups() -> rx.Component:
    choices = rx.foreach(AdminState.groups, lambda group: rx.el.option(group.name, value=group.name))
    return section(
        t("Groups"),
        rx.el.ul(rx.foreach(PersonState.groups, _group), class_name="rows"),
        rx.cond(PersonState.groups.length() == 0, paragraph(t("In no group.")), rx.fragment()),
        form(
            PersonState,
            PersonState.add_to_group,
            rx.el.input(type="hidden", name="id", value=PersonState.id),
            rx.el.div(
                rx.el.label(t("Add to a group"), html_for="add-group", class_name="label"),
                rx.el.select(
                    rx.el.option(t("Choose a group"), value=""),
                    choices,
                    id="add-group",
                    name="group",
                    custom_attrs={
                        "aria-invalid": rx.cond(PersonState.refused_field == "group", "true", "false"),
                        "aria-describedby": "add-group-refusal",
                    },
                    class_name="input",
                ),
                rx.el.p(
                    rx.cond(PersonState.refused_field == "group", PersonState.refusal, ""),
                    id="add-group-refusal",
                    role="alert",
                    class_name=rx.cond(PersonState.refused_field == "group", "refusal", "visually-hidden"),
                ),
            ),
            button(t("Add"), type="submit"),
            deeds=PersonState.added,
        ),
        *_answer("groups"),
    )


def _group(name: rx.Var[str]) -> rx.Component:
    label_id = f"in-{name}"
    return rx.el.li(
        rx.el.p(rx.el.span(name, id=label_id, class_name="strong"), class_name="facts"),
        rx.el.div(
            action(PersonState, t("Remove"), PersonState.remove_from_group(PersonState.id, name), about=label_id),
            class_name="actions",
        ),
        key=name,
        class_name="row",
    )


def _ways() -> rx.Component:
    return section(
        t("Addresses and numbers"),
        rx.el.ul(rx.foreach(PersonState.ways, _way), class_name="rows"),
        rx.cond(PersonState.ways.length() == 0, paragraph(t("No addresses or numbers.")), rx.fragment()),
        *_answer("ways"),
    )


def _way(row: rx.Var[Contact]) -> rx.Component:
    label_id = f"way-{row['id']}"
    label = rx.cond(row.confirmed, t("Send a recovery link"), t("Resend the confirmation"))
    return rx.el.li(
        rx.el.p(
            rx.el.bdi(row.shown, id=label_id, class_name="strong"),
            rx.cond(row.is_main, rx.el.span(t("Primary"), class_name="badge"), rx.fragment()),
            rx.cond(row.confirmed, rx.fragment(), rx.el.span(t("Unconfirmed"), class_name="badge")),
            rx.cond(
                row.id.contains("@"),
                undelivered_badge(row.undelivered),
                undelivered_badge(row.undelivered, texts=True),
            ),
            class_name="facts",
        ),
        rx.el.div(
            action(PersonState, label, PersonState.resend(PersonState.id, row.id), about=label_id),
            class_name="actions",
        ),
        key=row.id,
        class_name="row",
    )


def _sessions() -> rx.Component:
    id = PersonState.id
    log_out_button = rx.cond(
        PersonState.asking == "end_sessions",
        _confirmation(
            t("They’re logged out on every device at once."),
            t("Yes, log out everywhere"),
            PersonState.end_sessions(id),
        ),
        rx.el.div(action(PersonState, t("Log out everywhere"), PersonState.ask("end_sessions")), class_name="actions"),
    )
    return section(
        t("Sessions"),
        rx.el.ul(rx.foreach(PersonState.sessions, _session), class_name="rows"),
        *_answer("sessions"),
        rx.cond(PersonState.sessions.length() > 0, log_out_button, paragraph(t("No active sessions."))),
    )


def _session(row: rx.Var[SessionRow]) -> rx.Component:
    label_id = f"theirs-{row['id']}"
    return rx.el.li(
        rx.el.div(
            rx.el.p(rx.el.span(row.browser, id=label_id, class_name="strong"), class_name="facts"),
            rx.el.p(t("IP"), " ", row.ip, class_name="hint"),
            rx.el.p(t("Logged in"), " ", Time.create(at=row.opened_at), class_name="hint"),
            rx.el.p(t("Last active"), " ", Time.create(at=row.last_seen_at), class_name="hint"),
        ),
        rx.el.div(
            action(PersonState, t("Log out device"), PersonState.end_session(PersonState.id, row.id), about=label_id),
            class_name="actions",
        ),
        key=row.id,
        class_name="row",
    )


def _history() -> rx.Component:
    return section(
        t("History"),
        rx.el.ol(
            rx.foreach(PersonState.lines, audit_line), class_name="rows long", tab_index=0, aria_label=t("History")
        ),
    )


def _answer(part: str) -> list[rx.Component]:
    """Return the result of the last action in a section of the page."""
    is_refused = PersonState.refused_field == part
    return [
        rx.el.p(
            rx.cond(is_refused, PersonState.refusal, ""),
            role="alert",
            tab_index=-1,
            class_name=rx.cond(is_refused, "notice-bad", "visually-hidden"),
        ),
        rx.el.p(rx.cond(PersonState.part == part, PersonState.said, ""), role="status", class_name="good"),
    ]
