"""Authentication: sign-up, login, step-up, recovery, login with a provider, ID tokens, and the waitlist."""
