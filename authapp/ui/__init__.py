"""Pieces of pages: form, layout, guard, and the few components that need the browser."""
