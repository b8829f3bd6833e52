"""Channels: one folder per network, each behind the same contract. Folders never import each other."""
