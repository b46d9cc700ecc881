"""App of the benchmarks: plain authapp, and beside it the endpoints that it is compared with."""

import reflex as rx

import authapp
from benchmarks.bare import app as compared_with

app = authapp.install(rx.App(toaster=None, html_lang="en", api_transformer=compared_with))
