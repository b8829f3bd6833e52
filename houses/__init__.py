"""Served houses."""
