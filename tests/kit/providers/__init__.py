"""Services of others: real identity providers, and stubs of services that we cannot run."""
