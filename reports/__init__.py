"""Figures for managers; read-only."""
