"""Translation: texts, catalogues, and the language that a reader gets."""
