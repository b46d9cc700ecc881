"""Fieldnotes: the notes of a team. A product on top of authapp, of whose public face alone it is made."""
