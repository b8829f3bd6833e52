"""Inbox rows become decisions of the dialog engine. One batch is one transaction: claim, preload, decide, write."""
