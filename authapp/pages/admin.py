"""Admin page: the users, and the actions of members of the group `admin`."""

from typing import Any

import reflex as rx

from authapp.config import settings
from authapp.core.base.routes import route
from authapp.pages.login import login_card
from authapp.pages.person import person_part, state_badge
from authapp.states.account import Account
from authapp.states.admin import AdminPageState, AdminState, Asked, Dead, Known, Waiter
from authapp.states.people import PeopleState, Row
from authapp.states.person import PersonState
from authapp.ui.browser import Every, ListOrPerson, PersonLink, Search, Tabs, Time
from authapp.ui.form import action, button, field, form, notice
from authapp.ui.layout import card, frame, link, members, paragraph, section
from authapp.ui.texts import counted, say


def admin_page() -> rx.Component:
    """Return the admin page: lists for administrators, a refusal for other users."""
    return frame(members(rx.cond(Account.is_admin, _lists(), _denied()), login_card()))


def _denied() -> rx.Component:
    return card(
        say("No access"),
        paragraph(say("Only administrators of {product} can see this page.", product=settings().product_name)),
        link(say("Go to the main page"), route("home"), as_button=True),
    )


def _lists() -> rx.Component:
    return rx.el.div(
        rx.el.h1(say("People"), class_name="heading"),
        Tabs.create(
            _people(),
            _waiting(),
            _groups(),
            _applicants(),
            _messages(),
            names=["people", "waiting", "groups", "list", "messages"],
            words=[say("People"), say("Approvals"), say("Groups"), say("Waiting list"), say("Failed messages")],
        ),
        Every.create(seconds=3, on_tick=AdminPageState.refresh),
        class_name="stack wide",
    )


def _people() -> rx.Component:
    return ListOrPerson.create(
        section(
            say("People"),
            rx.el.div(
                rx.el.div(
                    rx.el.label(say("Search"), html_for="search", class_name="label"),
                    Search.create(
                        id="search",
                        answered=PeopleState.answered,
                        on_search=PeopleState.search,
                        custom_attrs={
                            "aria-describedby": "search-hint",
                            "data-slow": say("The server has not answered yet. We’re trying again."),
                        },
                    ),
                    class_name="search",
                ),
                _filter(
                    say("State"),
                    "state",
                    PeopleState.choose_state,
                    rx.el.option(say("All states"), value=""),
                    rx.el.option(say("Active"), value="active"),
                    rx.el.option(say("Waiting"), value="waiting"),
                    rx.el.option(say("Disabled"), value="disabled"),
                    rx.el.option(say("Closed"), value="closed"),
                ),
                _filter(
                    say("Group"),
                    "in-group",
                    PeopleState.choose_group,
                    rx.el.option(say("All groups"), value=""),
                    rx.foreach(AdminState.groups, lambda one: rx.el.option(one["name"], value=one["name"])),
                ),
                class_name="filters",
            ),
            rx.el.p(
                say("Search names, addresses and phone numbers, or their first letters or digits."),
                id="search-hint",
                class_name="hint",
            ),
            notice(PeopleState),
            _said_of_list(),
            rx.cond(
                PeopleState.rows.length() > 0,
                rx.el.ul(rx.foreach(PeopleState.rows, _row), class_name="rows", aria_label=say("People")),
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


def _said_of_list() -> rx.Component:
    chosen, count = PeopleState.chosen, PeopleState.rows.length()
    nobody = rx.match(
        PeopleState.asked,
        ("signs", say("Type a letter or a digit.")),
        (
            "text",
            rx.cond(
                chosen,
                say("No matches. Check the spelling, or choose another state or group."),
                say("No matches. Check the spelling."),
            ),
        ),
        rx.cond(chosen, say("No matches. Choose another state or group."), say("No people yet.")),
    )
    somebody = rx.cond(
        PeopleState.more,
        counted("{count} person on this page. There are more.", "{count} people on this page. There are more.", count),
        rx.cond(
            PeopleState.page > 1,
            counted(
                "{count} person on this page, which is the last.",
                "{count} people on this page, which is the last.",
                count,
            ),
            counted("{count} person.", "{count} people.", count),
        ),
    )
    later = say("No matches on this page. Try “Next”.")
    shown = rx.cond(count > 0, somebody, rx.cond(PeopleState.more, later, nobody))
    return rx.el.p(rx.cond(PeopleState.loaded, shown, say("One moment…")), id="found", role="status", class_name="hint")


def _pages() -> rx.Component:
    back = action(PeopleState, say("Previous"), PeopleState.go_back)
    on = action(PeopleState, say("Next"), PeopleState.go_on)
    return rx.el.nav(
        rx.cond(PeopleState.page > 1, back, rx.fragment()),
        rx.el.span(say("Page {number}", number=PeopleState.page), class_name="hint"),
        rx.cond(PeopleState.more, on, rx.fragment()),
        aria_label=say("Pages"),
        class_name="pages",
    )


def _row(one: rx.Var[Row]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.p(
                PersonLink.create(
                    rx.el.bdi(rx.cond(one["name"] != "", one["name"], _or(one["identifier"]))),
                    person=one["id"],
                    on_choose=PersonState.choose,
                    class_name="link strong",
                ),
                state_badge(one["state"]),
                rx.foreach(one["groups"], lambda name: rx.el.span(name, class_name="badge badge-group")),
                class_name="facts",
            ),
            rx.cond(
                (one["name"] != "") & (one["identifier"] != ""),
                rx.el.p(rx.el.bdi(one["identifier"]), class_name="hint"),
                rx.fragment(),
            ),
        ),
        rx.el.p(say("Since"), " ", Time.create(at=one["since"]), class_name="hint"),
        key=one["id"],
        class_name="row",
    )


def _or(identifier: rx.Var[str]) -> rx.Var[str]:
    return rx.cond(identifier != "", identifier, say("Unnamed"))


def _waiting() -> rx.Component:
    return section(
        say("Waiting for approval"),
        paragraph(say("They can log in once you approve them.")),
        notice(AdminState),
        rx.el.ul(rx.foreach(AdminState.waiting, _waiter), class_name="rows"),
        _none(AdminState.waiting, say("No pending approvals.")),
        rx.cond(
            AdminState.more_waiting,
            paragraph(say("Only the oldest requests are shown. The others appear as you approve.")),
            rx.fragment(),
        ),
        _said(AdminState.said),
    )


def _waiter(one: rx.Var[Waiter]) -> rx.Component:
    named = f"waiter-{one['id']}"
    return rx.el.li(
        rx.el.div(
            rx.el.p(
                rx.el.bdi(
                    rx.cond(one["name"] != "", one["name"], _or(one["identifier"])), id=named, class_name="strong"
                ),
                class_name="facts",
            ),
            rx.cond(
                (one["name"] != "") & (one["identifier"] != ""),
                rx.el.p(rx.el.bdi(one["identifier"]), class_name="hint"),
                rx.fragment(),
            ),
            rx.el.p(say("Since"), " ", Time.create(at=one["since"]), class_name="hint"),
        ),
        rx.el.div(action(AdminState, say("Approve"), AdminState.approve(one["id"]), about=named), class_name="actions"),
        key=one["id"],
        class_name="row",
    )


def _groups() -> rx.Component:
    return section(
        say("Groups"),
        paragraph(say("Groups decide who can open pages and use features.")),
        rx.el.ul(rx.foreach(AdminState.groups, _group), class_name="rows"),
        _said(AdminState.said),
        form(
            AdminState,
            AdminState.create_group,
            field(AdminState, say("New group"), "group", auto_capitalize="none", spell_check=False),
            field(AdminState, say("Description"), "about"),
            button(say("Create group"), type="submit"),
            deeds=AdminState.made,
        ),
    )


def _group(one: rx.Var[Known]) -> rx.Component:
    named = f"group-{one['name']}"
    asked = rx.el.div(
        action(AdminState, say("Yes, delete it"), AdminState.delete_group(one["name"]), about=named, final=True),
        action(AdminState, say("Cancel"), AdminState.ask("")),
        class_name="actions",
    )
    delete = action(AdminState, say("Delete"), AdminState.ask(one["name"]), about=named)
    return rx.el.li(
        rx.el.div(
            rx.el.p(
                rx.el.span(one["name"], id=named, class_name="strong"),
                rx.el.span(_counted(one["size"]), class_name="badge"),
                class_name="facts",
            ),
            rx.cond(one["about"] != "", rx.el.p(one["about"], class_name="hint"), rx.fragment()),
            rx.cond(
                AdminState.asking == one["name"],
                rx.el.p(
                    say("Everyone is removed, and what was reserved for this group is closed to all."), role="status"
                ),
                rx.fragment(),
            ),
        ),
        rx.cond(
            one["name"] == "admin",
            rx.fragment(),
            rx.cond(AdminState.asking == one["name"], asked, rx.el.div(delete, class_name="actions")),
        ),
        key=one["name"],
        class_name="row",
    )


def _counted(count: rx.Var[int]) -> rx.Component:
    return counted("{count} person", "{count} people", count)


def _applicants() -> rx.Component:
    return section(
        say("Waiting list"),
        paragraph(
            say(
                "Addresses of people who want an account. An invitation lets them sign up, even while sign-up is "
                "closed."
            )
        ),
        form(
            AdminState,
            AdminState.invite,
            field(AdminState, say("Invite an address"), "email", type="email", auto_complete="off"),
            button(say("Invite"), type="submit"),
            deeds=AdminState.invited,
        ),
        _said(AdminState.said),
        rx.el.ul(rx.foreach(AdminState.applicants, _applicant), class_name="rows"),
        _none(AdminState.applicants, say("The waiting list is empty.")),
        rx.cond(
            AdminState.applicants.length() > 0,
            rx.el.div(
                action(AdminState, say("Invite all shown"), AdminState.invite_shown),
                rx.cond(AdminState.more, action(AdminState, say("Show more"), AdminState.show_more), rx.fragment()),
                class_name="actions",
            ),
            rx.fragment(),
        ),
    )


def _applicant(one: rx.Var[Asked]) -> rx.Component:
    named = f"asked-{one['address']}"
    invited = one["invited"] != ""
    return rx.el.li(
        rx.el.div(
            rx.el.p(
                rx.el.span(one["address"], id=named, class_name="strong"),
                rx.cond(invited, rx.el.span(say("Invited"), class_name="badge"), rx.fragment()),
                class_name="facts",
            ),
            rx.el.p(
                rx.cond(invited, say("Invited on"), say("Since")),
                " ",
                Time.create(at=rx.cond(invited, one["invited"], one["since"])),
                class_name="hint",
            ),
        ),
        rx.el.div(
            action(
                AdminState,
                rx.cond(invited, say("Invite again"), say("Invite")),
                AdminState.invite_one(one["address"]),
                about=named,
            ),
            action(AdminState, say("Remove"), AdminState.forget(one["address"]), about=named),
            class_name="actions",
        ),
        key=one["address"],
        class_name="row",
    )


def _messages() -> rx.Component:
    return section(
        say("Failed messages"),
        paragraph(say("Emails and text messages that could not be delivered, newest first.")),
        notice(AdminState),
        _said(AdminState.said),
        rx.el.ul(rx.foreach(AdminState.messages, _message), class_name="rows"),
        _none(AdminState.messages, say("No failed messages.")),
    )


def _message(one: rx.Var[Dead]) -> rx.Component:
    named = f"message-{one['id']}"
    return rx.el.li(
        rx.el.div(
            rx.el.p(rx.el.span(one["subject"], id=named, class_name="strong"), class_name="facts"),
            rx.el.p(say("To"), " ", rx.el.bdi(one["recipient"]), class_name="hint"),
            rx.el.p(one["problem"], class_name="hint"),
            rx.el.p(Time.create(at=one["at"]), class_name="hint"),
        ),
        rx.el.div(
            action(AdminState, say("Resend"), AdminState.send_again(one["id"]), about=named), class_name="actions"
        ),
        key=one["id"],
        class_name="row",
    )


def _none(rows: Any, words: Any) -> rx.Component:
    return rx.cond(AdminState.loaded & (rows.length() == 0), paragraph(words), rx.fragment())


def _said(words: rx.Var[str]) -> rx.Component:
    return rx.el.p(words, role="status", class_name="good")
