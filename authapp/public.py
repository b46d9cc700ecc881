"""The public face: everything a product may import from `authapp`, from where it is written."""

from authapp.core.errors import Refusal, StepUpNeeded
from authapp.core.identities import Claims
from authapp.core.links import action as action_link
from authapp.core.links import issue as issue_link
from authapp.core.sessions import Principal, user_info
from authapp.db import call, transaction
from authapp.installation import install
from authapp.origins import origin, verifier
from authapp.senders import SendFailed, sender, text_sender
from authapp.states.account import restart
from authapp.states.code_popup import CodePopup
from authapp.states.flow import Flow, event
from authapp.ui.code_popup import code_popup

__all__ = [
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
    "origin",
    "restart",
    "sender",
    "text_sender",
    "transaction",
    "user_info",
    "verifier",
]
