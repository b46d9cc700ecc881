"""Background work of one process: delivery of mails and texts, their senders, and the cleanup task."""
