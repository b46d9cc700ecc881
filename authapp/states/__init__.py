"""Flows: the state of one tab between clicks. No rules, no markup."""
