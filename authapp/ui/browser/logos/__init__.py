"""Logos of the presets for social login: drawn by us, or from Simple Icons (CC0)."""

import reflex as rx

from authapp.config.provider_presets import PRESETS
from authapp.ui.browser.published import published

_FILES = published(lambda name: rx.asset(name, shared=True), *(f"{preset}.svg" for preset in PRESETS))
LOGOS = {preset: _FILES[f"{preset}.svg"].removeprefix("$/public") for preset in PRESETS}
