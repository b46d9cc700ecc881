"""Components for social login: the buttons, and what happens around a visit to a provider."""

import reflex as rx

from authapp.ui.browser.published import scripts
from authapp.wire.identities import ProviderRow

_FILES = scripts(__file__, lambda name: rx.asset(name, shared=True))


class Providers(rx.Component):
    """One button for each provider: from the static page first, then from the server."""

    library = _FILES["providers.jsx"]
    tag = "Origins"
    built: rx.Var[list[ProviderRow]]
    live: rx.Var[list[ProviderRow]]
    known: rx.Var[bool]
    mode: rx.Var[str]
    words: rx.Var[str]
    divider: rx.Var[str]
    logos: rx.Var[str]


class LeftHere(rx.Component):
    """Notice for errors on the way to a provider, when the server started the redirect."""

    library = _FILES["providers.jsx"]
    tag = "LeftHere"


class Proved(rx.Component):
    """Helper that sends the waiting event after a step-up at a provider."""

    library = _FILES["providers.jsx"]
    tag = "Proved"
    who: rx.Var[str]
    hydrated: rx.Var[bool]
