"""authapp: the account system for Reflex. Everything a product may import is here."""

from authapp.core.errors import Refusal
from authapp.core.links import action as action_link
from authapp.core.sessions import Principal
from authapp.db import call, transaction
from authapp.installation import install
from authapp.states.account import restart
from authapp.states.flow import Flow

__all__ = ["Flow", "Principal", "Refusal", "action_link", "call", "install", "restart", "transaction"]
