"""The public face: everything a product may import from `authapp`, from where it is written."""

from authapp.api.needs import needs
from authapp.core.errors import Refusal, StepUpNeeded
from authapp.core.guards import EVERYBODY, MEMBERS
from authapp.core.identities import Claims
from authapp.core.links import action as action_link
from authapp.core.links import issue as issue_link
from authapp.core.sessions import Principal, user_info
from authapp.db import call, transaction
from authapp.guarding import page
from authapp.installation import install
from authapp.origins import origin, verifier
from authapp.senders import SendFailed, sender, text_sender
from authapp.states.account import restart
from authapp.states.code_popup import CodePopup
from authapp.states.flow import Flow, event
from authapp.states.guards import state, var
from authapp.ui.code_popup import code_popup

__all__ = [
    "EVERYBODY",
    "MEMBERS",
    "Claims",
    "CodePopup",
    "Flow",
    "Principal",
    "Refusal",
    "SendFailed",
    "StepUpNeeded",
    "action_link",
    "call",
    "code_popup",
    "event",
    "install",
    "issue_link",
    "needs",
    "origin",
    "page",
    "restart",
    "sender",
    "state",
    "text_sender",
    "transaction",
    "user_info",
    "var",
    "verifier",
]
