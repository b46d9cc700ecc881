"""The runnable app."""

import reflex as rx

import authapp

app = authapp.install(rx.App(toaster=None, html_lang="en", stylesheets=["/authapp.css"]))
