"""Basis of every rule: time, errors, secrets, rate limits, hooks, identifiers, paths and the audit log."""
