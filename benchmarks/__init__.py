"""How fast it is, measured here: `python -m benchmarks`. Nothing in it is part of the product."""
