"""Posters for entrances with a QR code for each channel."""
