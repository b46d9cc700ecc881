"""Guards: what a product declares about access, and the code that checks it before anything runs."""
