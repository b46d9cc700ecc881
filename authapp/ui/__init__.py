"""Building blocks of pages: form, layout, guard, and the components that need browser code.

The names here are for pages of products too: `from authapp import ui`.
"""

from authapp.ui.code_popup import code_popup
from authapp.ui.form import action, button, checkbox, field, form, notice
from authapp.ui.layout import card, every, frame, link, login_form, members, paragraph, section, time
from authapp.ui.texts import t, tn

__all__ = [
    "action",
    "button",
    "card",
    "checkbox",
    "code_popup",
    "every",
    "field",
    "form",
    "frame",
    "link",
    "login_form",
    "members",
    "notice",
    "paragraph",
    "section",
    "t",
    "time",
    "tn",
]
