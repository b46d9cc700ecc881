"""Public API: every name that a product can import from `authapp`."""

from authapp.background.senders import sender, text_sender
from authapp.background.senders.common import AccountRefused, RecipientRefused, SendFailed
from authapp.config import ProviderOptions
from authapp.core.account.identities import Claims
from authapp.core.authorization import groups
from authapp.core.authorization.access import PUBLIC, SIGNED_IN
from authapp.core.base.errors import Refusal, StepUpNeeded
from authapp.core.base.headers import Headers
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
from authapp.core.base.routes import route
from authapp.core.base.theme import Theme
from authapp.core.credentials.link_actions import action as action_link
from authapp.core.credentials.links import issue as issue_link
from authapp.core.messages.outbox import mail
from authapp.core.sessions.sessions import Principal, user_info
from authapp.db import read, run, transaction
from authapp.guards.declare import event, page, require, state, var
from authapp.i18n.texts import t, tn
from authapp.installation.app import install, public_surface
from authapp.models import ActionLink, User
from authapp.providers.registry import provider, token_verifier
from authapp.states.account import restart
from authapp.states.code_popup import CodePopup
from authapp.states.flow import Flow
from authapp.ui.code_popup import code_popup

__all__ = [
    "PUBLIC",
    "SIGNED_IN",
    "AccountRefused",
    "ActionLink",
    "Claims",
    "CodePopup",
    "Flow",
    "Headers",
    "Principal",
    "ProviderOptions",
    "RecipientRefused",
    "Refusal",
    "SendFailed",
    "StepUpNeeded",
    "Theme",
    "User",
    "action_link",
    "before_log_in",
    "code_popup",
    "email_address",
    "event",
    "groups",
    "install",
    "issue_link",
    "mail",
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
    "page",
    "provider",
    "public_surface",
    "read",
    "require",
    "restart",
    "route",
    "run",
    "sender",
    "state",
    "t",
    "text_sender",
    "tn",
    "token_verifier",
    "transaction",
    "user_info",
    "var",
]
