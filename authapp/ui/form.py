"""Fields, buttons and the place for a refusal."""

from typing import Any

import reflex as rx

from authapp.config import settings
from authapp.states.flow import Flow
from authapp.ui.browser import Action, CodeInput, Form, PasswordInput, TextInput
from authapp.ui.country import country_of


def form(
    state: type[Flow], on_send: Any, *children: rx.Component, challenge: bool = False, **props: Any
) -> rx.Component:
    """A form of a flow: its fields, and the place where a refusal that has no field is said."""
    return Form.create(
        notice(state),
        *children,
        answers=state.answers,
        challenge=challenge,
        on_send=on_send,
        class_name="form",
        **props,
    )


def notice(state: type[Flow]) -> rx.Component:
    """The place for a refusal that has no field."""
    refused = (state.refusal != "") & (state.refused_field == "")
    return rx.el.p(
        rx.cond(state.refused_field == "", state.refusal, ""),
        role="alert",
        tab_index=-1,
        custom_attrs={"data-refusal": rx.cond(refused, "true", None)},
        class_name=rx.cond(refused, "notice-bad", "hidden"),
    )


def action(state: type[Flow], words: Any, on_press: Any, *, about: Any = None, final: bool = False) -> rx.Component:
    """A button outside of forms; `about` is the id of what it is about; `final` warns that it goes far."""
    described = {} if about is None else {"custom_attrs": {"aria-describedby": about}}
    look = "button-final" if final else "button-quiet"
    return Action.create(words, answers=state.answers, on_press=on_press, class_name=look, **described)


def field(state: type[Flow], label: Any, name: str, *, type: str = "text", **props: Any) -> rx.Component:
    """A labelled field; its refusal is said below it and read out with it, and so is a `hint`.

    Args:
        state: the flow that the form belongs to.
        label: the words above it.
        name: the field of the submitted form, and of refusals.
        type: `text`, `email`, `tel`, `password` (with a button that shows it), or `code`.
        props: `hint`, words below it; `initial`, what it starts with; `lines`, how many it shows; `auto_complete`;
            `phone`, whether it takes a phone number (one of type `tel` does).
    """
    refused = state.refused_field == name
    id, hint = props.pop("id", name), props.pop("hint", None)
    takes_phone = props.pop("phone", type == "tel") and settings().phones
    about = {
        "aria-invalid": rx.cond(refused, "true", "false"),
        "aria-describedby": f"{id}-refusal" if hint is None else f"{id}-refusal {id}-hint",
    }
    kind = {} if "lines" in props else {"type": type}  # a field of several lines has no type
    if type == "password":
        named = {} if props.get("secret") else {"name": name}  # what has no name is in no form data
        control: rx.Component = PasswordInput.create(id=id, custom_attrs=about, **named, **props)
    elif type == "code":
        control = CodeInput.create(id=id, custom_attrs=about, **props)
    else:
        control = TextInput.create(id=id, name=name, custom_attrs=about, **props, **kind)
    return rx.el.div(
        rx.el.label(label, html_for=id, class_name="label"),
        control,
        *([country_of(id)] if takes_phone else []),
        rx.el.p(
            rx.cond(refused, state.refusal, ""),
            id=f"{id}-refusal",
            role="alert",
            class_name=rx.cond(refused, "refusal", "hidden"),
        ),
        *([] if hint is None else [rx.el.p(hint, id=f"{id}-hint", class_name="hint")]),
    )


def button(words: Any, **props: Any) -> rx.Component:
    """The main button of a form; a ring turns in it while the form waits."""
    return rx.el.button(
        rx.el.span(class_name="ring", custom_attrs={"aria-hidden": "true"}), words, class_name="button", **props
    )


def checkbox(label: Any, name: str, *, initial: Any = False) -> rx.Component:
    """A box to tick, with its words; `initial` says whether it is ticked at first."""
    key = rx.cond(initial, "ticked", "empty")  # another box, when that turns out to be otherwise
    return rx.el.label(
        rx.el.input(type="checkbox", name=name, default_checked=initial, key=key, class_name="check"),
        label,
        class_name="tick",
    )
