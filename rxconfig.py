"""What Reflex needs to know: name, address, allowed origin, plugins."""

import os

import reflex as rx

port = os.environ.get("PORT", "3000")
url = os.environ.get("AUTHAPP_URL", f"http://localhost:{port}")

config = rx.Config(
    app_name="authapp",
    telemetry_enabled=False,
    show_built_with_reflex=False,
    state_manager_mode=rx.constants.StateManagerMode.MEMORY,  # nothing of a state is written to disk
    cors_allowed_origins=[url],
    frontend_compression_formats=["brotli", "gzip"],
    plugins=[rx.plugins.TailwindV4Plugin()],
    disable_plugins=[rx.plugins.SitemapPlugin],  # account pages are not for search engines
)
