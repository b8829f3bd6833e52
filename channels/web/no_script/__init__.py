"""The web chat without JavaScript."""
