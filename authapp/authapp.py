"""Runnable demo app."""

import reflex as rx

import authapp

app = rx.App(toaster=None, html_lang="en")
app.app_wraps.pop((5, "Overlay"))  # our own frame shows when the connection is lost
authapp.install(app)
