"""Browsers and what a user does in them."""
