"""Shapes of stored rows: states, JSON of inbox and outbox bodies, lanes. Pure."""
