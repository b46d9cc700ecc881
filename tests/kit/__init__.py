"""Helpers of the tests, on top of `authapp.testing`: users, messages, servers, sockets, browsers."""
