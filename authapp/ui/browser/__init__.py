"""Components with code in the browser: a folder for each group, with its Python classes beside its scripts."""

from authapp.ui.browser.avatar import AvatarForm, Face
from authapp.ui.browser.codes import ChangeTarget, CodeDialog, CodeInput, SendAgain
from authapp.ui.browser.dialogs import Denied, Guarded, Members, SignedOut, StepUp
from authapp.ui.browser.forms import Action, Form, NewPasswordInput, PasswordInput, TextInput, Username
from authapp.ui.browser.links import AnotherAddress, LinkKey, LinkKeyField, MailSent, SentTo
from authapp.ui.browser.people import ListOrPerson, PersonLink, Search
from authapp.ui.browser.phones import Country
from authapp.ui.browser.providers import LeftHere, Proved, Providers
from authapp.ui.browser.session import CookieCheck, LogOut, Waiting
from authapp.ui.browser.widgets import (
    Download,
    Every,
    LanguageForm,
    Languages,
    LeadTo,
    NavLink,
    Notice,
    RouteFocus,
    SkipLink,
    Tabs,
    Time,
)

__all__ = [
    "Action",
    "AnotherAddress",
    "AvatarForm",
    "ChangeTarget",
    "CodeDialog",
    "CodeInput",
    "CookieCheck",
    "Country",
    "Denied",
    "Download",
    "Every",
    "Face",
    "Form",
    "Guarded",
    "LanguageForm",
    "Languages",
    "LeadTo",
    "LeftHere",
    "LinkKey",
    "LinkKeyField",
    "ListOrPerson",
    "LogOut",
    "MailSent",
    "Members",
    "NavLink",
    "NewPasswordInput",
    "Notice",
    "PasswordInput",
    "PersonLink",
    "Proved",
    "Providers",
    "RouteFocus",
    "Search",
    "SendAgain",
    "SentTo",
    "SignedOut",
    "SkipLink",
    "StepUp",
    "Tabs",
    "TextInput",
    "Time",
    "Username",
    "Waiting",
]
