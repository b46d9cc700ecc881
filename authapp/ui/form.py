"""Forms: fields, buttons and the place for a refusal."""

from typing import Any

import reflex as rx

from authapp.config import settings
from authapp.states.country import CountryState
from authapp.states.flow import HONEYPOT, Flow
from authapp.ui.browser import Action, CodeInput, Country, Form, NewPasswordInput, PasswordInput, TextInput
from authapp.ui.texts import t


def form(
    state: type[Flow], on_send: Any, *children: rx.Component, challenge: bool = False, **props: Any
) -> rx.Component:
    """Return a form of a flow: its fields, and the place for refusals without a field.

    Args:
        state: the flow.
        on_send: event that gets the fields.
        children: the fields and the button.
        challenge: whether it answers a login challenge.
        props: `deeds`, a number whose increase empties the form; `ready`, whether the `initial` values of its fields
            are loaded. Until then the form waits: an empty field would erase the stored value. `proves`, whether it
            computes proofs of work and has a field for bots; its event then uses `_caller(form)`.
    """
    return Form.create(
        notice(state),
        *children,
        *([_honeypot()] if props.get("proves") else []),
        answers=state.answers,
        challenge=challenge,
        on_send=on_send,
        class_name="form",
        **props,
    )


def _honeypot() -> rx.Component:
    """Return a field that only bots fill. Password managers are told to leave it empty, too."""
    managers = {f"data-{name}-ignore": "true" for name in ("1p", "lp", "bw")}
    field = rx.el.input(
        type="text",
        name=HONEYPOT,
        tab_index=-1,
        auto_complete="off",
        custom_attrs={**managers, "data-form-type": "other"},
    )
    return rx.el.div(field, class_name="honeypot", custom_attrs={"aria-hidden": "true"})


def notice(state: type[Flow]) -> rx.Component:
    """Return the place for refusals without a field."""
    is_refused = (state.refusal != "") & (state.refused_field == "")
    return rx.el.p(
        rx.cond(state.refused_field == "", state.refusal, ""),
        role="alert",
        tab_index=-1,
        custom_attrs={"data-refusal": rx.cond(is_refused, "true", None)},
        class_name=rx.cond(is_refused, "notice-bad", "visually-hidden"),
    )


def action(state: type[Flow], words: Any, on_press: Any, *, about: Any = None, final: bool = False) -> rx.Component:
    """Return a button outside of forms.

    Args:
        state: the flow of the action.
        words: the text of the button.
        on_press: the event.
        about: the id of the object of the action, which screen readers read after `words`.
        final: whether the action is destructive.
    """
    object_prop = {} if about is None else {"about": about}
    class_name = "button-final" if final else "button-quiet"
    return Action.create(words, answers=state.answers, on_press=on_press, class_name=class_name, **object_prop)


def field(state: type[Flow], label: Any, name: str, *, type: str = "text", **props: Any) -> rx.Component:
    """Return a labelled field. Its refusal and `hint` appear below it, and screen readers read them with it.

    Args:
        state: the flow that the form belongs to.
        label: text above the field.
        name: name of the field in the submitted form, and in refusals.
        type: `text`, `email`, `tel`, `password` (with a button that shows it), or `code`.
        props: `hint`, a text below it; `initial`, the initial value; `lines`, the number of lines; `auto_complete`;
            `phone`, whether it accepts a phone number (always for type `tel`); `required`, True by default; `least`,
            the fewest characters of a new password, which shows a meter.
    """
    is_refused = state.refused_field == name
    id, hint = props.pop("id", name), props.pop("hint", None)
    has_hint = hint is not None or "least" in props
    takes_phone = props.pop("phone", type == "tel") and settings().phones
    attributes = {
        "aria-invalid": rx.cond(is_refused, "true", "false"),
        "aria-describedby": f"{id}-refusal {id}-hint" if has_hint else f"{id}-refusal",
    }
    props = {"required": True, **props}
    if not props["required"]:
        attributes["aria-describedby"] += f" {id}-optional"
    type_prop = {} if "lines" in props else {"type": type}  # a field of several lines has no type
    if type == "password":
        name_prop = {} if props.get("secret") else {"name": name}  # a field without a name is never submitted
        password_input = NewPasswordInput if "least" in props else PasswordInput
        control: rx.Component = password_input.create(id=id, custom_attrs=attributes, **name_prop, **props)
    elif type == "code":
        control = CodeInput.create(id=id, custom_attrs=attributes, **props)
    else:
        control = TextInput.create(id=id, name=name, custom_attrs=attributes, **props, **type_prop)
    return rx.el.div(
        _label(label, id, is_required=bool(props["required"])),
        control,
        *([Country.create(field=id, on_read=CountryState.read)] if takes_phone else []),
        rx.el.p(
            rx.cond(is_refused, state.refusal, ""),
            id=f"{id}-refusal",
            role="alert",
            class_name=rx.cond(is_refused, "refusal", "visually-hidden"),
        ),
        *([] if hint is None else [rx.el.p(hint, id=f"{id}-hint", class_name="hint")]),
    )


def _label(label: Any, id: str, *, is_required: bool) -> rx.Component:
    """Return the label of a field. Most fields are required, so the others are marked."""
    element = rx.el.label(label, html_for=id, class_name="label")
    if is_required:
        return element
    return rx.el.div(
        element, rx.el.span(t("optional"), id=f"{id}-optional", class_name="hint"), class_name="label-line"
    )


def button(words: Any, **props: Any) -> rx.Component:
    """Return the main button of a form, with a spinner while the form waits."""
    return rx.el.button(
        rx.el.span(class_name="ring", custom_attrs={"aria-hidden": "true"}), words, class_name="button", **props
    )


def checkbox(label: Any, name: str, *, initial: Any = False) -> rx.Component:
    """Return a checkbox with its label; `initial` is its first value."""
    key = rx.cond(initial, "ticked", "empty")  # a new checkbox when the initial value changes
    return rx.el.label(
        rx.el.input(type="checkbox", name=name, default_checked=initial, key=key, class_name="check"),
        label,
        class_name="tick",
    )
