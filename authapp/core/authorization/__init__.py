"""Authorization: groups, access rules of pages and paths, and approval of new users."""
