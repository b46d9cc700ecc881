"""Administration: actions of administrators and commands, user search, imports, key rotation and cleanup."""
