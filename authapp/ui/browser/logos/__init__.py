"""Logos of the presets for social login: drawn by us, or from Simple Icons (CC0)."""

import reflex as rx

from authapp.config.provider_presets import PRESETS
from authapp.ui.browser.published import published

_FILES = published(lambda name: rx.asset(name, shared=True), *(f"{preset}.svg" for preset in PRESETS))
FOLDER = next(iter(_FILES.values())).removeprefix("$/public").rpartition("/")[0]  # the file of a preset has its name
