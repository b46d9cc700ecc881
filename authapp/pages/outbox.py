"""In-app outbox page."""

import reflex as rx

from authapp.states.outbox import OutboxState
from authapp.ui.browser import Every
from authapp.ui.layout import frame, paragraph
from authapp.ui.texts import t
from authapp.wire.messages import OutboxMessage


def outbox_page() -> rx.Component:
    """Return the page with the stored messages of a demo, newest first."""
    empty_message = rx.cond(
        OutboxState.loaded,
        paragraph(t("Nothing yet.")),
        rx.el.p(t("One moment…"), role="status", class_name="waiting"),
    )
    return frame(
        rx.el.div(
            rx.el.h1(t("Outbox"), class_name="heading"),
            paragraph(t("Emails and text messages of this demo stay here. New ones appear by themselves.")),
            rx.cond(
                OutboxState.rows.length() > 0,
                rx.el.ol(rx.foreach(OutboxState.rows, _message), class_name="stack"),
                empty_message,
            ),
            Every.create(seconds=2, on_tick=OutboxState.load),
            class_name="stack",
        )
    )


def _message(row: rx.Var[OutboxMessage], position: rx.Var[int]) -> rx.Component:
    button_class = rx.cond(position == 0, "button", "button-quiet")  # most readers want the newest message
    return rx.el.li(
        rx.el.h2(row.subject, class_name="subheading"),
        rx.el.p(t("To {recipient}", recipient=row.recipient), " · ", row.when, class_name="hint"),
        rx.foreach(row.paragraphs, lambda text: rx.el.p(text, class_name="text")),
        rx.cond(
            row.link != "",
            rx.el.a(row.link_words, href=row.link, class_name=button_class),
            rx.fragment(),
        ),
        rx.cond(
            row.state == "dead",
            rx.el.button(
                t("Resend"),
                type="button",
                on_click=OutboxState.send_again(row.id),
                class_name="button-quiet",
            ),
            rx.fragment(),
        ),
        class_name="card",
        key=row.id,
    )
