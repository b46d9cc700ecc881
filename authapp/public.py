"""Public API: every name that a product can import from `authapp`."""

from authapp.api.needs import needs
from authapp.background.senders import sender
from authapp.background.senders import text_sender
from authapp.background.senders.common import SendFailed
from authapp.core.account.identities import Claims
from authapp.core.authorization import groups
from authapp.core.authorization.guards import EVERYBODY
from authapp.core.authorization.guards import MEMBERS
from authapp.core.base.errors import Refusal
from authapp.core.base.errors import StepUpNeeded
from authapp.core.base.hooks import before_log_in
from authapp.core.base.hooks import on_account_purged
from authapp.core.base.hooks import on_account_reopened
from authapp.core.base.hooks import on_close_account
from authapp.core.base.hooks import on_connected_request
from authapp.core.base.hooks import on_denied
from authapp.core.base.hooks import on_identifier_added
from authapp.core.base.hooks import on_identifier_removed
from authapp.core.base.hooks import on_log_in
from authapp.core.base.hooks import on_log_out
from authapp.core.base.hooks import on_password_set
from authapp.core.base.hooks import on_session_close
from authapp.core.base.hooks import on_session_open
from authapp.core.base.hooks import on_sign_up
from authapp.core.base.identifiers import email as email_address
from authapp.core.credentials.links import action as action_link
from authapp.core.credentials.links import issue as issue_link
from authapp.core.messages.outbox import mail
from authapp.core.sessions.sessions import Principal
from authapp.core.sessions.sessions import user_info
from authapp.db import call
from authapp.db import look
from authapp.db import transaction
from authapp.guarding import page
from authapp.i18n.texts import counted
from authapp.i18n.texts import say
from authapp.models import ActionLink
from authapp.models import User
from authapp.providers.registry import origin
from authapp.providers.registry import verifier
from authapp.states.account import restart
from authapp.states.code_popup import CodePopup
from authapp.states.flow import Flow
from authapp.states.flow import event
from authapp.states.guards import state
from authapp.states.guards import var
from authapp.ui.code_popup import code_popup
from authapp.ui.texts import counted as counted_on_page
from authapp.ui.texts import say as say_on_page
from authapp.core.base.routes import route
from authapp.core.base.theme import Looks
from authapp.installation.app import install
from authapp.installation.app import open_things

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
