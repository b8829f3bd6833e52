"""Answers to requests: one module per subject, one function per route."""
