"""What adapters are handed, over the database: intake of messages, read access to a transcript, cursors of polls."""
