"""Settings page."""

from typing import Any

import reflex as rx

from authapp import extras
from authapp.config import settings
from authapp.pages.login import login_card
from authapp.states.account import Account
from authapp.states.audit import AuditState
from authapp.states.avatar import AvatarState
from authapp.states.closing import ClosingState
from authapp.states.emails import EmailsState
from authapp.states.identities import LinkedState
from authapp.states.phones import PhonesState
from authapp.states.sessions import SessionsState
from authapp.states.settings import PasswordState, PersonalDataState, SettingsState
from authapp.ui.browser import AvatarForm, Download, Every, Face, LanguageForm, LeadTo, LeftHere, Time
from authapp.ui.form import action, button, field, form, notice
from authapp.ui.layout import frame, members, paragraph, section
from authapp.ui.phone import phone_field, popup
from authapp.ui.slots import slot
from authapp.ui.texts import languages, t, tn
from authapp.wire.audit import AuditLine
from authapp.wire.contacts import Contact
from authapp.wire.identities import LinkedAccount, ProviderRow
from authapp.wire.sessions import SessionRow


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
                _picture() if extras.installed("avatars") else _stored_picture(),
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
        popup(PhonesState, "new_phone", "new_email"),
    )


def _picture() -> rx.Component:
    return section(
        t("Profile picture"),
        AvatarForm.create(avatar=Account.avatar, initials=Account.initials, on_saved=Account.look_again),
    )


def _stored_picture() -> rx.Component:
    """Return the section for a server that cannot read pictures any more: a stored one can still be removed."""
    is_stored = Account.avatar != ""
    picture = rx.fragment(
        Face.create(avatar=Account.avatar, initials=Account.initials),
        action(AvatarState, t("Remove picture"), AvatarState.remove),
    )
    content = section(
        t("Profile picture"),
        notice(AvatarState),
        _result(AvatarState.said),
        rx.cond(is_stored, rx.el.div(picture, class_name="avatar"), rx.fragment()),
    )
    return rx.cond(is_stored | (AvatarState.said != ""), content, rx.fragment())


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
                required=False,
            ),
            field(
                PersonalDataState,
                t("Last name"),
                "last_name",
                auto_complete="family-name",
                initial=PersonalDataState.last_name,
                required=False,
            ),
            button(t("Save"), type="submit"),
            rx.el.p(rx.cond(PersonalDataState.saved, t("Saved."), ""), role="status", class_name="good"),
            ready=PersonalDataState.loaded,
        ),
    )


def _language() -> rx.Component:
    return section(
        t("Language"),
        LanguageForm.create(button(t("Change language"), type="submit"), offered=languages(), chosen=Account.language),
        id="language",
    )


def _password() -> rx.Component:
    reason = rx.cond(
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
                rx.cond(PasswordState.asked_for, reason, ""),
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
    min_length = settings().password_min_length
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
        field(
            PasswordState,
            t("New password"),
            "password",
            type="password",
            auto_complete="new-password",
            least=min_length,
            own=[Account.name, Account.identifier, settings().product_name],
            show=t("Show new password"),
        ),
        button(t("Set password"), type="submit"),
    )


def _emails() -> rx.Component:
    return section(
        t("Email addresses"),
        paragraph(t("Log in with any confirmed address. Security alerts go to all of them.")),
        rx.el.ul(rx.foreach(EmailsState.rows, _email), class_name="rows"),
        _result(EmailsState.said),
        form(
            EmailsState,
            EmailsState.add,
            field(EmailsState, t("New email"), "new_email", type="email", auto_complete="email"),
            button(t("Add email"), type="submit"),
            deeds=EmailsState.added,
        ),
        id="emails",
    )


def undelivered_badge(undelivered: rx.Var[str], *, texts: bool = False) -> rx.Component:
    """Return a badge of an address or number where messages do not arrive; nothing for others."""
    label = t("Text messages don’t arrive") if texts else t("Emails come back")
    return rx.match(
        undelivered,
        ("", rx.fragment()),
        ("complained", rx.el.span(t("Marked as spam"), class_name="badge badge-off")),
        rx.el.span(label, class_name="badge badge-off"),
    )


def _hint(words: Any) -> rx.Component:
    return rx.el.p(words, class_name="hint")


def _email(row: rx.Var[Contact]) -> rx.Component:
    label_id = f"email-{row['id']}"
    badge = rx.el.span(t("Unconfirmed"), class_name="badge")
    primary_button = action(EmailsState, t("Make primary"), EmailsState.make_main(row.id), about=label_id)
    bounced = row.undelivered == "bounced"  # a complaint changes nothing for the owner; `/admin` shows it
    why = _hint(t("Emails to this address came back, so we send none here until you confirm it again."))
    again_button = action(EmailsState, t("Confirm again"), EmailsState.send_again(row.id), about=label_id)
    return rx.el.li(
        rx.el.div(
            rx.el.p(
                rx.el.span(row.shown, id=label_id, class_name="strong"),
                rx.cond(row.is_main, rx.el.span(t("Primary"), class_name="badge"), rx.fragment()),
                rx.cond(row.confirmed, rx.fragment(), badge),
                rx.cond(bounced, undelivered_badge(row.undelivered), rx.fragment()),
                class_name="facts",
            ),
            rx.cond(bounced, why, rx.fragment()),
        ),
        rx.el.div(
            rx.cond(bounced, again_button, rx.fragment()),
            rx.cond(
                row.confirmed,
                rx.cond(row.is_main, rx.fragment(), primary_button),
                action(EmailsState, t("Resend"), EmailsState.send_again(row.id), about=label_id),
            ),
            action(EmailsState, t("Remove"), EmailsState.remove(row.id), about=label_id),
            class_name="actions",
        ),
        key=row.id,
        class_name="row",
    )


def _phones() -> rx.Component:
    return section(
        t("Phone numbers"),
        paragraph(t("You can log in and recover your account with any of them.")),
        rx.el.ul(rx.foreach(PhonesState.rows, _phone), class_name="rows"),
        _result(PhonesState.said),
        form(
            PhonesState,
            PhonesState.add,
            phone_field(PhonesState, t("New phone number"), "new_phone"),
            button(t("Add phone"), type="submit"),
            deeds=PhonesState.added,
        ),
        id="phones",
    )


def _phone(row: rx.Var[Contact]) -> rx.Component:
    label_id = f"phone-{row['id']}"
    primary_button = action(PhonesState, t("Make primary"), PhonesState.make_main(row.id), about=label_id)
    return rx.el.li(
        rx.el.div(
            rx.el.p(
                rx.el.span(row.shown, id=label_id, class_name="strong"),
                rx.cond(row.is_main, rx.el.span(t("Primary"), class_name="badge"), rx.fragment()),
                undelivered_badge(row.undelivered, texts=True),
                class_name="facts",
            ),
            rx.cond(
                row.undelivered != "",
                _hint(t("The last text message to this number did not arrive. Check the number.")),
                rx.fragment(),
            ),
        ),
        rx.el.div(
            rx.cond(row.is_main, rx.fragment(), primary_button),
            action(PhonesState, t("Remove"), PhonesState.remove(row.id), about=label_id),
            class_name="actions",
        ),
        key=row.id,
        class_name="row",
    )


def _linked() -> rx.Component:
    return rx.cond(
        (Account.providers.length() > 0) | (LinkedState.rows.length() > 0),
        section(
            t("Linked accounts"),
            paragraph(t("You can log in with any of them.")),
            notice(LinkedState),
            LeftHere.create(),
            LeadTo.create(when=LinkedState.came, field="linked"),
            rx.el.ul(rx.foreach(LinkedState.rows, _linked_row), class_name="rows"),
            _result(LinkedState.said),
            rx.el.div(rx.foreach(Account.providers, _link), class_name="actions"),
            id="linked",
        ),
        rx.fragment(),
    )


def _linked_row(row: rx.Var[LinkedAccount]) -> rx.Component:
    label_id = f"linked-{row['id']}"
    return rx.el.li(
        rx.el.div(
            rx.el.p(rx.el.span(row.label, id=label_id, class_name="strong"), class_name="facts"),
            rx.cond(row.about != "", rx.el.p(rx.el.bdi(row.about), class_name="hint"), rx.fragment()),
            rx.cond(
                row.suspended,
                rx.el.p(t("Suspended: link it again to log in with it."), class_name="hint"),
                rx.fragment(),
            ),
        ),
        rx.el.div(action(LinkedState, t("Unlink"), LinkedState.unlink(row.id), about=label_id), class_name="actions"),
        key=row.id,
        class_name="row",
    )


def _link(provider: rx.Var[ProviderRow]) -> rx.Component:
    return rx.el.span(
        action(LinkedState, t("Link {label}", label=provider.label), LinkedState.link(provider.name)),
        key=provider.name,
    )


def _sessions() -> rx.Component:
    log_out_button = action(SessionsState, t("Log out everywhere else"), SessionsState.log_out_others)
    return section(
        t("Sessions"),
        paragraph(t("Devices where you’re logged in. Don’t recognise one? Log it out and change your password.")),
        notice(SessionsState),
        rx.el.ul(rx.foreach(SessionsState.rows, _session), class_name="rows"),
        _result(SessionsState.said),
        rx.cond(SessionsState.rows.length() > 1, log_out_button, rx.fragment()),
        id="sessions",
    )


def _session(row: rx.Var[SessionRow]) -> rx.Component:
    label_id = f"session-{row['id']}"
    return rx.el.li(
        rx.el.div(
            rx.el.p(
                rx.el.span(row.browser, id=label_id, class_name="strong"),
                rx.cond(row.is_this, rx.el.span(t("This device"), class_name="badge"), rx.fragment()),
                class_name="facts",
            ),
            rx.el.p(t("IP {address}", address=row.ip), class_name="hint"),
            rx.el.p(t("Logged in {when}", when=Time.create(at=row.opened_at)), class_name="hint"),
            rx.el.p(t("Active {when}", when=Time.create(at=row.last_seen_at)), class_name="hint"),
        ),
        rx.cond(
            row.is_this,
            rx.fragment(),  # the header has “Log out”
            rx.el.div(
                action(SessionsState, t("Log out device"), SessionsState.end_session(row.id), about=label_id),
                class_name="actions",
            ),
        ),
        key=row.id,
        class_name="row",
    )


def _history() -> rx.Component:
    return section(
        t("Security history"),
        paragraph(t("Recent activity. Don’t recognise something? Change your password.")),
        rx.el.ol(rx.foreach(AuditState.rows, audit_line), class_name="rows long", tab_index=0, aria_label=t("History")),
        id="history",
    )


def audit_line(line: rx.Var[AuditLine]) -> rx.Component:
    """Return one entry of an audit log."""
    return rx.el.li(
        rx.el.p(rx.el.span(line.words, class_name="strong"), class_name="facts"),
        rx.cond(line.about != "", rx.el.p(line.about, class_name="hint"), rx.fragment()),
        rx.el.p(
            Time.create(at=line.at),
            *(rx.cond(part != "", rx.fragment(" · ", part), rx.fragment()) for part in (line.browser, line.ip)),
            class_name="hint",
        ),
        key=line.id,
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
    confirmation = rx.fragment(
        paragraph(t("Close your account now?"), role="status"),
        rx.el.div(
            action(ClosingState, t("Yes, close my account"), ClosingState.close, final=True),
            action(ClosingState, t("Cancel"), ClosingState.keep),
            class_name="choices",
        ),
    )
    return section(
        t("Close account"),
        paragraph(
            tn(
                "You’re logged out on every device at once. You can reopen your account by logging in within "
                "{count} day. After that, everything is deleted for good.",
                "You’re logged out on every device at once. You can reopen your account by logging in within "
                "{count} days. After that, everything is deleted for good.",
                settings().closing_days,
            )
        ),
        notice(ClosingState),
        rx.cond(ClosingState.asking, confirmation, action(ClosingState, t("Close account"), ClosingState.ask)),
        id="closing",
    )


def _result(message: rx.Var[str]) -> rx.Component:
    return rx.el.p(message, role="status", class_name="good")
