"""A whole database copied into an empty one, and read back."""
