"""Configuration of Reflex for this product."""

import os

import reflex as rx

url = os.environ.get("AUTHAPP_URL", f"http://localhost:{os.environ.get('PORT', '3000')}")

config = rx.Config(
    app_name="notes",
    telemetry_enabled=False,
    show_built_with_reflex=False,
    state_manager_mode=rx.constants.StateManagerMode.MEMORY,  # no state is written to disk
    cors_allowed_origins=[url],
    plugins=[rx.plugins.TailwindV4Plugin()],
    disable_plugins=[rx.plugins.SitemapPlugin],
)
