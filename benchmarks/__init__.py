"""Benchmarks of authapp: `python -m benchmarks`. Nothing here is part of the product."""
