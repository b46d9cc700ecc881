"""Scripts that all browser code shares: the state of the page, the API, the texts."""

import reflex as rx

from authapp.ui.browser.published import scripts

FILES = scripts(__file__, lambda name: rx.asset(name, shared=True))
