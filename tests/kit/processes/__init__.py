"""Processes beside the tests: servers, databases, proxies, commands."""
