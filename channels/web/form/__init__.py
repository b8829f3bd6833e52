"""The form of the site: its page, its fields, the signed token against programs."""
