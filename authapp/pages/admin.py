"""Admin page: the users, and the actions of members of the group `admin`."""

from typing import Any

import reflex as rx

from authapp.config import settings
from authapp.core.base.routes import route
from authapp.pages.login import login_card
from authapp.pages.person import person_part, state_badge
from authapp.states.account import Account
from authapp.states.admin import AdminPageState, AdminState
from authapp.states.people import PeopleState
from authapp.states.person import PersonState
from authapp.ui.browser import Every, ListOrPerson, PersonLink, Search, Tabs, Time
from authapp.ui.form import action, button, field, form, notice
from authapp.ui.layout import card, frame, link, members, paragraph, section
from authapp.ui.texts import t, tn
from authapp.wire.approvals import PendingUser
from authapp.wire.messages import FailedMessage
from authapp.wire.people import GroupRow, PersonRow
from authapp.wire.waitlist import WaitlistRow


def admin_page() -> rx.Component:
    """Return the admin page: lists for administrators, a refusal for other users."""
    return frame(members(rx.cond(Account.is_admin, _lists(), _denied()), login_card()))


def _denied() -> rx.Component:
    return card(
        t("No access"),
        paragraph(t("Only administrators of {product} can see this page.", product=settings().product_name)),
        link(t("Go to the main page"), route("home"), as_button=True),
    )


def _lists() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.h1(t("People"), class_name="heading"),
            rx.el.div(rx.foreach(AdminState.texts, lambda usage: rx.el.p(usage, class_name="text")), role="status"),
        ),
        Tabs.create(
            _people(),
            _waiting(),
            _groups(),
            _waitlist(),
            _messages(),
            names=["people", "waiting", "groups", "list", "messages"],
            words=[t("People"), t("Approvals"), t("Groups"), t("Waiting list"), t("Failed messages")],
        ),
        Every.create(seconds=3, on_tick=AdminPageState.refresh),
        class_name="stack wide",
    )


def _people() -> rx.Component:
    return ListOrPerson.create(
        section(
            t("People"),
            rx.el.div(
                rx.el.div(
                    rx.el.label(t("Search"), html_for="search", class_name="label"),
                    Search.create(
                        id="search",
                        answered=PeopleState.answered,
                        on_search=PeopleState.search,
                        custom_attrs={
                            "aria-describedby": "search-hint",
                            "data-slow": t("The server has not answered yet. We’re trying again."),
                        },
                    ),
                    class_name="search",
                ),
                _filter(
                    t("State"),
                    "state",
                    PeopleState.choose_state,
                    rx.el.option(t("All states"), value=""),
                    rx.el.option(t("Active"), value="active"),
                    rx.el.option(t("Waiting"), value="waiting"),
                    rx.el.option(t("Disabled"), value="disabled"),
                    rx.el.option(t("Closed"), value="closed"),
                ),
                _filter(
                    t("Group"),
                    "in-group",
                    PeopleState.choose_group,
                    rx.el.option(t("All groups"), value=""),
                    rx.foreach(AdminState.groups, lambda group: rx.el.option(group.name, value=group.name)),
                ),
                class_name="filters",
            ),
            rx.el.p(
                t("Search names, addresses and phone numbers, or their first letters or digits."),
                id="search-hint",
                class_name="hint",
            ),
            notice(PeopleState),
            _list_status(),
            rx.cond(
                PeopleState.rows.length() > 0,
                rx.el.ul(rx.foreach(PeopleState.rows, _row), class_name="rows", aria_label=t("People")),
                rx.fragment(),
            ),
            rx.cond((PeopleState.page > 1) | PeopleState.more, _pages(), rx.fragment()),
        ),
        person_part(),
        person=PersonState.id,
        page=PeopleState.page,
        on_choose=PersonState.choose,
    )


def _filter(label: Any, id: str, on_change: Any, *options: rx.Component) -> rx.Component:
    return rx.el.div(
        rx.el.label(label, html_for=id, class_name="label"),
        rx.el.select(*options, id=id, on_change=on_change, class_name="input"),
    )


def _list_status() -> rx.Component:
    is_filtered, count = PeopleState.chosen, PeopleState.rows.length()
    empty_message = rx.match(
        PeopleState.asked,
        ("signs", t("Type a letter or a digit.")),
        (
            "text",
            rx.cond(
                is_filtered,
                t("No matches. Check the spelling, or choose another state or group."),
                t("No matches. Check the spelling."),
            ),
        ),
        rx.cond(is_filtered, t("No matches. Choose another state or group."), t("No people yet.")),
    )
    count_message = rx.cond(
        PeopleState.more,
        tn("{count} person on this page. There are more.", "{count} people on this page. There are more.", count),
        rx.cond(
            PeopleState.page > 1,
            tn(
                "{count} person on this page, which is the last.",
                "{count} people on this page, which is the last.",
                count,
            ),
            tn("{count} person.", "{count} people.", count),
        ),
    )
    next_page_message = t("No matches on this page. Try “Next”.")
    message = rx.cond(count > 0, count_message, rx.cond(PeopleState.more, next_page_message, empty_message))
    return rx.el.p(rx.cond(PeopleState.loaded, message, t("One moment…")), id="found", role="status", class_name="hint")


def _pages() -> rx.Component:
    previous_button = action(PeopleState, t("Previous"), PeopleState.go_back)
    next_button = action(PeopleState, t("Next"), PeopleState.go_on)
    return rx.el.nav(
        rx.cond(PeopleState.page > 1, previous_button, rx.fragment()),
        rx.el.span(t("Page {number}", number=PeopleState.page), class_name="hint"),
        rx.cond(PeopleState.more, next_button, rx.fragment()),
        aria_label=t("Pages"),
        class_name="pages",
    )


def _row(row: rx.Var[PersonRow]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.p(
                PersonLink.create(
                    rx.el.bdi(rx.cond(row.name != "", row.name, _or(row.identifier))),
                    person=row.id.to(str),
                    on_choose=PersonState.choose,
                    class_name="link strong",
                ),
                state_badge(row.state),
                rx.foreach(row.groups, lambda group: rx.el.span(group, class_name="badge badge-group")),
                class_name="facts",
            ),
            rx.cond(
                (row.name != "") & (row.identifier != ""),
                rx.el.p(rx.el.bdi(row.identifier), class_name="hint"),
                rx.fragment(),
            ),
        ),
        rx.el.p(t("Since"), " ", Time.create(at=row.created_at), class_name="hint"),
        key=row.id,
        class_name="row",
    )


def _or(identifier: rx.Var[str]) -> rx.Var[str]:
    return rx.cond(identifier != "", identifier, t("Unnamed"))


def _waiting() -> rx.Component:
    return section(
        t("Waiting for approval"),
        paragraph(t("They can log in once you approve them.")),
        notice(AdminState),
        rx.el.ul(rx.foreach(AdminState.waiting, _pending_user), class_name="rows"),
        _none(AdminState.waiting, t("No pending approvals.")),
        rx.cond(
            AdminState.more_waiting,
            paragraph(t("Only the oldest requests are shown. The others appear as you approve.")),
            rx.fragment(),
        ),
        _result(AdminState.said),
    )


def _pending_user(row: rx.Var[PendingUser]) -> rx.Component:
    label_id = f"waiter-{row['id']}"
    return rx.el.li(
        rx.el.div(
            rx.el.p(
                rx.el.bdi(rx.cond(row.name != "", row.name, _or(row.identifier)), id=label_id, class_name="strong"),
                class_name="facts",
            ),
            rx.cond(
                (row.name != "") & (row.identifier != ""),
                rx.el.p(rx.el.bdi(row.identifier), class_name="hint"),
                rx.fragment(),
            ),
            rx.el.p(t("Since"), " ", Time.create(at=row.since), class_name="hint"),
        ),
        rx.el.div(action(AdminState, t("Approve"), AdminState.approve(row.id), about=label_id), class_name="actions"),
        key=row.id,
        class_name="row",
    )


def _groups() -> rx.Component:
    return section(
        t("Groups"),
        paragraph(t("Groups decide who can open pages and use features.")),
        rx.el.ul(rx.foreach(AdminState.groups, _group), class_name="rows"),
        _result(AdminState.said),
        form(
            AdminState,
            AdminState.create_group,
            field(AdminState, t("New group"), "group", auto_capitalize="none", spell_check=False),
            field(AdminState, t("Description"), "about", required=False),
            button(t("Create group"), type="submit"),
            deeds=AdminState.made,
        ),
    )


def _group(row: rx.Var[GroupRow]) -> rx.Component:
    label_id = f"group-{row['name']}"
    confirmation = rx.el.div(
        action(AdminState, t("Yes, delete it"), AdminState.delete_group(row.name), about=label_id, final=True),
        action(AdminState, t("Cancel"), AdminState.ask("")),
        class_name="actions",
    )
    delete_button = action(AdminState, t("Delete"), AdminState.ask(row.name), about=label_id)
    return rx.el.li(
        rx.el.div(
            rx.el.p(
                rx.el.span(row.name, id=label_id, class_name="strong"),
                rx.el.span(_size(row.size), class_name="badge"),
                class_name="facts",
            ),
            rx.cond(row.about != "", rx.el.p(row.about, class_name="hint"), rx.fragment()),
            rx.cond(
                AdminState.asking == row.name,
                rx.el.p(
                    t("Everyone is removed, and what was reserved for this group is closed to all."), role="status"
                ),
                rx.fragment(),
            ),
        ),
        rx.cond(
            row.name == "admin",
            rx.fragment(),
            rx.cond(AdminState.asking == row.name, confirmation, rx.el.div(delete_button, class_name="actions")),
        ),
        key=row.name,
        class_name="row",
    )


def _size(count: rx.Var[int]) -> rx.Component:
    return tn("{count} person", "{count} people", count)


def _waitlist() -> rx.Component:
    return section(
        t("Waiting list"),
        paragraph(
            t("Addresses of people who want an account. An invitation lets them sign up, even while sign-up is closed.")
        ),
        form(
            AdminState,
            AdminState.invite,
            field(AdminState, t("Invite an address"), "email", type="email", auto_complete="off"),
            button(t("Invite"), type="submit"),
            deeds=AdminState.invited,
        ),
        _result(AdminState.said),
        rx.el.ul(rx.foreach(AdminState.waitlist, _waitlist_row), class_name="rows"),
        _none(AdminState.waitlist, t("The waiting list is empty.")),
        rx.cond(
            AdminState.waitlist.length() > 0,
            rx.el.div(
                action(AdminState, t("Invite all shown"), AdminState.invite_shown),
                rx.cond(AdminState.more, action(AdminState, t("Show more"), AdminState.show_more), rx.fragment()),
                class_name="actions",
            ),
            rx.fragment(),
        ),
    )


def _waitlist_row(row: rx.Var[WaitlistRow]) -> rx.Component:
    label_id = f"asked-{row['address']}"
    is_invited = row.invited_at.bool()
    return rx.el.li(
        rx.el.div(
            rx.el.p(
                rx.el.span(row.address, id=label_id, class_name="strong"),
                rx.cond(is_invited, rx.el.span(t("Invited"), class_name="badge"), rx.fragment()),
                class_name="facts",
            ),
            rx.el.p(
                rx.cond(is_invited, t("Invited on"), t("Since")),
                " ",
                Time.create(at=rx.cond(is_invited, row.invited_at, row.asked_at).to(str)),
                class_name="hint",
            ),
        ),
        rx.el.div(
            action(
                AdminState,
                rx.cond(is_invited, t("Invite again"), t("Invite")),
                AdminState.invite_one(row.address),
                about=label_id,
            ),
            action(AdminState, t("Remove"), AdminState.forget(row.address), about=label_id),
            class_name="actions",
        ),
        key=row.address,
        class_name="row",
    )


def _messages() -> rx.Component:
    return section(
        t("Failed messages"),
        paragraph(t("Emails and text messages that did not arrive, newest first.")),
        notice(AdminState),
        _result(AdminState.said),
        rx.el.ul(rx.foreach(AdminState.messages, _message), class_name="rows"),
        _none(AdminState.messages, t("No failed messages.")),
    )


def _message(row: rx.Var[FailedMessage]) -> rx.Component:
    label_id = f"message-{row['id']}"
    return rx.el.li(
        rx.el.div(
            rx.el.p(
                rx.el.span(row.subject, id=label_id, class_name="strong"),
                rx.match(
                    row.state,
                    ("held", rx.el.span(t("The provider refuses your account"), class_name="badge badge-waits")),
                    ("refused", rx.el.span(t("Recipient not reachable"), class_name="badge badge-off")),
                    ("delivered", rx.el.span(t("Marked as spam"), class_name="badge badge-off")),
                    rx.el.span(t("Given up"), class_name="badge badge-off"),
                ),
                class_name="facts",
            ),
            rx.el.p(t("To"), " ", rx.el.bdi(row.recipient), class_name="hint"),
            rx.el.p(row.problem, class_name="hint"),
            rx.el.p(Time.create(at=row.written_at), class_name="hint"),
        ),
        rx.cond(
            row.can_resend,
            rx.el.div(
                action(AdminState, t("Resend"), AdminState.send_again(row.id), about=label_id), class_name="actions"
            ),
            rx.fragment(),
        ),
        key=row.id,
        class_name="row",
    )


def _none(rows: Any, message: Any) -> rx.Component:
    return rx.cond(AdminState.loaded & (rows.length() == 0), paragraph(message), rx.fragment())


def _result(message: rx.Var[str]) -> rx.Component:
    return rx.el.p(message, role="status", class_name="good")
