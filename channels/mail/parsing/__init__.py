"""A letter read: headers, bodies, quotes, forwards, who sends. Pure."""
