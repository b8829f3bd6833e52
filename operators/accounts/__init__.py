"""Who may log in, and what a role may do."""
