"""The only door to the database: `Database.transaction` runs one piece of work as one transaction."""
