"""Messages: templates of mails and texts, and the outbox that sends them."""
