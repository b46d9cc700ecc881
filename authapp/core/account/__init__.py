"""Account of a user: emails, phones, identities, avatar, search words, export, closing, and security mails."""
