"""The flows: what one tab remembers between clicks. No rules, no markup."""
