"""Reasons of refusals at a rate limit."""

from authapp.i18n.texts import t

LOGINS = t("Too many failed logins.")
LOGINS_FROM_NETWORK = t("Too many failed logins from your network.")
LOGINS_AT_ONCE = t("Another login with this email or phone is being checked.")
CALLS = t("Too many requests from your network.")
REQUESTS = t("Too many sign-ups or recoveries from your network.")
MAILS = t("Too many emails to this address.")
CODES = t("Too many codes for this email or phone.")
CODES_FROM_NETWORK = t("Too many codes were requested from your network.")
TOO_SOON = t("We sent a code just now.")
GUESSES = t("Too many wrong codes.")
CHANGES = t("Too many changes to your account.")
TEXTS = t("We can’t send more text messages today.")
