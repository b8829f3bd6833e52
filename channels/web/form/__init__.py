"""The report form of the site: its page, its fields, and the signed token that keeps programs out."""
