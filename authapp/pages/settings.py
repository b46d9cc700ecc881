"""Settings page."""

import reflex as rx

from authapp import extras
from authapp.config import settings
from authapp.pages.login import login_card
from authapp.states.account import Account
from authapp.states.audit import AuditLine, AuditState
from authapp.states.closing import ClosingState
from authapp.states.emails import Address, EmailsState
from authapp.states.identities import Linked, LinkedState
from authapp.states.phones import Number, PhonesState
from authapp.states.sessions import Row, SessionsState
from authapp.states.settings import PasswordState, PersonalDataState, SettingsState
from authapp.ui.browser import AvatarForm, Download, Every, LanguageForm, LeadTo, LeftHere, Time
from authapp.ui.form import action, button, field, form, notice
from authapp.ui.layout import frame, members, paragraph, section
from authapp.ui.phone import phone_field, popup
from authapp.ui.slots import slot
from authapp.ui.texts import languages, t, tn


def settings_page() -> rx.Component:
    """Return the page where users manage their account."""
    return frame(settings_content())


def settings_content() -> rx.Component:
    """Return every section of the settings."""
    return rx.fragment(
        members(
            rx.el.div(
                rx.el.h1(t("Settings"), class_name="heading"),
                *slot("settings.above"),
                *([_picture()] if extras.installed("avatars") else []),
                _personal_data(),
                *([_language()] if len(languages()) > 1 else []),
                _password(),
                _emails(),
                *([_phones()] if settings().phones else []),
                _linked(),
                _sessions(),
                _history(),
                _data(),
                _closing(),
                *slot("settings.below"),
                Every.create(seconds=3, on_tick=SettingsState.refresh),
                class_name="stack medium",
            ),
            login_card(),
        ),
        popup(PhonesState, "new_phone"),
    )


def _picture() -> rx.Component:
    return section(
        t("Profile picture"),
        AvatarForm.create(avatar=Account.avatar, initials=Account.initials, on_saved=Account.look_again),
    )


def _personal_data() -> rx.Component:
    return section(
        t("Name"),
        form(
            PersonalDataState,
            PersonalDataState.save,
            field(
                PersonalDataState,
                t("First name"),
                "first_name",
                auto_complete="given-name",
                initial=PersonalDataState.first_name,
            ),
            field(
                PersonalDataState,
                t("Last name"),
                "last_name",
                auto_complete="family-name",
                initial=PersonalDataState.last_name,
            ),
            button(t("Save"), type="submit"),
            rx.el.p(rx.cond(PersonalDataState.saved, t("Saved."), ""), role="status", class_name="good"),
        ),
    )


def _language() -> rx.Component:
    return section(
        t("Language"),
        LanguageForm.create(button(t("Change language"), type="submit"), offered=languages(), chosen=Account.language),
        id="language",
    )


def _password() -> rx.Component:
    wanted = rx.cond(
        Account.has_password,
        t("If someone may know your password, or you forgot it, choose a new one now."),
        t("Set a password, so that you can log in next time."),
    )
    return section(
        t("Password"),
        rx.el.p(
            rx.cond(
                PasswordState.changed,
                t("Your password is set. All other devices were logged out."),
                rx.cond(PasswordState.asked_for, wanted, ""),
            ),
            id="password-said",
            tab_index=-1,
            role="status",
            class_name=rx.cond(PasswordState.changed, "good", "text"),
        ),
        LeadTo.create(when=PasswordState.asked_for, field="password"),
        LeadTo.create(when=PasswordState.changed, field="password-said"),
        rx.cond(
            Account.reachable,
            _password_form(),
            paragraph(
                t("Add an email address or a phone number first: you need one of these to log in with a password.")
            ),
        ),
    )


def _password_form() -> rx.Component:
    least = settings().password_min_length
    return form(
        PasswordState,
        PasswordState.set_password,
        # Password managers need the username of the password.
        rx.el.input(
            type="text",
            name="username",
            auto_complete="username",
            value=Account.identifier,
            read_only=True,
            hidden=True,
        ),
        field(PasswordState, t("New password"), "password", type="password", auto_complete="new-password", least=least),
        field(PasswordState, t("Confirm password"), "confirmation", type="password", auto_complete="new-password"),
        button(t("Set password"), type="submit"),
    )


def _emails() -> rx.Component:
    return section(
        t("Email addresses"),
        paragraph(t("Log in with any confirmed address. Security alerts go to all of them.")),
        rx.el.ul(rx.foreach(EmailsState.addresses, _email), class_name="rows"),
        _said(EmailsState.said),
        form(
            EmailsState,
            EmailsState.add,
            field(EmailsState, t("New email"), "new_email", type="email", auto_complete="email"),
            button(t("Add email"), type="submit"),
            deeds=EmailsState.added,
        ),
        id="emails",
    )


def _email(one: rx.Var[Address]) -> rx.Component:
    named = f"email-{one['id']}"
    blocked_by = rx.el.span(t("Unconfirmed"), class_name="badge")
    main = action(EmailsState, t("Make primary"), EmailsState.make_main(one["id"]), about=named)
    return rx.el.li(
        rx.el.p(
            rx.el.span(one["address"], id=named, class_name="strong"),
            rx.cond(one["is_main"], rx.el.span(t("Primary"), class_name="badge"), rx.fragment()),
            rx.cond(one["confirmed"], rx.fragment(), blocked_by),
            class_name="facts",
        ),
        rx.el.div(
            rx.cond(
                one["confirmed"],
                rx.cond(one["is_main"], rx.fragment(), main),
                action(EmailsState, t("Resend"), EmailsState.send_again(one["id"]), about=named),
            ),
            action(EmailsState, t("Remove"), EmailsState.remove(one["id"]), about=named),
            class_name="actions",
        ),
        key=one["id"],
        class_name="row",
    )


def _phones() -> rx.Component:
    return section(
        t("Phone numbers"),
        paragraph(t("You can log in and recover your account with any of them.")),
        rx.el.ul(rx.foreach(PhonesState.numbers, _phone), class_name="rows"),
        _said(PhonesState.said),
        form(
            PhonesState,
            PhonesState.add,
            phone_field(PhonesState, t("New phone number"), "new_phone"),
            button(t("Add phone"), type="submit"),
            deeds=PhonesState.added,
        ),
        id="phones",
    )


def _phone(one: rx.Var[Number]) -> rx.Component:
    named = f"phone-{one['id']}"
    main = action(PhonesState, t("Make primary"), PhonesState.make_main(one["id"]), about=named)
    return rx.el.li(
        rx.el.p(
            rx.el.span(one["number"], id=named, class_name="strong"),
            rx.cond(one["is_main"], rx.el.span(t("Primary"), class_name="badge"), rx.fragment()),
            class_name="facts",
        ),
        rx.el.div(
            rx.cond(one["is_main"], rx.fragment(), main),
            action(PhonesState, t("Remove"), PhonesState.remove(one["id"]), about=named),
            class_name="actions",
        ),
        key=one["id"],
        class_name="row",
    )


def _linked() -> rx.Component:
    return rx.cond(
        (Account.providers.length() > 0) | (LinkedState.linked.length() > 0),
        section(
            t("Linked accounts"),
            paragraph(t("You can log in with any of them.")),
            notice(LinkedState),
            LeftHere.create(),
            LeadTo.create(when=LinkedState.came, field="linked"),
            rx.el.ul(rx.foreach(LinkedState.linked, _linked_row), class_name="rows"),
            _said(LinkedState.said),
            rx.el.div(rx.foreach(Account.providers, _link), class_name="actions"),
            id="linked",
        ),
        rx.fragment(),
    )


def _linked_row(one: rx.Var[Linked]) -> rx.Component:
    named = f"linked-{one['id']}"
    return rx.el.li(
        rx.el.div(
            rx.el.p(rx.el.span(one["label"], id=named, class_name="strong"), class_name="facts"),
            rx.cond(one["about"] != "", rx.el.p(rx.el.bdi(one["about"]), class_name="hint"), rx.fragment()),
            rx.cond(
                one["suspended"],
                rx.el.p(t("Suspended: link it again to log in with it."), class_name="hint"),
                rx.fragment(),
            ),
        ),
        rx.el.div(action(LinkedState, t("Unlink"), LinkedState.unlink(one["id"]), about=named), class_name="actions"),
        key=one["id"],
        class_name="row",
    )


def _link(one: rx.Var[dict[str, str]]) -> rx.Component:
    return rx.el.span(
        action(LinkedState, t("Link {label}", label=one["label"]), LinkedState.link(one["name"])), key=one["name"]
    )


def _sessions() -> rx.Component:
    others = action(SessionsState, t("Log out everywhere else"), SessionsState.log_out_others)
    return section(
        t("Sessions"),
        paragraph(t("Devices where you’re logged in. Don’t recognise one? Log it out and change your password.")),
        notice(SessionsState),
        rx.el.ul(rx.foreach(SessionsState.rows, _session), class_name="rows"),
        _said(SessionsState.said),
        rx.cond(SessionsState.rows.length() > 1, others, rx.fragment()),
        id="sessions",
    )


def _session(row: rx.Var[Row]) -> rx.Component:
    named = f"session-{row['id']}"
    return rx.el.li(
        rx.el.div(
            rx.el.p(
                rx.el.span(row["browser"], id=named, class_name="strong"),
                rx.cond(row["is_this"], rx.el.span(t("This device"), class_name="badge"), rx.fragment()),
                class_name="facts",
            ),
            rx.el.p(t("IP {address}", address=row["ip"]), class_name="hint"),
            rx.el.p(t("Logged in {when}", when=Time.create(at=row["opened_at"])), class_name="hint"),
            rx.el.p(t("Active {when}", when=Time.create(at=row["last_seen_at"])), class_name="hint"),
        ),
        rx.el.div(
            action(SessionsState, t("Log out device"), SessionsState.end_session(row["id"]), about=named),
            class_name="actions",
        ),
        key=row["id"],
        class_name="row",
    )


def _history() -> rx.Component:
    return section(
        t("Security history"),
        paragraph(t("Recent activity. Don’t recognise something? Change your password.")),
        rx.el.ol(
            rx.foreach(AuditState.lines, audit_line), class_name="rows long", tab_index=0, aria_label=t("History")
        ),
        id="history",
    )


def audit_line(line: rx.Var[AuditLine]) -> rx.Component:
    """Return one entry of an audit log."""
    return rx.el.li(
        rx.el.p(rx.el.span(line["what"], class_name="strong"), class_name="facts"),
        rx.cond(line["about"] != "", rx.el.p(line["about"], class_name="hint"), rx.fragment()),
        rx.el.p(
            Time.create(at=line["at"]),
            rx.cond(line["where"] != "", rx.fragment(" · ", line["where"]), rx.fragment()),
            class_name="hint",
        ),
        key=line["id"],
        class_name="entry",
    )


def _data() -> rx.Component:
    return section(
        t("Your data"),
        paragraph(t("Download your data as JSON. Passwords and keys are not included.")),
        Download.create(t("Download my data"), path="data", class_name="button-quiet"),
        id="data",
    )


def _closing() -> rx.Component:
    asked = rx.fragment(
        paragraph(
            tn(
                "You’re logged out on every device at once. You can reopen your account by logging in within "
                "{count} day. After that, everything is deleted for good.",
                "You’re logged out on every device at once. You can reopen your account by logging in within "
                "{count} days. After that, everything is deleted for good.",
                settings().closing_days,
            ),
            role="status",
        ),
        rx.el.div(
            action(ClosingState, t("Yes, close my account"), ClosingState.close, final=True),
            action(ClosingState, t("Cancel"), ClosingState.keep),
            class_name="choices",
        ),
    )
    return section(
        t("Close account"),
        notice(ClosingState),
        rx.cond(ClosingState.asking, asked, action(ClosingState, t("Close account"), ClosingState.ask)),
        id="closing",
    )


def _said(words: rx.Var[str]) -> rx.Component:
    return rx.el.p(words, role="status", class_name="good")
