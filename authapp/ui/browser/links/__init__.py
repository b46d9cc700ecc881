"""Components around mails: the key of an action link, and the address that a mail went to."""

import reflex as rx

from authapp.ui.browser.published import scripts

_FILES = scripts(__file__, lambda name: rx.asset(name, shared=True))


def _of_link(key: rx.Var[str]) -> list[rx.Var[str]]:
    return [key]


class LinkKey(rx.Component):
    """Wrapper of the action link page: takes the key out of the URL, stores it in the tab, and sends it with events."""

    library = _FILES["link_key.jsx"]
    tag = "LinkKey"
    known: rx.Var[bool]
    who: rx.Var[str]
    outcome: rx.Var[str]
    on_look: rx.EventHandler[_of_link]


class LinkKeyField(rx.Component):
    """Hidden form field with the key of the link, inside `LinkKey`."""

    library = _FILES["link_key.jsx"]
    tag = "LinkKeyField"


class MailSent(rx.Component):
    """Switch: the first child is a form for an address, the second says where the mail went and can lead back."""

    library = _FILES["mail_sent.jsx"]
    tag = "MailSent"
    to: rx.Var[str]
    on_again: rx.EventHandler[rx.event.no_args_event_spec]


class SentTo(rx.Component):
    """Address that a mail went to, inside `MailSent`."""

    library = _FILES["mail_sent.jsx"]
    tag = "SentTo"


class AnotherAddress(rx.Component):
    """Button back to the form, inside `MailSent`."""

    library = _FILES["mail_sent.jsx"]
    tag = "AnotherAddress"
