"""Errors that every room may raise. A room's own errors derive from `DomovoyError`."""

from __future__ import annotations


class DomovoyError(Exception):
    """Base of every error of the program; its text may be shown to an administrator."""


class ConfigError(DomovoyError):
    """The configuration cannot work; the text names the key and what helps."""
