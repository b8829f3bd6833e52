"""Delivery: outbox rows become sends, one sender per channel in one process at a time."""
