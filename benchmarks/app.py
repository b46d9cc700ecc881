"""The app of the benchmarks: authapp as it is, and beside it what it is compared with."""

import reflex as rx

import authapp
from benchmarks.bare import app as compared_with

app = authapp.install(rx.App(toaster=None, html_lang="en", api_transformer=compared_with))
