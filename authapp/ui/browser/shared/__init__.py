"""Scripts that all browser code shares: the state of the page, the API, the texts."""

import reflex as rx

from authapp.ui.browser.published import published

FILES = published(
    lambda name: rx.asset(name, shared=True), "client.js", "common.jsx", "denied_event.js", "floor.js", "texts.js"
)
