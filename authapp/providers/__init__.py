"""Identity providers: OpenID Connect, GitHub and token verifiers of the product, and the logins there."""
