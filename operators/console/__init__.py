"""The web console of dispatchers, mounted at `/console`."""
