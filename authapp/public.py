"""Public API: every name that a product can import from `authapp`."""

from authapp.api.needs import needs
from authapp.background.senders import sender, text_sender
from authapp.background.senders.common import SendFailed
from authapp.core.account.identities import Claims
from authapp.core.authorization import groups
from authapp.core.authorization.guards import EVERYBODY, MEMBERS
from authapp.core.base.errors import Refusal, StepUpNeeded
from authapp.core.base.hooks import (
    before_log_in,
    on_account_purged,
    on_account_reopened,
    on_close_account,
    on_connected_request,
    on_denied,
    on_identifier_added,
    on_identifier_removed,
    on_log_in,
    on_log_out,
    on_password_set,
    on_session_close,
    on_session_open,
    on_sign_up,
)
from authapp.core.base.identifiers import email as email_address
from authapp.core.credentials.links import action as action_link
from authapp.core.credentials.links import issue as issue_link
from authapp.core.messages.outbox import mail
from authapp.core.sessions.sessions import Principal, user_info
from authapp.db import call, look, transaction
from authapp.guarding import page
from authapp.i18n.texts import counted, say
from authapp.installation import install, open_things
from authapp.looks import Looks
from authapp.models import ActionLink, User
from authapp.providers.registry import origin, verifier
from authapp.routes import route
from authapp.states.account import restart
from authapp.states.code_popup import CodePopup
from authapp.states.flow import Flow, event
from authapp.states.guards import state, var
from authapp.ui.code_popup import code_popup
from authapp.ui.texts import counted as counted_on_page
from authapp.ui.texts import say as say_on_page

__all__ = [
    "EVERYBODY",
    "MEMBERS",
    "ActionLink",
    "Claims",
    "CodePopup",
    "Flow",
    "Looks",
    "Principal",
    "Refusal",
    "SendFailed",
    "StepUpNeeded",
    "User",
    "action_link",
    "before_log_in",
    "call",
    "code_popup",
    "counted",
    "counted_on_page",
    "email_address",
    "event",
    "groups",
    "install",
    "issue_link",
    "look",
    "mail",
    "needs",
    "on_account_purged",
    "on_account_reopened",
    "on_close_account",
    "on_connected_request",
    "on_denied",
    "on_identifier_added",
    "on_identifier_removed",
    "on_log_in",
    "on_log_out",
    "on_password_set",
    "on_session_close",
    "on_session_open",
    "on_sign_up",
    "open_things",
    "origin",
    "page",
    "restart",
    "route",
    "say",
    "say_on_page",
    "sender",
    "state",
    "text_sender",
    "transaction",
    "user_info",
    "var",
    "verifier",
]
