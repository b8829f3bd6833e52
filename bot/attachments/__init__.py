"""Files of residents: downloaded with patience, checked, kept once, voice written down where a server is set."""
