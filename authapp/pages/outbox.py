"""In-app outbox page."""

import reflex as rx

from authapp.states.outbox import Letter, OutboxState
from authapp.ui.browser import Every
from authapp.ui.layout import frame, paragraph
from authapp.ui.texts import t


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
                OutboxState.letters.length() > 0,
                rx.el.ol(rx.foreach(OutboxState.letters, _letter), class_name="stack"),
                empty_message,
            ),
            Every.create(seconds=2, on_tick=OutboxState.load),
            class_name="stack",
        )
    )


def _letter(letter: rx.Var[Letter], position: rx.Var[int]) -> rx.Component:
    button_class = rx.cond(position == 0, "button", "button-quiet")  # most readers want the newest message
    return rx.el.li(
        rx.el.h2(letter["subject"], class_name="subheading"),
        rx.el.p(t("To {recipient}", recipient=letter["recipient"]), " · ", letter["when"], class_name="hint"),
        rx.foreach(letter["paragraphs"], lambda text: rx.el.p(text, class_name="text")),
        rx.cond(
            letter["link"] != "",
            rx.el.a(letter["link_words"], href=letter["link"], class_name=button_class),
            rx.fragment(),
        ),
        rx.cond(
            letter["state"] == "dead",
            rx.el.button(
                t("Resend"),
                type="button",
                on_click=OutboxState.send_again(letter["id"]),
                class_name="button-quiet",
            ),
            rx.fragment(),
        ),
        class_name="card",
        key=letter["id"],
    )
