"""Channels: one folder per network, each behind the same contract. The folders never import each other."""
