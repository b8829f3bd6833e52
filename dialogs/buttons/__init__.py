"""Buttons: the rows that dialogs share, the value that a press or a typed word means. Pure."""
