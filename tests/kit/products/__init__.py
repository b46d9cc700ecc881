"""Products on top of authapp, each of which the tests start as an app."""
