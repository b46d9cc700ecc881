"""Fieldnotes: the notes of a team. An example product, built on the public API of authapp alone."""
