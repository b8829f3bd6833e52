"""Residents and their conversations: merging on proof, link codes, where somebody can be reached."""
