"""Clients that are no browsers: HTTP and websockets by hand, with anything a hostile site could send."""
